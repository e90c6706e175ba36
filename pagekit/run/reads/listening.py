"""Hears what the running Python reads, and has it recorded.

Python tells of its reads through audit events. Compiled readers tell nobody, but somebody must tell
them which file: a ``Path`` that becomes text, as it must for any of them, counts as read.
"""

import os
import pathlib
import re
import sys
from _thread import get_ident
from collections.abc import Callable
from contextlib import suppress
from itertools import takewhile
from typing import Any

from pagekit.run.reads.recorder import LOG, ROOT, Recorder


def listen(recorder: Recorder) -> None:
    """Listen to this process from now on; there is no way to stop it."""
    busy: set[int] = set()  # threads in which the recorder itself is reading

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        heard = _EVENTS.get(event)
        if heard is None or get_ident() in busy:
            return
        busy.add(get_ident())
        try:
            heard(recorder, *arguments)
        except Exception as error:  # a run does not fail because it is watched, but nor is it kept
            with suppress(OSError):
                recorder.fault(f"{event}: {type(error).__name__}: {error}")
        finally:
            busy.discard(get_ident())

    def telling(convert: Any) -> Any:
        def convert_and_tell(path: pathlib.PurePath) -> str:
            text: str = convert(path)
            if text.startswith(recorder.root):
                hear("path", (text,))
            return text

        return convert_and_tell

    for name in ("__fspath__", "__str__"):
        setattr(pathlib.PurePath, name, telling(getattr(pathlib.PurePath, name)))
    sys.addaudithook(hear)


def listen_where_told() -> None:
    """Listen to this process if its environment names a log."""
    if LOG in os.environ and ROOT in os.environ:
        listen(Recorder(os.environ[ROOT], os.environ[LOG]))


def _opened(recorder: Recorder, path: Any, _mode: Any, flags: int) -> None:
    text = _text(path)
    if text is None:
        return
    text = os.path.abspath(text)
    if flags & os.O_ACCMODE == os.O_WRONLY or flags & os.O_TRUNC:
        recorder.written(text)
    else:
        recorder.read(text)


def _listed(recorder: Recorder, path: Any = None, *_: Any) -> None:
    caller = sys._getframe(2).f_code.co_filename
    text = _text("." if path is None else path)
    if text is not None and "importlib" not in caller:  # an import looks for names everywhere
        recorder.listed(os.path.abspath(text))


def _imported(recorder: Recorder, module: str, filename: Any, *_: Any) -> None:
    recorder.package(module)
    _named(recorder, filename)


def _started(recorder: Recorder, program: Any, words: Any, *rest: Any) -> None:
    """A program is told in its command what to read; a Python that is not recorded, anything."""
    many = [words] if isinstance(words, (str, bytes, os.PathLike)) else list(words)
    command = [text for text in map(_text, many) if text is not None]
    for text in command:
        recorder.words(text)
    options = takewhile(lambda word: word.startswith("-"), command[1:])
    environment = rest[-1] if rest else None
    deaf = environment is not None and LOG not in {_text(name) for name in environment}
    deaf = deaf or any(re.match(r"-\w*[EIS]", word) for word in options)
    if deaf and "python" in os.path.basename(_text(program) or command[0]):
        recorder.whole("snippets")


def _named(recorder: Recorder, path: Any, *_: Any) -> None:
    text = _text(path)
    if text is not None and os.path.isabs(text):
        recorder.read(text)


def _path(recorder: Recorder, text: str) -> None:
    made = text.startswith(f"{recorder.root}build{os.sep}")
    if os.path.isfile(text) or (made and os.path.isdir(text)):
        recorder.read(text)


def _text(path: Any) -> str | None:
    """A path as text; ``None`` for what is none, such as the number of an open file."""
    return os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else None


_EVENTS: dict[str, Callable[..., None]] = {
    "open": _opened,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "import": _imported,
    "subprocess.Popen": _started,
    "os.exec": _started,
    "os.posix_spawn": _started,
    "os.system": lambda recorder, command: _started(recorder, "sh", [command]),
    "ctypes.dlopen": _named,
    "sqlite3.connect": _named,
    "path": _path,
}
