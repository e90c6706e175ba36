"""A page and what is in it: blocks, fences, includes."""
