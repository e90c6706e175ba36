"""A model in other people's programs: export, model card, server."""
