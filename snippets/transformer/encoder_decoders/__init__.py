"""Two stacks, one that reads and one that writes: T5 and its kind."""
