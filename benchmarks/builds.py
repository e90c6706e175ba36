"""Two builds of one commit compared, byte by byte: which files differ, and whether by numbers."""

import re
from pathlib import Path

NUMBER = re.compile(rb"-?\d+(?:[.,]\d+)*(?:e-?\d+)?")


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder, at any depth."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def differences(one: Path, other: Path) -> dict[str, list[str]]:
    """The files in which two folders differ, under why they do.

    ``measured values`` are files whose texts are the same but for numbers: times, in sentences, in
    output and in figures. ``more`` are all others, and files that only one folder has.
    """
    first, second = contents(one), contents(other)
    found: dict[str, list[str]] = {"measured values": [], "more": []}
    for name in sorted(first.keys() | second.keys()):
        before, after = first.get(name), second.get(name)
        if before == after:
            continue
        alike = before is not None and after is not None and masked(before) == masked(after)
        found["measured values" if alike else "more"].append(name)
    return found


def masked(content: bytes) -> bytes:
    """A text without its numbers."""
    return NUMBER.sub(b"0", content)
