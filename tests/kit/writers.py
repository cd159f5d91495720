"""Customers who write all the time and remember what was acknowledged: the witnesses of every data-loss test.

Used by the live tests. Each writer is a thread with a connection of its own to one address, usually a
primary endpoint's, so that it goes on while the test's event loop does something else. A write counts as
acknowledged when the engine has said OK, never before; an error is kept with its words and the writer
goes on, as an application does. Nothing here asks a control plane anything.

    with writing(endpoint) as writers:
        ...
    assert writers.errors == ()
    assert writers.find_lost(endpoint) == {}
"""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.kit.asserts import eventually

PORT = 6379
WRITER_COUNT = 2
PAUSE_SECONDS = 0.002
SOCKET_TIMEOUT_SECONDS = 10.0
KEYS_A_READ = 500

_runs = itertools.count(1)


class Writers:
    """What some writers did so far. Made by `writing`; may be asked while they write and afterwards."""

    def __init__(self, address: str, port: int) -> None:
        self._address = address
        self._port = port
        self._prefix = f"run{next(_runs)}"
        self._acknowledged: dict[str, str] = {}
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
        with customer(address, port) as client:
            for start in range(0, len(keys), KEYS_A_READ):
                chunk = keys[start : start + KEYS_A_READ]
                found.update(zip(chunk, client.mget(chunk), strict=True))
        return {key: found[key] for key in keys if found[key] != acknowledged[key]}

    def write(self, number: int) -> None:
        """One writer's life: the body of its thread."""
        with customer(self._address, self._port) as client:
            for count in itertools.count():
                key, value = f"{self._prefix}:{number}:{count}", f"{count}"
                try:
                    client.set(key, value)
                    self._acknowledged[key] = value
                except redis.RedisError as error:
                    self._errors.append(f"{type(error).__name__}: {error}")
                if self._stop.wait(PAUSE_SECONDS):
                    return

    def stop(self) -> None:
        """Lets every writer finish the write it is at."""
        self._stop.set()


@contextmanager
def writing(address: str, port: int = PORT, *, writer_count: int = WRITER_COUNT) -> Iterator[Writers]:
    """Writers at work for the length of a `with`; at its end the last write is answered and none is under way."""
    writers = Writers(address, port)
    threads = [threading.Thread(target=writers.write, args=(number,)) for number in range(writer_count)]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        writers.stop()
        for thread in threads:
            thread.join()


@contextmanager
def customer(address: str, port: int = PORT) -> Iterator[Any]:
    """A customer's client that tries everything once: a test sees each refusal. Any: redis-py's types are unions."""
    client = redis.Redis(
        host=address,
        port=port,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
    )
    try:
        yield client
    finally:
        client.close()
