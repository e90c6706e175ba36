"""How much a block or a cell may print, draw and write; and what it may print at all."""

import re
import resource

OUTPUT = 100_000  # bytes of text that a fence or a cell may print
FIGURE = 1_000_000  # bytes of SVG that a figure may take
VALUE = 1_000  # characters of an inline value
FILE = 512 * 2**20  # bytes of any file that a block writes; its output is such a file

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def hold_files() -> None:
    """Let this process, and what it starts, write no file larger than ``FILE``."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    limit = FILE if hard == resource.RLIM_INFINITY else min(FILE, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))


def output_fault(text: str, size: int | None = None) -> str | None:
    """What is wrong with printed text, if anything is; ``size`` is that of a text not read."""
    size = len(text.encode()) if size is None else size
    if size > OUTPUT:
        return f"it prints {size:,} bytes, and a page takes {OUTPUT:,}; print less"
    if found := _CONTROL.search(text):
        return (
            f"it prints the control character {found[0]!r} (colours, a progress bar?), "
            "which a page can't show"
        )
    return None


def figure_fault(svg: str) -> str | None:
    """What is wrong with a figure, if anything is."""
    if len(svg) > FIGURE:
        return (
            f"its figure takes {len(svg):,} bytes, and a page takes {FIGURE:,}; draw fewer points, "
            "or rasterise them (rasterized=True)"
        )
    return None


def value_fault(text: str) -> str | None:
    """What is wrong with an inline value, if anything is."""
    if len(text) > VALUE:
        return f"it has {len(text):,} characters, and a sentence takes {VALUE:,}"
    return output_fault(text)
