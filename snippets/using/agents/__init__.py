"""Models that use tools, and what they may do."""
