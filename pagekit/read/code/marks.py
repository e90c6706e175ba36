"""The comments above a fence: one continues the block above, one says why a block must not run."""

import ast
import re

from pagekit.errors import PageError

_COMMENT = re.compile(r"^[>\s]*<!--[-\s]*(?P<text>pytest.*?)[-\s]*(?P<end>-->\s*)?$")
_EXAMPLE = '<!--pytest.mark.skip(reason="…")-->'


def directive(line: str, number: int) -> str | None:
    """What a line says of the fence below it: ``cont``, a mark, or ``None`` if it is no directive.

    Raises:
        PageError: a directive that is not used here.
    """
    comment = _COMMENT.match(line)
    if comment is None:
        return None
    text = comment["text"]
    if not comment["end"]:
        raise PageError(f"write this comment on one line of its own, as {_EXAMPLE}", line=number)
    if text.startswith("pytest-codeblocks:"):
        keyword = text.partition(":")[2].strip()
        if keyword != "cont":
            raise PageError(
                f"`pytest-codeblocks:{keyword}` is not used here: output is recorded, not typed, "
                f"and a fence that must not run carries {_EXAMPLE}",
                line=number,
            )
        return "cont"
    reason_of(text, number)
    return text


def reason_of(mark: str, line: int) -> str:
    """The reason that a mark gives.

    Only ``skip`` is known. A condition (``skipif``) would make a page depend on the machine that
    builds it.

    Raises:
        PageError: another mark, or one without a reason.
    """
    refused = PageError(
        f"`{mark}` is not used here; a fence that must not run, on any machine, carries "
        f"{_EXAMPLE}, an expected error is shown with try/except",
        line=line,
    )
    try:
        call = ast.parse(mark, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise refused from error
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != "pytest.mark.skip":
        raise refused
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    reason = given.get("reason")
    if call.args or set(given) - {"reason"}:
        raise refused
    if not isinstance(reason, ast.Constant) or not str(reason.value or "").strip():
        raise PageError(f'`{mark}` gives no reason; write reason="…", the page shows it', line=line)
    return str(reason.value)
