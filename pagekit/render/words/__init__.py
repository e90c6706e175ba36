"""What stands between the blocks: citations, terms, inline values; questions; typography."""
