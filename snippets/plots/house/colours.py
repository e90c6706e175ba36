"""Which colour a thing has, in every figure of the course."""

from collections.abc import Iterable, Mapping

from snippets.plots.house.style import PALETTE

COLOUR_OF: Mapping[str, str] = {
    # what attention works with
    "queries": "violet",
    "keys": "orange",
    "values": "teal",
    "weights": "blue",
    # the parts of a block
    "attention": "blue",
    "feed-forward": "orange",
    "norm": "violet",
    "attention's matrices": "blue",
    "scores and mixing": "teal",
    "x + f(x)": "blue",
    "f(x)": "orange",
    "pre-LN": "blue",
    "post-LN": "orange",
    "post-LN, warm-up": "teal",
    "ReLU": "blue",
    "GELU": "orange",
    "squared ReLU": "teal",
    "Swish": "wine",
    "with √D": "blue",
    "without √D": "orange",
    # ways to tell positions
    "RoPE": "blue",
    "sinusoidal": "orange",
    "learned": "teal",
    "ALiBi": "wine",
    "none": "violet",
    # how fast, and by whose code
    "ours": "blue",
    "PyTorch, fused": "orange",
    "with cache": "blue",
    "without cache": "orange",
    # what was learned, and from what
    "training": "blue",
    "validation": "orange",
    "beam": "blue",
    "Shakespeare": "orange",
    "their mean": "orange",
    "all plays: unseen": "teal",
    "scene: unseen": "orange",
    "scene: training": "blue",
    "scene, dropout: unseen": "wine",
    # how it was learned
    "Muon": "blue",
    "AdamW": "orange",
    "Muon's": "blue",
    "AdamW's": "orange",
    "gradient": "teal",
    "SGD, η = 0.019": "blue",
    "SGD, η = 0.021": "orange",
    "momentum": "teal",
    "Muon, clipped": "teal",
    "AdamW, clipped": "wine",
    "decay 1.0": "blue",
    "decay 0.5": "orange",
    "decay 0.2": "teal",
}
"""From a thing to its colour, a name of ``PALETTE``; what stand for the same have the same."""


def colours_of(things: Iterable[str], own: Mapping[str, str] | None = None) -> list[str]:
    """The colours of several things, as ``#rrggbb``.

    Args:
        things: names in ``COLOUR_OF``. A thing alone in its figure may have any name: it is blue.
        own: names of ``PALETTE`` for things that belong to one figure only; they come first.

    Raises:
        ValueError: a thing that has no colour, a colour that is not there, or one for two things.
    """
    names = list(things)
    table = {**COLOUR_OF, **(own or {})}
    if len(names) == 1:
        table.setdefault(names[0], "blue")
    if unknown := [name for name in names if name not in table]:
        raise ValueError(
            f"no colour for {unknown}: give colours={{name: colour}}, or add what "
            "several figures show to COLOUR_OF in snippets/plots/house/colours.py"
        )
    colours = [table[name] for name in names]
    if wrong := sorted(set(colours) - PALETTE.keys()):
        raise ValueError(f"{wrong} are no colours; there are {', '.join(PALETTE)}")
    if len(set(colours)) < len(colours):
        raise ValueError(f"{names} would be {colours}: two things of one colour in one figure")
    return [PALETTE[colour] for colour in colours]
