"""What a model costs, counted from its configuration, and the cards of famous models."""
