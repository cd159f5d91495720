"""Customers who write all the time and remember what was acknowledged: the witnesses of every data-loss test.

Used by the live tests. Each writer is a thread with a connection of its own to one address, usually a
primary endpoint's, so that it goes on while the test's event loop does something else. A write counts as
acknowledged when the engine has said OK, never before; an error is kept with its words and the writer
goes on, as an application does. Nothing here asks a control plane anything.

    with writing(endpoint) as writers:
        ...
    assert writers.errors == ()
    assert writers.find_lost(endpoint) == {}

With a `replica_count` each write is followed by WAIT, and counts as acknowledged when so many replicas
have it as well: such a write must outlive a primary that is killed.

How they connect, write and read is a `Kind`: `PLAIN` here, those that understand clusters in `cluster_writers`.
"""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, TypeVar

import msgspec
import redis
from msgspec.structs import replace
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from tests.kit.asserts import eventually

PORT = 6379
WRITER_COUNT = 2
PAUSE_SECONDS = 0.002
SOCKET_TIMEOUT_SECONDS = 30.0
WAIT_MILLISECONDS = 1000
KEYS_A_READ = 500
RETRY_PAUSE_SECONDS = 0.01
RETRY_COUNT = 500
IN_FLIGHT_COUNT = 5
"""So many of a writer's last writes may be lost with a primary that is killed; one write takes some 3 ms."""

Each = TypeVar("Each")

_runs = itertools.count(1)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One client library as an application uses it. Any: what it connects with is the library's own."""

    connect: Callable[[str, int], AbstractContextManager[Any]]
    write: Callable[[Any, str, str, int], None]
    """With a key, its value, and how many replicas must have it; raises one of `errors`."""
    read: Callable[[Any, list[str]], list[str | None]]
    """The values of some keys, in their order."""
    errors: tuple[type[Exception], ...]
    """What the library throws at the application for what the world does."""


class Writers:
    """What some writers did so far. Made by `writing`; may be asked while they write and afterwards."""

    def __init__(
        self, kind: Kind, address: str, port: int, *, replica_count: int, tag_count: int, pause_seconds: float
    ) -> None:
        self._kind = kind
        self._address = address
        self._port = port
        self._replica_count = replica_count
        self._tag_count = tag_count
        self._pause_seconds = pause_seconds
        self._prefix = f"run{next(_runs)}"
        self._acknowledged: dict[str, str] = {}
        self._before_first_error: dict[int, tuple[str, ...]] = {}
        self._errors: list[str] = []
        self._stop = threading.Event()

    @property
    def acknowledged(self) -> dict[str, str]:
        """Every key an engine said OK to, with its value."""
        return dict(self._acknowledged)

    @property
    def errors(self) -> tuple[str, ...]:
        """Every write that was not acknowledged, in the words of the client."""
        return tuple(self._errors)

    @property
    def in_flight(self) -> frozenset[str]:
        """What an engine may have said OK to and sent to nobody when it was killed: each writer's last few writes
        before its first error.

        Engines answer their customers and feed their replicas in the same breath, but a socket may take one and
        not the other.
        """
        return frozenset(key for keys in self._before_first_error.values() for key in keys)

    async def write_more(self, count: int = 50, *, timeout_seconds: float = 20) -> None:
        """Returns when that many more writes were acknowledged than when it was called."""
        goal = len(self._acknowledged) + count

        def has_written() -> None:
            assert len(self._acknowledged) >= goal, f"{len(self._acknowledged)} of {goal}, errors {self._errors[-3:]}"

        await eventually(has_written, timeout_seconds=timeout_seconds, message=f"{count} more writes")

    def find_lost(self, address: str, port: int = PORT) -> dict[str, str | None]:
        """The acknowledged writes that are not there any more, with what is there instead."""
        acknowledged = self.acknowledged
        assert acknowledged, "writers that wrote nothing prove nothing"
        keys = list(acknowledged)
        found: dict[str, str | None] = {}
        with self._kind.connect(address, port) as client:
            for start in range(0, len(keys), KEYS_A_READ):
                chunk = keys[start : start + KEYS_A_READ]
                found.update(zip(chunk, self._kind.read(client, chunk), strict=True))
        return {key: found[key] for key in keys if found[key] != acknowledged[key]}

    def write(self, number: int) -> None:
        """One writer's life: the body of its thread."""
        last: deque[str] = deque(maxlen=IN_FLIGHT_COUNT)
        with self._kind.connect(self._address, self._port) as client:
            for count in itertools.count():
                key, value = f"{self._tag(count)}{self._prefix}:{number}:{count}", f"{count}"
                try:
                    self._kind.write(client, key, value, self._replica_count)
                    self._acknowledged[key] = value
                    last.append(key)
                except self._kind.errors as error:
                    self._before_first_error.setdefault(number, tuple(last))
                    self._errors.append(f"{type(error).__name__}: {error}")
                if self._stop.wait(self._pause_seconds):
                    return

    def _tag(self, count: int) -> str:
        """What engines in cluster mode choose the slot by: so many tags, at most so many slots with keys."""
        return f"{{{count % self._tag_count}}}:" if self._tag_count else ""

    def stop(self) -> None:
        """Lets every writer finish the write it is at."""
        self._stop.set()


