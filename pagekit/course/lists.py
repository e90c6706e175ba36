"""What comments such as ``<!-- pagekit:cards -->`` stand for, on pages that speak of all pages."""

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby
from textwrap import indent

from pagekit.course.catalogue import Entry, entries, entry_at, span, way_to
from pagekit.course.linking import address_from
from pagekit.course.numbers import numbers
from pagekit.course.pictures import picture
from pagekit.errors import PageError
from pagekit.render.rendering import Lists, Rendering
from pagekit.render.words.inline import escaped

_ALL = "The whole course"  # heads the cards of pages that speak of all of it
_ASKED = re.compile(r"\{([^{}]*)\}")
_SPEAKER = re.compile(r"[A-Z][A-Z' ]*:")
_SIGNS = {"'": "’", "--": "—", "...": "…"}


def cards(words: str, rendering: Rendering) -> str:
    """A card for each chapter and lab, part by part, and for each page that the words name.

    It has the picture, number, title, question and minutes of its page, as far as there are any.
    """
    project = rendering.project
    course = [*entries(project), *(entry_at(address, "", project) for address in words.split())]
    made = []
    for number, entry in enumerate(course):
        if not number or entry.section != course[number - 1].section:
            made.append(f"### {escaped(entry.section or _ALL)}\n")
        made.append(_card(entry, picture(entry, project, f"card-{number}"), rendering))
    return "\n".join(['<div class="pk-chapters" markdown>', "", *made, "</div>"])


def _card(entry: Entry, svg: str, rendering: Rendering) -> str:
    shown = f'<span class="pk-chapters__picture" aria-hidden="true">{svg}</span>'
    place = " · ".join(filter(None, (str(entry.number or ""), escaped(entry.section))))
    said = [
        (rendering.inline(shown) if svg else "", ""),
        (place, "{: .pk-chapters__place }"),
        (_linked(entry, rendering), "{: .pk-chapters__title }"),
        (escaped(entry.question), ""),
        (span(entry.minutes) if entry.minutes else "", "{: .pk-chapters__time }"),
    ]
    paragraphs = [f"{text}\n{style}".strip() for text, style in said if text]
    item = indent("\n\n".join(paragraphs), "    ").strip()
    return f"- {item}\n"


def begin(words: str, rendering: Rendering) -> str:
    """Where to go from here: a button to the first chapter, and what else the words link to."""
    course = entries(rendering.project)
    if not course:
        return words
    first = course[0]
    said = f"Begin: {escaped(first.title)}, {span(first.minutes)}"
    address = address_from(rendering, first.address)
    button = f"[{said}]({address}){{ .md-button .md-button--primary }}"
    return f"{button} {words}\n{{: .pk-hero__actions }}"


def line(words: str, rendering: Rendering) -> str:
    """A line that holds numbers of the course: ``{chapters} chapters · as of {day}``.

    Of its parts, which ``·`` divides, those are left out whose number can't be told.

    Raises:
        PageError: it asks for a number that nobody counts.
    """
    known = numbers(rendering.project)
    asked = set(_ASKED.findall(words))
    if odd := sorted(asked - known.keys()):
        raise PageError(f"{{{odd[0]}}} is none of {', '.join(sorted(known))}")
    told = {name: text for name, text in known.items() if text}
    parts = [part.strip() for part in words.split(" · ")]
    whole = [part for part in parts if set(_ASKED.findall(part)) <= told.keys()]
    said = "\N{NO-BREAK SPACE}· ".join(whole)  # no line begins with a dot
    kept = {name: text.replace(" ", "\N{NO-BREAK SPACE}") for name, text in told.items()}
    return f"{_ASKED.sub(lambda match: kept[match[1]], said)}\n{{: .pk-line }}"


def verse(words: str, rendering: Rendering) -> str:
    """What a block of this page printed, set as verse; the words are the block's title.

    Raises:
        PageError: no block has that title.
    """
    page = rendering.page
    fence = next((f for f in page.fences if f.runs and f.options.get("title") == words), None)
    if fence is None:
        raise PageError(f"no block of this page has the title {words!r}, so it wrote no verse")
    chain = page.chain_of(fence)
    result = rendering.result_of(chain)
    text = result.segments[chain.fences.index(fence)].output if result else "…"
    for typed, sign in _SIGNS.items():
        text = text.replace(typed, sign)
    stanzas = "".join(f"<p>{_rows(stanza)}</p>" for stanza in text.strip("\n").split("\n\n"))
    return rendering.block(f'<blockquote class="pk-verse">{stanzas}</blockquote>')


def _rows(stanza: str) -> str:
    """Each row an element of its own: where it is too long, the rest is set in."""
    rows = [(escape(row, quote=False), _SPEAKER.fullmatch(row)) for row in stanza.split("\n")]
    marked = (f"<b>{shown}</b>" if speaks else shown for shown, speaks in rows)
    return "".join(f"<span>{shown}<br></span>" for shown in marked)


def ways(words: str, rendering: Rendering) -> str:
    """The ways through the course that the front matter lists, with what each takes.

    ``ways`` is a list of ``name`` and ``to``, the address of a chapter; without ``to``, the way
    leads through everything. A way holds all that its goal needs.

    Raises:
        PageError: the list can't be read, or a way leads to no chapter.
    """
    listed = rendering.meta.get("ways")
    if not isinstance(listed, list) or not all(isinstance(way, dict) for way in listed):
        raise PageError("the front matter has no list `ways` of `name` and `to`")
    course = entries(rendering.project)
    made = []
    for way in listed:
        goal = str(way.get("to", ""))
        steps = way_to(goal, course)
        taken = span(sum(step.minutes for step in steps))
        made.append(f"- **{escaped(str(way.get('name', '')))}**\n    {taken}: ")
        if goal:
            made[-1] += f"{_joined(steps, rendering)}\n"
            continue
        made[-1] += "part by part\n"
        for part, of in groupby(steps, lambda step: step.section):
            made.append(f"    - *{escaped(part)}*: {_joined(of, rendering)}")
        made.append("")
    return "\n".join(['<div class="pk-ways" markdown>', "", *made, "</div>"])


def _joined(steps: Iterable[Entry], rendering: Rendering) -> str:
    return "\N{NO-BREAK SPACE}→ ".join(_linked(step, rendering) for step in steps)


def _linked(entry: Entry, rendering: Rendering) -> str:
    return f"[{escaped(entry.title)}]({address_from(rendering, entry.address)})"


LISTS: Lists = {"cards": cards, "begin": begin, "line": line, "verse": verse, "ways": ways}
