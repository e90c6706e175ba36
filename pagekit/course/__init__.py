"""What pages say of all pages: chapters, ways through them, how much there is."""
