"""One DNS packet in, one DNS packet out, or silence. Pure.

Called by `dns.server` for every packet, whoever sent it: whatever the bytes are, nothing is
raised. It never asks another server and never answers a packet that is itself an answer, since
two servers doing so would talk forever.

    the question                            the answer
    A (or ANY) for a name with addresses    the addresses, in turn
    another type, or no address now         no error, no records
    an unknown name under our suffix        NXDOMAIN
    any other name or class                 REFUSED
    not a question we can read              FORMERR, or silence without even an id
"""

import struct
from collections.abc import Callable

import dnslib

from elastane.catalog.endpoint_names import DEFAULT_SUFFIX

Lookup = Callable[[str], tuple[str, ...] | None]
"""From a name in lower case, without a dot at the end, to its addresses: None for an unknown name, () for none now.

() is also right for a name that only has names beneath it: resolvers that ask label by label may take
NXDOMAIN for all that is below (RFC 8020).
"""

TTL_SECONDS = 5
"""AWS's endpoints live that long: a client that honours it follows a failover within seconds."""

_HEADER_LENGTH = 12
_PLAIN_UDP_SIZE = 512
_EDNS_UDP_SIZE = 1232  # fits every path without fragments (DNS flag day 2020)
_STREAM_SIZE = 65535


def answer(
    packet: bytes,
    lookup: Lookup,
    ttl_seconds: int = TTL_SECONDS,
    *,
    suffix: str = DEFAULT_SUFFIX,
    rotation: int = 0,
    is_stream: bool = False,
) -> bytes | None:
    """The reply to `packet`, or None for silence.

    `rotation` says with which of several addresses to begin; a caller that counts up spreads the
    clients of a reader or configuration endpoint. An answer too large for a datagram comes back truncated, for the
    client to ask again over TCP; with `is_stream` it never is.
    """
    if len(packet) < _HEADER_LENGTH or _is_response(packet):
        return None
    try:
        query = dnslib.DNSRecord.parse(packet)
    except Exception:
        # dnslib raises its own errors and several of Python's for bytes that are no DNS; all mean the same.
        return _format_error(packet)
    if query.header.opcode != dnslib.OPCODE.QUERY:
        return _refusal(query, dnslib.RCODE.NOTIMP)
    if len(query.questions) != 1:
        return _format_error(packet)
    if query.q.qclass != dnslib.CLASS.IN:
        return _refusal(query, dnslib.RCODE.REFUSED)
    name = _plain_name(query.q.qname)
    if name is None or not _is_under(name, suffix):
        return _refusal(query, dnslib.RCODE.REFUSED)
    reply = _authoritative(query, _addresses(name, lookup, suffix), ttl_seconds, suffix, rotation)
    return _fit(reply, _STREAM_SIZE if is_stream else _datagram_size(query))


def _addresses(name: str, lookup: Lookup, suffix: str) -> tuple[str, ...] | None:
    """The suffix itself has names beneath it, whatever the lookup knows."""
    return () if name == suffix.lower() else lookup(name)


def _authoritative(
    query: dnslib.DNSRecord,
    addresses: tuple[str, ...] | None,
    ttl_seconds: int,
    suffix: str,
    rotation: int,
) -> dnslib.DNSRecord:
    reply = query.reply(ra=0, aa=1)
    if addresses and query.q.qtype in (dnslib.QTYPE.A, dnslib.QTYPE.ANY):
        first = rotation % len(addresses)
        for address in addresses[first:] + addresses[:first]:
            # The question's own label keeps the case it was asked in, which some resolvers compare (draft 0x20).
            reply.add_answer(dnslib.RR(query.q.qname, dnslib.QTYPE.A, rdata=dnslib.A(address), ttl=ttl_seconds))
    else:
        if addresses is None:
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
        reply.add_auth(_start_of_authority(suffix, ttl_seconds))
    if _speaks_edns(query):
        reply.add_ar(dnslib.EDNS0(udp_len=_EDNS_UDP_SIZE))
    return reply


def _start_of_authority(suffix: str, ttl_seconds: int) -> dnslib.RR:
    """Says for how long a "no" may be remembered: as briefly as a "yes", or a new endpoint would stay unknown."""
    times = (1, ttl_seconds, ttl_seconds, ttl_seconds, ttl_seconds)
    record = dnslib.SOA(mname=f"ns.{suffix}", rname=f"hostmaster.{suffix}", times=times)
    return dnslib.RR(suffix, dnslib.QTYPE.SOA, rdata=record, ttl=ttl_seconds)


def _refusal(query: dnslib.DNSRecord, rcode: int) -> bytes:
    reply = query.reply(ra=0, aa=0)
    reply.header.rcode = rcode
    if _speaks_edns(query):
        reply.add_ar(dnslib.EDNS0(udp_len=_EDNS_UDP_SIZE))
    return bytes(reply.pack())


def _format_error(packet: bytes) -> bytes:
    """A bare header with the question's id, opcode and RD bit: what follows cannot be repeated if it cannot be read."""
    flags = 0x8000 | (struct.unpack_from("!H", packet, 2)[0] & 0x7900) | int(dnslib.RCODE.FORMERR)
    return packet[:2] + struct.pack("!5H", flags, 0, 0, 0, 0)


def _fit(reply: dnslib.DNSRecord, size_max: int) -> bytes:
    packed = bytes(reply.pack())
    return packed if len(packed) <= size_max else bytes(reply.truncate().pack())


def _datagram_size(query: dnslib.DNSRecord) -> int:
    """What the client can take; what it says is believed only up to what no path fragments."""
    offers = [record.edns_len for record in query.ar if record.rtype == dnslib.QTYPE.OPT]
    return min(max(offers[0], _PLAIN_UDP_SIZE), _EDNS_UDP_SIZE) if offers else _PLAIN_UDP_SIZE


def _speaks_edns(query: dnslib.DNSRecord) -> bool:
    return any(record.rtype == dnslib.QTYPE.OPT for record in query.ar)


def _is_response(packet: bytes) -> bool:
    return packet[2] & 0x80 != 0


def _plain_name(label: dnslib.DNSLabel) -> str | None:
    """The name in lower case, or None when its labels hold a dot or something beyond ASCII: no name of ours does."""
    parts: tuple[bytes, ...] = label.label
    if any(b"." in part or not part.isascii() for part in parts):
        return None
    return b".".join(parts).decode("ascii").lower()


def _is_under(name: str, suffix: str) -> bool:
    return f".{name}".endswith(f".{suffix.lower()}")
