"""The one kind of error that a page's fault becomes."""


class PageError(ValueError):
    """A fault of a page, told in one message.

    Args:
        message: what is wrong and what to do about it.
        path: the page, relative to the project (``docs/transformer/attention.md``), where known.
        line: the line of the page, counted from 1, where known.

    ``str()`` gives ``docs/transformer/attention.md:12: message``.
    """

    def __init__(self, message: str, path: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def at(self, path: str, line: int) -> "PageError":
        """The same fault with its place, for callers that know the place."""
        self.path = self.path or path
        self.line = self.line or line
        return self

    def __str__(self) -> str:
        if self.path is None:
            return self.message
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"
