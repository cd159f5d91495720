"""Encryption in transit, to customers and to nodes. Imported only where there is some: `ssl` takes long to load.

A certificate that is renewed is taken up by the next connection. One that cannot be used is the control plane's
mistake: the former one is served on, and the log says so.
"""

import contextlib
import socket
import ssl
import sys
from collections.abc import Callable

from elastane.configuration_endpoint.channels import TakesReading, TakesWriting
from elastane.configuration_endpoint.configuration import BUNDLE_FILE, CERTIFICATE_FILE, Files, Mark


class Encryption:
    """Making it raises OSError where the files are not there, or not what they should be."""

    def __init__(self, files: Files) -> None:
        self._customers = _Renewed(files, CERTIFICATE_FILE, _server_context)
        self._nodes = _Renewed(files, BUNDLE_FILE, _client_context)

    def for_customer(self, connection: socket.socket) -> "Encrypted":
        context = self._customers.context()
        return Encrypted(context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False))

    def for_node(self, connection: socket.socket, address: str) -> "Encrypted":
        """Whose certificate has to be good for this address. Of a socket that is connected."""
        context = self._nodes.context()
        return Encrypted(context.wrap_socket(connection, server_hostname=address, do_handshake_on_connect=False))


class Encrypted:
    """A connection. A customer's handshake is made by what is received first."""

    def __init__(self, wrapped: ssl.SSLSocket) -> None:
        self._wrapped = wrapped

    def has_shaken_hands(self) -> bool:
        return self._wrapped.version() is not None

    def fileno(self) -> int:
        return self._wrapped.fileno()

    def shake_hands(self) -> None:
        try:
            self._wrapped.do_handshake()
        except ssl.SSLWantReadError:
            raise TakesReading from None
        except ssl.SSLWantWriteError:
            raise TakesWriting from None

    def recv(self, bytes_max: int, /) -> bytes:
        try:
            return self._wrapped.recv(bytes_max)
        except ssl.SSLWantReadError:
            raise BlockingIOError from None
        except ssl.SSLWantWriteError:
            raise TakesWriting from None

    def send(self, data: bytes, /) -> int:
        try:
            return self._wrapped.send(data)
        except ssl.SSLWantReadError:
            raise TakesReading from None
        except ssl.SSLWantWriteError:
            raise BlockingIOError from None

    def shutdown(self, how: int, /) -> None:
        """Of the socket below, without a word of TLS: after that word nothing could be received either."""
        socket.socket.shutdown(self._wrapped, how)

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # it does not wait for the other side's word
            self._wrapped.unwrap()
        self._wrapped.close()


class _Renewed:
    """A context made from a file, and made anew when there is another file."""

    def __init__(self, files: Files, name: str, make: Callable[[str], ssl.SSLContext]) -> None:
        self._files, self._name, self._make = files, name, make
        self._mark: Mark = files.mark(name)
        self._context = make(files.path(name))

    def context(self) -> ssl.SSLContext:
        mark = self._files.mark(self._name)
        if mark != self._mark:
            self._mark = mark
            try:
                self._context = self._make(self._files.path(self._name))
            except OSError as error:
                sys.stderr.write(f"The former {self._name} is used on, for the new one cannot be: {error}\n")
        return self._context


def _server_context(path: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context


def _client_context(path: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=path)
