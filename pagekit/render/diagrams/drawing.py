"""Mermaid source → inline SVG, drawn at build (no browser, no script for the reader)."""

import hashlib
import html
import json
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pagekit.project import write_whole
from pagekit.render.diagrams.colours import DiagramError
from pagekit.render.diagrams.phones import PHONE_CONFIG, WIDEST, forms, size
from pagekit.render.diagrams.svg import inline_svg
from pagekit.render.diagrams.theme import CONFIG
from pagekit.render.figures.svg import for_widths

if TYPE_CHECKING:
    from mermaidx.engines.v8_engine import Engine

__all__ = ["DiagramError", "drawn", "drawn_for_phone", "is_drawn", "kept", "render"]

PATIENCE = 120_000  # milliseconds for one diagram, which takes about one second

_TITLE = re.compile(r"^[ \t]*accTitle[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_DESCRIPTION = re.compile(r"^[ \t]*accDescr[ \t]*(?:\{([^}]*)\}|:[ \t]*(.*?))[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*%%(?!\{).*$", re.MULTILINE)


def render(source: str, cache_dir: Path, key: str = "", phones: bool = True) -> str:
    """A mermaid diagram as HTML: ``figure.pk-diagram`` with an inline SVG, or one for each width.

    Args:
        source: mermaid with ``accTitle: …`` and ``accDescr: …`` (in any kind of diagram, also
            in those whose own grammar lacks them).
        cache_dir: where drawn diagrams are kept (drawing takes about a second).
        key: tells two equal diagrams on one page apart.
        phones: whether there is to be a second one for phones, if the first is too wide for them.

    Raises:
        DiagramError: with mermaid's own message, or what is missing and what to do.
    """
    title, description = _accessible(source)
    name = hashlib.sha256(json.dumps([source, key]).encode()).hexdigest()[:10]
    svg = inline_svg(drawn(source, cache_dir), f"pk-{name}", title, description)
    if phones and (raw := drawn_for_phone(source, cache_dir)):
        phone = inline_svg(raw, f"pk-{name}-phone", title, description)
        return f'<figure class="pk-diagram">{for_widths(svg, phone)}</figure>'
    label = html.escape(f"Diagram: {title}")
    return (
        '<figure class="pk-diagram"><div class="pk-scroll" tabindex="0" role="region" '
        f'aria-label="{label}">{svg}</div></figure>'
    )


def drawn(source: str, cache_dir: Path) -> str:
    """The SVG as mermaid makes it, drawn once; raises as ``render``."""
    path = kept(source, cache_dir)
    if (svg := _read(path)) is None:
        svg = _keep(_draw(source), path)
    return svg


def drawn_for_phone(source: str, cache_dir: Path) -> str:
    """The SVG for phones, drawn once; empty where there is none that is narrow enough.

    There is none, too, where the one for all pages is. Raises as ``render``.
    """
    if size(drawn(source, cache_dir))[0] <= WIDEST:
        return ""
    path = kept(source, cache_dir, phone=True)
    if (svg := _read(path)) is None:
        tried = (_draw(form, PHONE_CONFIG) for form in forms(source))
        svg = _keep(next((one for one in tried if size(one)[0] <= WIDEST), ""), path)
    return svg


def is_drawn(source: str, cache_dir: Path) -> bool:
    """Whether there is nothing left to draw of a diagram."""
    svg = _read(kept(source, cache_dir))
    if svg is None or size(svg)[0] <= WIDEST:
        return svg is not None
    return kept(source, cache_dir, phone=True).exists()


def kept(source: str, cache_dir: Path, phone: bool = False) -> Path:
    """Where its drawing is kept, or the one for phones."""
    config = [PHONE_CONFIG, WIDEST] if phone else CONFIG
    made_of = [source, version("mermaidx"), version("mini-racer"), config]
    name = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    return cache_dir / f"{name}.svg"


def _accessible(source: str) -> tuple[str, str]:
    """The title and the description that the source gives."""
    if not source.strip():
        raise DiagramError("the diagram is empty")
    title, description = _TITLE.search(source), _DESCRIPTION.search(source)
    name = title[1] if title else ""
    words = " ".join((description[1] or description[2] or "").split()) if description else ""
    for what, found in (("accTitle", name), ("accDescr", words)):
        if not found:
            raise DiagramError(
                f"the diagram has no {what}: add a line `{what}: …` under its first line, "
                "for readers who can't see it"
            )
    return name, words


def _bare(source: str) -> tuple[str, list[int]]:
    """The source without accessible text, comments and empty lines, and each line's old number.

    Mind maps and timelines know no accTitle, mind maps no empty line before the root, and mermaid
    itself drops comments before it counts lines.
    """
    for pattern in (_TITLE, _DESCRIPTION, _COMMENT):
        source = pattern.sub(lambda match: "\n" * match[0].count("\n"), source)
    kept = [(number, line) for number, line in enumerate(source.split("\n"), 1) if line.strip()]
    return "\n".join(line for _, line in kept), [number for number, _ in kept]


@cache
def _engine() -> "Engine":
    """Mermaid in V8, in a process of its own, which ends with this one.

    mermaidx's other engine needs three times as long for a diagram. `mermaidx.render` would give up
    after eight seconds, which a busy machine may need.
    """
    from mermaidx.engines.v8_engine import Engine  # not worth its time when all is cached

    engine = Engine(render_timeout_ms=PATIENCE)
    engine.start()
    return engine


def _draw(source: str, config: dict[str, Any] = CONFIG) -> str:
    from mermaidx.engines.v8_engine import MermaidRenderError

    bare, numbers = _bare(source)
    if re.search(r"^\s*gantt\b", bare, re.MULTILINE) and "todayMarker" not in bare:
        bare += "\n    todayMarker off"  # else the page depends on the day
    try:
        return str(_engine().render_svg(bare, "default", config, None))
    except MermaidRenderError as error:
        reason = re.sub(r"^Error: ", "", str(error)).strip()
        found = re.search(r"(?:Parse|Lexical) error on line (\d+)[:.]?\s*", reason)
        if found is None:
            raise DiagramError(f"mermaid can't draw this diagram: {reason}") from error
        line = numbers[min(int(found[1]), len(numbers)) - 1]
        reason = reason.replace(found[0], "")
        message = f"mermaid can't read line {line} of this diagram: {reason}"
        raise DiagramError(message, line=line) from error


def _keep(svg: str, path: Path) -> str:
    checksum = hashlib.sha256(svg.encode()).hexdigest()
    write_whole(path, f"{checksum}\n{svg}")
    return svg


def _read(path: Path) -> str | None:
    """The kept diagram, or None where there is none or it is damaged."""
    try:
        checksum, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return text if checksum == hashlib.sha256(text.encode()).hexdigest() else None
