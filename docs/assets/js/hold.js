// What answers a prediction is held back until its fold is open: what the block right below it gave,
// and the text up to the next block, remark or heading; or, where it has the class "section", all up
// to the next heading. The browser's own search in the page, and links, still find it.
{
  const held = new Map(); // what is held back, and the fold that shows it

  for (const ask of document.querySelectorAll(".pk-ask.predict")) {
    const fold = ask.querySelector(".pk-answer");
    const rest = [...answering(ask)];
    if (!rest.length) continue;
    const note = document.createElement("p");
    note.className = "pk-held";
    note.innerHTML = 'What comes of it is held back until you have answered. <button type="button">Show it now</button>';
    note.lastChild.onclick = () => { fold.open = true; };
    rest[0].before(note);
    for (const one of rest) held.set(one, fold);
    const show = () => {
      note.hidden = fold.open;
      for (const one of rest)
        if (fold.open) one.removeAttribute("hidden");
        else one.setAttribute("hidden", "until-found");
    };
    fold.addEventListener("toggle", show);
    show();
  }

  function* answering(ask) {
    const whole = ask.classList.contains("section");
    const end = `h1, h2, h3, h4, .predict${whole ? "" : ", .pk-cell, .admonition, details"}`;
    let one = ask.nextElementSibling;
    if (!whole && one?.matches(".pk-cell")) {
      yield* [...one.children].filter((part) => !part.matches(".pk-code, .pk-continues"));
      one = one.nextElementSibling;
    }
    for (; one && !one.matches(end); one = one.nextElementSibling) yield one;
  }

  const find = (target) => {
    for (const [one, fold] of held) if (one.contains(target)) fold.open = true;
  };
  const aim = () => find(document.querySelector(":target"));
  addEventListener("beforematch", ({ target }) => find(target));
  addEventListener("hashchange", aim);
  aim();
}
