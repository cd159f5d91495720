"""What must hold throughout, checked at every step and not only between passes.

The witness sees everything: what customers were promised, what every node holds, what the control plane heard. It
knows what the control plane cannot know, and blames it only for what that could have known. `owed` is the heart of
it: the acknowledged writes that the group still has to have. A write leaves it only when its last copy dies by a
fault, or when no node that could be heard had received it.
"""

from collections.abc import Callable, Set

from elastane.model.ids import NodeGroupId
from elastane.model.member_ids import member_id
from elastane.model.observations import Role
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.rests import is_within
from elastane.model.slots import ALL_SLOTS, Slots, difference, format_slots, from_numbers
from elastane.reconcile.situation import Situation
from tests.kit.fake_bus import view_of
from tests.kit.fake_engines import FakeNode
from tests.simulation import ownership
from tests.simulation.machine import Machine

LAG_SECONDS_MAX = 10.0
"""A fence may cost what was acknowledged so long before the primary was last heard, and nothing older."""


class InvariantBroken(AssertionError):
    """Its sentence ends the story."""


class Witness:
    def __init__(self, machine: Machine, tell: Callable[[str], None], group: ReplicationGroup) -> None:
        self.group = group
        """As it is desired now."""
        self.owed: dict[str, float] = {}
        """Acknowledged writes, and when each was."""
        self.asked_to_reboot: set[str] = set()
        """Nodes whose process the customer wants to end: with what it holds, if it hangs or is the only one."""
        self._in_sync_when_heard: dict[str, set[FakeNode]] = {}
        self._primary_when_heard: dict[str, FakeNode] = {}
        """The replicas that had joined a primary when that last answered."""
        self._situations: dict[NodeGroupId, Situation] = {}
        """What the control plane decides from in this pass, for each node group."""
        self._machine = machine
        self._tell = tell
        self._heard: dict[str, FakeNode] = {}
        self._contemporaries: set[FakeNode] = set()
        """Processes that lived while there was a primary."""
        self._missed: dict[str, FakeNode] = {}
        self._last_heard: dict[str, float] = {}
        self._promotions: set[FakeNode] = set()
        """Sent, and not seen in effect: a process that is resumed promotes itself."""
        self._primaries: set[FakeNode] = set()
        """Those of the last check, and those that a role was handed to."""
        machine.engines.moves.on_arrival = self._arrived

    # --- what it is told -------------------------------------------------------------------------

    def pass_begins(self) -> None:
        self._heard.clear()
        self._missed.clear()

    def acknowledged(self, write: str) -> None:
        self.owed[write] = self._machine.clock.seconds

    def heard(self, key: str, node: FakeNode) -> None:
        self._heard[key] = node
        if node.role is Role.PRIMARY:
            self._in_sync_when_heard[self.shard_of(key)] = self._machine.find_fed(node)
            self._primary_when_heard[self.shard_of(key)] = node
        self._last_heard[key] = self._machine.clock.seconds

    def missed(self, key: str, node: FakeNode) -> None:
        """It could have been heard: one message was lost."""
        self._missed[key] = node

    def decided(self, situation: Situation, *, is_act: bool) -> None:
        if len(situation.group.node_groups) == 1:
            self._situations[situation.group.node_groups[0].id] = situation
        if is_act and situation.unsteady is not None:
            raise InvariantBroken("the control plane acts while it cannot trust its sense of time")

    def after_order(self, what: str) -> None:
        self._tell(f"    {what}")
        self.check()

    def after_deaths(self) -> None:
        """By a fault: what no living node holds any more is lost, and nobody can be blamed for it."""
        self.asked_to_reboot &= set(self._machine.running())
        held = set().union(*(self._kept_by(node) for node in self._machine.nodes()))
        self._give_up(self.owed.keys() - held, "had no other copy")
        self.check()

    def after_shutdown(self) -> None:
        """As after deaths, but what was saved is not lost."""
        dumps = self._machine.engines.dumps.values()
        saved = set().union(*(dump.keys for dump in dumps))
        self._give_up(self.owed.keys() - saved - self._held_by(self._machine.nodes()), "had not been saved")

    # --- at every step ---------------------------------------------------------------------------

    def check(self) -> None:
        if self.group.is_cluster:
            self._check_cluster()
            return
        nodes = self._machine.nodes()
        primaries = [node for node in nodes if node.role is Role.PRIMARY]
        if primaries:
            self._contemporaries = set(nodes)
        if len(primaries) > 1:
            both = " and ".join(self._name(node) for node in primaries)
            raise InvariantBroken(f"{both} are primaries at once")
        for primary in primaries:
            if primary in self._promotions:
                self._promotions.discard(primary)
                self._give_up(self.owed.keys() - primary.keys, "had not reached the new primary")
            missing = self.owed.keys() - primary.keys
            if missing:
                raise InvariantBroken(f"the primary {self._name(primary)} lacks {len(missing)} acknowledged writes")

    def _check_cluster(self) -> None:
        """As for a group without cluster mode, slot by slot."""
        nodes, owners = self._machine.nodes(), ownership.owners(self._machine)
        if owners:
            self._contemporaries = set(nodes)
        if contested := ownership.find_contested(self._machine):
            one, other, slots = contested
            both = f"{self._name(one)} and {self._name(other)}"
            raise InvariantBroken(f"{both} both take writes to {format_slots(slots)}")
        for node in owners:
            self._must_have_its_name(node)
            if node not in self._primaries:
                self._become_primary(node)
        self._primaries = {node for node in nodes if node.role is Role.PRIMARY}
        missing = self.owed.keys() - set().union(*(node.keys for node in owners))
        for write in sorted(missing):
            owner = ownership.find_owner(self._machine, write)
            if owner is not None and not self._machine.engines.moves.is_on_its_way(owner, write):
                raise InvariantBroken(f"the primary {self._name(owner)} lacks {write}, which was acknowledged")

    def _become_primary(self, node: FakeNode) -> None:
        """By an order, or because the engines elected it: then nobody has chosen."""
        is_ordered = node in self._promotions
        self._promotions.discard(node)
        valid = [one for one in ownership.owners(self._machine) if not ownership.is_replaced(self._machine, one)]
        held = set().union(*(one.keys for one in valid))
        lacking = ownership.of(self.owed.keys() - held, view_of(node).own.slots)
        self._give_up(lacking, "had not reached the new primary" if is_ordered else "had not reached who was elected")

    def handed_over(self, key: str) -> None:
        """It became primary by a switchover, which loses nothing, and hides nothing from readers."""
        if key not in self._machine.running():
            return
        node = self._machine.node(key)
        self._primaries.add(node)
        owned = difference(view_of(node).own.slots, from_numbers(view_of(node).leaving))
        hidden = ownership.of(self.owed.keys() - node.keys, owned)
        if any(not self._machine.engines.moves.is_on_its_way(node, write) for write in hidden):
            raise InvariantBroken(f"{key} has taken a role over and does not know where {len(hidden)} writes are")

    def before_promotion(self, key: str, slots: Slots = ALL_SLOTS) -> None:
        """Whoever could be heard and holds more would have been the better choice."""
        if key not in self._machine.running() or self._machine.node(key).role is Role.PRIMARY:
            return
        chosen = self._machine.node(key)
        owed = self._owed_in(slots)
        unread = (_received(chosen) & owed) - chosen.keys
        if unread:
            raise InvariantBroken(f"{key} is promoted before it has read {len(unread)} acknowledged writes it was sent")
        for other in self._comparable(chosen):
            more = (_received(other) & owed) - chosen.keys
            if more:
                raise InvariantBroken(
                    f"{key} is promoted and lacks {len(more)} acknowledged writes that {self._name(other)} holds"
                )
        if owed and not owed & chosen.keys:
            self._must_be_alone(key, chosen, owed)
        self._must_be_allowed(key)
        self._promotions.add(chosen)

    def before_stop(self, key: str) -> None:
        """In order, as for a reboot or a departure: it costs nothing, unless the customer asked for just that."""
        only = self._held_only_by(key)
        is_alone = len([other for other in self._machine.running() if self.shard_of(other) == self.shard_of(key)]) == 1
        if only and not (is_alone and key in self.asked_to_reboot):
            raise InvariantBroken(f"{key} is stopped and holds {len(only)} acknowledged writes that nobody else has")
        self._give_up(only, "were given up by the customer")

    def before_fence(self, key: str) -> None:
        """Of a node that is silent: it may cost what replication had not carried over yet, and no more."""
        only = self._held_only_by(key)
        if key in self.asked_to_reboot:
            self._give_up(only, "were given up with a reboot that the customer asked for")
            return
        if key in self._machine.running() and self._is_primary(self._machine.node(key)):
            self._must_not_flap(key)
            self._must_have_heirs(key)
        heard_at = self._last_heard.get(key, 0.0)
        old = [write for write in only if self.owed[write] < heard_at - LAG_SECONDS_MAX]
        if old:
            raise InvariantBroken(
                f"{key} is killed and holds {len(only)} acknowledged writes that nobody else has, "
                f"the oldest from {heard_at - min(self.owed[write] for write in old):.0f} s before it was last heard"
            )
        self._give_up(only, "had reached no replica before the fence")

    def _comparable(self, chosen: FakeNode) -> list[FakeNode]:
        """Those who could be heard; everybody, when no process is left that has seen the last primary."""
        shard = self.shard_of(self._name(chosen))
        own = [node for node in self._machine.nodes() if self.shard_of(self._name(node)) == shard]
        if self._contemporaries and chosen not in self._contemporaries:
            return own
        nodes = {*self._heard.values(), *self._missed.values()}
        return [node for node in own if node in nodes]

    # --- the rules -------------------------------------------------------------------------------

    def _must_have_its_name(self, node: FakeNode) -> None:
        names = {member_id(self.group.region, one) for one in self.group.nodes}
        if view_of(node).own.id not in names:
            raise InvariantBroken(f"{self._name(node)} owns slots under a name that nobody gave it")

    def _must_be_alone(self, key: str, chosen: FakeNode, owed: Set[str]) -> None:
        for other in self._machine.nodes():
            if self.shard_of(self._name(other)) != self.shard_of(key):
                continue
            if other is not chosen and _received(other) & owed:
                raise InvariantBroken(f"{key} is promoted without any data, and {self._name(other)} has some")

    def _must_be_allowed(self, key: str) -> None:
        """With automatic failover off a lost primary is rebuilt before anybody takes its place."""
        situation = self._situation_of(key)
        if situation is None or situation.is_failover_automatic:
            return
        node_group = situation.group.node_groups[0]
        last = situation.before.primaries.get(node_group.id)
        if last is None or last != node_group.target_primary or key.endswith(f"/{last}"):
            return
        if any(seen.id == last and not seen.is_running for seen in situation.staying):
            raise InvariantBroken(f"automatic failover is off, and {key} takes over from {last}, which was not rebuilt")

    def _must_not_flap(self, key: str) -> None:
        situation = self._situation_of(key)
        failed_over_at = situation.group.node_groups[0].failed_over_at if situation is not None else None
        if situation is None or failed_over_at is None:
            return
        if is_within(situation.now, failed_over_at, situation.settings.interval_seconds):
            seconds = (situation.now - failed_over_at).total_seconds()
            raise InvariantBroken(f"{key} hangs and is killed {seconds:.0f} s after a failover")

    def _must_have_heirs(self, key: str) -> None:
        own = self._machine.node(key)
        history = {own.replication_id, own.previous_replication_id} - {""}
        others = [node for node in self._heard.values() if node is not own]
        is_related = any({node.replication_id, node.previous_replication_id} & history for node in others)
        if self.owed.keys() & own.keys and not is_related:
            raise InvariantBroken(f"{key} is killed, and nobody else who was heard has any of its data")

    # --- node groups -----------------------------------------------------------------------------

    def shard_of(self, key: str) -> str:
        """The node group of a node; one of its own for a node that is none of the group's any more."""
        name = key.rpartition("/")[2]
        return next((part.id for part in self.group.node_groups if any(one.id == name for one in part.nodes)), name)

    def is_in_sync(self, key: str) -> bool:
        """Whether it had joined its primary when that last answered."""
        return self._machine.node(key) in self._in_sync_when_heard.get(self.shard_of(key), set())

    def is_known_as_primary(self, key: str) -> bool:
        """Whether the control plane has heard it say so, and nobody else of its shard since."""
        return self._primary_when_heard.get(self.shard_of(key)) is self._machine.node(key)

    def _situation_of(self, key: str) -> Situation | None:
        return self._situations.get(NodeGroupId(self.shard_of(key)))

    def _owed_in(self, slots: Slots) -> Set[str]:
        return self.owed.keys() if slots == ALL_SLOTS else ownership.of(self.owed, slots)

    def _arrived(self, keys: frozenset[str]) -> None:
        """A move brings writes that nobody of the other shard has received before, as if they had just been made."""
        for key in keys & self.owed.keys():
            self.owed[key] = self._machine.clock.seconds

    def _is_primary(self, node: FakeNode) -> bool:
        """By its own word; in a cluster of slots, and nobody was elected in its place while it stood still."""
        if not self.group.is_cluster:
            return node.role is Role.PRIMARY
        return node in ownership.owners(self._machine) and not ownership.is_replaced(self._machine, node)

    # --- counting copies -------------------------------------------------------------------------

    def _held_only_by(self, key: str) -> set[str]:
        """Of what it holds. A node that was heard in this pass and has died since cannot be held against anybody."""
        if key not in self._machine.running():
            return set()
        own = self._machine.node(key)
        others = {*self._machine.nodes(), *self._heard.values()} - {own}
        return (self.owed.keys() & own.keys) - self._held_by(others)

    def _kept_by(self, node: FakeNode) -> Set[str]:
        keys = _received(node)
        return ownership.of(keys, ownership.kept_by(self._machine, node)) if self.group.is_cluster else keys

    def _held_by(self, nodes: "Set[FakeNode] | list[FakeNode]") -> set[str]:
        return set().union(*(_received(node) for node in nodes))

    def _give_up(self, writes: Set[str], why: str) -> None:
        if writes:
            self._tell(f"    {len(writes)} acknowledged writes {why}")
            for write in list(writes):
                del self.owed[write]

    def _name(self, node: FakeNode) -> str:
        return self._machine.key_of(node.at.address)


def _received(node: FakeNode) -> Set[str]:
    """What no death of its primary takes away from it: also what lies unread in its socket."""
    return node.received_keys if node.inbox else node.keys
