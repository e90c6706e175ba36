"""How the blocks of a page run, and where their results are kept."""
