// What nobody needs before they do something is loaded at their first sign of life, and at once for
// those of whom something is kept: the meaning of terms, answers to questions, progress.
{
  const here = document.currentScript.src;
  const signs = ["pointermove", "pointerdown", "keydown", "focusin", "scroll"];
  const load = () => {
    for (const sign of signs) removeEventListener(sign, load);
    for (const name of ["terms", "store", "questions", "progress"]) {
      const script = document.createElement("script");
      script.async = false; // one after the other
      script.src = new URL(`${name}.js`, here);
      document.head.append(script);
    }
  };
  let known = scrollY > 0;
  try {
    known ||= Object.keys(localStorage).some((key) => key.startsWith("reader:"));
  } catch { /* nothing can be kept here */ }
  if (known) load();
  else for (const sign of signs) addEventListener(sign, load, { passive: true });
}
