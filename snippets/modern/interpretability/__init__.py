"""What happens inside a trained model: reading it, changing it, and growing it."""
