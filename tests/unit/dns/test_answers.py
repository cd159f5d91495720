"""One packet in, one out: what is answered to whom, and that nothing is ever raised."""

import struct

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.dns.answers import answer

PRIMARY = "orders.abc123.ng.0001.use1.cache.elastane.test"
READER = "orders-ro.abc123.ng.0001.use1.cache.elastane.test"
EMPTY = "alone-ro.abc123.ng.0001.use1.cache.elastane.test"
LARGE = "large.abc123.clustercfg.use1.cache.elastane.test"
NAMES = {
    PRIMARY: ("127.88.48.10",),
    READER: ("127.88.0.10", "127.88.16.10", "127.88.32.10"),
    EMPTY: (),
    LARGE: tuple(f"127.88.{third}.{fourth}" for third in range(2) for fourth in range(10, 100)),
}


def ask(name: str, kind: str = "A", *, rotation: int = 0, is_stream: bool = False) -> dnslib.DNSRecord:
    return reply_to(dnslib.DNSRecord.question(name, kind), rotation=rotation, is_stream=is_stream)


def reply_to(query: dnslib.DNSRecord, *, rotation: int = 0, is_stream: bool = False) -> dnslib.DNSRecord:
    packet = answer(bytes(query.pack()), NAMES.get, rotation=rotation, is_stream=is_stream)
    assert packet is not None
    return dnslib.DNSRecord.parse(packet)


def addresses(reply: dnslib.DNSRecord) -> list[str]:
    return [str(record.rdata) for record in reply.rr if record.rtype == dnslib.QTYPE.A]


def test_an_endpoint_is_answered_with_its_address_for_a_few_seconds() -> None:
    reply = ask(PRIMARY)

    assert addresses(reply) == ["127.88.48.10"]
    assert [record.ttl for record in reply.rr] == [5]
    assert (reply.header.rcode, reply.header.aa, reply.header.ra) == (dnslib.RCODE.NOERROR, 1, 0)


def test_an_answer_repeats_the_questions_id_and_recursion_wish() -> None:
    query = dnslib.DNSRecord.question(PRIMARY)

    reply = reply_to(query)

    assert (reply.header.id, reply.header.rd) == (query.header.id, query.header.rd)


def test_a_reader_endpoint_begins_with_another_replica_each_turn() -> None:
    turns = [addresses(ask(READER, rotation=rotation)) for rotation in range(4)]

    assert turns[0] == ["127.88.0.10", "127.88.16.10", "127.88.32.10"]
    assert turns[1] == ["127.88.16.10", "127.88.32.10", "127.88.0.10"]
    assert turns[3] == turns[0]


def test_case_does_not_matter_and_comes_back_as_it_was_asked() -> None:
    mixed = "OrDeRs.aBC123.nG.0001.USE1.Cache.eLaStAnE.TeSt"

    reply = ask(mixed)

    assert addresses(reply) == ["127.88.48.10"]
    assert str(reply.q.qname) == str(reply.rr[0].rname) == f"{mixed}."


@pytest.mark.parametrize("kind", ["AAAA", "MX", "TXT", "NS"])
def test_another_type_of_a_known_name_is_no_error_and_no_answer(kind: str) -> None:
    reply = ask(PRIMARY, kind)

    assert reply.header.rcode == dnslib.RCODE.NOERROR
    assert not reply.rr


def test_any_type_is_answered_with_addresses() -> None:
    assert addresses(ask(PRIMARY, "ANY")) == ["127.88.48.10"]


def test_a_reader_without_replicas_exists_without_addresses() -> None:
    reply = ask(EMPTY)

    assert reply.header.rcode == dnslib.RCODE.NOERROR
    assert not reply.rr


def test_an_unknown_name_under_our_suffix_does_not_exist_for_as_long_as_a_known_one_does() -> None:
    reply = ask(f"nobody.{PRIMARY}")

    assert reply.header.rcode == dnslib.RCODE.NXDOMAIN
    assert [(record.rtype, record.ttl) for record in reply.auth] == [(dnslib.QTYPE.SOA, 5)]


def test_the_suffix_itself_exists() -> None:
    assert ask("Cache.elastane.test").header.rcode == dnslib.RCODE.NOERROR


@pytest.mark.parametrize("name", ["example.com", "elastane.test", "notcache.elastane.test", "."])
def test_any_other_name_is_refused(name: str) -> None:
    reply = ask(name)

    assert reply.header.rcode == dnslib.RCODE.REFUSED
    assert reply.header.aa == 0


def test_a_name_whose_label_holds_a_dot_is_not_mistaken_for_ours() -> None:
    label = dnslib.DNSLabel([b"orders.abc123", b"ng", b"0001", b"use1", b"cache", b"elastane", b"test"])

    reply = reply_to(dnslib.DNSRecord(q=dnslib.DNSQuestion(label)))

    assert reply.header.rcode == dnslib.RCODE.REFUSED


