"""Many keys in a cluster: written in bulk to begin with, and every one of them read back in the end.

Called by `resharding` and its clients. Each key says which version of its value it holds, so that nobody has to
remember a million values to find the wrong one. Bulk goes over plain sockets to the shard that owns the key, in
batches, with the reply parser that the product uses: an ordinary client would take minutes.
"""

import socket
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import libvalkey
import msgspec
from redis.crc import key_slot

from benchmarks.cluster_views import Shard
from benchmarks.failover_targets import PORT

VALUE_BYTES = 100
KEYS_A_BATCH = 1000
TIMEOUT_SECONDS = 60


class Missed(msgspec.Struct, frozen=True):
    """What was not found as it should be."""

    lost_count: int
    """Keys that nobody has."""
    wrong_count: int
    """Keys with another value than the last that was acknowledged, or that the owner of their slot denied."""


def key(number: int) -> bytes:
    return b"key:%07d" % number


def value(number: int, version: int) -> bytes:
    return (b"%d:%d:" % (number, version)).ljust(VALUE_BYTES, b"x")


def fill(shards: Sequence[Shard], key_count: int) -> None:
    """All keys in version 0."""

    def command(number: int) -> bytes:
        return _command(b"SET", key(number), value(number, 0))

    for numbers, replies in _ask_all(shards, key_count, command):
        assert replies == [b"OK"] * len(numbers), f"not every SET was acknowledged: {replies[0]!r}"


def find_missed(
    shards: Sequence[Shard], key_count: int, acknowledged: Mapping[int, int], uncertain: Mapping[int, Collection[int]]
) -> Missed:
    """Reads every key. Good are the last version acknowledged, and later ones of which the client never heard."""
    lost_count = wrong_count = 0
    for numbers, replies in _ask_all(shards, key_count, lambda number: _command(b"GET", key(number))):
        for number, reply in zip(numbers, replies, strict=True):
            if reply == value(number, acknowledged.get(number, 0)):
                continue
            if reply is None:
                lost_count += 1
            elif reply not in {value(number, version) for version in uncertain.get(number, ())}:
                wrong_count += 1
    return Missed(lost_count, wrong_count)


def _ask_all(
    shards: Sequence[Shard], key_count: int, command: Callable[[int], bytes]
) -> Iterator[tuple[Sequence[int], list[object]]]:
    """One command for each key, by the owner of its slot; batches of keys and their replies."""
    owners = {slot: shard.primary for shard in shards for first, last in shard.slots for slot in range(first, last + 1)}
    owned: dict[str, list[int]] = {}
    for number in range(key_count):
        owned.setdefault(owners[key_slot(key(number))], []).append(number)
    for owner, numbers in owned.items():
        with socket.create_connection((owner, PORT), timeout=TIMEOUT_SECONDS) as connection:
            for start in range(0, len(numbers), KEYS_A_BATCH):
                batch = numbers[start : start + KEYS_A_BATCH]
                connection.sendall(b"".join(map(command, batch)))
                yield batch, _receive(connection, len(batch))


def _receive(connection: socket.socket, count: int) -> list[object]:
    reader = libvalkey.Reader()
    replies: list[object] = []
    while len(replies) < count:
        part = connection.recv(1 << 20)
        assert part, "the engine closed the connection"
        reader.feed(part)
        while (reply := reader.gets()) is not False:
            replies.append(reply)
    return replies


def _command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
