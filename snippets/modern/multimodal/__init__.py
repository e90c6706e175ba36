"""Pictures and text in one model."""
