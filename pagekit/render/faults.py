"""What a preview shows in the place of a page, or of a block's output, that is at fault."""

from html import escape

from pagekit.read.blocks import Chain

_failed: dict[str, str] = {}


def fault_html(message: str) -> str:
    """A page that can't be rendered: why, one line per fault."""
    lines = "".join(f"<li><code>{escape(line)}</code></li>" for line in message.splitlines())
    return f'<h1>This page has a fault</h1><ul class="pk-fault">{lines}</ul>'


def note(chain: Chain, message: str) -> None:
    """Keep why a chain failed that a preview ran, until ``forget``."""
    _failed[_key(chain)] = message


def forget(chain: Chain) -> None:
    """It runs again, or did."""
    _failed.pop(_key(chain), None)


def why(chain: Chain) -> str | None:
    """Why it failed when it last ran, as it stands; ``None`` if it did not."""
    return _failed.get(_key(chain))


def _key(chain: Chain) -> str:
    return repr((chain.kind, chain.code, [value.expression for value in chain.values]))
