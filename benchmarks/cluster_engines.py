"""A cluster of engines that nobody watches, to compare with: formed by hand, failing over by the engines' own vote.

Called by `cluster_failover` and `resharding`. The engines get what a careful operator gives them. A killed engine is
started again only when the others have moved on, because one that comes back sooner would be the primary it was,
and empty.

Everything listens on a block of loopback addresses of its own, and no process outlives the `with`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import redis

from benchmarks import failover_targets
from benchmarks.cluster_views import Shard, even_share, find_settled_shards, hash_tag_of, member_id
from benchmarks.engine_processes import Processes, listening
from benchmarks.failover_targets import PORT, Blow, ask, cluster_client, find_settled_primary, wait_until
from elastane.engines.discovery import EngineBinary
from elastane.hosts.address_block import claim_free_block

NODE_TIMEOUT_MS = 1000
"""After that long an engine suspects another one. Operators who want speed choose it; the engines have 15,000."""

NODES_A_SHARD = 2


class EngineCluster:
    """Shards of a primary and a replica; the last ones may be without slots. Made by `engine_cluster`."""

    hash_tag = hash_tag_of(0)

    def __init__(
        self, binary: EngineBinary, block: IPv4Network, directory: Path, *, shard_count: int, node_timeout_ms: int
    ) -> None:
        self._node_timeout_ms = node_timeout_ms
        self._processes = Processes(binary, directory)
        self._places = {
            f"{shard + 1:04d}-{node + 1:03d}": str(block[256 * (node + 1) + shard + 1])
            for shard in range(shard_count)
            for node in range(NODES_A_SHARD)
        }
        self.addresses = {node: place for node, place in self._places.items() if node.startswith("0001-")}
        """Of the first shard, which is the one that is struck."""

    def form(self, owner_count: int) -> None:
        """Starts every node and makes them a cluster: the first shards own all slots, in even parts."""
        for node in self._places:
            self._start(node)
        wait_until(self._answers, self.log)
        primaries = [place for node, place in self._places.items() if node.endswith("-001")]
        for number, primary in enumerate(primaries):
            with ask(primary) as client:
                client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
                if number < owner_count:
                    client.execute_command("CLUSTER ADDSLOTSRANGE", *even_share(number, owner_count))
        with ask(primaries[0]) as client:
            for place in self._places.values():
                client.cluster("MEET", place, PORT)
        wait_until(self._is_acquainted, self.log)
        for node, place in self._places.items():
            if not node.endswith("-001"):
                with ask(place) as client:
                    client.cluster("REPLICATE", member_id(self._places[f"{node[:4]}-001"]))

    def close(self) -> None:
        self._processes.close()

    @property
    def entry_address(self) -> str:
        """A node that clients may begin with: one that is never struck, where there is one."""
        return self._places[max(self._places)]

    def connect(self) -> AbstractContextManager[Any]:
        return cluster_client(self.entry_address)

    def shards(self) -> tuple[Shard, ...]:
        """As every node says. Waits until they do; raises TimeoutError."""
        return wait_until(lambda: find_settled_shards(self._places.values()), self.log)

    def find_primary(self) -> str:
        """Of the first shard, as its nodes say, once they agree."""
        return wait_until(lambda: find_settled_primary(self.addresses), self.log)

    def log(self) -> str:
        return self._processes.log()

    def wait_until_settled(self) -> None:
        self.shards()

    @contextmanager
    def kill_primary(self) -> Iterator[Blow]:
        node = self.find_primary()
        with self._processes.handle(node) as handle, failover_targets.killed(handle) as blow:
            yield blow
        self._processes.wait_for_end(node)
        self._start(node)

    @contextmanager
    def hang_primary(self) -> Iterator[Blow]:
        with self._processes.handle(self.find_primary()) as handle, failover_targets.hanging(handle) as blow:
            yield blow

    def _start(self, node: str) -> None:
        self._processes.start(node, _config(self._places[node], self._node_timeout_ms))

    def _answers(self) -> bool:
        try:
            return all(_view_size(place) == 1 for place in self._places.values())
        except redis.RedisError:
            return False

    def _is_acquainted(self) -> bool:
        return all(_view_size(place) == len(self._places) for place in self._places.values())


@contextmanager
def engine_cluster(
    binary: EngineBinary,
    directory: Path,
    *,
    shard_count: int,
    empty_shard_count: int = 0,
    node_timeout_ms: int = NODE_TIMEOUT_MS,
) -> Iterator[EngineCluster]:
    """One that is settled, in a directory of its own."""
    claimed = claim_free_block(str(directory))
    with claimed.claim:
        cluster = EngineCluster(
            binary,
            claimed.block,
            directory,
            shard_count=shard_count + empty_shard_count,
            node_timeout_ms=node_timeout_ms,
        )
        try:
            cluster.form(shard_count)
            cluster.wait_until_settled()
            yield cluster
        finally:
            cluster.close()


def _view_size(place: str) -> int:
    """How many members the node knows, itself among them."""
    with ask(place) as client:
        return len([one for one in client.cluster("NODES").values() if "handshake" not in one["flags"]])


def _config(address: str, node_timeout_ms: int) -> str:
    return (
        listening(address, PORT)
        + 'save ""\n'
        + "repl-diskless-sync-delay 0\n"
        + "cluster-enabled yes\n"
        + f"cluster-node-timeout {node_timeout_ms}\n"
        + "cluster-allow-replica-migration no\n"
    )
