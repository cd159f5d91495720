"""Listening on the loopback interface: what anybody could read who sits between two nodes.

    with wiretap(IPv4Network("127.88.0.0/16")) as heard:
        ...
    assert b"a customer's value" not in heard()

It needs a raw socket, which only root may have; the kernel copies every packet of the interface into it. Packets of
addresses outside of the block are thrown away, so that tests side by side hear nothing of one another.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network

_EVERY_PROTOCOL = 3
_ETHERNET_BYTES = 14
_ADDRESSES_AT = slice(_ETHERNET_BYTES + 12, _ETHERNET_BYTES + 20)
_BUFFER_BYTES = 16 * 1024 * 1024
_PACKET_BYTES_MAX = 65536 + 64
_LOOK_SECONDS = 0.05


@contextmanager
def wiretap(block: IPv4Network) -> Iterator[Callable[[], bytes]]:
    """All that passes to and from addresses of the block, in one piece, as often as it is asked."""
    prefix = block.network_address.packed[: block.prefixlen // 8]
    heard = bytearray()
    stop = threading.Event()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL)) as tap:
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        tap.bind(("lo", 0))
        tap.settimeout(_LOOK_SECONDS)
        listening = threading.Thread(target=_listen, args=(tap, prefix, heard, stop))
        listening.start()
        try:
            yield lambda: bytes(heard)
        finally:
            stop.set()
            listening.join()


def _listen(tap: socket.socket, prefix: bytes, heard: bytearray, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            packet = tap.recv(_PACKET_BYTES_MAX)
        except TimeoutError:
            continue
        addresses = packet[_ADDRESSES_AT]
        if addresses.startswith(prefix) or addresses[4:].startswith(prefix):
            heard += packet
