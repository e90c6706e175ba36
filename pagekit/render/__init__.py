"""How a page and its results become HTML.

    words/     what stands in sentences: citations, terms, inline values; questions; typography
    code/      a block's listing, with its folds and lit lines, and what it printed and drew
    tex/       formulas: MathML, the font for it, and where lines may break
    figures/   figures of matplotlib as SVG that is light and follows the theme
    diagrams/  diagrams of mermaid as SVG

Beside them lie the Markdown extension, the page on its way through it, and what checks the page.
"""
