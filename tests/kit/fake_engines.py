"""Engines in memory: the Engines protocol without a process, for the reconciler's tests and simulation.

A test boots, loses, hangs and writes to fake nodes; the code under test sees them through the protocol alone. How
their data moves, the dangers included, is in `tests.kit.fake_replication`; how those in cluster mode come to agree, in
`fake_cluster` and `fake_bus`; how they move slots, in `fake_moves`; what becomes of an order to one that is not heard,
in `fake_lines`. Nothing takes time: a first sync takes as many looks at the replica as `sync_looks` says. The contracts
in `tests/unit/engines` hold for this and for real engines.
"""

import contextlib
import itertools
import random
from collections.abc import Callable, Mapping, Sequence

from elastane.engines import (
    NOWHERE_PORT,
    AddressInUse,
    MemberAddress,
    NodeAddress,
    NothingListens,
    Refused,
    SwitchoverFailed,
    Unreachable,
)
from elastane.engines.cluster_config import NODES_FILE
from elastane.engines.discovery import EngineBinary
from elastane.model.acls import CONTROL_USER, Acl, mark_name, revision
from elastane.model.engine_names import EngineName
from elastane.model.ids import MemberId
from elastane.model.observations import Answering, Busy, Engine, Refusing, Role, Unknown
from elastane.model.slots import Slots
from tests.kit.fake_bus import view_of
from tests.kit.fake_cluster import FakeCluster
from tests.kit.fake_lines import BUSY_REPLY, FakeLines, is_unheard
from tests.kit.fake_moves import FakeMoves, Redirection
from tests.kit.fake_orders import (
    count_acknowledgement,
    cut_clients,
    read_certificate,
    refuse_in_cluster_mode,
    set_parameters,
    set_tokens,
    set_users,
    stop_script,
)
from tests.kit.fake_pki import parse_authorities, parse_certificate
from tests.kit.fake_replication import Dump, FakeNode, FakeReplication
from tests.kit.fake_views import Place, parse_encryption, parse_nodes, parse_parameters, parse_user_names
from tests.kit.fake_ways import find_way

__all__ = ["DUMP_FILE", "FakeEngines", "FakeNode"]

DUMP_FILE = "dump.rdb"

NO_FILES: Mapping[str, str] = {}

LOOK_SECONDS = 0.05
"""So much time a look takes by the fake's own clock, which is there for want of a better one."""


