"""Whatever ends a build ends all that it runs, and the next one goes on."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from pagekit.project import Project
from tests.pagekit.conftest import started
from tests.pagekit.run.test_machine import wait_for

FAKE = """
import sys
import time
from pathlib import Path

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
Path("build/artefact-began").touch()
while Path("build/hang").exists():
    print("1%", file=sys.stderr, flush=True)
    time.sleep(0.1)
(folder / "weights").write_text("42")
"""


def everything_hangs(project: Project) -> list[Path]:
    """A page, a lab and an artefact that note their beginning, and hang as long as they are to."""
    project.build.mkdir()
    (project.build / "hang").touch()
    hangs = (
        f"from pathlib import Path\nimport time\nbuild = Path({str(project.build)!r})\n"
        "(build / 'NAME-began').touch()\n"
        "while (build / 'hang').exists(): time.sleep(0.1)\nprint('done')"
    )
    (project.docs / "page.md").write_text(
        f"# T\n\n```python\n{hangs.replace('NAME', 'block')}\n```\n"
    )
    labs = project.docs / "labs"
    labs.mkdir()
    (labs / "try.py").write_text(
        "# ---\n# title: T\n# ---\n\n# %% [markdown]\n# # T\n\n# %%\n"
        + hangs.replace("NAME", "lab")
        + "\n"
    )
    (project.root / "artefacts.toml").write_text(
        '[fake]\ncommand = "python -m snippets.fake {folder}"\n'
    )
    (project.root / "snippets" / "fake.py").write_text(FAKE)
    weights = str(project.build / "fake" / "weights")
    (project.docs / "reads.md").write_text(
        f"---\nartefacts: [fake]\n---\n\n# T\n\n```python\nprint(open({weights!r}).read())\n```\n"
    )
    return [project.build / f"{name}-began" for name in ("block", "lab", "artefact")]


def processes_of(project: Project) -> list[str]:
    """Those that run for a project: its folder is in their environment, or they work in it."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            places = [process.cwd(), *process.environ().values()]
            if any(str(project.root) in place for place in places):
                found.append(" ".join(process.cmdline()))
    return found


@pytest.mark.usefixtures("interruptible")
def test_however_a_build_ends_nothing_goes_on_and_the_next_one_does(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the midst of a block, a lab and an artefact, side by side; each time the next one is ended
    in another way, and the last one goes to its end.
    """
    monkeypatch.setenv("PAGEKIT_WORKERS", "3")
    begun = everything_hangs(project)
    monkeypatch.delenv("PAGEKIT_ROOT")  # pytest's own process is none of the project's
    for how in ("Ctrl-C", "interrupt", "kill", "kill of the group"):
        build = started(project, "build.site")
        wait_for(lambda: all(path.exists() for path in begun))
        if how == "Ctrl-C":  # a terminal sends it to the whole group
            os.killpg(build.pid, signal.SIGINT)
        elif how == "kill of the group":
            os.killpg(build.pid, signal.SIGKILL)
        else:
            build.send_signal(signal.SIGINT if how == "interrupt" else signal.SIGKILL)
        assert build.wait(90) != 0, how
        wait_for(lambda: not processes_of(project))
        assert not (project.build / "fake").exists(), how
        assert not (project.root / "site").exists(), how
        for path in begun:
            path.unlink()

    (project.build / "hang").unlink()
    again = started(project, "build.site")
    assert again.wait(300) == 0
    assert "<samp>42</samp>" in (project.root / "site" / "reads.html").read_text()
