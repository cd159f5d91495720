"""Engines in memory: the Engines protocol without a process, for the reconciler's tests and simulation.

A test boots, loses, hangs and writes to fake nodes; the code under test sees them through the protocol alone. How
their data moves, the dangers included, is in `tests.kit.fake_replication`. Nothing takes time: a first sync takes
as many looks at the replica as `sync_looks` says. The contract in `tests/unit/engines/contract.py` holds for this
and for real engines.

An engine that cannot be heard, because it hangs or because it is `blind`, is sent one message and no more, as by
the real client, which sends nothing while an answer is owed. If that message was an order, it is carried out when
the engine is resumed, or can be reached again, however long ago that was.
"""

import contextlib
import itertools
from collections.abc import Callable, Mapping

from elastane.engines import (
    AddressInUse,
    EngineError,
    NoAnswer,
    NodeAddress,
    NothingListens,
    Refused,
    SwitchoverFailed,
    Unreachable,
)
from elastane.model.observations import Answering, Busy, Engine, Refusing, Role, Unknown
from tests.kit.fake_replication import Dump, FakeNode, FakeReplication, Place

__all__ = ["FakeEngines", "FakeNode"]

DUMP_FILE = "dump.rdb"

BUSY_REPLY = "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."

Order = Callable[[FakeNode], None]