class FakeEngines:
    """Nodes that are booted listen; all others refuse.

    `lag_looks`: how many looks later a replica applies what it received; may be changed at any time.
    `look_seconds`: by how much a silent link grows older at each look at its replica.
    `now`: seconds that only ever grow; `wall_seconds`: those since the epoch, as the machine's clock has them.
    `staleness`: how often a member is not heard of at a look, by `chance`, which then also ends orders to carry slots.
    """

    def __init__(
        self,
        *,
        sync_looks: int = 2,
        lag_looks: int = 0,
        look_seconds: float = 1.0,
        engine: EngineName = EngineName.VALKEY,
        engine_version: str = "9.1.2",
        staleness: float = 0.0,
        chance: random.Random | None = None,
        now: Callable[[], float] | None = None,
        wall_seconds: Callable[[], float] | None = None,
    ) -> None:
        self._now = now or self._own_time
        self.replication = FakeReplication(
            sync_looks=sync_looks,
            lag_looks=lag_looks,
            look_seconds=look_seconds,
            wall_seconds=wall_seconds or self._now,
        )
        self.nodes = self.replication.nodes
        self.dumps: dict[Place, Dump] = {}
        """The dump.rdb in each node's directory, which a boot loads. Who removes or moves the file removes it here."""
        self._engine, self._engine_version = engine, engine_version
        self._replication_ids = (f"{number:040x}" for number in itertools.count(1))
        self._look_count = 0
        self._lines = FakeLines(self.replication)
        fate = chance or random.Random(0)
        self.cluster = FakeCluster(
            self.replication,
            new_replication_id=lambda: next(self._replication_ids),
            chance=fate,
            staleness=staleness,
            now=self._now,
        )
        self.moves = FakeMoves(
            self.cluster,
            chance=fate,
            move_looks=3,
            interrupts=chance is not None,
            wall_seconds=wall_seconds or self._now,
        )

    def _own_time(self) -> float:
        return self._look_count * LOOK_SECONDS

    # --- what a test does to the world ---

    def boot(self, at: NodeAddress, files: Mapping[str, str] | None = None, binary: EngineBinary | None = None) -> None:
        """A process starts as a replica of nowhere: empty, or with what the dump in its directory holds.

        It runs in cluster mode if there is a nodes.conf among its files.
        """
        engine = self._engine if binary is None else EngineName(binary.engine)
        version = self._engine_version if binary is None else binary.version
        node = FakeNode(at, next(self._replication_ids), engine, version)
        if files is not None:
            self._put_certificate(node, files)
            read_certificate(node)
            node.parameters.update(parse_encryption(files))
            node.user_names = parse_user_names(files)
        if files is not None and NODES_FILE in files:
            node.parameters.update(parse_parameters(files))
            node.view = parse_nodes(files[NODES_FILE], booted_at=self._now(), port=at.port)
            self.cluster.bus.update_state(node)
        if (dump := self.dumps.get(node.place)) is not None:
            node.keys = set(dump.keys)
            node.replication_id, node.offset_bytes = dump.replication_id, dump.offset_bytes
        self._end(self.nodes.get(node.place))
        self.nodes[node.place] = node

    def put_files(self, at: NodeAddress, files: Mapping[str, str]) -> None:
        """They lie in the directory of the node, and its engine has not read them. Nothing without a process."""
        node = self.nodes.get((at.address, at.port))
        if node is not None:
            self._put_certificate(node, files)

    def _put_certificate(self, node: FakeNode, files: Mapping[str, str]) -> None:
        node.certificate_file, node.trusted_file = parse_certificate(files), parse_authorities(files)

    def boot_as_stranger(self, at: NodeAddress, member_id: MemberId, files: Mapping[str, str] = NO_FILES) -> None:
        """An engine that cannot read its nodes.conf: an empty primary with a name of its own, which knows nobody."""
        line = f"{member_id} {at.address}:{at.port}@{at.port + 10000} myself,master - 0 0 0 connected"
        self.boot(at, {**files, NODES_FILE: line})
        node = self.nodes[at.address, at.port]
        node.role, node.follows = Role.PRIMARY, None

    def lose(self, at: NodeAddress) -> None:
        """The process dies with all it held, and all it was sent. Idempotent."""
        self._end(self.nodes.get((at.address, at.port)))

    def hang(self, at: NodeAddress) -> None:
        node = self.nodes[at.address, at.port]
        if node.view is not None and not node.is_still:
            self.cluster.take_leave(node)
        node.is_hung = True

    def resume(self, at: NodeAddress) -> None:
        """The process goes on where it was. Idempotent."""
        node = self.nodes[at.address, at.port]
        node.is_hung = False
        self._lines.carry_out_late(node)

    def blind(self, at: NodeAddress) -> None:
        """The control plane no longer reaches the node; customers and other nodes do."""
        self.nodes[at.address, at.port].is_blind = True

    def unblind(self, at: NodeAddress) -> None:
        node = self.nodes[at.address, at.port]
        node.is_blind = False
        self._lines.carry_out_late(node)

    def run_script(self, at: NodeAddress, *, is_killable: bool = True) -> None:
        """A customer's script keeps the engine from everything else; one that has written cannot be ended."""
        node = self.nodes[at.address, at.port]
        node.has_script, node.is_script_killable = True, is_killable

    def end_script(self, at: NodeAddress) -> None:
        """It comes to its own end. Idempotent."""
        self.nodes[at.address, at.port].has_script = False

    def cut_link(self, one: NodeAddress, other: NodeAddress) -> None:
        """Nothing passes between the two any more, in either direction; each takes the link for a silent one."""
        ends = [self.nodes.get((at.address, at.port)) for at in (one, other)]
        if ends[0] is not None and ends[1] is not None:
            self.cluster.before_cut(ends[0], ends[1])
        self.replication.cut.add(frozenset({(one.address, one.port), (other.address, other.port)}))

    def mend_link(self, one: NodeAddress, other: NodeAddress) -> None:
        self.replication.cut.discard(frozenset({(one.address, one.port), (other.address, other.port)}))

    def move_on(self) -> None:
        """Time passes for all nodes, without anybody looking."""
        for node in self.nodes.values():
            if not node.is_hung:
                self._pass_time(node)

    def write(self, at: NodeAddress, key: str, *, is_asking: bool = False) -> bool:
        """A customer writes at any address that the node listens on; False when it may not.

        `is_asking`: it was sent there by the owner of a slot that is open.
        """
        node = self._lines.find_listener(at)
        if node is None or node.is_still or node.role is not Role.PRIMARY or self._now() < node.writes_stopped_until:
            return False
        if node.view is not None and self.moves.redirection(node, key, is_asking=is_asking) is not None:
            return False
        self.replication.write(node, key)
        return True

    def redirection(self, at: NodeAddress, key: str, *, is_asking: bool = False) -> Redirection | None:
        """Where a customer of a cluster is sent with a write; None when it is taken here, or nobody answers."""
        node = self._lines.find_listener(at)
        return None if node is None or node.is_still else self.moves.redirection(node, key, is_asking=is_asking)

    # --- the protocol ---

    async def observe(
        self, at: NodeAddress, parameter_names: tuple[str, ...], timeout_seconds: float, *, is_cluster: bool = False
    ) -> Engine:
        node = self._lines.find_reached(at)
        if node is None:
            return Refusing()
        self._look_count += 1
        if not node.is_hung:
            self._pass_time(node)
        if is_unheard(node):
            self._lines.owe(node)
            return Busy(reason=f"{at} accepts connections and gave no answer in {timeout_seconds:g} s.")
        if node.at.secret != at.secret:
            return Unknown(reason=f"{at} did not let the control user sign in.")
        if node.has_script:
            return Busy(reason=f"The engine at {at} refused INFO. The engine says: {BUSY_REPLY}", is_script=True)
        way = find_way(node, at)
        is_encrypted = way is not None and way.is_encrypted
        return self._answer(node, parameter_names, is_cluster=is_cluster, is_encrypted=is_encrypted)

    async def follow(self, at: NodeAddress, primary: NodeAddress, timeout_seconds: float) -> None:
        self._lines.tell(at, lambda node: self._follow_by_port(node, primary))

    def _follow_by_port(self, node: FakeNode, primary: NodeAddress) -> None:
        is_nowhere = primary.replication_port == NOWHERE_PORT
        place = (primary.address, NOWHERE_PORT if is_nowhere else primary.port)
        self._follow(node, place, primary.replication_port)

    async def ask_acknowledgement(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._lines.tell(at, count_acknowledgement)

    async def ask_replicas(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._lines.tell(at, self.replication.change)

    async def promote(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._lines.tell(at, self._promote)

    async def bind(
        self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        self._lines.tell(at, lambda node: self._bind(node, addresses, cuts_clients=cuts_clients))

    async def set_parameters(
        self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        self._lines.tell(at, lambda node: set_parameters(node, parameters, cuts_clients=cuts_clients))

    async def set_users(self, at: NodeAddress, acl: Acl, engine_version: str, timeout_seconds: float) -> None:
        names = (CONTROL_USER, *(user.name for user in acl), mark_name(revision(acl, at.secret)))
        self._lines.tell(at, lambda node: set_users(node, names))

    async def set_tokens(
        self, at: NodeAddress, digests: Mapping[str, Sequence[str]], mark: str, timeout_seconds: float
    ) -> None:
        self._lines.tell(at, lambda node: set_tokens(node, digests, mark))

    async def switch_over(
        self, at: NodeAddress, to: NodeAddress, timeout_seconds: float, *, kept_addresses: tuple[str, ...] = ()
    ) -> None:
        try:
            former, latter = self._lines.ask(at), self._lines.ask(to)
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
        self._leave(former, kept_addresses)
        self._promote(latter)
        self._follow(former, latter.place, to.replication_port)

    def _leave(self, former: FakeNode, kept_addresses: tuple[str, ...]) -> None:
        if kept_addresses:
            self._bind(former, kept_addresses, cuts_clients=True)

    async def cut_clients(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._lines.tell(at, cut_clients)

    async def stop_script(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._lines.tell(at, stop_script, is_for_busy=True)

    async def save_dump(self, at: NodeAddress, timeout_seconds: float) -> str:
        self._lines.tell(at, self._save_dump)
        return DUMP_FILE

    # --- the protocol, in cluster mode ---

    async def take_slots(self, at: NodeAddress, slots: Slots, timeout_seconds: float, *, by_vote: bool) -> None:
        self._lines.tell(at, lambda node: self.cluster.take_slots(node, slots, by_vote=by_vote))

    async def follow_member(self, at: NodeAddress, primary: MemberAddress, timeout_seconds: float) -> None:
        self._lines.tell(at, lambda node: self.cluster.follow_member(node, primary.id))

    async def hand_over(
        self, at: NodeAddress, to: NodeAddress, timeout_seconds: float, *, kept_addresses: tuple[str, ...] = ()
    ) -> None:
        try:
            former, latter = self._lines.ask(at), self._lines.ask(to)
        except (Unreachable, Refused) as error:
            raise SwitchoverFailed(f"It failed while looking at both nodes: {error}") from error
        if view_of(latter).own.primary_id != view_of(former).own.id:
            raise SwitchoverFailed(f"{to} is no replica of {at}.")
        if view_of(latter).own.id not in view_of(former).members:
            raise SwitchoverFailed(f"The engine at {at} has not heard of {to}. {at} is still primary.")
        if not self.replication.is_linked(latter) or not self.replication.catch_up(latter):
            raise SwitchoverFailed(f"The replica {to} cannot catch up; {at} is still primary.")
        self._leave(former, kept_addresses)
        self.cluster.hand_over(former, latter)
        if former.role is Role.PRIMARY:
            raise SwitchoverFailed(f"{at} is still primary of slots that {to} had not heard of.")

    async def drain(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        try:
            draining, heir = self._lines.ask(at), self._lines.ask(to)
        except (Unreachable, Refused) as error:
            raise SwitchoverFailed(f"It failed while looking at both nodes: {error}") from error
        is_heir = heir.follows == draining.place and self.replication.is_linked(heir)
        if not is_heir or not self.replication.catch_up(heir):
            raise SwitchoverFailed(f"The replica {to} cannot catch up; {at} goes on.")
        draining.writes_stopped_until = self._now() + timeout_seconds

    async def meet(self, at: NodeAddress, others: Sequence[NodeAddress], timeout_seconds: float) -> None:
        places = [(other.address, other.port) for other in others]
        self._lines.tell(at, lambda node: view_of(node).meeting.update(places))

    async def forget_members(self, at: NodeAddress, ids: Sequence[MemberId], timeout_seconds: float) -> None:
        self._lines.tell(at, lambda node: self.cluster.forget(node, ids))

    async def begin_move(self, source: NodeAddress, target: MemberId, slots: Slots, timeout_seconds: float) -> None:
        self._lines.tell(source, lambda node: self.moves.begin(node, target, slots))

    async def cancel_moves(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._lines.tell(at, self.moves.cancel)

    async def carry_slots(
        self,
        source: MemberAddress,
        target: MemberAddress,
        slots: Slots,
        *,
        told: Sequence[NodeAddress],
        seconds_max: float,
        timeout_seconds: float,
    ) -> None:
        taking = self._lines.ask(target.at)
        self._lines.tell(source.at, lambda giving: self.moves.carry(giving, taking, slots, self._heard_among(told)))

    async def close_slots(self, at: NodeAddress, slots: Slots, timeout_seconds: float) -> None:
        self._lines.tell(at, lambda node: self.moves.close(node, slots))

    # --- the protocol again ---

    def is_quiet(self, at: NodeAddress, quiet_seconds: float) -> bool:
        node = self._lines.find_reached(at)
        if node is None or not is_unheard(node):
            return False
        self._lines.owe(node)
        return True

    async def shut_down(self, at: NodeAddress, timeout_seconds: float) -> None:
        with contextlib.suppress(NothingListens):
            self._lines.tell(at, self._end, is_for_busy=True)

    def forget(self, at: NodeAddress) -> None:
        """A new connection's sign-in would be owed as well, so nothing changes for one that cannot be heard."""

    async def aclose(self) -> None:
        """There is no connection to drop."""

    # --- what they do ---

    def _heard_among(self, told: Sequence[NodeAddress]) -> list[FakeNode]:
        found = [self._lines.find_reached(at) for at in told]
        return [node for node in found if node is not None and not is_unheard(node) and not node.has_script]

    def _end(self, node: FakeNode | None) -> None:
        if node is not None:
            self._lines.drop(node)
            if node.view is not None and not node.is_hung:
                self.cluster.take_leave(node)
            self.nodes.pop(node.place, None)

    def _pass_time(self, node: FakeNode) -> None:
        self.replication.look(node)
        if node.view is not None and not node.is_still:
            self.cluster.look(node)
            self.moves.look(node)

    def _follow(self, node: FakeNode, place: Place, port: int) -> None:
        refuse_in_cluster_mode(node)
        self.replication.follow(node, place, port)

    def _promote(self, node: FakeNode) -> None:
        refuse_in_cluster_mode(node)
        if node.role is Role.REPLICA:
            self.replication.take_primary_role(node, next(self._replication_ids))

    def _bind(self, node: FakeNode, addresses: tuple[str, ...], *, cuts_clients: bool) -> None:
        if cuts_clients:
            cut_clients(node)
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

    def _answer(
        self, node: FakeNode, parameter_names: tuple[str, ...], *, is_cluster: bool, is_encrypted: bool
    ) -> Answering:
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
            primary_port=port if node.followed_port is None or port == NOWHERE_PORT else node.followed_port,
            is_link_up=node.role is Role.PRIMARY or is_linked,
            link_silent_seconds=self.replication.silent_seconds(node) if is_linked else None,
            is_syncing=progress_ratio is not None,
            sync_progress_ratio=progress_ratio,
            priority=node.priority,
            missing_rights=node.missing_rights,
            bound_addresses=node.bound_addresses,
            parameters={name: node.parameters[name] for name in parameter_names if name in node.parameters},
            engine=node.engine,
            engine_version=node.version,
            used_memory_bytes=1_000_000 + 100 * len(node.keys) + node.other_memory_bytes,
            online_replicas=tuple(one.at.address for one in self.replication.online_replicas(node)),
            data_bytes=100 * len(node.keys),
            runs_in_cluster=node.view is not None,
            user_names=node.user_names,
            certificates=(node.certificate,) if is_encrypted and node.certificate is not None else (),
            cluster=self.cluster.describe(node, self.moves.seen_by(node)) if is_cluster and node.view else None,
        )
