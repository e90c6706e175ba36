"""Where things lie in a project that has pages."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pagekit.errors import PageError

_MARKDOWN = {".md", ".markdown", ".mdown", ".mkdn", ".mkd"}  # what MkDocs takes for pages


@dataclass(frozen=True)
class Project:
    """A folder with ``mkdocs.yml`` in it, and the places derived from it."""

    root: Path

    @classmethod
    def here(cls) -> "Project":
        """The project of the current folder, or the one that ``PAGEKIT_ROOT`` names."""
        return cls(Path(os.environ.get("PAGEKIT_ROOT", ".")).resolve())

    @property
    def docs(self) -> Path:
        """What is read."""
        return self.root / "docs"

    @property
    def build(self) -> Path:
        """Everything that is made and never committed."""
        return self.root / "build"

    @property
    def results(self) -> Path:
        """The recorded results of the pages' blocks."""
        return self.build / "results"

    @property
    def recorded(self) -> Path:
        """Runs that are kept with the pages, to be shown where a block's claim fails."""
        return self.docs / "data" / "recorded"

    @property
    def diagrams(self) -> Path:
        """Diagrams that were drawn already."""
        return self.build / "diagrams"

    @property
    def generated(self) -> Path:
        """Assets that the build draws and the pages refer to."""
        return self.docs / "assets" / "generated"

    @property
    def fonts(self) -> Path:
        """The typefaces of pages and figures, as TrueType."""
        return self.root / "snippets" / "plots" / "fonts"

    def pages(self) -> list[Path]:
        """Every Markdown page, in a fixed order.

        Hidden files are none (the lock of an editor, ``.#page.md``), as for MkDocs.

        Raises:
            PageError: a page that MkDocs would show and nobody would run, or that leads nowhere.
        """
        found = []
        for path in sorted(self.docs.rglob("*")):
            name = self.relative(path)
            if path.suffix not in _MARKDOWN or re.search(r"/\.", name) or path.is_dir():
                continue
            if path.suffix != ".md":
                raise PageError(f"the name of a page ends in .md, not in {path.suffix}", name, 1)
            if not path.is_file():
                raise PageError("this is a link that leads nowhere; remove it", name, 1)
            found.append(path)
        return found

    def relative(self, path: Path) -> str:
        """``path`` as it is named in messages: relative to the project, with slashes."""
        return path.relative_to(self.root).as_posix()


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file so that it is there whole or not at all, whatever happens meanwhile.

    The content goes to a new file in the same folder, which then takes the name.

    Raises:
        PageError: the disk is full or the folder can't be written to; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise PageError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(aside, 0o644)
        os.replace(aside, path)
    except OSError as error:
        Path(aside).unlink(missing_ok=True)
        raise PageError(
            f"cannot write {path}: {error.strerror}; make room and run the command again"
        ) from error
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Make ``folder`` the current one for a while (mkdocs.yml names paths relative to it)."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
