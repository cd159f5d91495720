"""Applications that write all the time through redis-py, and remember when each write began and was acknowledged.

Called by `failover`, `cluster_failover` and `changes`, the same for every system they compare: what differs is how a
writer's client is made, and that is an argument. A writer is a thread with a client of its own. It does what an
application does: one write after the other, and when redis-py gives up on one (its own retries have been tried by
then), the next. A write is acknowledged when the engine has said OK, never before. Nothing here asks a control plane
or a Sentinel anything.
"""

import itertools
import math
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import perf_counter
from typing import Any

import msgspec
import redis
from redis.exceptions import RedisClusterException

from tests.kit.writers import at_work

WRITER_COUNT = 4
PAUSE_SECONDS = 0.002
KEYS_A_READ = 500

Connect = Callable[[], AbstractContextManager[Any]]
"""Makes a client of redis-py, whose own types are unions that say nothing."""

_runs = itertools.count(1)


class Acknowledgement(msgspec.Struct, frozen=True):
    """One write that the engine said OK to; both times are perf_counter's."""

    key: str
    began_at: float
    received_at: float


class Writers:
    """What some writers did so far. Made by `writing`; may be asked while they write and afterwards."""

    def __init__(self, connect: Connect, hash_tag: str, writer_count: int) -> None:
        self._connect = connect
        self._prefix = f"{hash_tag}run-{next(_runs)}"  # so that no run finds the writes of another
        self._acknowledgements: tuple[list[Acknowledgement], ...] = tuple([] for _ in range(writer_count))
        self._errors: list[str] = []
        self._stop = threading.Event()

    @property
    def errors(self) -> tuple[str, ...]:
        """What surfaced to the application, in redis-py's words."""
        return tuple(self._errors)

    def acknowledged_count(self, since: float = -math.inf, until: float = math.inf) -> int:
        """Of those that were acknowledged in that time."""
        return sum(since <= one.received_at < until for written in self._acknowledgements for one in written)

    def have_all_written_since(self, moment: float) -> bool:
        """Whether every writer has had a write acknowledged that it began after the moment."""
        return all(written and written[-1].began_at > moment for written in self._acknowledgements)

    def first_acknowledged_after(self, moment: float) -> float:
        """When the first write that was begun after the moment was acknowledged, by whichever writer."""
        firsts = [
            written[index].received_at
            for written in self._acknowledgements
            if (index := bisect_left(written, moment, key=lambda one: one.began_at)) < len(written)
        ]
        return min(firsts)

    def longest_pause_seconds(self, since: float, until: float = math.inf) -> float:
        """The longest time that a single writer spent between two acknowledgements: the later one came after `since`,
        and the earlier one before `until`."""
        return max(
            later.received_at - earlier.received_at
            for written in self._acknowledgements
            for earlier, later in itertools.pairwise(written)
            if later.received_at > since and earlier.received_at < until
        )

    def count_lost(self, client: Any) -> int:
        """How many acknowledged writes are not to be read there. To be asked when nobody writes any more."""
        values = {one.key: one.key for written in self._acknowledgements for one in written}
        assert values, "writers that wrote nothing prove nothing"
        keys, lost_count = list(values), 0
        for start in range(0, len(keys), KEYS_A_READ):
            chunk = keys[start : start + KEYS_A_READ]
            found = client.mget(chunk)
            lost_count += sum(values[key] != value for key, value in zip(chunk, found, strict=True))
        return lost_count

    def write(self, number: int) -> None:
        """One writer's life: the body of its thread."""
        with self._connect() as client:
            for count in itertools.count():
                key = f"{self._prefix}:{number}:{count}"
                began_at = perf_counter()
                try:
                    client.set(key, key)
                    self._acknowledgements[number].append(Acknowledgement(key, began_at, perf_counter()))
                except (redis.RedisError, RedisClusterException) as error:
                    self._errors.append(f"{type(error).__name__}: {error}")
                if self._stop.wait(PAUSE_SECONDS):
                    return

    def stop(self) -> None:
        """Lets every writer finish the write it is at."""
        self._stop.set()


@contextmanager
def writing(connect: Connect, hash_tag: str, *, writer_count: int = WRITER_COUNT) -> Iterator[Writers]:
    """Writers at work for the length of a `with`; at its end no write is under way.

    Every key begins with the hash tag, `{...}`, which in a cluster leads all writers to one shard.
    """
    writers = Writers(connect, hash_tag, writer_count)
    with at_work(writers.write, range(writer_count), writers.stop):
        yield writers
