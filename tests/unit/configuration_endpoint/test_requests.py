"""A customer's bytes, cut into what goes to a node and what is asked of the endpoint."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from elastane.configuration_endpoint.requests import (
    FAREWELL_ASCII,
    FAREWELL_BINARY,
    HEADER_BYTES,
    LINE_BYTES_MAX,
    Kind,
    Piece,
    Question,
    Requests,
)
from elastane.model.discovery import OLD_KEY
from tests.fuzz import memcached_streams
from tests.fuzz.memcached_streams import Ask, Stream, frame

CONFIG = Question(Kind.CONFIG)
ASKED = b"config get cluster\r\n"

HELD_BYTES_MAX = HEADER_BYTES + LINE_BYTES_MAX


def cut(*given: bytes, is_binary_spoken: bool = True) -> list[Piece]:
    """What becomes of bytes that come so, with neighbours that are passed on put together."""
    requests = Requests(is_binary_spoken=is_binary_spoken)
    pieces = [piece for data in given for piece in requests.feed(data)]
    return joined([*pieces, requests.end()])


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            found[-1] = last + piece
        elif piece:
            found.append(piece)
    return found


@pytest.mark.parametrize(
    ("spelled", "kind"),
    [
        (ASKED, Kind.CONFIG),
        (b"config get cluster\n", Kind.CONFIG),
        (b"  config   get  cluster  \r\n", Kind.CONFIG),
        (b"config get\r\n", Kind.CONFIG),
        (b"config get \r\n", Kind.CONFIG),
        (b"config get another\r\n", Kind.OTHER),
        (b"get AmazonElastiCache:cluster\r\n", Kind.OLD),
        (b" get  AmazonElastiCache:cluster \n", Kind.OLD),
        (b"config stats\r\n", Kind.COUNTERS),
    ],
)
def test_a_question_is_answered_here_in_every_spelling(spelled: bytes, kind: Kind) -> None:
    assert cut(b"version\r\n" + spelled + b"version\r\n") == [b"version\r\n", Question(kind), b"version\r\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"CONFIG GET CLUSTER\r\n",
        b"config\tget cluster\r\n",
        b"config get cluster more\r\n",
        b"config delete cluster\r\n",
        b"config\r\n",
        b"xconfig get cluster\r\n",
        b"config get\tcluster\r\n",
        b"config list\r\n",
        b"gets AmazonElastiCache:cluster\r\n",
        b"get AmazonElastiCache:cluster a\r\n",
        b"get config\r\n",
        b"\r\n",
        b"\n",
        b"get key config get cluster\r\n",
        b"mg AmazonElastiCache:cluster v\r\n",
        b"delete AmazonElastiCache:cluster\r\n",
    ],
)
def test_every_other_command_is_passed_on_and_what_follows_is_heard(line: bytes) -> None:
    assert cut(line + ASKED) == [line, CONFIG]


@pytest.mark.parametrize(
    "line",
    [
        b"set k 0 0 %d\r\n",
        b"add k 1 1700000000 %d\r\n",
        b"replace k 4294967295 -1 %d noreply\r\n",
        b"append k 0 0 %d \r\n",
        *(b"  prepend k 0 0   %d\n", b"cas k 0 0 %d 18446744073\r\n", b"cas k 0 0 %d 1 noreply\r\n", b"ms k %d\r\n"),
        *(b"ms Zm9v %d b c k O12 q T90\r\n", b"ms k %d MA I\r\n", b"set " + b"k" * 250 + b" 0 0 %d\r\n"),
    ],
)
@pytest.mark.parametrize("value", [b"", b"abc", ASKED, ASKED * 1000, b"\r\n" + ASKED, b"\0" * 100_000])
def test_a_value_is_passed_on_unread_however_it_looks(line: bytes, value: bytes) -> None:
    command = line % len(value) + value + b"\r\n"

    assert cut(command + ASKED) == [command, CONFIG]


@pytest.mark.parametrize(
    "line",
    [
        b"set k 0 0 x\r\n",
        b"set k 0 0 -1\r\n",
        b"set k 0 0\r\n",
        b"set\r\n",
        b"set k 0 0 3 4 5\r\n",
        b"set k +0 0 3\r\n",
        b"set k 4294967296 0 3\r\n",
        b"set k 0 0 3\0\r\n",
        b"set k 0 0 3\tx\r\n",
        b"set k 0 0 9999999999\r\n",
        b"watch\r\n",
        *(b"set " + b"k" * 251 + b" 0 0 3\r\n", b"cas k 0 0 3\r\n", b"cas k 0 0 3 x\r\n", b"ms k\r\n", b"ms k S3\r\n"),
        b"ms k 3" + b" c" * 15 + b"\r\n",
        b"config set cluster 0 20\r\n",
        b"set" + b" " * LINE_BYTES_MAX + b"k 0 0 3\r\n",
    ],
)
def test_after_a_command_whose_value_cannot_be_known_nothing_is_taken_for_a_question(line: bytes) -> None:
    assert cut(ASKED + line + ASKED * 3) == [CONFIG, line + ASKED * 3]


@pytest.mark.parametrize("verb", [b"get ", b"gets ", b"  get ", b"gat 0 ", b"mg "])
def test_a_line_longer_than_others_may_be_is_passed_on_to_its_end(verb: bytes) -> None:
    line = verb + b"key " * 20_000 + b"\r\n"

    assert cut(*(line[at : at + 1000] for at in range(0, len(line), 1000)), ASKED) == [line, CONFIG]


def test_a_line_without_an_end_is_passed_on_when_nothing_more_comes() -> None:
    assert cut(b"version\r\nconfig get cluster") == [b"version\r\nconfig get cluster"]


@pytest.mark.parametrize(
    ("opcode", "key", "kind"),
    [
        *((opcode, b"cluster", Kind.BINARY) for opcode in (0x60, 0x61, 0x62, 0x63)),
        (0x60, b"other", Kind.BINARY_OTHER),
        (0x00, OLD_KEY, Kind.BINARY),
    ],
)
def test_a_question_of_the_binary_protocol_is_answered_here(opcode: int, key: bytes, kind: Kind) -> None:
    noop = frame(0x0A, opaque=7)
    asked = frame(opcode, key, opaque=0xDEADBEEF)

    assert cut(noop + asked + noop) == [noop, Question(kind, b"\xde\xad\xbe\xef", opcode), noop]


@pytest.mark.parametrize(
    "command",
    [
        frame(0x01, b"key", frame(0x60, b"cluster") * 9, bytes(8)),
        frame(0x0E, b"key", ASKED),
        frame(0x00, b"k" * 25),
        *(frame(0x10, b"settings"), frame(0x1D, b"key", b"", bytes(4)), frame(0x60), frame(0x99), frame(0x09, OLD_KEY)),
    ],
)
def test_every_other_frame_is_passed_on_with_its_body_unread(command: bytes) -> None:
    asked = frame(0x60, b"cluster")

    assert cut(command + asked) == [command, Question(Kind.BINARY, bytes(4), 0x60)]


@pytest.mark.parametrize(
    "command",
    [
        frame(0x64, b"cluster"),
        frame(0x99, b"key"),
        frame(0x1D, b"key", b"more", bytes(4)),
        frame(0x10, b"a", b"more"),
        *(b"\x81" + bytes(23), frame(0x60, b"cluster", b"", b"extra"), frame(0x60, b"cluster", b"value")),
    ],
)
def test_after_a_frame_that_memcached_reads_in_a_way_of_its_own_there_are_no_questions(command: bytes) -> None:
    noop, asked = frame(0x0A), frame(0x60, b"cluster")

    assert cut(noop + command + asked) == [noop + command + asked]


def test_the_first_byte_says_which_protocol_a_connection_speaks() -> None:
    binary = frame(0x60, b"cluster")

    assert cut(ASKED + binary) == [CONFIG, binary]
    assert cut(binary, is_binary_spoken=False) == [binary]


def test_a_node_is_made_to_hang_up_in_the_protocol_that_it_was_spoken_to() -> None:
    ascii_requests, binary_requests = Requests(), Requests()
    list(ascii_requests.feed(ASKED))
    list(binary_requests.feed(frame(0x60, b"cluster")))

    assert ascii_requests.farewell == FAREWELL_ASCII
    assert binary_requests.farewell == FAREWELL_BINARY
    assert FAREWELL_BINARY.command[:2] == b"\x80\x07"
    assert len(FAREWELL_BINARY.command) == len(FAREWELL_BINARY.last_reply) == HEADER_BYTES


@given(some.integers(0, 2**32), some.data())
def test_however_a_stream_is_cut_the_same_becomes_of_it(seed: int, data: some.DataObject) -> None:
    stream = memcached_streams.make(Random(seed))
    whole = b"".join(part.spelled if isinstance(part, Ask) else part for part in stream.parts)
    ends = data.draw(some.lists(some.integers(0, len(whole)), max_size=30).map(sorted))
    requests = Requests()

    pieces: list[Piece] = []
    for begin, end in zip([0, *ends], [*ends, len(whole)], strict=True):
        pieces += requests.feed(whole[begin:end])
        passed_on = sum(len(piece) for piece in pieces if isinstance(piece, bytes))
        asked = sum(len(part.spelled) for part in asked_first(stream, len(pieces)))
        assert end - passed_on - asked <= HELD_BYTES_MAX

    assert joined([*pieces, requests.end()]) == joined(
        part.question if isinstance(part, Ask) else part for part in stream.parts
    )


@given(some.lists(some.binary(max_size=60) | some.sampled_from(memcached_streams.LOOKS_LIKE_ONE), max_size=20))
def test_nothing_is_lost_doubled_or_turned_around_whatever_comes(given_data: list[bytes]) -> None:
    whole = b"".join(given_data)

    passed_on = b"".join(piece for piece in cut(*given_data) if isinstance(piece, bytes))

    at = 0
    for byte in passed_on:
        at = whole.index(byte, at) + 1
    if not any(isinstance(piece, Question) for piece in cut(*given_data)):
        assert passed_on == whole
    assert cut(*given_data) == cut(whole)


def asked_first(stream: Stream, piece_count: int) -> list[Ask]:
    """Of the stream's questions those that so many pieces can have been."""
    return [part for part in stream.parts if isinstance(part, Ask)][:piece_count]
