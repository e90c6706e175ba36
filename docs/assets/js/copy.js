// A button on each block of code. What it copies is the whole program: a block that continues
// others brings them along (the build gives the blocks of one program the same data-chain), and one
// that imports the course's package begins with the line that installs it (data-first).
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
    const text = program(block.closest("[data-chain]")) ?? code.textContent.trimEnd();
    button.dataset.says = (await copied(text)) ? "Copied" : "Select and copy by hand";
    setTimeout(() => { button.dataset.says = "Copy"; }, 2000);
  });
  block.append(button);
}

function program(last) {
  if (!last) return null;
  const chain = [...document.querySelectorAll(`[data-chain="${last.dataset.chain}"]`)];
  const code = chain.slice(0, chain.indexOf(last) + 1)
    .map((block) => block.querySelector("pre > code").textContent.replace(/^\n+|\n+$/g, ""))
    .join("\n\n");
  return last.dataset.first ? `${last.dataset.first}\n\n${code}` : code;
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
