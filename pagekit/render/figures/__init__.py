"""Figures that matplotlib drew, made parts of a page."""