def test_another_class_is_refused() -> None:
    query = dnslib.DNSRecord(q=dnslib.DNSQuestion(PRIMARY, dnslib.QTYPE.A, dnslib.CLASS.CH))

    assert reply_to(query).header.rcode == dnslib.RCODE.REFUSED


def test_another_operation_is_not_implemented() -> None:
    query = dnslib.DNSRecord.question(PRIMARY)
    query.header.opcode = dnslib.OPCODE.UPDATE

    assert reply_to(query).header.rcode == dnslib.RCODE.NOTIMP


def test_two_questions_at_once_are_a_format_error() -> None:
    query = dnslib.DNSRecord.question(PRIMARY)
    query.add_question(dnslib.DNSQuestion(READER))

    assert reply_to(query).header.rcode == dnslib.RCODE.FORMERR


def test_an_answer_is_never_answered() -> None:
    packet = bytes(dnslib.DNSRecord.question(PRIMARY).reply().pack())

    assert answer(packet, NAMES.get) is None


def test_a_packet_too_short_for_an_id_is_met_with_silence() -> None:
    assert answer(b"\x12\x34\x01\x00", NAMES.get) is None


def test_a_packet_cut_off_in_its_question_is_a_format_error_with_its_id() -> None:
    packet = bytes(dnslib.DNSRecord.question(PRIMARY).pack())[:-7]

    reply = answer(packet, NAMES.get)

    assert reply is not None
    parsed = dnslib.DNSRecord.parse(reply)
    assert (parsed.header.id, parsed.header.rcode) == (struct.unpack("!H", packet[:2])[0], dnslib.RCODE.FORMERR)


def test_an_answer_too_large_for_a_datagram_is_truncated_and_whole_on_a_stream() -> None:
    datagram, stream = ask(LARGE), ask(LARGE, is_stream=True)

    assert (datagram.header.tc, datagram.rr) == (1, [])
    assert (stream.header.tc, len(stream.rr)) == (0, 180)


def test_a_client_that_takes_larger_datagrams_gets_them_up_to_what_no_path_fragments() -> None:
    names = {PRIMARY: tuple(f"127.88.0.{fourth}" for fourth in range(10, 60))}
    query = dnslib.DNSRecord.question(PRIMARY)
    query.add_ar(dnslib.EDNS0(udp_len=4096))

    reply = answer(bytes(query.pack()), names.get)
    plain = answer(bytes(dnslib.DNSRecord.question(PRIMARY).pack()), names.get)

    assert reply is not None and plain is not None
    parsed = dnslib.DNSRecord.parse(reply)
    assert 512 < len(reply) <= 1232
    assert (len(parsed.rr), parsed.header.tc) == (50, 0)
    assert [record.edns_len for record in parsed.ar] == [1232]
    assert dnslib.DNSRecord.parse(plain).header.tc == 1


def is_acceptable(packet: bytes, reply: bytes | None) -> bool:
    """Silence, or an answer with the question's id and the response bit."""
    return reply is None or (len(reply) >= 12 and reply[:2] == packet[:2] and reply[2] & 0x80 != 0)


@given(packet=st.binary(max_size=600))
def test_garbage_raises_nothing(packet: bytes) -> None:
    assert is_acceptable(packet, answer(packet, NAMES.get))


@given(
    identifier=st.integers(0, 0xFFFF),
    flags=st.integers(0, 0x7FFF),
    counts=st.tuples(*[st.sampled_from([0, 1, 2, 0xFFFF])] * 4),
    body=st.binary(max_size=300),
)
def test_garbage_behind_a_plausible_header_raises_nothing(
    identifier: int, flags: int, counts: tuple[int, int, int, int], body: bytes
) -> None:
    packet = struct.pack("!6H", identifier, flags, *counts) + body

    reply = answer(packet, NAMES.get)

    assert reply is not None
    assert is_acceptable(packet, reply)


@given(position=st.integers(0, 200), byte=st.integers(0, 255), kind=st.sampled_from(["A", "AAAA", "ANY", "OPT", "SOA"]))
def test_a_question_with_one_byte_changed_raises_nothing(position: int, byte: int, kind: str) -> None:
    query = dnslib.DNSRecord.question(READER, kind)
    query.add_ar(dnslib.EDNS0(udp_len=1232))
    packet = bytearray(query.pack())
    packet[position % len(packet)] = byte

    assert is_acceptable(bytes(packet), answer(bytes(packet), NAMES.get))


@given(labels=st.lists(st.binary(min_size=1, max_size=63), max_size=3))
def test_a_name_of_any_bytes_raises_nothing(labels: list[bytes]) -> None:
    name = b"".join(bytes([len(label)]) + label for label in labels)
    question = name + b"\x05cache\x08elastane\x04test\x00" + struct.pack("!HH", 1, 1)
    packet = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + question

    reply = answer(packet, NAMES.get)

    assert reply is not None
    assert not dnslib.DNSRecord.parse(reply).rr
