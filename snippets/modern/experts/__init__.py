"""Mixtures of experts: many feed-forward networks, of which each token uses a few."""
