"""One customer's bytes, cut into what goes to a node and what is answered here. Without I/O.

To know where a command begins, the lengths of values must be read: of the commands that store, and in the binary
protocol of every frame. So much and no more is understood. Where it cannot be known for certain how memcached reads on
(a storing command with a malformed number; its versions differ in that), everything from there on goes to the node and
is none of our business: no value is ever taken for a question.

Where the protocols are read as memcached does: `try_read_command_ascii`, `process_update_command` and
`process_mset_command` (proto_text.c), `try_read_command_binary` and `dispatch_bin_command` (proto_bin.c) of 1.6.38.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from elastane.model import discovery
from elastane.model.discovery import CONFIGURATION, OLD_KEY

LINE_BYTES_MAX = 2048
"""A longer line without an end is a `get` of many keys, or memcached hangs up."""

KEY_BYTES_MAX = 250
HEADER_BYTES = 24


class Kind(Enum):
    CONFIG = auto()
    """``config get cluster``, or without the name, which stands for all there are."""
    OTHER = auto()
    """``config get`` of another name."""
    OLD = auto()
    """``get AmazonElastiCache:cluster``"""
    BINARY = auto()
    BINARY_OTHER = auto()
    COUNTERS = auto()
    """``config stats``, which is ours: what the control plane asks."""


class Question(NamedTuple):
    """What is answered here."""

    kind: Kind
    opaque: bytes = b""
    opcode: int = 0


Piece = bytes | Question


class Farewell(NamedTuple):
    """What makes a node send all that it owes and then hang up, and the last that it sends then.

    Without a last reply that is known, a node that died would look like one that was done.
    """

    command: bytes
    last_reply: bytes


FAREWELL_ASCII = Farewell(b"mn\r\nquit\r\n", b"MN\r\n")
FAREWELL_BINARY = Farewell(
    b"\x80\x07" + bytes(10) + b"done" + bytes(8),
    b"\x81\x07" + bytes(10) + b"done" + bytes(8),
)


class Requests:
    """`feed` answers pieces in their order. What is held back is less than a line, or a header with its key."""

    def __init__(self, *, is_binary_spoken: bool = True) -> None:
        self._is_binary_spoken = is_binary_spoken
        self._held = b""
        self._value_bytes = 0
        """Of a value, or a frame's body: so many more are passed on unread."""
        self._is_binary: bool | None = None
        """As the very first byte says."""
        self._is_lost = False
        self._is_long_line = False

    @property
    def is_binary(self) -> bool:
        return bool(self._is_binary)

    @property
    def farewell(self) -> Farewell:
        """Only where a question was found: elsewhere a node could take it for part of a value."""
        return FAREWELL_BINARY if self._is_binary else FAREWELL_ASCII

    def feed(self, data: bytes) -> Iterator[Piece]:
        """To be iterated to its end."""
        if self._is_binary is None and data:
            self._is_binary = self._is_binary_spoken and data[0] == 0x80
        if self._held:
            data, self._held = self._held + data, b""
        begin = end = 0
        """Between them: passed on, and not answered yet."""
        while end < len(data):
            taken, question = self._next(data, end)
            if taken == 0:
                self._held = data[end:]
                break
            if question is not None:
                if end > begin:
                    yield data[begin:end]
                yield question
                begin = end + taken
            end += taken
        if end > begin:
            yield data[begin:end]

    def end(self) -> bytes:
        """What was held back when the customer has no more to say: a line without an end."""
        held, self._held = self._held, b""
        return held

    def _next(self, data: bytes, at: int) -> tuple[int, Question | None]:
        """How many bytes belong together, and the question that they are, if any; none when more must come first."""
        if self._is_lost:
            return len(data) - at, None
        if self._value_bytes:
            taken = min(self._value_bytes, len(data) - at)
            self._value_bytes -= taken
            return taken, None
        return self._next_frame(data, at) if self._is_binary else self._next_line(data, at)

    # --- the text protocols --------------------------------------------------------------------------

    def _next_line(self, data: bytes, at: int) -> tuple[int, Question | None]:
        end = data.find(b"\n", at, at + LINE_BYTES_MAX + 1)
        if self._is_long_line:
            self._is_long_line = end < 0
            return (end + 1 if end >= 0 else min(len(data), at + LINE_BYTES_MAX + 1)) - at, None
        if end < 0:
            return self._next_part_of_line(data, at)
        line = data[at:end].removesuffix(b"\r")
        question = _find_question(line)
        if question is None:
            self._expect_value(line)
        return end + 1 - at, question

    def _next_part_of_line(self, data: bytes, at: int) -> tuple[int, Question | None]:
        """memcached hangs up for most such lines, unless it received all of it at once. Those have no value."""
        if len(data) - at <= LINE_BYTES_MAX:
            return 0, None
        verb = _verb(data[at : at + LINE_BYTES_MAX])
        self._is_lost = not verb or verb in _WITH_VALUE
        self._is_long_line = not self._is_lost
        return LINE_BYTES_MAX + 1, None

    def _expect_value(self, line: bytes) -> None:
        verb = _verb(line)
        if verb not in _WITH_VALUE or (verb == b"config" and _words(line)[1:2] != (b"set",)):
            return
        stored = _STORING.fullmatch(line)
        if stored is None or b"\0" in line or any(int(flags or 0) > _FLAGS_MAX for flags in stored.group(1, 3)):
            self._is_lost = True
        else:
            self._value_bytes = int(stored[2] or stored[4] or stored[5]) + len(b"\r\n")

    # --- the binary protocol -------------------------------------------------------------------------

    def _next_frame(self, data: bytes, at: int) -> tuple[int, Question | None]:
        header = data[at : at + HEADER_BYTES]
        if len(header) < HEADER_BYTES:
            return 0, None
        opcode = header[1]
        key_bytes, body_bytes = int.from_bytes(header[2:4], "big"), int.from_bytes(header[8:12], "big")
        is_key_alone = header[4] == 0 and 0 < key_bytes == body_bytes <= KEY_BYTES_MAX
        is_question = is_key_alone and (opcode in _CONFIG_GETS or (opcode == _GET and key_bytes == len(OLD_KEY)))
        if not is_question:
            is_known = opcode in _WITH_BODY or (opcode in _WITH_KEY and body_bytes == header[4] + key_bytes)
            self._is_lost = header[0] != 0x80 or not (is_known or body_bytes == 0)
            self._value_bytes = body_bytes
            return HEADER_BYTES, None
        whole = HEADER_BYTES + body_bytes
        if len(data) - at < whole:
            return 0, None
        return whole, _find_binary_question(opcode, data[at + HEADER_BYTES : at + whole], header[12:16])


