// Shows what a term means, or which work is cited, in a box under it: to the pointer and to the
// keyboard. The pointer may move onto the box, and Escape closes it. A finger, which can't point,
// gets a sheet at the foot of the screen, with the link in it. Without scripts the browser shows the
// link's title.
{
  const HOSTS = ".md-typeset .pk-term, .md-typeset .pk-cite, .md-typeset abbr";
  const GAP = 6, MARGIN = 12; // pixels to the term, and to the edge of the window
  const OPENS = 150, CLOSES = 250; // milliseconds: time to pass by, and to reach the box
  const box = document.createElement("div");
  box.id = box.className = "pk-tip";
  box.role = "tooltip";
  box.hidden = true;
  document.body.append(box);
  let host, timer;

  const later = (what, delay) => { clearTimeout(timer); timer = setTimeout(what, delay); };

  function close() {
    clearTimeout(timer);
    if (!host) return;
    host.title = box.textContent;
    host.removeAttribute("aria-describedby");
    host = null;
    box.hidden = true;
  }

  function open(element, y) {
    clearTimeout(timer);
    if (element === host) return;
    close();
    if (!element.title) return;
    host = element;
    box.textContent = host.title;
    host.removeAttribute("title"); // or the browser would show it too
    host.setAttribute("aria-describedby", box.id);
    box.hidden = false;
    place([...host.getClientRects()].find((line) => y <= line.bottom) ?? host.getBoundingClientRect());
  }

  // Under the line that is pointed at; over it where there is no room below.
  function place(line) {
    const root = document.documentElement, { width, height } = box.getBoundingClientRect();
    const left = Math.max(MARGIN, Math.min(line.left, root.clientWidth - width - MARGIN));
    const above = line.bottom + GAP + height > innerHeight && line.top - GAP - height > 0;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(above ? line.top - GAP - height : line.bottom + GAP) + scrollY}px`;
  }

  document.addEventListener("pointerover", ({ target, clientY, pointerType }) => {
    if (pointerType === "touch") return;
    const over = target.closest?.(HOSTS);
    if (over) later(() => open(over, clientY), over === host ? 0 : OPENS);
    else if (target === box) clearTimeout(timer);
    else later(close, CLOSES);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.(HOSTS) && !touched) open(target, -Infinity);
    else close();
  });
  document.addEventListener("focusout", close);
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") close();
    if (key === "Tab") touched = false;
  });

  let touched = false; // what the reader used last
  const sheet = document.createElement("dialog");
  sheet.className = "pk-sheet";
  sheet.innerHTML = '<p><strong></strong></p><p></p><p><a></a><button type="button">Close</button></p>';
  document.body.append(sheet);
  const [name, meaning] = [sheet.querySelector("strong"), sheet.children[1]];
  const [link, button] = [sheet.querySelector("a"), sheet.querySelector("button")];
  const shut = () => sheet.close();

  document.addEventListener("pointerdown", ({ pointerType }) => {
    touched = pointerType === "touch";
  }, true);
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.(HOSTS);
    if (!element?.title || !touched) return;
    event.preventDefault();
    close();
    sheet.ariaLabel = name.textContent = element.textContent;
    meaning.textContent = element.title;
    link.hidden = !element.href;
    link.href = element.href ?? "";
    link.textContent = element.matches(".pk-cite") ? "To the reference" : "To the glossary";
    sheet.showModal();
  });
  link.addEventListener("click", shut); // it may lead to a place on this very page
  button.addEventListener("click", shut);
  sheet.addEventListener("click", ({ target }) => { if (target === sheet) shut(); });

  // What was pointed at while this was loaded.
  const waiting = [...document.querySelectorAll(HOSTS)].find((one) => one.matches(":hover, :focus"));
  if (waiting) open(waiting, -Infinity);
}
