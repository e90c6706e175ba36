"""Pictures of how things work, tensors to scale; one module per subject."""
