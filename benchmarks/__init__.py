"""What the project promises, measured: ``make bench``."""