class FakeEngines:
    """Nodes that are booted listen; all others refuse.

    `lag_looks`: how many looks later a replica applies what it received; may be changed at any time.
    `look_seconds`: by how much a silent link grows older at each look at its replica.
    """

    def __init__(
        self, *, sync_looks: int = 2, lag_looks: int = 0, look_seconds: float = 1.0, engine_version: str = "9.1.2"
    ) -> None:
        self.replication = FakeReplication(sync_looks=sync_looks, lag_looks=lag_looks, look_seconds=look_seconds)
        self.nodes = self.replication.nodes
        self.dumps: dict[Place, Dump] = {}
        """The dump.rdb in each node's directory, which a boot loads. Who removes or moves the file removes it here."""
        self._sent: dict[FakeNode, list[Order]] = {}
        """Engines that owe an answer, and the order among what they were sent."""
        self._engine_version = engine_version
        self._replication_ids = (f"{number:040x}" for number in itertools.count(1))

    # --- what a test does to the world ---

    def boot(self, at: NodeAddress) -> None:
        """A process starts as a replica of nowhere: empty, or with what the dump in its directory holds."""
        node = FakeNode(at, next(self._replication_ids), self._engine_version)
        if (dump := self.dumps.get(node.place)) is not None:
            node.keys = set(dump.keys)
            node.replication_id, node.offset_bytes = dump.replication_id, dump.offset_bytes
        self._end(self.nodes.get(node.place))
        self.nodes[node.place] = node

    def lose(self, at: NodeAddress) -> None:
        """The process dies with all it held, and all it was sent. Idempotent."""
        self._end(self.nodes.get((at.address, at.port)))

    def hang(self, at: NodeAddress) -> None:
        self.nodes[at.address, at.port].is_hung = True

    def resume(self, at: NodeAddress) -> None:
        """The process goes on where it was. Idempotent."""
        node = self.nodes[at.address, at.port]
        node.is_hung = False
        self._carry_out_late(node)

    def blind(self, at: NodeAddress) -> None:
        """The control plane no longer reaches the node; customers and other nodes do."""
        self.nodes[at.address, at.port].is_blind = True

    def unblind(self, at: NodeAddress) -> None:
        node = self.nodes[at.address, at.port]
        node.is_blind = False
        self._carry_out_late(node)

    def run_script(self, at: NodeAddress, *, is_killable: bool = True) -> None:
        """A customer's script keeps the engine from everything else; one that has written cannot be ended."""
        node = self.nodes[at.address, at.port]
        node.has_script, node.is_script_killable = True, is_killable

    def end_script(self, at: NodeAddress) -> None:
        """It comes to its own end. Idempotent."""
        self.nodes[at.address, at.port].has_script = False

    def cut_link(self, one: NodeAddress, other: NodeAddress) -> None:
        """Nothing passes between the two any more, in either direction; each takes the link for a silent one."""
        self.replication.cut.add(frozenset({(one.address, one.port), (other.address, other.port)}))

    def mend_link(self, one: NodeAddress, other: NodeAddress) -> None:
        self.replication.cut.discard(frozenset({(one.address, one.port), (other.address, other.port)}))

    def move_on(self) -> None:
        """Time passes for all nodes, without anybody looking."""
        for node in self.nodes.values():
            if not node.is_hung:
                self.replication.look(node)

    def write(self, at: NodeAddress, key: str) -> bool:
        """A customer writes at any address that the node listens on; False when it may not."""
        node = self._listener(at)
        if node is None or node.is_still or node.role is not Role.PRIMARY:
            return False
        self.replication.write(node, key)
        return True

    # --- the protocol ---

    async def observe(self, at: NodeAddress, parameter_names: tuple[str, ...], timeout_seconds: float) -> Engine:
        node = self._listener(at)
        if node is None:
            return Refusing()
        if not node.is_hung:
            self.replication.look(node)
        if _is_unheard(node):
            self._sent.setdefault(node, [])
            return Busy(reason=f"{at} accepts connections and gave no answer in {timeout_seconds:g} s.")
        if node.at.secret != at.secret:
            return Unknown(reason=f"{at} did not let the control user sign in.")
        if node.has_script:
            return Busy(reason=f"The engine at {at} refused INFO. The engine says: {BUSY_REPLY}", is_script=True)
        return self._answer(node, parameter_names)

    async def follow(self, at: NodeAddress, primary: NodeAddress, timeout_seconds: float) -> None:
        self._tell(at, lambda node: self.replication.follow(node, (primary.address, primary.port)))

    async def ask_acknowledgement(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._tell(at, _count_acknowledgement)

    async def promote(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._tell(at, self._promote)

    async def bind(
        self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        self._tell(at, lambda node: self._bind(node, addresses, cuts_clients=cuts_clients))

    async def set_parameters(self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float) -> None:
        self._tell(at, lambda node: node.parameters.update(parameters))

    async def switch_over(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        try:
            former, latter = self._asked(at), self._asked(to)
        except (Unreachable, Refused) as error:
            raise SwitchoverFailed(f"It failed while looking at both nodes: {error}") from error
        if former.role is not Role.PRIMARY:
            raise SwitchoverFailed(f"{at} is no primary, so it has no role to hand over.")
        if latter.role is Role.PRIMARY or latter.follows != (at.address, at.port):
            raise SwitchoverFailed(f"{to} is no replica of {at}.")
        if not self.replication.is_linked(latter):
            raise SwitchoverFailed(f"The link of replica {to} to {at} is down, so it cannot catch up.")
        if not self.replication.catch_up(latter):
            raise SwitchoverFailed(
                f"The deadline of {timeout_seconds:g} s passed while waiting for the replica to catch up; "
                f"{at} is still primary."
            )
        self._promote(latter)
        self.replication.follow(former, latter.place)

    async def cut_clients(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._tell(at, _cut_clients)

    async def stop_script(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._tell(at, _stop_script, is_for_busy=True)

    async def save_dump(self, at: NodeAddress, timeout_seconds: float) -> str:
        self._tell(at, self._save_dump)
        return DUMP_FILE

    def is_quiet(self, at: NodeAddress, quiet_seconds: float) -> bool:
        node = self._listener(at)
        if node is None or not _is_unheard(node):
            return False
        self._sent.setdefault(node, [])
        return True

    async def shut_down(self, at: NodeAddress, timeout_seconds: float) -> None:
        with contextlib.suppress(NothingListens):
            self._tell(at, self._end, is_for_busy=True)

    def forget(self, at: NodeAddress) -> None:
        """A new connection's sign-in would be owed as well, so nothing changes for one that cannot be heard."""

    async def aclose(self) -> None:
        """There is no connection to drop."""

    # --- how they are reached ---

    def _listener(self, at: NodeAddress) -> FakeNode | None:
        return next(
            (one for one in self.nodes.values() if at.port == one.at.port and at.address in one.bound_addresses),
            None,
        )

    def _asked(self, at: NodeAddress) -> FakeNode:
        """The node that answers a question there."""
        answering: list[FakeNode] = []
        self._tell(at, answering.append, is_order=False)
        return answering[0]

    def _tell(self, at: NodeAddress, order: Order, *, is_for_busy: bool = False, is_order: bool = True) -> None:
        """`is_for_busy`: an engine takes the order also while a script runs."""
        node = self._listener(at)
        if node is None:
            raise NothingListens(f"Nothing listens at {at}.")
        carry_out = order if is_for_busy else lambda node: _unless_busy(node, order)
        if _is_unheard(node):
            if node not in self._sent:
                self._sent[node] = [carry_out] if is_order else []
            raise NoAnswer(f"{at} accepts connections and gave no answer.")
        if node.at.secret != at.secret:
            raise Refused(f"{at} did not let the control user sign in.", reply="WRONGPASS")
        carry_out(node)

    def _carry_out_late(self, node: FakeNode) -> None:
        if _is_unheard(node):
            return
        for order in self._sent.pop(node, []):
            # Nobody waits for the answer any more: a refusal is heard by no one.
            with contextlib.suppress(EngineError):
                order(node)

    # --- what they do ---

    def _end(self, node: FakeNode | None) -> None:
        if node is not None:
            self._sent.pop(node, None)
            self.nodes.pop(node.place, None)

    def _promote(self, node: FakeNode) -> None:
        if node.role is Role.REPLICA:
            self.replication.take_primary_role(node, next(self._replication_ids))

    def _bind(self, node: FakeNode, addresses: tuple[str, ...], *, cuts_clients: bool) -> None:
        if cuts_clients:
            _cut_clients(node)
        for other in self.nodes.values():
            taken = set(other.bound_addresses) & set(addresses)
            if other is not node and other.at.port == node.at.port and taken:
                sentence = f"The engine at {node.at} cannot listen on all of {', '.join(addresses)}."
                raise AddressInUse(sentence, reply="ERR Failed to bind to specified addresses.")
        node.bound_addresses = addresses

    def _save_dump(self, node: FakeNode) -> None:
        self.dumps[node.place] = Dump(
            keys=frozenset(node.keys), replication_id=node.replication_id, offset_bytes=node.offset_bytes
        )

    def _answer(self, node: FakeNode, parameter_names: tuple[str, ...]) -> Answering:
        address, port = node.follows or (None, None)
        is_linked = self.replication.is_linked(node)
        progress_ratio = self.replication.sync_progress_ratio(node)
        return Answering(
            role=node.role,
            replication_id=node.replication_id,
            previous_replication_id=node.previous_replication_id,
            previous_offset_bytes=node.previous_offset_bytes,
            offset_bytes=node.offset_bytes,
            key_count=len(node.keys),
            is_loading=False,
            primary_address=address,
            primary_port=port,
            is_link_up=node.role is Role.PRIMARY or is_linked,
            link_silent_seconds=self.replication.silent_seconds(node) if is_linked else None,
            is_syncing=progress_ratio is not None,
            sync_progress_ratio=progress_ratio,
            priority=node.priority,
            missing_rights=node.missing_rights,
            bound_addresses=node.bound_addresses,
            parameters={name: node.parameters[name] for name in parameter_names if name in node.parameters},
            engine_version=node.version,
            used_memory_bytes=1_000_000 + 100 * len(node.keys),
            online_replicas=tuple(one.at.address for one in self.replication.online_replicas(node)),
        )


def _is_unheard(node: FakeNode) -> bool:
    return node.is_hung or node.is_blind


def _unless_busy(node: FakeNode, order: Order) -> None:
    if node.has_script:
        raise Refused(f"The engine at {node.at} refused the order.", reply=BUSY_REPLY)
    order(node)


def _cut_clients(node: FakeNode) -> None:
    node.cut_count += 1


def _count_acknowledgement(node: FakeNode) -> None:
    node.acknowledgement_count += 1


def _stop_script(node: FakeNode) -> None:
    if node.has_script and not node.is_script_killable:
        reply = "UNKILLABLE Sorry the script already executed write commands against the dataset."
        raise Refused(f"The engine at {node.at} refused SCRIPT KILL.", reply=reply)
    node.has_script = False
