"""What the endpoint answers itself. Pure."""

from collections.abc import Iterable

from elastane.configuration_endpoint.requests import Kind, Question
from elastane.model import discovery
from elastane.model.discovery import Discovery

TOO_MANY = b"ERROR Too many open connections\r\n"
"""memcached's own words, with maxconns_fast."""
NO_NODE = b"SERVER_ERROR no node of this cluster can be reached\r\n"


def answer(question: Question, told: Discovery) -> bytes:
    """To a question of customers'."""
    match question.kind:
        case Kind.CONFIG:
            return discovery.ascii_reply(discovery.render(told))
        case Kind.OLD:
            return discovery.old_ascii_reply(discovery.render(told))
        case Kind.BINARY:
            return discovery.binary_reply(discovery.render(told), question.opaque, question.opcode)
        case Kind.BINARY_OTHER:
            return discovery.binary_miss(question.opaque, question.opcode)
        case _:
            return discovery.MISS


def statistics(numbers: Iterable[tuple[str, int]]) -> bytes:
    """As ``stats`` answers."""
    lines = "".join(f"STAT {name} {number}\r\n" for name, number in numbers)
    return f"{lines}END\r\n".encode("ascii")
