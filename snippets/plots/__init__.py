"""Figures, one module a family; every function returns a matplotlib ``Figure``."""
