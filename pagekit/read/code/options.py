"""What the options of a fence may say."""

import ast
import re

from pagekit.errors import PageError

# What an option needs: text that is only shown has no figure and no run.
_NEEDS = {
    "alt": {"python"},
    "caption": {"python"},
    "timeout": {"python", "shell"},
    "alone": {"python", "shell"},
    "holds": {"python"},
}


def check_values(options: dict[str, str], kind: str, line: int) -> None:
    """Refuse an option that has no meaning here, or a value that it can't have.

    Raises:
        PageError: with the option and its value.
    """
    if kind == "mermaid" and options:
        raise PageError(f"a diagram has no options, such as {min(options)!r}", line=line)
    for name, kinds in _NEEDS.items():
        if name in options and kind not in kinds:
            raise PageError(
                f"{name!r} has no meaning here: it is for a block of {' or '.join(sorted(kinds))}",
                line=line,
            )
    timeout = options.get("timeout", "1")
    if not re.fullmatch(r"\d+(\.\d+)?", timeout, re.ASCII) or float(timeout) <= 0:
        raise PageError(f"timeout={timeout!r} is not a number of seconds", line=line)
    for name in ("alt", "title", "caption"):
        if name in options and not options[name].strip():
            raise PageError(f"{name!r} is empty; leave it out or say something", line=line)
    if "caption" in options and "alt" not in options:
        raise PageError('a figure needs alt="…" beside its caption', line=line)
    if "holds" in options:
        _check_claim(options["holds"], line)
    if not re.fullmatch(r"[1-9]\d{0,5}", options.get("linenums", "1"), re.ASCII):
        raise PageError(
            f"linenums={options['linenums']!r} is not the number of the first line", line=line
        )


def _check_claim(text: str, line: int) -> None:
    """Refuse a claim that can't be read, or names nothing that a block could have measured."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        raise PageError(
            f"holds={text!r} is no Python expression; write what is to be true of the block's "
            'names, as in holds="ratio > 1"',
            line=line,
        ) from None
    if not any(isinstance(node, ast.Name) for node in ast.walk(tree)):
        raise PageError(f"holds={text!r} names nothing of the block, so it can't fail", line=line)
