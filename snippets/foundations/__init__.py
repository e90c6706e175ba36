"""Text and the models that count it: what a language model is before any network."""
