"""Tokenizers whose tokens are pieces of words."""
