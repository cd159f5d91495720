"""Which node of each node group is primary, asked of all of them all the time: when the role went to another one.

Called by `changes`. A thread for each node group asks all its nodes for their ROLE, one round after the other. A
primary names its replicas and a replica its primary, so that a temporary one is found that no API shows. A round counts
when exactly one node says that it is primary; between two such rounds that name different nodes lies a change of
primary.
"""

import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any

import msgspec
import redis

from benchmarks.failover_targets import ask
from tests.kit.writers import at_work

PAUSE_SECONDS = 0.008


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """Every node of a node group was asked once, and only `primary` said that it is one."""

    began_at: float
    ended_at: float
    primary: str


class _Role(msgspec.Struct, frozen=True, kw_only=True):
    """What a node says of itself."""

    is_primary: bool
    others: tuple[str, ...]
    """The addresses of a primary's replicas, or of a replica's primary."""


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A change of primary: not before the one, not after the other."""

    earliest: float
    latest: float


class Primaries:
    """What was seen of some node groups so far. Made by `watching`."""

    def __init__(self, node_groups: Sequence[Sequence[str]]) -> None:
        self._node_groups = tuple(tuple(addresses) for addresses in node_groups)
        self._rounds: tuple[list[Round], ...] = tuple([] for _ in node_groups)
        self._stop = threading.Event()

    def handovers(self, node_group: int) -> tuple[Handover, ...]:
        """Of the node group that was given at this place, in their order."""
        return find_handovers(self._rounds[node_group])

    def watch(self, node_group: int) -> None:
        """The body of one node group's thread."""
        rounds = self._rounds[node_group]
        with ExitStack() as stack:
            clients = {address: stack.enter_context(ask(address)) for address in self._node_groups[node_group]}
            while not self._stop.wait(PAUSE_SECONDS):
                began_at = perf_counter()
                told = {address: _find_role(client) for address, client in clients.items()}
                primaries = [address for address, role in told.items() if role is not None and role.is_primary]
                if len(primaries) == 1:
                    rounds.append(Round(began_at=began_at, ended_at=perf_counter(), primary=primaries[0]))
                named = {address for role in told.values() if role is not None for address in role.others}
                clients |= {address: stack.enter_context(ask(address)) for address in named - clients.keys()}

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def watching(node_groups: Sequence[Sequence[str]]) -> Iterator[Primaries]:
    """Looks on for the length of a `with`; of each node group, the addresses of its nodes."""
    primaries = Primaries(node_groups)
    with at_work(primaries.watch, range(len(node_groups)), primaries.stop):
        yield primaries


def find_handovers(rounds: Sequence[Round]) -> tuple[Handover, ...]:
    """Pure: rounds in, in their order; the changes between every two of them out."""
    return tuple(
        Handover(earliest=before.began_at, latest=after.ended_at)
        for before, after in itertools.pairwise(rounds)
        if before.primary != after.primary
    )


def _find_role(client: Any) -> _Role | None:
    """None when it gives no answer."""
    try:
        told = client.role()
    except redis.RedisError:
        return None
    if told[0] == "master":
        return _Role(is_primary=True, others=tuple(address for address, *_ in told[2]))
    return _Role(is_primary=False, others=(told[1],))
