"""Answers that take more computing: steps, votes, search, and a verifier."""
