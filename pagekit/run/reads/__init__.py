"""What a run reads, so that its result is known to be stale when that changes."""
