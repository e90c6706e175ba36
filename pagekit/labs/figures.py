"""An extension of IPython, by which a lab's figures are drawn as those of any page.

A notebook holds of a figure what a page of text shows, and in a type of its own, which notebook
readers pass over, what a phone's page shows.
"""

from typing import Any

from pagekit.run.process.drawings import drawing

PHONE = "application/vnd.pagekit.phone+svg"


def load_ipython_extension(shell: Any) -> None:
    """Tell a kernel how figures are shown."""
    from matplotlib_inline import backend_inline

    # Jupyter asks the ticks for their colours, which marks a figure as changed since it was made.
    backend_inline._fetch_figure_metadata = lambda figure: {}
    bundles = shell.display_formatter.mimebundle_formatter
    bundles.for_type_by_name("matplotlib.figure", "Figure", _both)


def _both(figure: Any, **_: Any) -> dict[str, str]:
    drawn = drawing(figure)
    return {"image/svg+xml": drawn.wide, **({PHONE: drawn.phone} if drawn.phone else {})}
