"""What is preferred, by whom, and a model that learns to tell."""
