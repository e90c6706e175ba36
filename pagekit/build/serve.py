"""``python -m pagekit.build.serve [PORT]``: a live preview.

MkDocs serves the pages. A page is rendered again as soon as it is saved, with the results that
are there; a block that changed says so. Meanwhile the stale blocks run, and each shows when it is
done.
"""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pagekit.build.assets import pictures, typefaces
from pagekit.errors import PageError
from pagekit.labs.source import Lab, labs, read_lab
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.run import artefacts
from pagekit.run.process.scratch import scratch, sweep

HOST, PORT = "127.0.0.1", 8000


def readable(project: Project) -> Iterator[Page | Lab]:
    """The pages and labs that can be read; what is wrong with the others, they show."""
    for path in project.pages():
        with suppress(PageError):
            yield read_page(path, project)
    for path in labs(project):
        with suppress(PageError):
            yield read_lab(path, project)


def prepare(project: Project) -> None:
    """Make what pages need; what can't be made is told, and the preview does without."""
    try:
        pictures.draw(project)
        typefaces.ship(project)
        # Only now: what is edited while the preview runs must not cost a training run per save.
        artefacts.make_for(readable(project), project)
    except PageError as error:
        print(error, file=sys.stderr)


def serve(project: Project, folder: Path, port: int) -> None:
    """Serve the project until interrupted.

    Args:
        project: what to serve.
        folder: an empty one, for what is rendered.
        port: of this machine, where it is served.
    """
    from mkdocs.livereload import LiveReloadServer

    from pagekit.build.live.changes import Changes
    from pagekit.build.live.pages import LivePages
    from pagekit.build.live.reruns import Reruns

    changes = Changes()
    pages = LivePages(project, folder, f"http://{HOST}:{port}/")
    reruns = Reruns(project, changes.tell)

    def refresh() -> None:
        changed = changes.take()
        if any(path.is_relative_to(project.root / "pagekit") for path in changed):
            print("pagekit/ has changed: stop the preview and start it again", file=sys.stderr)
        pages.render(changed)
        reruns.look(changed)

    server = LiveReloadServer(refresh, HOST, port, str(pages.site))
    server.observer = changes  # type: ignore[assignment]
    server.error_handler = lambda code: _error_page(pages.site, code)
    for name in ("docs", "mkdocs.yml", "overrides", "pagekit", "snippets", "benchmarks/results"):
        if (project.root / name).exists():
            server.watch(str(project.root / name))
    try:
        pages.render(set())
        reruns.look([*project.pages(), *labs(project)])
        reruns.start()
        print(f"The preview is at {pages.url} and follows your edits; Ctrl-C ends it.", flush=True)
        server.serve()
    finally:
        reruns.end()
        server.shutdown()


def _error_page(folder: Path, code: int) -> bytes | None:
    with suppress(OSError):
        return (folder / f"{code}.html").read_bytes()
    return None


def free(port: int) -> bool:
    """Whether a port of this machine can be served at."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def asked_port(words: list[str]) -> int:
    """The port that the command line names, if it names one.

    Raises:
        PageError: it can't be served at.
    """
    word = words[0] if words else str(PORT)
    port = int(word) if word.isdecimal() else 0
    if not 0 < port < 65536:
        raise PageError(f"PORT={word} is no port; a number from 1 to 65535 is")
    if not free(port):
        another = f"make serve PORT={port + 1 if port < 65535 else PORT}"
        raise PageError(f"port {port} is in use; name another one: {another}")
    return port


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Serve until interrupted."""
    signal.signal(signal.SIGTERM, _interrupt)
    project = Project.here()
    os.environ["PAGEKIT_LENIENT"] = "1"
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    try:
        port = asked_port(sys.argv[1:])
        prepare(project)
        sweep("serve", project.build)  # what killed previews left behind
        with scratch("serve", project.build) as folder:
            serve(project, folder, port)
    except (PageError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe preview has ended.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
