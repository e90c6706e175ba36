"""The preview that follows what is saved: what changed, runs again, is rendered again."""
