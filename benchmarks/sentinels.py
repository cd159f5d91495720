"""Three Sentinels over three engines, to compare with: how a primary is watched where nobody runs Elastane.

Called by `failover`. The Sentinels are the same binary as the engines, with the settings of a careful operator. Where
there was a choice it was made in their favour: a killed engine is started again as a replica of its successor, while
most supervisors would start it as the primary it was, and empty; and a hung one wakes only when everybody has moved on.

One second of silence is a short `down-after`. A Sentinel tries a lost connection again only once a second, so that it
may believe the new primary down as well, and two that do so switch back: for ten seconds both engines take writes, and
those of one are lost. With three seconds this was not seen, and each failover took two seconds longer.

Everything listens on a block of loopback addresses of its own, claimed as Elastane claims its own. Each process is a
child of ours until it is gone, and none outlives the `with`.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import redis
from redis.sentinel import Sentinel

from benchmarks import failover_targets
from benchmarks.engine_processes import Processes, listening
from benchmarks.failover_targets import (
    NO_HASH_TAG,
    NODE_COUNT,
    PORT,
    SOCKET_TIMEOUT_SECONDS,
    Blow,
    ask,
    find_settled_primary,
    wait_until,
)
from elastane.engines.discovery import EngineBinary
from elastane.hosts.address_block import claim_free_block

SENTINEL_COUNT = 3
SENTINEL_PORT = 26379
GROUP = "sessions"
DOWN_AFTER_MS = 1000
QUORUM = 2


class SentinelGroup:
    """A primary, two replicas and three Sentinels. Made by `sentinel_group`."""

    hash_tag = NO_HASH_TAG

    def __init__(self, binary: EngineBinary, block: IPv4Network, directory: Path) -> None:
        self._processes = Processes(binary, directory)
        self.addresses = {f"engine-{number}": str(block[number]) for number in range(1, NODE_COUNT + 1)}
        self._sentinels = {f"sentinel-{number}": str(block[100 + number]) for number in range(1, SENTINEL_COUNT + 1)}

    def start(self) -> None:
        primary, *replicas = self.addresses
        self._start_engine(primary, follows=None)
        for node in replicas:
            self._start_engine(node, follows=self.addresses[primary])
        wait_until(lambda: find_settled_primary(self.addresses) == primary, self.log)
        for sentinel, address in self._sentinels.items():
            self._processes.start(sentinel, _sentinel_config(address, self.addresses[primary]), "--sentinel")

    def close(self) -> None:
        self._processes.close()

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """As redis-py's own page on Sentinel does it."""
        sentinels = [(address, SENTINEL_PORT) for address in self._sentinels.values()]
        untyped: Any = Sentinel
        with closing(untyped(sentinels, socket_timeout=SOCKET_TIMEOUT_SECONDS)) as sentinel:
            client = sentinel.master_for(GROUP, socket_timeout=SOCKET_TIMEOUT_SECONDS, decode_responses=True)
            with closing(client):
                yield client

    def find_primary(self) -> str:
        """As the first Sentinel says."""
        with ask(next(iter(self._sentinels.values())), SENTINEL_PORT) as client:
            return self._node_at(client.sentinel_get_master_addr_by_name(GROUP)[0])

    def log(self) -> str:
        return self._processes.log()

    def wait_until_settled(self) -> None:
        """The three agree, each sees the two others and two good replicas, and the engines say the same."""
        wait_until(self._is_settled, self.log)

    @contextmanager
    def kill_primary(self) -> Iterator[Blow]:
        node = self.find_primary()
        with self._processes.handle(node) as handle, failover_targets.killed(handle) as blow:
            yield blow
        self._processes.wait_for_end(node)
        wait_until(lambda: self.find_primary() != node, self.log)  # this Sentinel may hear of it later than a writer
        self._start_engine(node, follows=self.addresses[self.find_primary()])

    @contextmanager
    def hang_primary(self) -> Iterator[Blow]:
        with self._processes.handle(self.find_primary()) as handle, failover_targets.hanging(handle) as blow:
            yield blow

    def _is_settled(self) -> bool:
        try:
            views = [_view(address) for address in self._sentinels.values()]
        except redis.RedisError:
            return False
        primary = find_settled_primary(self.addresses)
        return primary is not None and set(views) == {self.addresses[primary]}

    def _node_at(self, address: str) -> str:
        return next(node for node, own_address in self.addresses.items() if own_address == address)

    def _start_engine(self, node: str, *, follows: str | None) -> None:
        self._processes.start(node, _engine_config(self.addresses[node], follows))


@contextmanager
def sentinel_group(binary: EngineBinary, directory: Path) -> Iterator[SentinelGroup]:
    """One that is settled, in a directory of its own."""
    claimed = claim_free_block(str(directory))
    with claimed.claim:
        group = SentinelGroup(binary, claimed.block, directory)
        try:
            group.start()
            group.wait_until_settled()
            yield group
        finally:
            group.close()


def _view(address: str) -> str | None:
    """The primary's address, when this Sentinel has nothing to complain of."""
    with ask(address, SENTINEL_PORT) as client:
        primary = client.sentinel_masters()[GROUP]
        replicas = client.sentinel_slaves(GROUP)
    is_content = (
        primary["flags"] == "master"
        and primary["num-other-sentinels"] == SENTINEL_COUNT - 1
        and len(replicas) == NODE_COUNT - 1
        and all(replica["flags"] == "slave" for replica in replicas)
    )
    return str(primary["ip"]) if is_content else None


def _engine_config(address: str, follows: str | None) -> str:
    config = (
        listening(address, PORT) + f"replica-announce-ip {address}\n" + 'save ""\n' + "repl-diskless-sync-delay 0\n"
    )
    return config if follows is None else config + f"replicaof {follows} {PORT}\n"


def _sentinel_config(address: str, primary_address: str) -> str:
    return (
        listening(address, SENTINEL_PORT)
        + f"sentinel announce-ip {address}\n"
        + f"sentinel monitor {GROUP} {primary_address} {PORT} {QUORUM}\n"
        + f"sentinel down-after-milliseconds {GROUP} {DOWN_AFTER_MS}\n"
        + f"sentinel failover-timeout {GROUP} 10000\n"
        + f"sentinel parallel-syncs {GROUP} 1\n"
    )
