// Predictions and quizzes take an answer, remember it, and open the fold that says what is right.
{
  const CLOSE = 0.25; // of the recorded number: a guess so near to it counts as right
  const PERCENT = /\d\s?(%|percent)/;

  for (const ask of document.querySelectorAll(".pk-ask")) {
    const { key } = ask.dataset;
    const fold = ask.querySelector(".pk-answer");
    const said = ask.querySelector(".pk-ask__do [role=status]");
    const input = ask.querySelector("input[type=number]");
    const radios = [...ask.querySelectorAll("input[type=radio]")];
    const button = ask.querySelector(".pk-ask__do button"); // a listing in the question has its own

    function tell(answer) {
      for (const row of fold.querySelectorAll("li"))
        row.classList.toggle("pk-chosen", !input && row.dataset.choice === answer);
      mark(answer, fold.querySelector(".pk-right")?.dataset.choice);
      said.textContent = input ? compared(answer, fold) : verdict(answer, fold);
      fold.open = true;
    }

    function mark(given, right) { // which choice is right, and that the reader's is not
      for (const one of radios) {
        one.parentElement.classList.toggle("pk-is-right", one.value === right);
        one.parentElement.classList.toggle("pk-is-wrong", one.value === given && given !== right);
      }
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

    function forget() {
      if (input) input.value = "";
      for (const one of radios) one.checked = false;
      mark();
      for (const row of fold.querySelectorAll("li")) row.classList.remove("pk-chosen");
      said.textContent = "";
      fold.open = false;
    }

    if (input && shown(fold).endsWith("%")) input.after("%"); // the unit of what is to be typed
    button.addEventListener("click", answer);
    input?.addEventListener("keydown", ({ key: pressed }) => { if (pressed === "Enter") answer(); });
    document.addEventListener("reader:forgot", forget);
    const given = reader.here.answers[key]?.given;
    if (given) { // what a reader has done while this was loaded stays otherwise
      if (input) input.value = given;
      for (const one of radios) one.checked = one.value === given;
      tell(given);
    }
    button.disabled = false;
  }

  function shown(fold) {
    return fold.querySelector(".pk-value").textContent;
  }

  function recorded(fold) {
    return Number.parseFloat(shown(fold).replaceAll(",", "").replaceAll("−", "-"));
  }

  function isRight(given, fold, input) {
    if (input) return isNear(given, fold);
    return fold.querySelector(".pk-right").dataset.choice === given;
  }

  // Who types 0.6 where a percentage is asked for may mean 60.
  function isNear(given, fold) {
    const isShare = Math.abs(given) < 1 && PERCENT.test(fold.querySelector(".pk-right").textContent);
    return [given, isShare ? 100 * given : given]
      .some((one) => Math.abs(one - recorded(fold)) <= CLOSE * Math.abs(recorded(fold)));
  }

  function verdict(given, fold) {
    const right = fold.querySelector(".pk-right").dataset.choice;
    return given === right ? `${right} is right.` : `You chose ${given}; ${right} is right.`;
  }

  function compared(given, fold) {
    const near = isNear(given, fold) ? " Well guessed." : "";
    return `You said ${given}; recorded is ${recorded(fold)}.${near}`;
  }
}
