"""What the wording of a prompt changes, and what hides in it."""
