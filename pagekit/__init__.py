"""How a page is run and rendered. Knows nothing of what the pages teach."""