@contextmanager
def writing(
    address: str,
    port: int = PORT,
    *,
    writer_count: int = WRITER_COUNT,
    replica_count: int = 0,
    tag_count: int = 0,
    pause_seconds: float = PAUSE_SECONDS,
    kind: Kind | None = None,
) -> Iterator[Writers]:
    """Writers at work for the length of a `with`; at its end the last write is answered and none is under way.

    With a `tag_count` all keys lie in so many slots of a cluster.
    """
    writers = Writers(
        kind or PLAIN,
        address,
        port,
        replica_count=replica_count,
        tag_count=tag_count,
        pause_seconds=pause_seconds,
    )
    with at_work(writers.write, range(writer_count), writers.stop):
        yield writers


@contextmanager
def at_work(live: Callable[[Each], None], each: Iterable[Each], stop: Callable[[], None]) -> Iterator[None]:
    """A thread for each, that lives one writer's or probe's life until all are told to stop."""
    threads = [threading.Thread(target=live, args=(one,)) for one in each]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop()
        for thread in threads:
            thread.join()


@contextmanager
def customer(
    address: str, port: int = PORT, *, username: str | None = None, password: str | None = None
) -> Iterator[Any]:
    """A customer's client that tries everything once: a test sees each refusal. Any: redis-py's types are unions."""
    client = redis.Redis(
        host=address,
        port=port,
        username=username,
        password=password,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
    )
    try:
        yield client
    finally:
        client.close()


def _write(client: Any, key: str, value: str, replica_count: int) -> None:
    """Both commands in one piece: WAIT knows of no write that another connection has made."""
    pipeline = client.pipeline(transaction=False)
    pipeline.set(key, value)
    if replica_count:
        pipeline.wait(replica_count, WAIT_MILLISECONDS)
    reached = pipeline.execute()[-1]
    if replica_count and reached < replica_count:
        raise redis.RedisError(f"{reached} of {replica_count} replicas have it")


@contextmanager
def _retrying(address: str, port: int = PORT) -> Iterator[Any]:
    """As an application makes it that means to outlive a switchover: redis-py's own retries, with a pause."""
    retry = Retry(ConstantBackoff(RETRY_PAUSE_SECONDS), RETRY_COUNT)
    with closing(redis.Redis(address, port, decode_responses=True, retry=retry)) as client:
        yield client


PLAIN = Kind(
    connect=customer,
    write=_write,
    read=lambda client, keys: list(client.mget(keys)),
    errors=(redis.RedisError,),
)
"""One connection to one address, and everything tried once."""

RETRYING = replace(PLAIN, connect=_retrying)
"""The same, with a command tried again when its connection breaks."""
