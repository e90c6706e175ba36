"""A server in a thread: on this machine only, until it is stopped, and quiet about lost clients."""

import socket
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from threading import Event

import pytest

from snippets.using.calls.loopback import LoopbackServer


class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/lost":
            raise ConnectionResetError("the client has gone")
        if self.path == "/bug":
            raise KeyError("ours")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *words):
        pass


def get(server, path):
    wire = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=5)
    wire.request("GET", path)
    return wire.getresponse().read().decode()


def test_it_answers_here_until_it_is_stopped():
    with LoopbackServer(Echo) as server, LoopbackServer(Echo) as other:
        assert server.url.startswith("http://127.0.0.1:") and server.url != other.url
        assert get(server, "/a") == "/a" and get(other, "/b") == "/b"
    server.stop()  # no harm in twice
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=1)


def test_a_client_that_has_gone_is_not_reported_but_a_bug_is(capfd):
    with LoopbackServer(Echo) as server:
        for path in ("/lost", "/bug"):
            with pytest.raises(ConnectionError):
                get(server, path)
        deadline = time.monotonic() + 5
        said = ""
        while "KeyError" not in said and time.monotonic() < deadline:
            said += capfd.readouterr().err
        assert "KeyError" in said and "ConnectionResetError" not in said


def test_stopping_does_not_wait_for_a_reply_that_hangs():
    begun, release, ended = Event(), Event(), Event()

    class Hangs(Echo):
        def do_GET(self):
            begun.set()
            release.wait(10)
            ended.set()

    with LoopbackServer(Hangs) as server:
        wire = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=5)
        wire.request("GET", "/")
        assert begun.wait(5)
    assert not ended.is_set()
    release.set()
    wire.close()
