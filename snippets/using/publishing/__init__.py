"""A model in the hands of others: files, cards, licences, and a server."""
