"""The parts of the attention explorer's page: one file, which asks for nothing else.

Its policy (`Content-Security-Policy`) makes the browser refuse any request that it might make.
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
{body}
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""

BODY = """<main>
<h1>{title}</h1>
<p>{about} Choose a layer and a head, then point at a word, or move to it with the arrow keys:
the others show how much of its attention they get. The numbers stand in the table below.</p>
<noscript><p>Without JavaScript the page shows the one table below.</p></noscript>
<div class="choose" id="choose" hidden>
<label>Layer <select id="layer"></select></label>
<label>Head <select id="head"></select></label>
</div>
<div class="words" id="words" role="group" aria-label="Words of the sentence"></div>
<p id="said" role="status"></p>
<table><caption id="caption">{start}</caption>
<thead><tr><th scope="col">is looked at</th><th scope="col">share</th></tr></thead>
<tbody id="rows">{rows}</tbody></table>
</main>"""

STYLE = """
:root { color-scheme: light dark; --ink: #1d1f24; --paper: #fdfcf9; --line: #6b7078;
  --mark: 18 94 168; --focus: #b3470f }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e7e1; --paper: #17191d; --line: #9aa0aa;
  --mark: 62 122 190; --focus: #f0a05a } }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.5 Georgia, "Times New Roman", serif }
main { max-width: 46rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.4rem; line-height: 1.25; overflow-wrap: anywhere }
.choose { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0 }
.choose[hidden] { display: none }
select { font: inherit; min-height: 2.75rem; padding: 0 .5rem; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: .3rem }
.words { display: flex; flex-wrap: wrap; gap: .35rem }
.words button { font: inherit; color: inherit; min-height: 2.75rem; padding: .25rem .55rem;
  border: 1px solid var(--line); border-radius: .3rem; cursor: pointer;
  background: rgb(var(--mark) / calc(var(--weight, 0) * .55)) }
.words button[aria-pressed=true] { outline: 3px solid var(--focus); outline-offset: 1px }
.words button:focus-visible { outline: 3px dashed var(--focus); outline-offset: 3px }
.words small { display: block; font: .8125rem/1.2 ui-monospace, monospace }
table { border-collapse: collapse; margin-top: 1rem }
caption { text-align: left; font-weight: bold; padding: .3rem 0; overflow-wrap: anywhere }
th, td { text-align: left; padding: .15rem 1rem .15rem 0; border-top: 1px solid var(--line) }
th[scope=row] { font-weight: normal }
td { text-align: right; font-variant-numeric: tabular-nums }
"""

# --8<-- [start:numbers]
NUMBERS = """
const data = JSON.parse(document.getElementById("data").textContent);
const bytes = Uint8Array.from(atob(data.weights), (sign) => sign.charCodeAt(0));
const size = data.tokens.length;
const by = (id) => document.getElementById(id);
const percent = (weight) => (100 * weight).toFixed(1) + "%";

function weightsOf(layer, head, at) {
  const start = ((layer * data.heads + head) * size + at) * size;
  const row = [...bytes.slice(start, start + size)];
  const sum = row.reduce((a, b) => a + b, 0) || 1;  // rounding to bytes moved it a little
  return row.map((k) => k / sum);
}

"""
# --8<-- [end:numbers]

# --8<-- [start:choice]
CHOICE = """
function fill(select, count, chosen) {
  for (let i = 0; i < count; i++) select.add(new Option(i, i, i === chosen, i === chosen));
  select.addEventListener("change", () => show(at));
}

let at = data.at;
const buttons = data.tokens.map((token, place) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(token, document.createElement("small"));
  for (const event of ["pointerenter", "focus", "click"])
    button.addEventListener(event, () => show(place));
  by("words").append(button);
  return button;
});

by("words").addEventListener("keydown", (event) => {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const to = { Home: 0, End: size - 1 }[event.key] ?? (at + steps[event.key] + size) % size;
  if (Number.isNaN(to)) return;
  event.preventDefault();
  buttons[to].focus();
});
"""
# --8<-- [end:choice]

# --8<-- [start:show]
SHOW = """
function show(place) {
  at = place;
  const [layer, head] = [Number(by("layer").value), Number(by("head").value)];
  const weights = weightsOf(layer, head, at);
  buttons.forEach((button, i) => {
    button.style.setProperty("--weight", weights[i]);
    button.setAttribute("aria-pressed", i === at);
    button.tabIndex = i === at ? 0 : -1;
    button.lastChild.textContent = percent(weights[i]);
  });
  const order = weights.map((_, i) => i).sort((a, b) => weights[b] - weights[a]);
  const most = order.slice(0, 3).map((i) => `“${data.tokens[i]}” ${percent(weights[i])}`);
  by("said").textContent = `“${data.tokens[at]}” looks most at ${most.join(", ")}.`;
  by("caption").textContent = `Layer ${layer}, head ${head}: where “${data.tokens[at]}” looks`;
  by("rows").replaceChildren(...weights.map((weight, i) => {
    const row = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = data.tokens[i];
    row.append(name);
    row.insertCell().textContent = percent(weight);
    return row;
  }));
}

by("choose").hidden = false;
fill(by("layer"), data.layers, data.layer);
fill(by("head"), data.heads, data.head);
show(at);
"""
# --8<-- [end:show]

SCRIPT = NUMBERS + CHOICE + SHOW
