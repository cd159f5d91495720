"""The list of a Memcached cluster's nodes, as AWS prints it and as its clients read it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from elastane.model import discovery
from elastane.model.discovery import Discovery, Member

AWS_SAMPLE = (
    b"12\n"
    b"myCluster.pc4ldq.0001.use1.cache.amazonaws.com|10.82.235.120|11211 "
    b"myCluster.pc4ldq.0002.use1.cache.amazonaws.com|10.80.249.27|11211\n"
)
"""User guide, AutoDiscovery.AddingToYourClientLibrary. It prints 147 for a longer version of it, and 136 for this."""

hosts = some.text(alphabet="abcxyz0189.-", min_size=1, max_size=60)
members = some.builds(
    Member, hosts, some.one_of(some.just(""), some.ip_addresses(v=4).map(str)), some.integers(1, 65535)
)
discoveries = some.builds(Discovery, some.integers(0, 10**17), some.lists(members, max_size=8).map(tuple))


def test_the_sample_of_aws_s_guide_is_read_and_written_as_it_is() -> None:
    read = discovery.parse(AWS_SAMPLE)

    assert read == Discovery(
        12,
        (
            Member("myCluster.pc4ldq.0001.use1.cache.amazonaws.com", "10.82.235.120", 11211),
            Member("myCluster.pc4ldq.0002.use1.cache.amazonaws.com", "10.80.249.27", 11211),
        ),
    )
    assert discovery.render(read) == AWS_SAMPLE
    assert discovery.ascii_reply(AWS_SAMPLE) == b"CONFIG cluster 0 136\r\n" + AWS_SAMPLE + b"\r\nEND\r\n"


def test_an_address_that_is_not_known_leaves_its_pipes() -> None:
    told = Discovery(1, (Member("a.example", "", 11211),))

    assert discovery.render(told) == b"1\na.example||11211\n"


@given(discoveries)
def test_what_is_written_is_read_as_it_was(told: Discovery) -> None:
    assert discovery.parse(discovery.render(told)) == told


@given(some.binary(max_size=100) | some.text(alphabet="0123456789|\n ax.", max_size=40).map(str.encode))
def test_any_other_text_is_refused_or_written_the_same_again(text: bytes) -> None:
    try:
        read = discovery.parse(text)
    except ValueError:
        return

    assert discovery.render(read) == text


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"\n", b"\n\n", b"1\n", b"1\na|b|1", b"1\r\na|b|1\r\n", b"-1\na|b|1\n", b"01\na|b|1\n", b"x\na|b|1\n"),
        *(b"1\na|b\n", b"1\na|b|c\n", b"1\n|b|1\n", b"1\na|b|1|2\n", b"1\na|b|0\n", b"1\na|b|65536\n", b"1\na|b|01\n"),
        b"1\na|b|1 \n",
        b"1\n a|b|1\n",
        b"1\na|b|1  c|d|1\n",
        b"1\na|b|1\n\n",
        b"1\n\xe4|b|1\n",
        b"1\na|b|1\r\nEND\r\n",
    ],
)
def test_what_is_no_list_of_nodes_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"no list of nodes|no node of a list"):
        discovery.parse(text)


@given(discoveries, some.binary(min_size=4, max_size=4))
def test_clients_find_the_text_where_each_protocol_says_that_it_is(told: Discovery, opaque: bytes) -> None:
    text = discovery.render(told)

    assert text_of_ascii(discovery.ascii_reply(text), b"CONFIG cluster") == text
    assert text_of_ascii(discovery.old_ascii_reply(text), b"VALUE AmazonElastiCache:cluster") == text
    assert text_of_binary(discovery.binary_reply(text, opaque), opaque, discovery.BINARY_GET) == (b"", text)
    for opcode in (discovery.BINARY_GETK, discovery.BINARY_GETKQ):
        assert text_of_binary(discovery.binary_reply(text, opaque, opcode), opaque, opcode) == (b"cluster", text)


def test_a_configuration_that_there_is_not_is_a_miss_and_a_quiet_question_has_no_answer_then() -> None:
    missed = discovery.binary_miss(b"abcd", discovery.BINARY_GET)

    assert struct.unpack(">BBHBBHI4sQ", missed[:24]) == (0x81, 0x60, 0, 0, 0, 1, 9, b"abcd", 0)
    assert missed[24:] == b"Not found"
    assert discovery.binary_miss(b"abcd", discovery.BINARY_GETKQ) == b""


def text_of_ascii(reply: bytes, beginning: bytes) -> bytes:
    """As clients take replies apart: by the length that is said."""
    line, _, rest = reply.partition(b"\r\n")
    *words, flags, length = line.split(b" ")
    assert (b" ".join(words), flags) == (beginning, b"0")
    assert rest[int(length) :] == b"\r\nEND\r\n"
    return rest[: int(length)]


def text_of_binary(reply: bytes, opaque: bytes, opcode: int) -> tuple[bytes, bytes]:
    magic, found_opcode, key_bytes, extras_bytes, _, status, body_bytes, found_opaque, _ = struct.unpack(
        ">BBHBBHI4sQ", reply[:24]
    )
    assert (magic, found_opcode, extras_bytes, status, found_opaque) == (0x81, opcode, 4, 0, opaque)
    body = reply[24:]
    assert len(body) == body_bytes
    assert body[:4] == bytes(4)
    return body[4 : 4 + key_bytes], body[4 + key_bytes :]
