"""The course as one PDF: all pages of the menu in order, one page numbering, bookmarks."""
