"""Real texts that are copies of one another, on every computer that has this course: licences.

Each Python package comes with the text of its licence. Many are equal to the letter, and many
differ in a name, a year or a line break only.
"""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

LICENCE = re.compile(r"licen[sc]e|copying", re.IGNORECASE)


def licences(packages: Iterable[str] = ("matplotlib", "torch", "transformers")) -> dict[str, str]:
    """The licence texts of packages and of all that these need, by package and file, sorted.

    Packages that are needed on some computers only are left out. ValueError where none is
    installed.
    """
    texts = {}
    for name, package in sorted(_with_needs(packages).items()):
        for file in package.files or []:
            if ".dist-info" in str(file) and LICENCE.search(file.name):
                with open(str(file.locate()), encoding="utf-8", errors="replace") as opened:
                    place = str(file).partition(".dist-info/")[2]
                    texts[f"{name}: {place}"] = opened.read()
    texts = {name: text for name, text in sorted(texts.items()) if text.strip()}
    if not texts:
        raise ValueError(f"none of {', '.join(packages)} is installed with its licence")
    return texts


def _with_needs(packages: Iterable[str]) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    waiting = list(packages)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        if name not in found:
            found[name] = package
            needed = [line for line in package.requires or [] if ";" not in line]
            waiting += [re.split(r"[^\w.-]", line)[0] for line in needed]
    return found
