"""From texts to what a model is trained on: clean, split, packed, on disk."""
