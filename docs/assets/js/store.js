// What a reader has answered and where they are: kept in this browser, sent nowhere. Where a browser
// keeps nothing (blocked, full, damaged), it lasts as long as the page is open.
const reader = (() => {
  const { base } = JSON.parse(document.getElementById("__config").textContent);
  const root = new URL(base.replace(/\/*$/, "/"), location.href).pathname;
  const page = location.pathname.slice(root.length) || "index.html";
  const KEY = `reader:${root}`;

  // Of each page: the first answer to each question, the sections seen and how many there are, the
  // section last read. Anything else that lies there is ignored.
  function stored() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
      const sound = (one) => one?.answers instanceof Object && Array.isArray(one.seen);
      return Object.fromEntries(Object.entries(kept).filter(([, one]) => sound(one)));
    } catch {
      return {};
    }
  }

  const fresh = () => ({ answers: {}, seen: [], of: 0 });
  let pages = stored();
  let here = pages[page] ?? fresh();

  function drop() {
    [pages, here] = [{}, fresh()];
    document.dispatchEvent(new Event("reader:forgot"));
  }

  // What was forgotten in another window is not to come back from this one.
  addEventListener("storage", ({ key, newValue }) => {
    if ((key === KEY || key === null) && newValue === null) drop();
  });

  return {
    root,
    page,
    get pages() { return pages; },
    get here() { return here; },
    /** Keeps what was written into `here`, beside what other windows have kept meanwhile. */
    keep() {
      const kept = stored();
      here.answers = { ...here.answers, ...kept[page]?.answers }; // the first ones count
      pages = { ...kept, [page]: here };
      try { localStorage.setItem(KEY, JSON.stringify(pages)); } catch { /* then not */ }
      document.dispatchEvent(new Event("reader:kept"));
    },
    forget() {
      try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ }
      drop();
    },
  };
})();
