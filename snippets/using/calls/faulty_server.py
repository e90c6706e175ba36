"""A server that fails on demand: each request gets the next reply of a list, the last for ever.

It speaks chat completions as far as a client can tell, and has no model.
"""

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from threading import Event, Lock
from typing import Any

from snippets.using.calls.loopback import LoopbackServer

Reply = Callable[["Faulty"], None]


class FaultyServer(LoopbackServer):
    """Gives these replies in turn. `url` is the base URL for clients, `arrivals` when they asked.

    Raises:
        ValueError: without a reply.
    """

    def __init__(self, *replies: Reply) -> None:
        if not replies:
            raise ValueError("replies=(): a server needs something to say")
        self.arrivals: list[float] = []
        self.stopped = Event()
        self._lock = Lock()

        def next_reply() -> Reply:
            with self._lock:
                self.arrivals.append(time.monotonic())
                return replies[min(len(self.arrivals), len(replies)) - 1]

        members = {"next_reply": staticmethod(next_reply), "stopped": self.stopped}
        super().__init__(type("Bound", (Faulty,), members))
        self.url += "/v1"

    def stop(self) -> None:
        """No further requests; whoever still waits is cut off."""
        self.stopped.set()
        super().stop()


class Faulty(BaseHTTPRequestHandler):
    """One request, which gets one reply."""

    protocol_version = "HTTP/1.1"
    next_reply: Callable[[], Reply]
    stopped: Event

    def do_POST(self) -> None:
        """Read what is asked, and reply as planned."""
        self.asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.next_reply()(self)

    def send(self, status: int, body: bytes, kind: str = "application/json", **more: str) -> None:
        """A whole reply; in the names of headers, `_` stands for `-`."""
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **more}
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def says(text: str) -> Reply:
    """A proper answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    answer: dict[str, Any] = {"id": "1", "object": "chat.completion", "created": 0, "model": "none"}
    answer |= {"choices": [{**choice, "finish_reason": "stop"}], "usage": usage}
    return lambda request: request.send(200, json.dumps(answer).encode())


def refuses(status: int, code: str = "", retry_after: str | None = None) -> Reply:
    """An error, as OpenAI's API gives it; `retry_after` goes into the header of that name."""
    error = {"message": "as ordered", "type": "error", "code": code or None, "param": None}
    more = {} if retry_after is None else {"Retry_After": retry_after}
    return lambda request: request.send(status, json.dumps({"error": error}).encode(), **more)


def stalls(seconds: float) -> Reply:
    """Silence for so long, and then the connection closes."""

    def reply(request: Faulty) -> None:
        request.stopped.wait(seconds)
        request.close_connection = True

    return reply


def babbles(body: str, kind: str = "text/html") -> Reply:
    """Status 200, and something that isn't what was asked for, as from a proxy in between."""
    return lambda request: request.send(200, body.encode(), kind)


def cuts(text: str, chunked: bool) -> Reply:
    """The beginning of a stream, and then the connection closes.

    With `chunked`, HTTP says beforehand how the end is marked, so a client can tell that it is
    missing. Without, the end of the connection is the end of the reply.
    """

    def reply(request: Faulty) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        how = ("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")
        request.send_header(*how)
        request.end_headers()
        for word in text.split():
            event = f"data: {json.dumps(chunk(word + ' '))}\n\n".encode()
            framed = b"%x\r\n%s\r\n" % (len(event), event) if chunked else event
            request.wfile.write(framed)
        request.close_connection = True

    return reply


def drips(text: str, pause: float) -> Reply:
    """A whole stream, word by word, with so many seconds before each; the end is marked."""

    def reply(request: Faulty) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.send_header("Connection", "close")
        request.end_headers()
        *words, last = text.split()
        for word, reason in [*((word + " ", None) for word in words), (last, "stop")]:
            request.stopped.wait(pause)
            request.wfile.write(f"data: {json.dumps(chunk(word, reason))}\n\n".encode())
        request.wfile.write(b"data: [DONE]\n\n")
        request.close_connection = True

    return reply


def chunk(text: str, reason: str | None = None) -> dict[str, Any]:
    """A piece of a streamed chat completion; the last one says why the text ends."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": reason}
    head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "none"}
    return {**head, "choices": [choice]}
