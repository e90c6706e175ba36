"""Calling a model through its API: protocols, costs, failures."""
