"""The languages that a fence may name."""

from pagekit.errors import PageError
from pagekit.suggest import did_you_mean

PYTHON = {"python", "py", "python3"}
SHELL = {"sh", "bash", "shell"}
SHOWN = {
    "text",
    "markdown",
    "md",
    "json",
    "yaml",
    "toml",
    "ini",
    "csv",
    "html",
    "css",
    "javascript",
    "js",
    "xml",
    "svg",
    "http",
    "diff",
    "make",
    "makefile",
    "dockerfile",
    "jinja",
    "c",
    "cpp",
    "cuda",
    "rust",
    "go",
    "java",
    "sql",
    "regex",
    "ebnf",
    "tex",
    "latex",
    "bibtex",
}
"""Languages that are only shown: nobody takes them for code that this site has run."""

# Python or shell under another name: what stands there looks like code that ran, and did not.
_UNRUN = {
    "python2",
    "py2",
    "py3",
    "pycon",
    "python-console",
    "ipython",
    "ipython3",
    "ipy",
    "pyi",
    "numpy",
    "cython",
    "sage",
    "console",
    "shell-session",
    "sh-session",
    "bash-session",
    "zsh",
    "fish",
    "ksh",
    "tcsh",
    "csh",
    "doscon",
    "bat",
    "cmd",
    "batch",
    "powershell",
    "pwsh",
    "ps1",
    "terminal",
}


def kind_of(language: str) -> str:
    """``python``, ``shell``, ``mermaid`` or ``text`` (whatever is only shown)."""
    if language in PYTHON:
        return "python"
    if language in SHELL:
        return "shell"
    return "mermaid" if language == "mermaid" else "text"


def check_language(language: str, line: int) -> None:
    """Refuse a fence without a language, or in one that would be code that never ran.

    Raises:
        PageError: says which language may have been meant.
    """
    known = PYTHON | SHELL | SHOWN | {"mermaid"}
    if language in known:
        return
    if not language:
        raise PageError(
            "this fence names no language: write `python` or `bash` for code, which is run, and "
            "`text` for anything else",
            line=line,
        )
    if language in _UNRUN:
        raise PageError(
            f"a fence in {language!r} would be code that nothing ran: write `python` or `bash`, "
            "which are run and show their output, or `text`",
            line=line,
        )
    raise PageError(
        f"unknown language {language!r}{did_you_mean(language, sorted(known))}; "
        "what is only to be shown is called `text`",
        line=line,
    )
