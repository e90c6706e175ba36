// A button on each block of code. What it copies is the whole program: a block that continues
// others brings them along (the build writes it into data-copy).
for (const block of document.querySelectorAll(".md-typeset .highlight")) {
  const code = block.querySelector("pre > code");
  if (!code) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pk-copy";
  const name = block.querySelector(".filename")?.textContent;
  button.setAttribute("aria-label", name ? `Copy the program: ${name}` : "Copy the program");
  button.dataset.says = "Copy"; // shown by the style sheet: it is no part of the page's text
  button.addEventListener("click", async () => {
    const text = block.closest("[data-copy]")?.dataset.copy ?? code.textContent.trimEnd();
    button.dataset.says = (await copied(text)) ? "Copied" : "Select and copy by hand";
    setTimeout(() => { button.dataset.says = "Copy"; }, 2000);
  });
  block.append(button);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or no secure origin (a page opened from a folder): the old way still works.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
