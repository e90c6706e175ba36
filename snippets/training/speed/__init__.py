"""More steps per second: memory that is kept, low precision, several processes."""
