"""The texts and word lists of the course, read from packages."""
