"""BERT: an encoder, its training, and what it is fine-tuned to."""
