"""A server that speaks Anthropic's Messages protocol and passes what it is asked to another server.

anthropic client -> POST /v1/messages -> here -> POST /v1/chat/completions -> transformers serve
"""

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from snippets.using.calls.loopback import LoopbackServer
from snippets.using.calls.messages_protocol import Json, failure, to_chat, to_events, to_message


class MessagesServer(LoopbackServer):
    """Messages in, chat completions out, on this machine only, until `stop()` or the end of `with`.

    `upstream` is the base URL of a server of chat completions, `timeout` how many seconds it may be
    silent. `url` is the base URL for the `anthropic` package, which appends `/v1/messages` itself.
    """

    def __init__(self, upstream: str, timeout: float = 120) -> None:
        address = urlsplit(upstream)
        super().__init__(type("Bound", (Translator,), {"upstream": address, "patience": timeout}))


class Translator(BaseHTTPRequestHandler):
    """Answers one request; errors go to the client in its own protocol."""

    upstream: Any
    patience: float

    def do_POST(self) -> None:
        """Translate, ask, translate back; the whole of it or piece by piece."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if urlsplit(self.path).path != "/v1/messages":
            return self.refuse(404, "not_found_error", f"no such path: {self.path}")
        try:
            chat = to_chat(json.loads(body))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            return self.refuse(400, "invalid_request_error", str(error))
        try:
            with closing(HTTPConnection(self.upstream.netloc, timeout=self.patience)) as wire:
                return self.pass_on(chat, wire)
        except (OSError, HTTPException, ValueError, KeyError) as error:
            return self.refuse(502, "api_error", f"the model server: {error!r}")

    def pass_on(self, chat: Json, wire: HTTPConnection) -> None:
        """Ask the other server; its answer goes to the client, and so does its refusal."""
        headers = {"Content-Type": "application/json"}
        wire.request("POST", f"{self.upstream.path}/chat/completions", json.dumps(chat), headers)
        answer = wire.getresponse()
        if answer.status != 200:
            kind = "invalid_request_error" if answer.status < 500 else "api_error"
            self.refuse(answer.status, kind, answer.read().decode(errors="replace"))
        elif chat.get("stream"):
            self.send_events(answer, chat["model"])
        else:
            self.send_json(200, to_message(json.load(answer)))

    def send_events(self, answer: HTTPResponse, model: str) -> None:
        """Each event as soon as it is known; the status has been sent, so errors are events too."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for event in to_events(chunks(answer), model):
                self.send_event(event)
        except (OSError, HTTPException, ValueError, KeyError) as error:
            self.send_event(failure("api_error", f"the model server: {error!r}"))

    def send_event(self, event: Json) -> None:
        """One server-sent event: its kind, its data, an empty line."""
        self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def refuse(self, status: int, kind: str, message: str) -> None:
        """An error instead of an answer."""
        self.send_json(status, failure(kind, message))

    def send_json(self, status: int, content: Json) -> None:
        """A whole answer."""
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def chunks(answer: HTTPResponse) -> Iterator[Json]:
    """The objects in the `data:` lines of a stream."""
    for line in answer:
        kind, _, data = line.decode().partition(":")
        if kind == "data" and data.strip() != "[DONE]":
            yield json.loads(data)
