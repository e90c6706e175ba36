// Runs in a page of the built site and turns it into the whole course: a title page, the contents,
// and every page of the menu. Ids and links get the name of their page as a prefix.
// Returns what the bookmarks say: of each page, its title and sections with their ids.
async ({ pages, cover, site }) => {
  const TOKENS = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "name"];
  const here = new URL(".", location.href);
  const names = new Map(pages.map(({ file, name }) => [new URL(file, here).pathname, name]));
  const frame = document.querySelector(".md-content");
  const make = (tag, name, ...parts) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...parts);
    return element;
  };

  // Where a link leads within the book; of what is not in it, where it lies on the site.
  function target(href, url) {
    const to = new URL(href, url);
    if (to.origin !== here.origin) return href;
    const name = names.get(to.pathname);
    if (name) return `#${name}${to.hash ? `--${to.hash.slice(1)}` : ""}`;
    return site && new URL(to.pathname.slice(here.pathname.length) + to.hash, site).href;
  }

  function rename(article, prefix, url) {
    const ids = new Set([...article.querySelectorAll("[id]")].map((one) => one.id));
    const named = (id) => (ids.has(id) ? `${prefix}--${id}` : id);
    const reference = (text) => text.replace(/#([\w-]+)/g, (all, id) => (ids.has(id) ? `#${named(id)}` : all));
    for (const one of article.querySelectorAll("*")) {
      if (one.id) one.id = named(one.id);
      for (const { name, value } of [...one.attributes]) {
        if (TOKENS.includes(name)) one.setAttribute(name, value.split(" ").map(named).join(" "));
        else if (value.includes("url(#")) one.setAttribute(name, reference(value));
      }
      if (one.matches("use[href^='#']")) one.setAttribute("href", reference(one.getAttribute("href")));
      else if (one.matches("a[href]")) {
        const to = target(one.getAttribute("href"), url);
        if (to) one.setAttribute("href", to);
        else one.removeAttribute("href");
      }
      if (one.localName === "style") one.textContent = reference(one.textContent);
    }
    return article;
  }

  async function bound({ file, name, number }) {
    const url = new URL(file, here);
    const other = new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html");
    const article = rename(document.importNode(other.querySelector("article"), true), name, url);
    article.id = name;
    article.classList.add("pk-page");
    article.style.page = name;
    for (const fold of article.querySelectorAll("details")) fold.open = true;
    const title = article.querySelector("h1");
    title.querySelector(".headerlink")?.remove();
    if (number) title.prepend(make("span", "pk-number", String(number)), " ");
    return article;
  }

  const rows = pages.map(({ name, number, title, question }) => {
    const link = make("a", "", make("span", "pk-number", number ? String(number) : ""), make("span", "pk-title", title));
    link.href = `#${name}`;
    link.append(make("span", "pk-at"));
    if (question) link.append(make("small", "", question));
    return make("li", "", link);
  });
  const front = make("article", "md-content__inner md-typeset pk-cover", make("h1", "", cover.title));
  front.append(...cover.lines.map((line) => make("p", "", line)));
  front.querySelector("h1").before(document.querySelector(".md-logo svg").cloneNode(true));
  const contents = make("article", "md-content__inner md-typeset pk-contents", make("h1", "", "Contents"), make("ol", "", ...rows));
  frame.replaceChildren(front, contents);
  for (const page of pages) frame.append(await bound(page));
  document.title = cover.title;

  // Below each page, beside the number: where one is.
  const quoted = (text) => JSON.stringify(text);
  const sheet = pages.map(({ name, number, title }) =>
    `@page ${name} { @bottom-left { content: ${quoted(`${number ? `${number}  ` : ""}${title}`)}; } }`);
  document.head.append(make("style", "", sheet.join("\n")));
  await Promise.allSettled([...document.fonts].map((font) => font.load())); // stand-ins may be missing
  const said = (heading) => {
    const copy = heading.cloneNode(true);
    copy.querySelector(".headerlink")?.remove();
    return copy.textContent.replace(/\s+/g, " ").trim();
  };
  return [...frame.querySelectorAll(".pk-page")].map((article) => ({
    title: said(article.querySelector("h1")),
    name: article.id,
    sections: [...article.querySelectorAll("h2[id]")].map((one) => ({ title: said(one), name: one.id })),
  }));
}
