"""What stands beside the text of pages: front matter, the menu, the package readers install."""
