"""Models of many sizes at equal compute, and what their losses foretell."""
