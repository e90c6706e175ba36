"""A model folder behind the HTTP interface that the openai package speaks, on this machine."""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener


# --8<-- [start:server]
class ModelServer:
    """`transformers serve FOLDER` in a process of its own, until `stop()`, or the end of a `with`.

    It listens on this machine only (127.0.0.1), on a free port, and contacts no other machine.
    `url` is the base URL for clients. A small model is fastest with one thread. Raises
    RuntimeError, with the end of the server's output, if it is not up within `timeout` seconds.
    """

    def __init__(self, folder: str | Path, threads: int = 1, timeout: float = 120) -> None:
        self.folder = str(Path(folder).resolve())  # also the model's name in requests
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/v1"
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (stop closes it)
        command = [sys.executable, "-m", "transformers.cli.transformers", "serve", self.folder]
        self._process = subprocess.Popen(
            [*command, "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": str(threads)},
        )
        atexit.register(self.stop)  # in case the program ends without calling stop()
        try:
            self._wait_until_healthy(f"http://127.0.0.1:{port}/health", timeout)
        except BaseException:
            self.stop()
            raise
        # --8<-- [end:server]

    # --8<-- [start:wait]
    def _wait_until_healthy(self, url: str, timeout: float) -> None:
        direct = build_opener(ProxyHandler({}))  # a proxy could not reach 127.0.0.1
        deadline = time.monotonic() + timeout
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                direct.open(url, timeout=1).close()
                return
            except (URLError, TimeoutError, ConnectionError):
                time.sleep(0.1)
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip()[-2000:]
        raise RuntimeError(f"the server for {self.folder} did not start: {said}")

    def stop(self) -> None:
        """End the server, by force if need be; a second call does nothing."""
        atexit.unregister(self.stop)
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        # --8<-- [end:wait]


def free_port() -> int:
    """A port on which nobody listens at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # 0: the system chooses
        return int(probe.getsockname()[1])
