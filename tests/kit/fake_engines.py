"""Engines in memory: the Engines protocol without a process, for the reconciler's tests and simulation.

A test boots, loses, hangs and writes to fake nodes; the code under test sees them through the protocol
alone. What is modelled is what decides about data: roles, lineages, offsets, keys, links and listening
addresses, the danger included (a replica of an empty primary becomes empty). Nothing takes time: a
first sync takes as many looks at the replica as `sync_looks` says. The contract in
`tests/unit/engines/contract.py` holds for this and for real engines.
"""

import itertools
from collections.abc import Mapping

from elastane.engines import (
    AddressInUse,
    NoAnswer,
    NodeAddress,
    NothingListens,
    Refused,
    SwitchoverFailed,
)
from elastane.engines.valkey import NOWHERE_PORT
from elastane.model.observations import Answering, Busy, Engine, Refusing, Role, Unknown

WRITE_BYTES = 64
"""By how much one write moves an offset."""


class FakeNode:
    """What one engine process holds. Tests may read it; they change it through FakeEngines."""

    def __init__(self, at: NodeAddress, replication_id: str, version: str) -> None:
        self.at = at
        self.version = version
        self.role = Role.REPLICA
        self.follows: tuple[str, int] | None = (at.address, NOWHERE_PORT)
        self.replication_id = replication_id
        self.previous_replication_id = ""
        self.offset_bytes = 0
        self.keys: set[str] = set()
        self.bound_addresses: tuple[str, ...] = (at.address,)
        self.parameters: dict[str, str] = {}
        self.is_hung = False
        self.is_synced = False
        self.sync_looks_done = 0
        self.cut_count = 0
        self.acknowledgement_count = 0


