"""Figures, one module a family; every function returns a matplotlib ``Figure``.

    house/      what all figures share: colours, letters, numbers, scales, titles, widths
    drawings/   pictures of how things work, tensors to scale; one module per subject

Beside them lie the families of figures.
"""