def _verb(line: bytes) -> bytes:
    """The first word, up to a NUL, as C ends it. Only spaces part words."""
    return line.lstrip(b" ").split(b" ", 1)[0].split(b"\0", 1)[0]


def _words(line: bytes) -> tuple[bytes, ...]:
    return tuple(word for word in line.split(b" ") if word)


_WITH_VALUE = frozenset({b"set", b"add", b"replace", b"append", b"prepend", b"cas", b"ms", b"watch", b"config"})
"""``watch`` has none; it makes the connection one that is only listened to. Of ``config`` it is ``config set``, which
no engine of ours knows: it takes what follows for commands, and clients mean a value."""

_FLAGS_MAX = 2**32 - 1
_KEY = rb" +[^ ]{1,%d}" % KEY_BYTES_MAX
_NUMBERS = rb" +([0-9]{1,10}) +-?[0-9]{1,10} +([0-9]{1,9})"
"""Flags, expiry (10 digits when it is a moment) and the value's length."""
_STORING = re.compile(
    rb" *(?:set|add|replace|append|prepend)%b%b(?: +[^ ]+)? *|"
    rb" *cas%b%b +[0-9]{1,19}(?: +[^ ]+)? *|"
    rb" *ms%b +([0-9]{1,9})(?: +[^ ]+){0,14} *" % (_KEY, _NUMBERS, _KEY, _NUMBERS, _KEY)
)
"""What every version reads alike; the rest of what memcached takes is rare, and passed on all the same."""

_QUESTIONS = {
    (b"config", b"get", CONFIGURATION): Question(Kind.CONFIG),
    (b"config", b"get"): Question(Kind.CONFIG),
    (b"get", OLD_KEY): Question(Kind.OLD),
    (b"config", b"stats"): Question(Kind.COUNTERS),
}


def _find_question(line: bytes) -> Question | None:
    if b"config" not in line and OLD_KEY not in line:
        return None
    words = _words(line)
    other = Question(Kind.OTHER) if words[:2] == (b"config", b"get") and len(words) == 3 else None
    return _QUESTIONS.get(words, other)


_GET = 0x00
_CONFIG_GETS = (discovery.BINARY_GET, discovery.BINARY_GETQ, discovery.BINARY_GETK, discovery.BINARY_GETKQ)
_WITH_KEY = frozenset({0x10, 0x1C, 0x1D, 0x1E, 0x23, 0x24})
"""`stat`, `touch` and `gat`, of whose body memcached takes nothing but extras and key, whatever the header says."""
_WITH_BODY = frozenset({*range(0x1B), 0x20, 0x21, 0x22}) - _WITH_KEY
"""All others that it knows. After one that it does not, it takes a key for the next frame's beginning."""


def _find_binary_question(opcode: int, key: bytes, opaque: bytes) -> Question | None:
    if opcode == _GET:
        return Question(Kind.BINARY, opaque, opcode) if key == OLD_KEY else None
    return Question(Kind.BINARY if key == CONFIGURATION else Kind.BINARY_OTHER, opaque, opcode)
