// Predictions and quizzes take an answer, remember it, and open the fold that says what is right.
{
  const CLOSE = 0.25; // of the recorded number: a guess so near to it counts as right

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
      said.textContent = input ? compared(answer, recorded(fold)) : verdict(answer, fold);
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
}
