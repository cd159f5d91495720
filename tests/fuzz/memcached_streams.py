"""What a customer of a Memcached cluster's configuration endpoint may send: streams of commands, drawn from dice.

What memcached answers differently from one time to the next is not drawn: what depends on the second it is
(`flush_all`); `watch` after other commands; a `get` of a key that is too long, which takes replies along that had not
been sent yet; a `get` of what is counted with, whose length depends on whether an earlier reply was sent yet; an `ms`
of a value that is too large, whose number is given to a value that is stored later, by whoever has its connection then.

A stream is a list of parts, each the bytes that a node is to see, or a question that the endpoint answers itself. From
a part on after which it cannot be known how memcached reads on, there are no more questions, but what looks like one.
"""

import struct
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from elastane.configuration_endpoint.requests import Kind, Question
from elastane.model import discovery
from elastane.model.discovery import CONFIGURATION, OLD_KEY

KEYS = tuple(f"key-{number}".encode() for number in range(12))
COUNTER = b"counter"
LOOKS_LIKE_ONE = (
    *(b"config get cluster\r\n", b"get AmazonElastiCache:cluster\r\n", b"config stats\r\n", b"mn\r\nquit\r\n"),
    *(b"\r\nEND\r\n", b"MN\r\n", b"set key-1 0 0 3\r\nabc\r\n", b"\x80\x60\x00\x07" + bytes(20) + CONFIGURATION),
)
LARGE_BYTES = (2_047, 2_048, 2_049, 16_383, 65_536, 200_000, 1_000_000)


class Ask(NamedTuple):
    """As a customer spells it."""

    spelled: bytes
    question: Question


Part = bytes | Ask


class Stream(NamedTuple):
    parts: tuple[Part, ...]
    farewell: bytes
    """By which a node hangs up when it has answered all, and says nothing more. Empty where it does so anyway: what
    comes after that may take replies along that are still on their way."""
    is_binary: bool


def make(dice: Random) -> Stream:
    is_binary = dice.random() < 0.4
    ask, draw, lose = (_ask_binary, _binary, _lose_binary) if is_binary else (_ask, _ascii, _lose)
    parts: list[Part] = []
    likelihood = dice.choice((0.05, 0.3, 0.6))
    for _ in range(dice.choice((1, 5, 20, 60))):
        parts.append(ask(dice) if dice.random() < likelihood else draw(dice))
    farewell = QUIT_BINARY if is_binary else b"quit\r\n"
    if dice.random() < 0.25:
        parts.append(lose(dice))
        farewell = b"" if is_binary else farewell
        rest = (ask(dice).spelled if dice.random() < likelihood else draw(dice) for _ in range(dice.randrange(8)))
        parts += () if is_binary else rest
    return Stream(tuple(parts), farewell, is_binary)


