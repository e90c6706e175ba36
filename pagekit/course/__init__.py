"""What pages say of all pages: chapters with their figures, ways through them, how much there is."""
