"""A block as HTML: its listing, with folds and lit lines, and what it printed and drew."""
