"""A subscriber of topics: an HTTP server that takes what is posted to it, and answers as the test says.

with subscriber() as server:
    sns.subscribe(TopicArn=…, Protocol="http", Endpoint=server.url)
    await eventually(server.notifications)
"""

import base64
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Post(msgspec.Struct, frozen=True):
    """One request, as it arrived."""

    path: str
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


class Subscriber:
    """Made by `subscriber`. Its statuses are answered one after the other, and 200 when there are none left."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str) -> None:
        self._server = server
        self._scheme = scheme
        self.posts: list[Post] = []
        self.statuses: list[int] = []
        self.holding = threading.Event()
        """Nothing is answered while it is not set."""
        self.holding.set()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/told"

    def of_type(self, kind: str) -> list[Post]:
        return [post for post in list(self.posts) if post.headers.get("x-amz-sns-message-type") == kind]

    def confirmations(self) -> list[Post]:
        return self.of_type("SubscriptionConfirmation")

    def notifications(self) -> list[Post]:
        return self.of_type("Notification")


@contextmanager
def subscriber(tls: ssl.SSLContext | None = None) -> Iterator[Subscriber]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    told = Subscriber(server, "http" if tls is None else "https")
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.RequestHandlerClass = _handler_of(told)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.holding.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler_of(told: Subscriber) -> type[BaseHTTPRequestHandler]:
    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.posts.append(Post(self.path, headers, body))
            told.holding.wait(timeout=60)
            self.send_response(told.statuses.pop(0) if told.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: a test's output is the test's."""

    return Taking


def fetched(url: str) -> bytes:
    """What is answered to whoever follows a link."""
    with urlopen(url, timeout=10) as answer:
        content: bytes = answer.read()
    return content


def refuse_forged(said: Mapping[str, Any], certificate_pem: bytes) -> None:
    """As a subscriber verifies a message, in its own words. Raises InvalidSignature."""
    if said["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    signed = "".join(f"{name}\n{said[name]}\n" for name in names if name in said)
    key = x509.load_pem_x509_certificate(certificate_pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}[said["SignatureVersion"]]
    key.verify(base64.b64decode(said["Signature"]), signed.encode(), padding.PKCS1v15(), algorithm)
