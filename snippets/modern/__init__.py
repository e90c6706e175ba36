"""Today's models: how they are built, and what that costs."""
