"""``python -m pagekit.run.parallel.leash MODULE …``: ``python -m MODULE …`` on a leash.

It ends when its input does: a pipe from the process that started it, and so ends with that one,
however it ends.
"""

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE = 10.0  # seconds that it may take to save its state


def _watch() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run the module that the command line names."""
    threading.Thread(target=_watch, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
