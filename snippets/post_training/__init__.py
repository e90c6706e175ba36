"""From a model that continues text to one that does what it is asked."""