class FakeEngines:
    """Nodes that are booted listen; all others refuse."""

    def __init__(self, *, sync_looks: int = 2, engine_version: str = "9.1.2") -> None:
        self.nodes: dict[tuple[str, int], FakeNode] = {}
        self._sync_looks = sync_looks
        self._engine_version = engine_version
        self._replication_ids = (f"{number:040x}" for number in itertools.count(1))

    # --- what a test does to the world ---

    def boot(self, at: NodeAddress) -> None:
        """A process starts, empty, as a replica of nowhere."""
        self.nodes[at.address, at.port] = FakeNode(at, next(self._replication_ids), self._engine_version)

    def lose(self, at: NodeAddress) -> None:
        """The process dies with all it held. Idempotent."""
        self.nodes.pop((at.address, at.port), None)

    def hang(self, at: NodeAddress) -> None:
        self.nodes[at.address, at.port].is_hung = True

    def resume(self, at: NodeAddress) -> None:
        self.nodes[at.address, at.port].is_hung = False

    def write(self, at: NodeAddress, key: str) -> bool:
        """A customer writes at any address that the node listens on; False when it may not."""
        node = self._listener(at)
        if node is None or node.is_hung or node.role is not Role.PRIMARY:
            return False
        node.keys.add(key)
        node.offset_bytes += WRITE_BYTES
        for replica in self._linked_replicas(node):
            replica.keys.add(key)
            replica.offset_bytes = node.offset_bytes
        return True

    # --- the protocol ---

    async def observe(self, at: NodeAddress, parameter_names: tuple[str, ...], timeout_seconds: float) -> Engine:
        node = self._listener(at)
        if node is None:
            return Refusing()
        if node.is_hung:
            return Busy(reason=f"{at} accepts connections and gave no answer in {timeout_seconds:g} s.")
        if node.at.secret != at.secret:
            return Unknown(reason=f"{at} did not let the control user sign in.")
        self._advance_sync(node)
        address, port = node.follows or (None, None)
        is_syncing = node.sync_looks_done > 0 and not node.is_synced
        return Answering(
            role=node.role,
            replication_id=node.replication_id,
            offset_bytes=node.offset_bytes,
            key_count=len(node.keys),
            is_loading=False,
            primary_address=address,
            primary_port=port,
            is_link_up=node.role is Role.PRIMARY or self._is_linked(node),
            sync_progress_ratio=node.sync_looks_done / self._sync_looks if is_syncing else None,
            bound_addresses=node.bound_addresses,
            parameters={name: node.parameters[name] for name in parameter_names if name in node.parameters},
            engine_version=node.version,
            used_memory_bytes=1_000_000 + 100 * len(node.keys),
            online_replicas=tuple(one.at.address for one in self._followers(node) if self._is_linked(one)),
        )

    async def follow(self, at: NodeAddress, primary: NodeAddress, timeout_seconds: float) -> None:
        node = self._told(at)
        if node.role is Role.REPLICA and node.follows == (primary.address, primary.port):
            return
        node.role, node.follows = Role.REPLICA, (primary.address, primary.port)
        node.is_synced, node.sync_looks_done = False, 0

    async def ask_acknowledgement(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._told(at).acknowledgement_count += 1

    async def promote(self, at: NodeAddress, timeout_seconds: float) -> None:
        node = self._told(at)
        if node.role is Role.REPLICA:
            self._take_primary_role(node)

    async def bind(self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float) -> None:
        node = self._told(at)
        for other in self.nodes.values():
            taken = set(other.bound_addresses) & set(addresses)
            if other is not node and other.at.port == node.at.port and taken:
                sentence = f"The engine at {at} cannot listen on all of {', '.join(addresses)}."
                raise AddressInUse(sentence, reply="ERR Failed to bind to specified addresses.")
        node.bound_addresses = addresses

    async def set_parameters(self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float) -> None:
        self._told(at).parameters.update(parameters)

    async def switch_over(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        try:
            former, latter = self._told(at), self._told(to)
        except (NoAnswer, NothingListens) as error:
            raise SwitchoverFailed(f"It failed while looking at both nodes: {error}") from error
        if former.role is not Role.PRIMARY:
            raise SwitchoverFailed(f"{at} is no primary, so it has no role to hand over.")
        if latter.role is Role.PRIMARY or latter.follows != (at.address, at.port):
            raise SwitchoverFailed(f"{to} is no replica of {at}.")
        if not self._is_linked(latter):
            raise SwitchoverFailed(f"The link of replica {to} to {at} is down, so it cannot catch up.")
        self._take_primary_role(latter)
        former.role, former.follows = Role.REPLICA, (to.address, to.port)
        former.is_synced, former.sync_looks_done = False, 0

    async def cut_clients(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._told(at).cut_count += 1

    async def shut_down(self, at: NodeAddress, timeout_seconds: float) -> None:
        self.lose(at)

    def forget(self, at: NodeAddress) -> None:
        """There is no connection to drop."""

    async def aclose(self) -> None:
        """There is no connection to drop."""

    # --- how the nodes behave ---

    def _listener(self, at: NodeAddress) -> FakeNode | None:
        return next(
            (one for one in self.nodes.values() if at.port == one.at.port and at.address in one.bound_addresses),
            None,
        )

    def _told(self, at: NodeAddress) -> FakeNode:
        node = self._listener(at)
        if node is None:
            raise NothingListens(f"Nothing listens at {at}.")
        if node.is_hung:
            raise NoAnswer(f"{at} accepts connections and gave no answer.")
        if node.at.secret != at.secret:
            raise Refused(f"{at} did not let the control user sign in.", reply="WRONGPASS")
        return node

    def _take_primary_role(self, node: FakeNode) -> None:
        node.role, node.follows = Role.PRIMARY, None
        node.previous_replication_id, node.replication_id = node.replication_id, next(self._replication_ids)

    def _primary_of(self, node: FakeNode) -> FakeNode | None:
        return self.nodes.get(node.follows) if node.follows is not None else None

    def _is_linked(self, node: FakeNode) -> bool:
        """Synced, through every replica between, with a primary that lives. One that hangs is linked still:
        an engine notices a silent link only after repl-timeout."""
        seen: set[tuple[str, int]] = set()
        while node.role is Role.REPLICA and (node.at.address, node.at.port) not in seen:
            seen.add((node.at.address, node.at.port))
            primary = self._primary_of(node)
            if not node.is_synced or primary is None or node.replication_id != primary.replication_id:
                return False
            node = primary
        return node.role is Role.PRIMARY

    def _followers(self, node: FakeNode) -> list[FakeNode]:
        return [one for one in self.nodes.values() if one.follows == (node.at.address, node.at.port)]

    def _linked_replicas(self, primary: FakeNode) -> list[FakeNode]:
        """Also those that follow a replica of it. A hung one catches up when it is looked at again."""
        direct = [one for one in self._followers(primary) if not one.is_hung and self._is_linked(one)]
        return direct + [further for one in direct for further in self._linked_replicas(one)]

    def _advance_sync(self, node: FakeNode) -> None:
        """One look further; the last one gives it its primary's keys, whatever it had. A partial resync takes one.

        A primary to sync from is one that holds the role, or a replica whose own link is up: never one
        of nowhere, which is what keeps the replicas of a primary that returned empty from harm.
        """
        primary = self._primary_of(node)
        if node.role is Role.PRIMARY or primary is None or primary.is_hung or not self._may_feed(primary):
            return
        if not self._is_linked(node):
            if node.is_synced:  # it was, with a primary that is another by now
                node.is_synced, node.sync_looks_done = False, 0
            node.sync_looks_done += 1
            shares_lineage = node.replication_id in (primary.replication_id, primary.previous_replication_id)
            if node.sync_looks_done < (1 if shares_lineage else self._sync_looks):
                return
        node.is_synced = True
        node.keys = set(primary.keys)
        node.offset_bytes = primary.offset_bytes
        node.replication_id = primary.replication_id

    def _may_feed(self, node: FakeNode) -> bool:
        return node.role is Role.PRIMARY or self._is_linked(node)
