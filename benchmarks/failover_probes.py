"""Who takes writes, asked of every node at its own address: how long two nodes were primary at the same time.

Called by `failover`. A probe is a thread that writes to one node every few milliseconds, past every endpoint and every
Sentinel. It finds a second primary even where no application happens to reach it.

What counts is what is certain. A write was taken at some moment between its beginning and its acknowledgement, so one
node followed another properly as long as those moments *may* lie in that order. They overlap when both nodes certainly
took a write after the other's first; the time from the later first to the earlier last is then counted as overlap. Any
probe that is refused or not answered ends a node's span.
"""

import itertools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.kit.writers import at_work

PORT = 6379
PAUSE_SECONDS = 0.008
TIMEOUT_SECONDS = 0.2


class Moment(msgspec.Struct, frozen=True):
    """When a write was taken: not before the one, not after the other."""

    earliest: float
    latest: float


class Span(msgspec.Struct, frozen=True):
    """A node took every write from `first` to `last`."""

    first: Moment
    last: Moment


class Probes:
    """The spans in which each node took writes. Made by `probing`."""

    def __init__(self, addresses: Mapping[str, str], hash_tag: str) -> None:
        self._addresses = dict(addresses)
        self._key = f"{hash_tag}probe"
        self._spans: dict[str, list[Span]] = {node: [] for node in addresses}
        self._stop = threading.Event()

    def overlap_seconds(self) -> float:
        """For how long more than one node took writes, summed over every two of them."""
        return overlap_seconds(self._spans.values())

    def last_taker(self) -> str | None:
        """The node that took the latest write of all."""
        latest = {node: spans[-1].last.latest for node, spans in self._spans.items() if spans}
        return max(latest, key=latest.__getitem__, default=None)

    def probe(self, node: str) -> None:
        """One probe's life: the body of its thread."""
        client = redis.Redis(
            host=self._addresses[node],
            port=PORT,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        )
        span: Span | None = None
        spans = self._spans[node]
        with client:
            while not self._stop.wait(PAUSE_SECONDS):
                taken = _try_write(client, self._key)
                if taken is None:
                    span = None
                elif span is None:
                    spans.append(span := Span(taken, taken))
                else:
                    spans[-1] = span = Span(span.first, taken)

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def probing(addresses: Mapping[str, str], hash_tag: str) -> Iterator[Probes]:
    """Probes at work for the length of a `with`: one for each node's own address; the tag as for `writing`."""
    probes = Probes(addresses, hash_tag)
    with at_work(probes.probe, addresses, probes.stop):
        yield probes


def overlap_seconds(spans_of_nodes: Iterable[Sequence[Span]]) -> float:
    """Pure: the spans of each node in, the overlap of every two nodes out."""
    return sum(
        _overlap(one, other)
        for ones, others in itertools.combinations(spans_of_nodes, 2)
        for one, other in itertools.product(ones, others)
    )


def _overlap(one: Span, other: Span) -> float:
    is_certain = one.last.earliest > other.first.latest and other.last.earliest > one.first.latest
    if not is_certain:
        return 0.0
    return min(one.last.latest, other.last.latest) - max(one.first.earliest, other.first.earliest)


def _try_write(client: "redis.Redis", key: str) -> Moment | None:
    began_at = perf_counter()
    try:
        client.set(key, "")
    except redis.RedisError:
        return None
    return Moment(began_at, perf_counter())
