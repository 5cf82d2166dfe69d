"""A program that webhooks are sent to: a real HTTP server that does what a test tells it to."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANG, DRIP = "hang", "drip"


class Receiver:
    """Answers by a script, one step a message, and 200 when it is at its end; keeps what came."""

    def __init__(self) -> None:
        self.script: list[int | str] = []
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.over = threading.Event()
        self.url = ""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            step = receiver.script.pop(0) if receiver.script else 200
            if step == HANG:
                receiver.over.wait(30)
            elif step == DRIP:
                self.drip()
            else:
                self.send_response(int(step))
                self.send_header("location", f"{receiver.url}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

        def drip(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
            while not receiver.over.is_set():
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return
                time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
