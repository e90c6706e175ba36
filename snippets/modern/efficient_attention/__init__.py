"""Attention with less memory, or with a state of fixed size instead."""
