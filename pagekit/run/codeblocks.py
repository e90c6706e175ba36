"""A page's chains as ``pytest_codeblocks`` reads them."""

import re
from io import StringIO

import pytest_codeblocks

from pagekit.errors import PageError
from pagekit.read.blocks import Page


def normalised(page: Page) -> str:
    """The page's runnable blocks as plain Markdown, in the dialect that pytest-codeblocks reads.

    Includes are expanded and info strings reduced to the language, so that titles, line
    highlights, tildes, tabs and quotes no longer keep a block from being found.
    """
    parts = []
    for chain in page.chains:
        for position, fence in enumerate(chain.fences):
            ticks = "`" * max(3, 1 + max(map(len, re.findall(r"`+", fence.code)), default=0))
            if position:
                parts.append("<!--pytest-codeblocks:cont-->")
            elif fence.mark:
                parts.append(f"<!--{fence.mark}-->")
            syntax = "python" if fence.kind == "python" else "bash"
            parts.append(f"{ticks}{syntax}\n{fence.code}{ticks}\n")
    return "\n".join(parts)


def code_blocks(page: Page) -> list[pytest_codeblocks.CodeBlock]:
    """One pytest-codeblocks block a chain, in the order of ``page.chains``."""
    blocks = pytest_codeblocks.extract_from_buffer(StringIO(normalised(page)), 1_000_000)
    if len(blocks) != len(page.chains):
        raise PageError(
            f"{len(page.chains)} chains were read, pytest-codeblocks sees {len(blocks)}", page.name
        )
    for block, chain in zip(blocks, page.chains, strict=True):
        block.lineno = chain.line
    return blocks
