// Searches for what is typed into the dialog and lists where it was found. Pagefind fetches, for
// each word, the part of the index that holds it, and the text of each page that is listed.
const PAGES = 5; // of which results are listed at once; a button adds as many again
const SECTIONS = 3; // listed of one page, at most
const PAUSE = 120; // milliseconds without a keystroke before a search begins
const WORD = /[\p{L}\p{N}_]+/gu;
const HINT = "Type words of the text or of a heading, or a name in the code.";

let dialog, fail, loading;
let rest = []; // what was found and is not listed yet
const part = (name) => dialog.querySelector(`.pk-search__${name}`);
const query = () => part("input").value.trim();

/** Makes the open dialog search; `failed` says in it that there is nothing to search in. */
export function start(element, failed) {
  if (!dialog) {
    [dialog, fail] = [element, failed];
    part("input").addEventListener("input", search);
    part("more").addEventListener("click", more);
    part("results").addEventListener("click", (event) => {
      if (event.target.closest("a")) dialog.close(); // it may lead to a section of this very page
    });
    dialog.addEventListener("submit", () => dialog.querySelector("a")?.click());
    dialog.addEventListener("keydown", move);
  }
  return search();
}

async function search() {
  const words = query();
  try {
    const pagefind = await load();
    const found = words ? await pagefind.debouncedSearch(words, {}, PAUSE) : { results: [] };
    const results = found && await meant(words, found.results);
    const items = results && await listed(results);
    if (!results || words !== query()) return; // the reader typed on
    part("results").replaceChildren(...items);
    rest = results.slice(PAGES);
    report(words, results.length);
  } catch {
    loading = null; // the next try asks anew
    rest = [];
    part("results").replaceChildren();
    report("", 0);
    fail();
  }
}

function load() {
  return loading ??= import(new URL(dialog.dataset.index, document.baseURI).href);
}

// For a word that it does not know, Pagefind takes the longest beginning that it knows, be it one
// letter. That helps where a word is half typed; where less than half of it is left, it misleads.
async function meant(words, results) {
  if (!results.length) return results;
  const page = await results[0].data();
  const text = page.content.split(/\s+/);
  const found = plain([page.meta.title, ...page.locations.map((place) => text[place])].join(" "));
  const known = (word) => found.includes(word.slice(0, Math.ceil(word.length / 2)));
  return plain(words).match(WORD)?.every(known) ? results : [];
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

async function more() {
  const [words, items] = [query(), await listed(rest).catch(() => [])];
  if (words !== query() || !items.length) return;
  part("results").append(...items);
  rest = rest.slice(PAGES);
  part("more").hidden = !rest.length;
  items[0].firstChild.focus();
}

function report(words, pages) {
  const found = pages ? `Found on ${pages} page${pages > 1 ? "s" : ""}.` : `Nothing found for “${words}”.`;
  part("status").textContent = words ? found : HINT;
  part("more").hidden = !rest.length;
  part("scroll").scrollTop = 0;
}

async function listed(results) {
  const pages = await Promise.all(results.slice(0, PAGES).map((result) => result.data()));
  return pages.flatMap((page) => sections(page).map((section) => item(page, section)));
}

// The sections of a page in which the words weigh most, in the order of the page.
function sections(page) {
  const weight = (section) =>
    section.weighted_locations.reduce((sum, place) => sum + place.balanced_score, 0);
  const best = page.sub_results.toSorted((a, b) => weight(b) - weight(a)).slice(0, SECTIONS);
  return page.sub_results.filter((section) => best.includes(section));
}

function item(page, section) {
  const link = document.createElement("a");
  const address = new URL(section.url, document.baseURI);
  address.searchParams.set("highlight", query());
  link.href = address;
  const add = (name, text) => {
    const span = link.appendChild(document.createElement("span"));
    span.className = `pk-search__${name}`;
    span.textContent = text;
    return span;
  };
  add("title", section.title);
  if (page.meta.title !== section.title) add("page", page.meta.title);
  add("excerpt", "").innerHTML = section.excerpt; // Pagefind escapes the text and adds <mark>
  const entry = document.createElement("li");
  entry.append(link);
  return entry;
}

function move(event) {
  event.stopPropagation(); // the theme turns pages by key
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const stops = [...dialog.querySelectorAll("input, li > a, .pk-search__more:not([hidden])")];
  const next = stops.indexOf(document.activeElement) + step;
  stops[Math.max(0, Math.min(next, stops.length - 1))].focus();
}

/** Marks on the page what begins with one of the words. */
export function mark(words) {
  const starts = words.match(WORD);
  if (!starts || !CSS.highlights) return; // an older browser shows the page without
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${starts.join("|")})`, "giu");
  const marks = new Highlight();
  const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    for (const { index, 0: found } of text.data.matchAll(pattern))
      marks.add(new StaticRange({
        startContainer: text, startOffset: index,
        endContainer: text, endOffset: index + found.length,
      }));
  }
  CSS.highlights.set("pk-sought", marks);
}
