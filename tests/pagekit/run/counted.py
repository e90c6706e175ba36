"""A page whose block claims that it has run as often as is needed."""

from pathlib import Path

from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.run import recorded, results
from pagekit.run.chains import run_chain, run_until_it_holds
from pagekit.run.process.forkserver import ForkServer

# Counts its runs in a file outside of the project, and reads from another how many are needed.
COUNTS = """# T

```python holds="tries >= enough"
with open({runs!r}, "a+") as file:
    file.write("x")
    file.seek(0)
    tries = len(file.read())
with open({needed!r}) as file:
    enough = int(file.read())
print("try", tries)
```

It took `{{python}} tries`.
"""


class Counted:
    """The page, its runs, and what comes of them.

    Args:
        project: where it is written.
        outside: a folder beside it.
        server: runs its block.
    """

    def __init__(self, project: Project, outside: Path, server: ForkServer | None = None) -> None:
        self.project, self.path, self.server = project, project.docs / "page.md", server
        self._runs, self._needed = outside / "runs", outside / "needed"
        self.write(COUNTS)

    def write(self, text: str) -> None:
        self.path.write_text(text.format(runs=str(self._runs), needed=str(self._needed)))

    def need(self, runs: int) -> None:
        """From now on, so many runs are needed until the claim holds."""
        self._runs.write_text("")
        self._needed.write_text(str(runs))

    def run(self) -> None:
        """Run its chain as builds and tests do."""
        assert self.server is not None
        run_chain(self.server, self.page, self.page.chains[0], self.project)

    def keep(self) -> None:
        """Keep a run in which the claim holds at once."""
        assert self.server is not None
        self.need(1)
        page, chain = self.page, self.page.chains[0]
        result, broken = run_until_it_holds(self.server, page, chain, self.project)
        assert not broken
        recorded.keep(result, page, chain, self.project)

    @property
    def runs(self) -> int:
        return len(self._runs.read_text())

    @property
    def page(self) -> Page:
        return read_page(self.path, self.project)

    @property
    def result(self) -> results.Result | None:
        return results.load(self.page, self.page.chains[0], self.project)

    @property
    def kept(self) -> Path:
        return recorded.path_of(self.page, self.page.chains[0], self.project)
