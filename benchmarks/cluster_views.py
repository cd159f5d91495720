"""What the engines of a cluster say of it: its shards, once every node says the same.

Called by the benchmarks of cluster mode, for Elastane's groups and for engines alone. Roles, slots and replication
come from the engines; a control plane is asked nothing here.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import redis
from redis.crc import key_slot

from benchmarks.failover_targets import ask, find_settled_primary

SLOT_COUNT = 16384


class Shard(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A primary, the addresses of its replicas, and the ranges of slots that it owns, both ends included."""

    slots: tuple[tuple[int, int], ...]
    primary: str
    replicas: tuple[str, ...]

    @property
    def slot_count(self) -> int:
        return sum(last - first + 1 for first, last in self.slots)


def find_settled_shards(addresses: Iterable[str]) -> tuple[Shard, ...] | None:
    """All shards by their slots, when every node has the same view, serves, and is in sync; else None."""
    known = frozenset(addresses)
    try:
        views = {_view(address, known) for address in known}
        if len(views) != 1 or not (view := views.pop()):
            return None
        is_settled = sum(1 + len(shard.replicas) for shard in view) == len(known) and all(map(_is_in_sync, view))
    except redis.RedisError:
        return None
    return view if is_settled else None


def even_share(number: int, shard_count: int) -> tuple[int, int]:
    """The first and the last slot of one shard among several."""
    return SLOT_COUNT * number // shard_count, SLOT_COUNT * (number + 1) // shard_count - 1


def hash_tag_of(slot: int) -> str:
    """What a key begins with to be in that slot."""
    return next(tag for number in itertools.count() if key_slot((tag := f"{{{number}}}").encode()) == slot)


def member_id(address: str) -> str:
    """What the engines call the node."""
    with ask(address) as client:
        return str(client.cluster("MYID"))


def _view(address: str, known: frozenset[str]) -> tuple[Shard, ...]:
    """The shards as one node sees them; none while it serves nobody, or has something to complain of."""
    with ask(address) as client:
        is_serving = client.cluster("INFO")["cluster_state"] == "ok"
        told: Mapping[str, Any] = client.cluster("NODES")
        shown = {address for part in client.execute_command("CLUSTER SLOTS") for address, *_ in part[2:]}
    members = {place.split(":")[0]: member for place, member in told.items() if place.split(":")[0] in known}
    is_well = all(member["connected"] and not _is_in_trouble(member["flags"]) for member in members.values())
    if not is_serving or not is_well:
        return ()
    primaries = {place: member for place, member in members.items() if member["master_id"] == "-"}
    shards = tuple(
        sorted(
            Shard(
                slots=tuple(sorted((int(part[0]), int(part[-1])) for part in primary["slots"])),
                primary=place,
                replicas=tuple(sorted(one for one in members if members[one]["master_id"] == primary["node_id"])),
            )
            for place, primary in primaries.items()
        )
    )
    # A primary shows clients a replica once it has heard how far that one is, up to seconds after it is in sync. A
    # client that asks before would know nobody else when that primary dies.
    return shards if all({shard.primary, *shard.replicas} <= shown for shard in shards if shard.slots) else ()


def _is_in_trouble(flags: str) -> bool:
    return bool({"fail", "fail?", "handshake", "noaddr"} & set(flags.split(",")))


def _is_in_sync(shard: Shard) -> bool:
    nodes = (shard.primary, *shard.replicas)
    return find_settled_primary(dict(zip(nodes, nodes, strict=True))) == shard.primary
