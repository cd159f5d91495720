"""Auto discovery: the list of a Memcached cluster's nodes as clients read it. Pure; nothing but the standard library.

A client asks ``config get cluster``, or as before memcached 1.4.14 ``get AmazonElastiCache:cluster``, and is told the
same text by both: the version in a line, then the nodes in one, each as ``host|address|port``. The address may be
empty, and the pipes stay. What is counted as its length has both line ends, and not the one before ``END``.

Source: user guide, AutoDiscovery.AddingToYourClientLibrary; its sample of two nodes is in the tests. The binary form is
that of Amazon's clients for Java (net.spy.memcached.protocol.binary.GetConfigOperationImpl) and C (libmemcached's
protocol_binary.h, with what its memcapable expects of a server).
"""

import re
from typing import NamedTuple

CONFIGURATION = b"cluster"
"""The name of the one configuration there is, and the key of the binary question."""

OLD_KEY = b"AmazonElastiCache:cluster"
"""The key under which clients of engines before 1.4.14 read it; newer ones do where `config` was answered by ERROR."""

BINARY_GET = 0x60
BINARY_GETQ = 0x61
BINARY_GETK = 0x62
BINARY_GETKQ = 0x63
"""In the binary protocol. The quiet ones (Q) are not answered when nothing is found; with K the key is repeated."""

MISS = b"END\r\n"
"""To ``config get`` with another name, as to any `get` of what is not there."""

_FLAGS = bytes(4)
_KEY_NOT_FOUND = 1
_NOT_FOUND = b"Not found"


class Member(NamedTuple):
    """A node, as clients are told."""

    host: str
    """What they connect to and what its certificate names."""
    address: str
    """Empty where it is to be looked up."""
    port: int


class Discovery(NamedTuple):
    version: int
    members: tuple[Member, ...]


def render(discovery: Discovery) -> bytes:
    nodes = " ".join(f"{member.host}|{member.address}|{member.port}" for member in discovery.members)
    return f"{discovery.version}\n{nodes}\n".encode("ascii")


def parse(text: bytes) -> Discovery:
    """Raises ValueError for what is no such text."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"no list of nodes: {text[:200]!r}")
    words = found[2].decode("ascii").split(" ") if found[2] else []
    return Discovery(int(found[1]), tuple(map(_parse_member, words)))


def ascii_reply(text: bytes) -> bytes:
    """To ``config get cluster``."""
    return b"CONFIG cluster 0 %d\r\n%b\r\nEND\r\n" % (len(text), text)


def old_ascii_reply(text: bytes) -> bytes:
    """To ``get AmazonElastiCache:cluster``: as if it were a value."""
    return b"VALUE %b 0 %d\r\n%b\r\nEND\r\n" % (OLD_KEY, len(text), text)


def binary_reply(text: bytes, opaque: bytes, opcode: int = BINARY_GET) -> bytes:
    """To the question with this opcode, one of those above or that of a `get`: four bytes of flags, then the text."""
    key = CONFIGURATION if opcode in (BINARY_GETK, BINARY_GETKQ) else b""
    return _binary_frame(opcode, 0, opaque, _FLAGS, key, text)


def binary_miss(opaque: bytes, opcode: int) -> bytes:
    """To the same with another name."""
    if opcode in (BINARY_GETQ, BINARY_GETKQ):
        return b""
    return _binary_frame(opcode, _KEY_NOT_FOUND, opaque, b"", b"", _NOT_FOUND)


def _binary_frame(opcode: int, status: int, opaque: bytes, extras: bytes, key: bytes, value: bytes) -> bytes:
    body = extras + key + value
    lengths = b"%b%c\0%b%b" % (_short(len(key)), len(extras), _short(status), len(body).to_bytes(4, "big"))
    return b"\x81%c%b%b%b%b" % (opcode, lengths, opaque, bytes(8), body)


def _short(number: int) -> bytes:
    return number.to_bytes(2, "big")


_TEXT = re.compile(rb"(0|[1-9][0-9]{0,17})\n([!-~]+(?: [!-~]+)*|)\n")
_MEMBER = re.compile(r"([^|]+)\|([^|]*)\|([1-9][0-9]{0,4})")
_PORT_MAX = 65_535


def _parse_member(word: str) -> Member:
    found = _MEMBER.fullmatch(word)
    if found is None or int(found[3]) > _PORT_MAX:
        raise ValueError(f"no node of a list: {word[:200]!r}")
    return Member(found[1], found[2], int(found[3]))
