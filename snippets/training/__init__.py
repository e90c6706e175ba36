"""From a text to a trained model in a folder."""
