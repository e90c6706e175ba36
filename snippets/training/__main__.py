"""``python -m snippets.training``: the command of `command.py`."""

import sys

from snippets.training.command import main

sys.exit(main())
