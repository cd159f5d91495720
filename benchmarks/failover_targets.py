"""What the runs of `failover` need of a system that fails over: Elastane's group and the one under three Sentinels.

Both keep a primary and two replicas, and both are struck in the same way: by a signal to the process of the primary.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from time import perf_counter
from typing import Any, Protocol, TypeVar

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from benchmarks.control_plane import seconds_until
from benchmarks.failover_writers import Connect
from elastane.hosts import pidfd
from elastane.hosts.identity import ProcessMark
from elastane.hosts.pidfd import Handle

NODE_COUNT = 3
NO_HASH_TAG = ""
PORT = 6379
SOCKET_TIMEOUT_SECONDS = 1.0
"""How long the writers wait for an answer, those of both systems. redis-py's own default is 5 s, and that is how a
client learns of a node that hangs, unless somebody ends the node."""
DEATH_SECONDS_MAX = 10.0
SETTLE_SECONDS_MAX = 90.0
LOOK_SECONDS = 0.05

Seen = TypeVar("Seen")


class Blow(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a primary."""

    struck_at: float
    certain_at: float
    """From then on the old primary acknowledges nothing: it was seen to be gone, or to stand still."""


Strike = Callable[[], AbstractContextManager[Blow]]
"""Strikes the primary; at the end of the `with`, what can be taken back is."""


class Target(Protocol):
    """A primary and its replicas, with whatever watches over them."""

    @property
    def addresses(self) -> Mapping[str, str]:
        """Node → its own address."""

    @property
    def hash_tag(self) -> str:
        """What the writers' keys begin with: empty, but in a cluster one that leads to the shard that is struck."""

    @property
    def connect(self) -> Connect:
        """A writer's client, made as an application makes it."""

    def find_primary(self) -> str:
        """The node that is primary, as whoever watches says."""

    def log(self) -> str:
        """What whoever watches has said, for when it does not settle."""

    def wait_until_settled(self) -> None:
        """Returns once everybody agrees who is primary and every replica is in sync. Raises TimeoutError."""


@contextmanager
def handle_of(mark: ProcessMark) -> Iterator[Handle]:
    """A process that lives, so that a signal reaches it or nobody."""
    handle = pidfd.open_living(mark)
    assert handle is not None, f"process {mark.pid} does not run"
    try:
        yield handle
    finally:
        os.close(handle.pidfd)


@contextmanager
def killed(handle: Handle) -> Iterator[Blow]:
    """SIGKILL. Whose business it is to start the process again is another question."""
    struck_at = perf_counter()
    pidfd.send_signal(handle.pidfd, SIGKILL)
    yield Blow(struck_at=struck_at, certain_at=seen_dead_at(handle))


@contextmanager
def hanging(handle: Handle) -> Iterator[Blow]:
    """SIGSTOP; at the end the process wakes, if it is still there."""
    struck_at = perf_counter()
    pidfd.send_signal(handle.pidfd, SIGSTOP)
    try:
        seconds_until(lambda: _stands_still(handle.mark.pid), began_at=struck_at, log=lambda: "it did not stop")
        yield Blow(struck_at=struck_at, certain_at=perf_counter())
    finally:
        pidfd.send_signal(handle.pidfd, SIGCONT)


def seen_dead_at(handle: Handle) -> float:
    """Waits for the death of a process. Raises TimeoutError."""
    if not pidfd.is_over(handle.pidfd, within_seconds=DEATH_SECONDS_MAX):
        raise TimeoutError(f"Process {handle.mark.pid} was to die and lives.")
    return perf_counter()


def ask(address: str, port: int = PORT) -> "closing[Any]":
    """A client that tries everything once, to look and to clean up with."""
    client = redis.Redis(
        host=address,
        port=port,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        decode_responses=True,
    )
    return closing(client)


@contextmanager
def cluster_client(address: str) -> Iterator[Any]:
    """A client of a cluster as redis-py's page makes it; its retries are those it has by itself."""
    client: Any = redis.RedisCluster(
        host=address, port=PORT, socket_timeout=SOCKET_TIMEOUT_SECONDS, decode_responses=True
    )
    with closing(client):
        yield client


def find_settled_primary(addresses: Mapping[str, str]) -> str | None:
    """The one node that feeds all others, when the engines say that each of them is in sync; else None."""
    try:
        told = {node: _replication(address) for node, address in addresses.items()}
    except redis.RedisError:
        return None
    primaries = [node for node, info in told.items() if info["role"] == "master"]
    if len(primaries) != 1 or not _feeds(told[primaries[0]], len(addresses) - 1):
        return None
    links = [info["master_link_status"] for node, info in told.items() if node != primaries[0]]
    return primaries[0] if set(links) <= {"up"} else None


def wait_until(
    look: Callable[[], Seen | None], log: Callable[[], str], *, seconds_max: float = SETTLE_SECONDS_MAX
) -> Seen:
    """Looks now and then, because the writers of a run share this process. Raises TimeoutError.

    Returns what was seen at last: who looks again may see something else.
    """
    began_at = perf_counter()
    while not (seen := look()):
        if perf_counter() - began_at > seconds_max:
            raise TimeoutError(f"Not done within {seconds_max:g} s:\n{log()[-3000:]}")
        time.sleep(LOOK_SECONDS)
    return seen


def _replication(address: str) -> Any:
    with ask(address) as client:
        return client.info("replication")


def _feeds(told: Mapping[str, Any], replica_count: int) -> bool:
    states = [told[f"slave{number}"]["state"] for number in range(told["connected_slaves"])]
    return states == ["online"] * replica_count


def _stands_still(pid: int) -> bool:
    """Every thread of it: each stops by itself, and the one that answers clients may be the last."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all((thread / "stat").read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)
