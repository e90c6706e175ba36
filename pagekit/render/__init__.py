"""How a page and its results become HTML."""
