"""Customers whose clients understand clusters: writers as in `writers`, and readers who know what they must find.

Used by the live tests of cluster mode. Each client is made from the configuration endpoint, as our how-to has it: what
that hides from the application is hidden here too, and every error kept is one that an application would have seen.

    with writing(endpoint, kind=REDIS_PY) as writers, reading(endpoint, expected, kind=VALKEY_PY) as readers:
        ...
    assert writers.errors == readers.errors == ()
    assert writers.find_lost(endpoint) == {}
"""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import redis
import valkey
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from valkey.cluster import ValkeyCluster
from valkey.exceptions import ValkeyClusterException

from tests.kit.asserts import eventually
from tests.kit.writers import PORT, WAIT_MILLISECONDS, Kind, at_work

READER_COUNT = 1
STUMBLES_MAX = 20
PAUSE_SECONDS = 0.01
TRY_COUNT = 1000


@contextmanager
def redis_py(address: str, port: int = PORT, **options: Any) -> Iterator[Any]:
    """It tries again without a pause, as often as its `retry` says and however long that one would wait."""
    retry = Retry(NoBackoff(), TRY_COUNT)
    with closing(RedisCluster(host=address, port=port, decode_responses=True, retry=retry, **options)) as client:
        yield client


@contextmanager
def redis_py_of_one_shard(address: str, port: int = PORT) -> Iterator[Any]:
    """It asks at the configuration endpoint again, and not at the last node that it was told of."""
    with redis_py(address, port, dynamic_startup_nodes=False) as client:
        yield client


@contextmanager
def valkey_py(address: str, port: int = PORT) -> Iterator[Any]:
    with closing(ValkeyCluster(host=address, port=port, decode_responses=True)) as client:
        yield client


def _write(client: Any, key: str, value: str, replica_count: int) -> None:
    """WAIT follows at the node that took the write, over the one connection that a client of one thread has to it."""
    _asking_again(client, lambda: client.set(key, value))
    if not replica_count:
        return
    node = client.get_node_from_key(key)
    reached = client.execute_command("WAIT", replica_count, WAIT_MILLISECONDS, target_nodes=node)
    if reached < replica_count:
        raise redis.RedisError(f"{reached} of {replica_count} replicas have it")


def _read(client: Any, keys: list[str]) -> list[str | None]:
    if len(keys) == 1:
        return [_asking_again(client, lambda: client.get(keys[0]))]
    return list(client.mget_nonatomic(keys))


def _asking_again(client: Any, command: Callable[[], Any]) -> Any:
    """What an application must do that moves keys to a new node, slot by slot, under redis-py or valkey-py.

    The first thing such a client may hear of the node is ASK. It then looks it up among those that own slots, finds
    None and falls over it (redis-py issues 2432 and 4015). Valkey from 9.0 on moves whole slots and never says ASK.
    """
    for _ in range(STUMBLES_MAX):
        try:
            return command()
        except AttributeError:
            client.nodes_manager.initialize()
    return command()


# What both libraries raise when they find no node to ask is none of their errors by class.
REDIS_PY = Kind(connect=redis_py, write=_write, read=_read, errors=(redis.RedisError, RedisClusterException))
REDIS_PY_OF_ONE_SHARD = msgspec.structs.replace(REDIS_PY, connect=redis_py_of_one_shard)
VALKEY_PY = Kind(
    connect=valkey_py,
    write=_write,
    read=_read,
    errors=(valkey.ValkeyError, ValkeyClusterException, redis.RedisError),
)


# --- ioredis -------------------------------------------------------------------------------------


class IoredisError(Exception):
    """What ioredis threw at its application."""


def ioredis(program: Path) -> Kind:
    """`program` is tests/live/ioredis/cluster_client.js, where its packages are."""

    @contextmanager
    def connect(address: str, port: int) -> Iterator[Any]:
        command = ["node", str(program), address, str(port)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            yield process
            assert process.stdin is not None
            process.stdin.close()  # upon which it ends

    def write(process: Any, key: str, value: str, replica_count: int) -> None:
        assert not replica_count, "it does not say which connection a write took"
        _ask(process, ["set", key, value])

    def read(process: Any, keys: list[str]) -> list[str | None]:
        return [_ask(process, ["get", key]) for key in keys]

    return Kind(connect=connect, write=write, read=read, errors=(IoredisError,))


def _ask(process: Any, command: list[str]) -> Any:
    """One command, one line of JSON each way."""
    process.stdin.write(json.dumps(command) + "\n")
    answer = json.loads(process.stdout.readline())
    if "error" in answer:
        raise IoredisError(answer["error"])
    return answer["reply"]


# --- readers -------------------------------------------------------------------------------------


class Readers:
    """What some readers found so far. Made by `reading`; may be asked while they read and afterwards."""

    def __init__(self, kind: Kind, address: str, port: int, expected: Mapping[str, str]) -> None:
        self._kind = kind
        self._address = address
        self._port = port
        self._expected = dict(expected)
        self._errors: list[str] = []
        self._wrong: list[str] = []
        self._read_count = 0
        self._stop = threading.Event()

    @property
    def errors(self) -> tuple[str, ...]:
        """Every read without an answer, in the words of the client."""
        return tuple(self._errors)

    @property
    def wrong(self) -> tuple[str, ...]:
        """Every answer that was not the value the key has had all the time."""
        return tuple(self._wrong)

    async def read_more(self, count: int = 50, *, timeout_seconds: float = 20) -> None:
        """Returns when so many more reads were answered than when it was called."""
        goal = self._read_count + count

        def has_read() -> None:
            assert self._read_count >= goal, f"{self._read_count} of {goal}, errors {self._errors[-3:]}"

        await eventually(has_read, timeout_seconds=timeout_seconds, message=f"{count} more reads")

    def read(self, _number: int) -> None:
        """One reader's life: one key after the other, again and again."""
        with self._kind.connect(self._address, self._port) as client:
            while True:
                for key, value in self._expected.items():
                    self._read_one(client, key, value)
                    if self._stop.wait(PAUSE_SECONDS):
                        return

    def _read_one(self, client: Any, key: str, value: str) -> None:
        try:
            (found,) = self._kind.read(client, [key])
        except self._kind.errors as error:
            self._errors.append(f"{type(error).__name__}: {error}")
            return
        self._read_count += 1
        if found != value:
            self._wrong.append(f"{key} is {found!r} and not {value!r}")

    def stop(self) -> None:
        """Lets every reader finish the read it is at."""
        self._stop.set()


@contextmanager
def reading(
    address: str, expected: Mapping[str, str], port: int = PORT, *, kind: Kind, reader_count: int = READER_COUNT
) -> Iterator[Readers]:
    """Readers at work for the length of a `with`, of keys that nobody writes meanwhile."""
    assert expected, "readers of nothing prove nothing"
    readers = Readers(kind, address, port, expected)
    with at_work(readers.read, range(reader_count), readers.stop):
        yield readers
