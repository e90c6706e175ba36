// How far the reader is: ticks in the menu, a way back to where they stopped, and, at the end of a
// chapter, what they have read and answered, with a way to forget it all. A chapter is a page that
// asks something.
{
  const article = document.querySelector("article");
  const headings = [...document.querySelectorAll("article h2[id]")];
  const isChapter = Boolean(article?.querySelector(".pk-ask")) && headings.length > 0;
  const isHome = reader.page === "index.html";
  const title = (heading) => {
    const copy = heading.cloneNode(true);
    copy.querySelector(".headerlink")?.remove();
    return copy.textContent.trim();
  };
  const make = (tag, name, ...parts) => {
    const element = document.createElement(tag);
    element.className = name;
    element.append(...parts);
    return element;
  };
  const share = ({ seen, of }) => (of ? Math.min(1, seen.length / of) : 0);

  function tick() {
    for (const link of document.querySelectorAll(".md-nav--primary a.md-nav__link, [data-ticks] a")) {
      const { origin, pathname, hash } = new URL(link.href);
      if (origin !== location.origin || hash) continue; // a section is no page
      const kept = reader.pages[pathname.slice(reader.root.length)];
      link.querySelector(".pk-tick")?.remove();
      if (!kept || !kept.seen.length) continue;
      const done = share(kept) === 1;
      const mark = make("span", "pk-tick", done ? "✓" : `${Math.floor(100 * share(kept))} %`);
      mark.role = "img";
      mark.ariaLabel = done ? "(read)" : `(${mark.textContent} read)`;
      link.append(mark);
    }
  }

  // The way back, at the foot of the window, until it is taken, closed, or the reader reads on.
  let offer = null;
  function offerWayBack() {
    // A page may have got another name since, or be gone.
    const menu = new Set([...document.querySelectorAll(".md-nav--primary a.md-nav__link")].map((link) => link.pathname));
    const known = Object.entries(reader.pages)
      .filter(([page, one]) => one.at && one.time && menu.has(reader.root + page));
    const [page, last] = known.sort(([, a], [, b]) => b.time - a.time)[0] ?? [];
    if (!last || location.hash || scrollY > 0 || !(isHome || page === reader.page)) return;
    const link = make("a", "", "Go on where you stopped: ", make("b", "", last.section));
    link.href = `${reader.root}${page}#${last.at}`;
    if (isHome) link.append(` in ${last.title}`);
    const close = make("button", "", "×");
    close.ariaLabel = "Close";
    offer = make("aside", "pk-goon", link, close);
    offer.ariaLabel = "Where you stopped";
    document.body.append(offer);
    link.addEventListener("click", () => offer.remove());
    close.addEventListener("click", () => offer.remove());
  }

  function watch() {
    const watcher = new IntersectionObserver((entries) => {
      const come = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
      if (!come.length) return;
      const last = come.at(-1);
      const { here } = reader;
      const number = headings.indexOf(last);
      here.seen = headings.filter((one) => come.includes(one) || here.seen.includes(one.id)).map((one) => one.id);
      Object.assign(here, { of: headings.length, time: Date.now(), title: title(article.querySelector("h1")) });
      if (number > 0) Object.assign(here, { at: last.id, section: title(last) });
      if (number > 0) offer?.remove();
      reader.keep();
    });
    // What the window shows before the reader has scrolled, they have not come to.
    const begin = () => { for (const heading of headings) watcher.observe(heading); };
    const wait = () => addEventListener("scroll", begin, { passive: true, once: true });
    if (scrollY > 0) begin();
    else wait();
    // What was forgotten stays so until they read on: answers that hide again move the page.
    document.addEventListener("reader:forgot", () => { watcher.disconnect(); setTimeout(wait, 500); });
  }

  const words = make("p", "");
  const box = make("section", "pk-progress", make("div", "", words));
  box.ariaLabel = "Your progress";
  box.hidden = true;
  function report() {
    const asked = [...article.querySelectorAll(".pk-ask")].map((ask) => ask.dataset.key);
    const given = asked.map((key) => reader.here.answers[key]).filter(Boolean);
    const right = given.filter((one) => one.right).length;
    const read = Object.values(reader.pages).filter((one) => share(one) === 1).length;
    const told = (seen, chapters) => {
      const parts = [];
      if (seen) parts.push(`You have read ${seen} of the ${headings.length} sections here.`);
      if (given.length) parts.push(
        `You have answered ${given.length} of the ${asked.length} questions, ${right} of them right at the first try.`);
      if (chapters) parts.push(`You have read ${chapters} ${chapters === 1 ? "chapter" : "chapters"} to the end.`);
      return parts.length && `${parts.join(" ")} This is kept in your browser and sent nowhere.`;
    };
    const now = told(isChapter ? reader.here.seen.length : 0, read);
    words.textContent = now || "Nothing of it is kept any more.";
    // What is told at the page's end takes its place from the start: growing, it would move the button.
    if (isChapter) words.parentElement.dataset.room = told(headings.length, read + (share(reader.here) < 1));
    // Nobody is told that they have not begun; what was shown once stays, or the page would move.
    if (now) box.hidden = false;
  }

  if (isChapter || isHome) {
    const reset = make("button", "md-button", "Forget it all");
    reset.type = "button";
    reset.addEventListener("click", reader.forget);
    box.append(reset);
    article.append(box);
    const update = () => { tick(); report(); };
    document.addEventListener("reader:kept", update);
    document.addEventListener("reader:forgot", () => { offer?.remove(); update(); });
    report();
    offerWayBack();
  }
  if (isChapter) watch();
  tick();
}
