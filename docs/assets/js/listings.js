// Unfolds what is folded in a listing (docs/assets/css/listings.css), and wraps long lines, on all
// pages from then on: who wraps them on one wants it on the next.
{
  const KEY = "pk-wrap", root = document.documentElement;

  document.addEventListener("click", ({ target }) => {
    const fold = target.closest?.(".pk-fold");
    if (fold) fold.setAttribute("aria-expanded", fold.ariaExpanded !== "true");
  });

  const blocks = [...document.querySelectorAll(".md-typeset .highlight:has(pre > code)")];
  const buttons = blocks.map((block) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pk-copy pk-wrap";
    button.setAttribute("aria-label", "Wrap long lines");
    button.dataset.says = "Wrap";
    button.addEventListener("click", () => {
      const top = button.getBoundingClientRect().top;
      show(!root.hasAttribute("data-pk-wrap"));
      scrollBy(0, button.getBoundingClientRect().top - top); // the code above has another height now
    });
    block.append(button);
    return button;
  });

  // Each line in an element of its own, which says how far from the left it begins.
  function setRows(box) {
    const run = document.createElement("span");
    const rest = [...box.childNodes];
    for (const node of rest) {
      const isBlock = node.matches?.(".pk-folded, .pk-fold, .hll");
      if (!isBlock) {
        if (!run.isConnected) node.before(run);
        run.append(node);
      }
      if (isBlock || node === rest.at(-1)) {
        if (run.isConnected) run.replaceWith(...rowsOf(run));
        if (isBlock) setRows(node);
      }
    }
  }

  function rowsOf(run) {
    const rows = [];
    while (run.textContent) {
      const texts = document.createTreeWalker(run, NodeFilter.SHOW_TEXT);
      while (texts.nextNode() && !texts.currentNode.data.includes("\n"));
      const range = document.createRange();
      range.selectNodeContents(run);
      const end = texts.currentNode.data?.indexOf("\n") ?? -1;
      if (end >= 0) range.setEnd(texts.currentNode, end + 1);
      const row = document.createElement("span");
      row.className = "pk-row";
      row.append(range.extractContents());
      row.style.setProperty("--pk-indent", row.textContent.match(/^ */)[0].length);
      keepStart(row);
      rows.push(row);
    }
    run.replaceChildren();
    return rows;
  }

  // Spaces at the start stay on one line with the first letter: else a long word would leave them.
  function keepStart(row) {
    const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (texts.nextNode() && !texts.currentNode.data.trim());
    const at = texts.currentNode.data?.search(/\S/) ?? -1;
    if (at < 0 || !row.textContent.startsWith(" ")) return;
    range.setStart(row, 0);
    range.setEnd(texts.currentNode, at + 1);
    const start = document.createElement("span");
    start.className = "pk-start";
    start.append(range.extractContents());
    row.prepend(start);
  }

  let haveRows = false;
  function show(wraps) {
    if (wraps && !haveRows) {
      const boxes = ".highlight > pre > code, .pk-output[data-columns] samp";
      for (const code of document.querySelectorAll(boxes)) setRows(code);
      haveRows = true;
    }
    root.toggleAttribute("data-pk-wrap", wraps);
    for (const button of buttons) button.setAttribute("aria-pressed", wraps);
    try {
      if (wraps) localStorage.setItem(KEY, "1");
      else localStorage.removeItem(KEY);
    } catch {} // nothing may be kept
  }

  let kept = false;
  try {
    kept = localStorage.getItem(KEY) !== null;
  } catch {}
  show(kept);
}
