"""Many requests at once: batches, pages of cache, and the load that they bear."""
