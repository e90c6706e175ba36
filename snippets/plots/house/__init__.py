"""What all figures share: colours, letters, numbers, scales, titles, widths."""
