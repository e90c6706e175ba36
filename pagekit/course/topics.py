"""The field as the course sees it: a mind map, and the same as a list."""

from typing import Any

from pagekit.course.linking import address_from, linked
from pagekit.course.mind_map import mind_map
from pagekit.errors import PageError
from pagekit.render.rendering import Rendering
from pagekit.render.words.inline import escaped


def topics(words: str, rendering: Rendering) -> str:
    """What the front matter maps as ``topics``: branches, their topics, and where these are taught.

    Args:
        words: what stands in the middle.
        rendering: the page; a topic without an address within ``docs/`` is still to come.

    Raises:
        PageError: the map can't be read.
    """
    branches = rendering.meta.get("topics")
    if not isinstance(branches, dict) or not all(isinstance(b, dict) for b in branches.values()):
        raise PageError("the front matter has no map `topics` of branches and their topics")
    links = {t: to for branch in branches.values() for t, to in branch.items() if to}
    rows = [_row(branch, of, rendering) for branch, of in branches.items()]
    drawn = linked(mind_map(words, {b: list(of) for b, of in branches.items()}), links, rendering)
    return "\n".join([drawn, "", '<div class="pk-topics" markdown>', "", *rows, "", "</div>"])


def _row(branch: str, of: dict[str, Any], rendering: Rendering) -> str:
    shown = [
        f"[{escaped(topic)}]({address_from(rendering, to)})" if to else escaped(topic)
        for topic, to in of.items()
    ]
    return "\n".join([f"- **{escaped(branch)}**", "", *(f"    - {topic}" for topic in shown), ""])
