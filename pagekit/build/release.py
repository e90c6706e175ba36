"""Which release of the course is this, and are its readers told where it comes from?"""

import os
from typing import Any
from urllib.parse import urlsplit

from pagekit.course.catalogue import entries
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.settings.package import package_of
from pagekit.render.words.inline import true_quotes

# What a site that is published takes from the environment, through `mkdocs.yml` -> what it says.
NEEDED = {
    "SITE_URL": "the address of the site, such as https://example.org/course/",
    "REPO_URL": "the address of the repository, such as https://example.org/authors/course",
    "EDIT_URI": "where in the repository pages are edited, such as edit/main/docs/",
}


def check() -> None:
    """Refuse a release whose pages would not say where the course is to be had.

    Raises:
        PageError: with one line for each variable that is missing or no address.
    """
    faults = []
    for name, meaning in NEEDED.items():
        value = os.environ.get(name, "")
        address = urlsplit(value)
        if not value:
            faults.append(f"{name} is not set: {meaning}")
        elif name.endswith("_URL") and not (address.scheme == "https" and address.hostname):
            faults.append(f"{name}={value} is no address that begins with https://: {meaning}")
    if faults:
        raise PageError("\n".join(["A release says where it comes from.", *faults]))


def announce(config: Any, project: Project) -> None:
    """Tell the theme the version of the course, and of each chapter and lab what menus say of it.

    That is ``config.extra.release``; and ``config.extra.course``, by the addresses of pages.
    """
    if package := package_of(project):
        config.extra["release"] = package.version
    config.extra["course"] = {
        entry.address: {"number": entry.number, "question": true_quotes(entry.question)}
        for entry in entries(project)
    }
