// What the HTML of a page says, gathered in one go. Runs with the page's own scripts off.
() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const article = document.querySelector("article") ?? document.body;
  const shown = (element) => element.getClientRects().length > 0;

  all("details").forEach((fold) => { fold.open = true; });

  const language = (element) => {
    const near = [element, ...all("code, pre", element), element.parentElement];
    const classes = near.flatMap((one) => [...(one?.classList ?? [])]);
    return classes.find((name) => name.startsWith("language-"))?.slice("language-".length) ?? null;
  };

  // A code block is an outermost .highlight or a <pre> of its own; outputs are not code, text about
  // code is marked as such, and a notebook's cells are run by the notebook's own test.
  const code = all("div.highlight, pre", article)
    .filter((one) => !one.parentElement.closest("div.highlight, pre"))
    .filter((one) => !one.closest(".pk-output, [data-pk-text], .jupyter-wrapper"))
    .map((one) => {
      const cell = one.closest("div.pk-cell");
      return {
        language: language(one),
        start: one.textContent.trim().slice(0, 60),
        ran: cell?.dataset.run === "ok",
        reason: cell?.querySelector("p.pk-not-run")?.textContent.trim() ?? "",
      };
    });

  // The words of a page by what they are: sentences, what blocks printed, what figures say.
  const words = { prose: [], printed: [], drawn: [] };
  const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const inside = (selector) => texts.currentNode.parentElement.closest(selector);
    if (inside("style, script, title, desc")) continue;
    if (inside("svg")) words.drawn.push(texts.currentNode.data);
    else if (inside(".pk-output samp")) words.printed.push(texts.currentNode.data);
    else if (!inside("pre, code, kbd, math")) words.prose.push(texts.currentNode.data);
  }

  const ids = all("[id]").map((one) => one.id);
  return {
    title: document.title,
    words,
    code,
    twice: [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))],
    // Also those in drawings, whose `href` is an object.
    links: all("a[href]").map((one) => new URL(one.getAttribute("href"), document.baseURI).href),
    // Where links lead within drawings, and within the text around them.
    linked: ["article svg a[href]", "article :not(svg) > a[href]"]
      .map((where) => all(where).map((one) => one.getAttribute("href"))),
    written: all("a[href]").map((one) => one.getAttribute("href")),
    nav: all(".md-nav--primary a[href]").map((one) => one.href),
    images: all("img[src], source[src], video[src]").map((one) => one.src),
    broken: all("img").filter((one) => one.complete && one.naturalWidth === 0).map((one) => one.src),
    // Of a figure's two drawings, the one for phones is not for this window.
    hidden: all(".pk-output, .pk-figure svg, .pk-diagram svg, math, table", article)
      .filter((one) => !shown(one) && !one.closest(".pk-for-phone")).map((one) => one.outerHTML.slice(0, 80)),
    figures: all(".pk-figure, .pk-diagram", article).length,
  };
}
