"""Notebooks: read, run, and shown as pages."""
