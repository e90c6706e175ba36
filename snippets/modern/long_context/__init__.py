"""More context than in training, and less to keep of it."""
