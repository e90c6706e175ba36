// Unfolds what is folded in a listing (docs/assets/css/listings.css), and wraps long lines, on all
// pages from then on: a reader who wraps them on one wants them wrapped on the next.
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

  function show(wraps) {
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
