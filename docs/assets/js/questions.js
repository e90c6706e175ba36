// Predictions and quizzes take an answer, remember it and open the answer's fold. What answers a
// prediction is held back until then: what the block right below it gave, and the text up to the next
// block, remark or heading; or, where it has the class "section", all up to the next heading. The
// browser's own search in the page, and links, still find it.
{
  const CLOSE = 0.25; // of the recorded number: a guess so near to it counts as right
  const held = new Map(); // what is held back, and the fold that shows it

  for (const ask of document.querySelectorAll(".pk-ask")) {
    const { key } = ask.dataset;
    const fold = ask.querySelector(".pk-answer");
    const said = ask.querySelector("[role=status]");
    const input = ask.querySelector("input[type=number]");
    const radios = [...ask.querySelectorAll("input[type=radio]")];
    const rest = ask.classList.contains("predict") ? [...answering(ask)] : [];
    const note = rest.length ? noteBefore(rest[0], fold) : null;
    for (const one of rest) held.set(one, fold);

    const show = () => {
      for (const one of rest) one.hidden = fold.open ? false : "until-found";
      if (note) note.hidden = fold.open;
    };

    function tell(answer) {
      for (const row of fold.querySelectorAll("li"))
        row.classList.toggle("pk-chosen", !input && row.dataset.choice === answer);
      said.textContent = input ? compared(answer, recorded(fold)) : verdict(answer, fold);
      fold.open = true;
    }

    function answer() {
      const given = input ? input.value : radios.find((one) => one.checked)?.value;
      if (!given) {
        said.textContent = input ? "Type a number first." : "Choose one first.";
        return;
      }
      reader.here.answers[key] ??= { given, right: isRight(given, fold, input) };
      reader.keep();
      tell(given);
    }

    function restore() {
      const given = reader.here.answers[key]?.given;
      if (input) input.value = given ?? "";
      for (const one of radios) one.checked = one.value === given;
      if (given) return tell(given);
      for (const row of fold.querySelectorAll("li")) row.classList.remove("pk-chosen");
      said.textContent = "";
      fold.open = false;
    }

    ask.querySelector("button").addEventListener("click", answer);
    input?.addEventListener("keydown", ({ key: pressed }) => { if (pressed === "Enter") answer(); });
    fold.addEventListener("toggle", show);
    document.addEventListener("reader:forgot", () => { restore(); show(); });
    restore();
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

  function noteBefore(first, fold) {
    const note = document.createElement("p");
    note.className = "pk-held";
    note.append("What comes of it is held back until you have answered. ");
    const button = note.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = "Show it now";
    button.addEventListener("click", () => { fold.open = true; });
    first.before(note);
    return note;
  }

  function recorded(fold) {
    const text = fold.querySelector(".pk-value").textContent;
    return Number.parseFloat(text.replaceAll(",", "").replaceAll("−", "-"));
  }

  function isRight(given, fold, input) {
    if (!input) return fold.querySelector(".pk-right").dataset.choice === given;
    return Math.abs(given - recorded(fold)) <= CLOSE * Math.abs(recorded(fold));
  }

  function verdict(given, fold) {
    const right = fold.querySelector(".pk-right").dataset.choice;
    return given === right ? `${right} is right.` : `You chose ${given}; ${right} is right.`;
  }

  function compared(given, value) {
    const near = Math.abs(given - value) <= CLOSE * Math.abs(value);
    return `You said ${given}; recorded is ${value}.${near ? " Well guessed." : ""}`;
  }

  // A link to something that is held back, or a word in it that the browser was to find, shows it.
  const find = (element) => {
    for (const [one, fold] of held) if (one.contains(element)) fold.open = true;
  };
  const aim = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) find(target);
  };
  document.addEventListener("beforematch", ({ target }) => find(target));
  addEventListener("hashchange", aim);
  aim();
}
