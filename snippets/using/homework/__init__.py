"""What the assignments and the interactive lab are built from."""
