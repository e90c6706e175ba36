"""More steps per second: fast products on a CPU, low precision, several processes."""
