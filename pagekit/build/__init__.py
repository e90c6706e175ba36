"""What `make` calls: the site, previews of it, and its assets."""
