"""``python -m pagekit.build.serve``: a live preview.

MkDocs renders a page again as soon as it is saved, with the results that are there; a block that
changed says so. Meanwhile the stale chains run, in a process of their own, and when they are
done the page is rendered once more.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pagekit.build import assets
from pagekit.errors import PageError
from pagekit.labs.source import Lab, labs, read_lab
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.run import artefacts
from pagekit.run.results import stale

PAUSE = 0.3  # seconds between two looks at the files


class Watcher(threading.Thread):
    """Runs the stale chains of pages whose text or snippets changed."""

    def __init__(self, project: Project) -> None:
        super().__init__(daemon=True)
        self.project = project
        self.tried: dict[Path, str] = {}

    def run(self) -> None:
        """Look, run, and touch what is to be rendered again."""
        while True:
            for path in self.project.pages():
                self.refresh(path)
            time.sleep(PAUSE)

    def refresh(self, path: Path) -> bool:
        """Run a page's stale chains, once for each state of its files; True if any ran."""
        try:
            page = read_page(path, self.project)
        except (PageError, OSError):
            return False  # MkDocs says what is wrong when it renders the page
        chains = stale(page, self.project)
        state = repr([(chain.code, self._snippets()) for chain in chains])
        if not chains or self.tried.get(path) == state:
            return False
        self.tried[path] = state
        command = [sys.executable, "-m", "pagekit.run.session", "--as-made", str(path)]
        subprocess.run(command, cwd=self.project.root, check=False)
        os.utime(path)  # MkDocs renders what is newer than its HTML
        return True

    def _snippets(self) -> int:
        sources = self.project.root.glob("snippets/**/*.py")
        return max((path.stat().st_mtime_ns for path in sources), default=0)


def readable(project: Project) -> Iterator[Page | Lab]:
    """The pages and labs that can be read; of the others, running their blocks tells the faults."""
    for path in project.pages():
        with suppress(PageError):
            yield read_page(path, project)
    for path in labs(project):
        with suppress(PageError):
            yield read_lab(path, project)


def main() -> int:
    """Serve until interrupted."""
    from mkdocs.commands.serve import serve

    project = Project.here()
    os.environ["PAGEKIT_LENIENT"] = "1"
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    assets.draw(project)
    try:
        # Only now: what is edited while the preview runs must not cost a training run per save.
        artefacts.make_for(readable(project), project)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    Watcher(project).start()
    serve(str(project.root / "mkdocs.yml"), livereload=True, build_type="dirty", strict=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
