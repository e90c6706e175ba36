"""A page and what is in it: blocks, fences, includes.

    code/      its fences: the languages and options they name, the marks in and above them
    settings/  what stands beside the text: front matter, the menu, the package readers install

Beside them lies the page as a whole, and its text: includes, passages of prose, inline values.
"""
