// Search. Nothing of it is loaded before the reader opens the dialog; then comes Pagefind, and for
// each word the part of the index that holds it.
{
  const PAGES = 10; // of which results are shown at first, and added by "More results"
  const SECTIONS = 3; // shown of one page
  const HINT = "Type a word: of the text, of a heading, or a name in the code.";

  const dialog = document.querySelector(".pk-search");
  const input = dialog.querySelector(".pk-search__input");
  const status = dialog.querySelector(".pk-search__status");
  const list = dialog.querySelector(".pk-search__results");
  let loading = null;

  // A browser imports a module, and fetches an index, only from a server.
  const failure = () => {
    if (location.protocol === "file:")
      return "Search needs a web server, and this page was opened from a folder. " +
        "“python3 -m http.server” in the site's folder starts one.";
    if (["localhost", "127.0.0.1"].includes(location.hostname))
      return "There is no search index here. “make site” makes one; the live preview has none.";
    return "The search index could not be loaded. Try again in a moment.";
  };

  const load = () => loading ??= import(new URL(dialog.dataset.index, document.baseURI).href)
    .then(async (pagefind) => {
      await pagefind.options({ excerptLength: 24 });
      await pagefind.init();
      return pagefind;
    });

  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.focus();
    input.select();
    search();
  };

  const search = async () => {
    const query = input.value.trim();
    try {
      const pagefind = await load();
      if (!query) return show([], HINT);
      const found = await pagefind.debouncedSearch(query, {}, 120);
      if (!found) return; // the reader typed on
      const pages = await Promise.all(found.results.slice(0, PAGES).map((result) => result.data()));
      if (query !== input.value.trim()) return;
      show(pages.flatMap((page) => sections(page, query)), count(query, found.results.length));
    } catch {
      loading = null; // the next try asks anew
      show([], failure());
    }
  };

  const count = (query, pages) => {
    if (!pages) return `No results for “${query}”.`;
    const shown = pages > PAGES ? `; the best ${PAGES} are shown` : "";
    return `“${query}” is on ${pages} page${pages > 1 ? "s" : ""}${shown}.`;
  };

  // The sections of a page in which the words weigh most, in the order of the page.
  const sections = (page, query) => {
    const weight = (part) =>
      part.weighted_locations.reduce((sum, place) => sum + place.balanced_score, 0);
    const best = [...page.sub_results].sort((a, b) => weight(b) - weight(a)).slice(0, SECTIONS);
    return page.sub_results.filter((part) => best.includes(part)).map((part) => {
      const url = new URL(part.url, location.href);
      url.searchParams.set("highlight", query);
      return { url, page: page.meta.title, title: part.title, excerpt: part.excerpt };
    });
  };

  const show = (results, says) => {
    status.textContent = says;
    list.replaceChildren(...results.map((result) => {
      const item = document.createElement("li");
      const link = item.appendChild(document.createElement("a"));
      link.href = result.url;
      const add = (name, text) => {
        const part = link.appendChild(document.createElement("span"));
        part.className = `pk-search__${name}`;
        part.textContent = text;
        return part;
      };
      add("title", result.title);
      if (result.page !== result.title) add("page", result.page);
      add("excerpt", "").innerHTML = result.excerpt; // Pagefind escapes the text and adds <mark>
      return item;
    }));
    list.scrollTop = 0;
  };

  const move = (step) => {
    const stops = [input, ...list.querySelectorAll("a")];
    const next = stops.indexOf(document.activeElement) + step;
    stops[Math.max(0, Math.min(next, stops.length - 1))].focus();
  };

  document.querySelector(".pk-find").addEventListener("click", open);
  dialog.querySelector(".pk-search__close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  list.addEventListener("click", (event) => { if (event.target.closest("a")) dialog.close(); });
  input.addEventListener("input", search);
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the theme turns pages by key
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) event.preventDefault(), move(step);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input[type=text], textarea, select, [contenteditable]");
    const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (slash || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      open();
    }
  });

  // On the page that a result led to, the words that were searched for are marked.
  const here = new URL(location.href);
  const sought = here.searchParams.get("highlight")?.match(/[\p{L}\p{N}_]+/gu);
  if (sought) {
    here.searchParams.delete("highlight");
    history.replaceState(null, "", here);
    if (CSS.highlights) CSS.highlights.set("pk-sought", new Highlight(...ranges(sought)));
  }

  function* ranges(words) {
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${words.join("|")})`, "giu");
    const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const { index, 0: word } of texts.currentNode.data.matchAll(pattern)) {
        const range = new Range();
        range.setStart(texts.currentNode, index);
        range.setEnd(texts.currentNode, index + word.length);
        yield range;
      }
    }
  }
}
