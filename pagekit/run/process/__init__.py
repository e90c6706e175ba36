"""The processes that blocks run in: what they see, what they may do, how they end."""
