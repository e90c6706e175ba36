"""Fewer spans around code, and each letter in the colour that it had.

Pygments puts each token in a span of its own, thousands to a page, and a browser styles them all.
Tokens in the colour of the text need none, and neighbours of one colour need one.
"""

import re
from itertools import groupby

from pygments.token import STANDARD_TYPES

# Pygments' classes by the colour that the site's style sheets give them.
COLOURS = (
    "o ow p na nv vc vg vi",
    "cpf l s s1 s2 sb sc si ss",
    "cp se sh sr sx",
    "il m mb mf mh mi mo",
    "k kd kn kp kr kt nd ni nl nt",
    "bp nb no",
    "nc ne nf nn",
    "c c1 ch cm cs sd",
    "ge gh go gp gr gs gt gu",
)
_COLOUR = {name: number for number, names in enumerate(COLOURS) for name in names.split()}
_GROUND = {"gd", "gi"}  # on a ground of their own, with space around them

PLAIN = set(STANDARD_TYPES.values()) - _COLOUR.keys() - _GROUND - {""}
"""Classes in the colour of the text."""

_SPAN = re.compile(r'(\s*)<span class="([\w-]+)">([^<]*)</span>')
_RUN = re.compile(f"(?:{_SPAN.pattern}){{2,}}")


def fewer_spans(html: str) -> str:
    """Highlighted code in as few spans as its colours need.

    Args:
        html: what Pygments wrote.
    """
    html = _SPAN.sub(lambda span: span[1] + span[3] if span[2] in PLAIN else span[0], html)
    return _RUN.sub(lambda run: _merged(run[0]), html)


def _merged(run: str) -> str:
    """Spans with nothing but blanks between them, neighbours of one colour made one."""
    merged = []
    # What has no colour here, such as a highlighted line, equals nothing and stays as it is.
    for _, spans in groupby(_SPAN.findall(run), lambda span: _COLOUR.get(span[1], object())):
        (blank, name, text), *more = spans
        text += "".join(before + after for before, _, after in more)
        merged.append(f'{blank}<span class="{name}">{text}</span>')
    return "".join(merged)
