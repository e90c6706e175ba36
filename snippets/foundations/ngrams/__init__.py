"""Language models that count."""
