"""The code of a page: its fences, the languages and options they name, the marks upon them."""
