"""Applications that use a cluster through redis-py, each a process of its own, so that none waits for another's turn.

Called by `resharding`. A client reads and writes keys of its own, so it always knows what it must find. It does one
command after the other, and when redis-py gives up on one (its own retries and redirections have been tried by then)
the next. What it saw comes back through a pipe when it is told to stop.
"""

import itertools
import multiprocessing
import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import perf_counter
from typing import Any

import msgspec
import redis
from redis.exceptions import RedisClusterException

from benchmarks.cluster_keys import key, value
from benchmarks.failover_targets import PORT

CLIENT_COUNT = 2
PAUSE_SECONDS = 0.0005
ANSWER_SECONDS_MAX = 30
END_SECONDS_MAX = 10

_ERRORS = (redis.RedisError, RedisClusterException, AttributeError)
"""What redis-py lets through. The last is its own mistake: it is asked to go to a node that it does not know yet."""


class Call(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One answered command. The kernel's clock is the same for all processes."""

    began_at: float
    ended_at: float


class Seen(msgspec.Struct):
    """What one client has to tell."""

    calls: list[Call] = []
    errors: list[str] = []
    """What surfaced to the application, in redis-py's words."""
    wrong_read_count: int = 0
    acknowledged: dict[int, int] = {}
    """Key → its last version that an engine said OK to."""
    uncertain: dict[int, list[int]] = {}
    """Key → later versions whose writes ended in an error: they may be there or not."""


class Clients:
    """Some clients at work. Made by `clients_at_work`."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def stop(self) -> tuple[Seen, ...]:
        """Lets each finish the command it is at, and tell."""
        for pipe in self._pipes:
            pipe.send_bytes(b"stop")
        return tuple(msgspec.msgpack.decode(_received(pipe), type=Seen) for pipe in self._pipes)


@contextmanager
def clients_at_work(address: str, key_count: int) -> Iterator[Clients]:
    """Clients that know this address of the cluster, each with an answer already. To be stopped inside the `with`."""
    context = multiprocessing.get_context("spawn")
    processes: list[BaseProcess] = []
    pipes: list[Connection] = []
    try:
        for number in range(CLIENT_COUNT):
            ours, theirs = context.Pipe()
            process: BaseProcess = context.Process(target=live, args=(theirs, address, number, key_count), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            pipes.append(ours)
        for pipe in pipes:
            assert _received(pipe) == b"ready"
        yield Clients(pipes)
    finally:
        for pipe in pipes:
            pipe.close()  # a client that finds nobody at the other end leaves
        for process in processes:
            process.join(END_SECONDS_MAX)


def live(pipe: Connection, address: str, number: int, key_count: int) -> None:
    """One client's life: what runs in its process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; it is for the benchmark, which ends us
    seen = Seen()
    chosen = random.Random(number)
    client: Any = redis.RedisCluster(host=address, port=PORT)
    with closing(client):
        client.get(key(number))
        pipe.send_bytes(b"ready")
        for version in itertools.count(1):
            mine = chosen.randrange(key_count // CLIENT_COUNT) * CLIENT_COUNT + number
            if chosen.random() < 0.5:
                _write(client, seen, mine, version)
            else:
                _read(client, seen, mine)
            time.sleep(PAUSE_SECONDS)
            if pipe.poll():
                break
    with suppress(BrokenPipeError):  # nobody wants to know any more
        pipe.send_bytes(msgspec.msgpack.encode(seen))


def _write(client: Any, seen: Seen, number: int, version: int) -> None:
    began_at = perf_counter()
    try:
        client.set(key(number), value(number, version))
    except _ERRORS as error:
        seen.errors.append(f"{type(error).__name__}: {error}")
        seen.uncertain.setdefault(number, []).append(version)
        return
    seen.calls.append(Call(began_at, perf_counter()))
    seen.acknowledged[number] = version
    seen.uncertain.pop(number, None)


def _read(client: Any, seen: Seen, number: int) -> None:
    began_at = perf_counter()
    try:
        found = client.get(key(number))
    except _ERRORS as error:
        seen.errors.append(f"{type(error).__name__}: {error}")
        return
    seen.calls.append(Call(began_at, perf_counter()))
    versions = (seen.acknowledged.get(number, 0), *seen.uncertain.get(number, ()))
    seen.wrong_read_count += found not in {value(number, version) for version in versions}


def _received(pipe: Connection) -> bytes:
    if not pipe.poll(ANSWER_SECONDS_MAX):
        raise TimeoutError(f"A client said nothing for {ANSWER_SECONDS_MAX} s.")
    return pipe.recv_bytes()
