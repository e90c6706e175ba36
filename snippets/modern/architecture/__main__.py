"""``python -m snippets.modern.architecture config.json``: the command of `model_costs.py`."""

from snippets.modern.architecture.model_costs import main

main()
