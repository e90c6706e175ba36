"""Formulas: TeX as MathML, the font for it, and where lines may break."""
