"""Serves the built site on loopback, and catches whatever is meant for anybody else."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

Server = TypeVar("Server", bound=ThreadingHTTPServer)

# What a usual web server compresses; fonts and bitmaps are compressed already.
COMPRESSED = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".xml", ".txt", ".map"}


class SiteServer(ThreadingHTTPServer):
    """A static web server that notes each request: the browser's own view misses its workers."""

    def __init__(self, folder: Path, mount: str) -> None:
        super().__init__(("127.0.0.1", 0), SiteHandler)
        self.folder = folder
        self.mount = mount
        self.asked: list[str] = []
        self.missing: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.mount}"

    def forget(self) -> None:
        self.asked.clear()
        self.missing.clear()

    def file(self, path: str) -> Path:
        """The file that an address within the site stands for."""
        inside = path.split("?")[0].split("#")[0].removeprefix(self.mount).lstrip("/")
        found = self.folder / inside
        return found / "index.html" if found.is_dir() else found

    def wire_size(self, path: str) -> int:
        """Its bytes over the wire: text under gzip, as a usual web server sends it."""
        file = self.file(path)
        if not file.is_file():
            return 0
        content = file.read_bytes()
        if file.suffix in COMPRESSED:
            return len(gzip.compress(content, 6, mtime=0))
        return len(content)


class SiteHandler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SiteServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        super().do_GET()

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.server.mount):
            return str(self.server.folder / "outside-of-the-site")
        return str(self.server.file(path))

    def send_error(self, code: int, *args: Any, **kwargs: Any) -> None:
        if code == HTTPStatus.NOT_FOUND:
            self.server.missing.append(self.path)
        page = self.server.folder / "404.html"
        body = page.read_bytes() if page.exists() else b"not found"
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Fence(ThreadingHTTPServer):
    """The browser's proxy for every address but loopback: notes the request and refuses it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FenceHandler)
        self.caught: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class FenceHandler(BaseHTTPRequestHandler):
    server: Fence

    def refuse(self) -> None:
        self.server.caught.append(f"{self.command} {self.path}")
        self.send_error(HTTPStatus.FORBIDDEN)

    do_GET = do_POST = do_HEAD = do_CONNECT = refuse

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
