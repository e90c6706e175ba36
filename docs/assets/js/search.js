// Opens the search dialog. What searches (search-dialog.js, then Pagefind and its index) is loaded
// when the reader opens it for the first time, or comes from one of its results.
{
  const dialog = document.querySelector(".pk-search");
  const script = new URL("search-dialog.js", document.currentScript.src).href;
  const load = () => import(script);

  // A browser imports scripts and fetches an index only from a server.
  const fail = () => {
    let why = "Search could not be loaded. Reload the page to try again.";
    if (location.protocol === "file:")
      why = "Search needs a web server, and this page was opened from a folder. " +
        "“python3 -m http.server”, run in the site's folder, starts one.";
    else if (["localhost", "127.0.0.1"].includes(location.hostname))
      why = "There is no search index here. “make site” makes one; the live preview has none.";
    dialog.querySelector("[role=status]").textContent = why;
  };

  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    dialog.querySelector("input").select();
    load().then(({ start }) => start(dialog, fail)).catch(fail);
  };

  document.querySelector(".pk-find").addEventListener("click", open);
  dialog.querySelector("button").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input[type=text], textarea, select, [contenteditable]");
    const control = event.ctrlKey || event.metaKey;
    if (control ? event.key === "k" : event.key === "/" && !event.altKey && !typing) {
      event.preventDefault();
      open();
    }
  });

  // On the page that a result led to, the words that were searched for are marked.
  const here = new URL(location.href);
  const words = here.searchParams.get("highlight");
  if (words) {
    here.searchParams.delete("highlight");
    history.replaceState(null, "", here);
    load().then(({ mark }) => mark(words)).catch(() => {}); // the page is whole without the marks
  }
}