def pieces(dice: Random, length: int) -> tuple[int, ...]:
    """Lengths of what is sent at once, of so many bytes; what is left over comes in one."""
    if dice.random() < 0.3:
        return ()
    greatest = dice.choice((1, 10, 100, 3_000, 70_000))
    count = min(200, length // greatest + 1)
    return tuple(dice.randrange(greatest) + 1 for _ in range(count))


# --- the text protocols --------------------------------------------------------------------------


def _ascii(dice: Random) -> bytes:
    make_one: Callable[[Random], bytes] = dice.choice(_ASCII)
    line = make_one(dice)
    return line if dice.random() < 0.9 else b" " * dice.randrange(4) + line


def _ask(dice: Random) -> Ask:
    blanks = [b" " * dice.choice((1, 1, 1, 3)) for _ in range(2)]
    end = dice.choice((b"\r\n", b"\r\n", b"\n", b" \r\n"))
    words, kind = dice.choice(
        (
            ((b"config", b"get", CONFIGURATION), Kind.CONFIG),
            ((b"config", b"get", CONFIGURATION), Kind.CONFIG),
            ((b"config", b"get", b""), Kind.CONFIG),
            ((b"config", b"get", b"other"), Kind.OTHER),
            ((b"get", OLD_KEY, b""), Kind.OLD),
        )
    )
    return Ask(words[0] + blanks[0] + words[1] + blanks[1] + words[2] + end, Question(kind))


def _store(dice: Random) -> bytes:
    verb = dice.choice((b"set", b"set", b"add", b"replace", b"append", b"prepend", b"cas"))
    value = _value(dice)
    flags = dice.choice((0, 1, 65_535, 4_294_967_295))
    expires = dice.choice((0, 0, 1_000, 2_000_000_000, -1))
    tail = b" %d" % dice.randrange(50) if verb == b"cas" else b""
    tail += dice.choice((b"", b"", b"", b" noreply", b"  ", b" anything"))
    return b"%b %b %d %d %d%b\r\n%b\r\n" % (verb, _key(dice), flags, expires, len(value), tail, value)


def _store_meta(dice: Random) -> bytes:
    value = _value(dice)
    flags = b"".join(b" " + dice.choice((b"c", b"k", b"O123", b"q", b"T0", b"F5", b"MA", b"ME", b"I", b"s", b"Zz"))
                     for _ in range(dice.randrange(4)))  # fmt: skip
    if dice.random() < 0.1:
        return b"ms Zm9vYmFy %d b%b\r\n%b\r\n" % (len(value), flags, value)
    return b"ms %b %d%b\r\n%b\r\n" % (_key(dice), len(value), flags, value)


def _store_badly(dice: Random) -> bytes:
    """Of another length than was said: what is too much is taken for a command, and is none."""
    value = bytes(dice.choices(b"abc xyz", k=dice.randrange(2, 60)))
    return b"set %b 0 0 %d\r\n%b\r\n" % (_key(dice), dice.randrange(len(value) - 1), value)


def _store_too_much(dice: Random) -> bytes:
    length = 1_048_577 + dice.randrange(1_000)
    value = (dice.choice(LOOKS_LIKE_ONE) * length)[:length]
    return b"set %b 0 0 %d\r\n%b\r\n" % (_key(dice), length, value)


def _get(dice: Random) -> bytes:
    verb = dice.choice((b"get", b"gets", b"gat 0", b"gats 1000"))
    return b"%b %b\r\n" % (verb, b" ".join(_key(dice) for _ in range(dice.choice((1, 1, 3, 8)))))


def _get_many(dice: Random) -> bytes:
    """A line that is longer than all others may be; most of what it asks for there is not, or too much would come."""
    absent = [b"absent-%d" % number for number in range(dice.choice((250, 400, 2_000)))]
    return b"%b %b\r\n" % (dice.choice((b"get", b"gets")), b" ".join([_key(dice), *absent, _key(dice)]))


def _change(dice: Random) -> bytes:
    key = _key(dice)
    return dice.choice(
        (
            b"set %b 0 0 1\r\n8\r\n" % COUNTER,
            b"incr %b 7\r\n" % COUNTER,
            b"decr %b 3\r\n" % COUNTER,
            b"delete %b\r\n" % key,
            b"delete %b noreply\r\n" % key,
            b"touch %b 1000\r\n" % key,
            b"md %b q\r\n" % key,
            b"ma %b N0 J13 v\r\n" % COUNTER,
            b"mg %b v f c s k O9\r\n" % key,
            b"mg %b\r\n" % key,
        )
    )


def _say_little(dice: Random) -> bytes:
    return dice.choice(
        (
            *(b"version\r\n", b"mn\r\n", b"\r\n", b"\n", b"x\r\n", b"nothing known\r\n", b"verbosity 0\r\n"),
            *(b"get\r\n", b"incr\r\n", b"GET key-1\r\n", b"config\r\n", b"mg\r\n"),
            *(b"config delete cluster\r\n", b"get AmazonElastiCache:cluster key-1\r\n", b"config get a b\r\n"),
            *(b"ge\0t key-1\r\n", b"get key-1\0config get cluster\r\n", b"get config\r\n", b"CONFIG GET cluster\r\n"),
            *(b"\tset key-2 0 0 5\r\n", b"gets AmazonElastiCache:cluster\r\n", b"\xff\xfe\r\n", b"delete key-1 0\r\n"),
            *(b"config  list\r\n", b"cache_memlimit\r\n", b"config\tget cluster\r\n"),
        )
    )


_ASCII = (_store,) * 6 + (_get,) * 4 + (_store_meta,) * 2 + (_change,) * 3 + (_say_little,) * 3 + (
    _get_many, _store_badly, _store_too_much
)  # fmt: skip


def _lose(dice: Random) -> bytes:
    return dice.choice(
        (
            b"set key-1 0 0 x\r\n",
            b"set key-1 0 0 -1\r\n",
            b"set key-1 0\r\n",
            b"set\r\n",
            b"set key-1 0 0 3 4 5\r\n",
            b"set key-1 0 0 5\tx\r\nvalue\r\n",
            b"set key-1 +1 0 5\r\nvalue\r\n",
            b"add " + b"k" * 251 + b" 0 0 5\r\n",
            *(b"set key-1 0 0 5\0 6\r\nvalue\r\n", b"set key-1 4294967296 0 5\r\n", b"cas key-1 0 0 5 x\r\n"),
            b"ms key-1\r\n",
            b"ms key-1 S5\r\n",
            b"ms key-1 x\r\n",
            b"ms " + b"k" * 251 + b" 5\r\n",
            *(b"ms key-1 2" + b" O1" * 20 + b"\r\n", b"config set cluster 0 20\r\nconfig get cluster\r\n\r\n"),
        )
    )


def _key(dice: Random) -> bytes:
    return dice.choice(KEYS) if dice.random() < 0.95 else b"k" * dice.choice((1, 249, 250))


def _value(dice: Random) -> bytes:
    match dice.randrange(12):
        case 0:
            return dice.randbytes(dice.randrange(3_000))
        case 1:
            return dice.randbytes(1) * dice.choice(LARGE_BYTES)
        case 2 | 3 | 4:
            return dice.choice(LOOKS_LIKE_ONE) * dice.randrange(1, 5)
        case _:
            return b"%d" % dice.randrange(2**32)


# --- the binary protocol -------------------------------------------------------------------------

QUIT_BINARY = b"\x80\x17" + bytes(22)
_GETS, _STORES, _COUNTS = (0x00, 0x09, 0x0C, 0x0D), (0x01, 0x02, 0x03, 0x11, 0x12, 0x13), (0x05, 0x06, 0x15, 0x16)


def frame(opcode: int, key: bytes = b"", value: bytes = b"", extras: bytes = b"", opaque: int = 0) -> bytes:
    length = len(extras) + len(key) + len(value)
    return (
        struct.pack(">BBHBBHIIQ", 0x80, opcode, len(key), len(extras), 0, 0, length, opaque, 0) + extras + key + value
    )


def _binary(dice: Random) -> bytes:
    opaque, key = dice.getrandbits(32), _key(dice)
    match dice.randrange(12):
        case 0 | 1 | 2:
            return frame(dice.choice(_GETS), key, opaque=opaque)
        case 3 | 4 | 5 | 6:
            extras = struct.pack(">II", dice.getrandbits(32), dice.choice((0, 1_000)))
            return frame(dice.choice(_STORES), key, _value(dice), extras, opaque)
        case 7:
            return frame(dice.choice(_COUNTS), COUNTER, b"", struct.pack(">QQI", 3, 10, 0), opaque)
        case 8:
            return frame(dice.choice((0x0E, 0x0F, 0x19, 0x1A)), key, _value(dice), b"", opaque)
        case 9:
            return frame(dice.choice((0x1C, 0x1D, 0x1E, 0x23, 0x24)), key, b"", struct.pack(">I", 1_000), opaque)
        case 10:
            return frame(dice.choice((0x04, 0x14)), key, opaque=opaque)
        case _:
            return frame(dice.choice((0x0A, 0x0B, 0x0A, 0x1B, 0x3F, 0x64, 0x60)), opaque=opaque)


def _ask_binary(dice: Random) -> Ask:
    opaque = dice.getrandbits(32)
    opcode = dice.choice(
        (discovery.BINARY_GET,) * 3 + (discovery.BINARY_GETQ, discovery.BINARY_GETK, discovery.BINARY_GETKQ, 0)
    )
    key = OLD_KEY if opcode == 0 else dice.choice((CONFIGURATION, CONFIGURATION, CONFIGURATION, b"other"))
    kind = Kind.BINARY_OTHER if key == b"other" else Kind.BINARY
    return Ask(frame(opcode, key, opaque=opaque), Question(kind, opaque.to_bytes(4, "big"), opcode))


def _lose_binary(dice: Random) -> bytes:
    """The last of its stream: memcached hangs up, or takes what follows for something else.

    For what is no frame at all it does so at once, and forgets what it has not sent yet; a no-op makes it send.
    """
    return dice.choice(
        (
            frame(0x0A) + b"version\r\n" + bytes(15),
            frame(0x0A) + b"\x81" + bytes(23),
            frame(0x0A, b"key"),
            frame(0x00),
            frame(0x01, b"key"),
            frame(0x00, b"k" * 251),
            frame(0x07),
            b"\x80\x00\x00\x09" + bytes(20),
        )
    )
