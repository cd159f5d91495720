"""The input of every rule: what is desired, what was just observed, and what the last pass kept.

Pure and read-only. A rule that wants to know something asks the situation, so the questions
have one answer each.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from elastane.model.acls import WantedUsers
from elastane.model.cluster_views import ClusterView
from elastane.model.engine_supply import PRESENT, EngineSupply
from elastane.model.failover_settings import FailoverSettings
from elastane.model.iam_tokens import WantedTokens
from elastane.model.ids import MemberId, NodeGroupId, NodeId, Zone
from elastane.model.member_ids import member_id
from elastane.model.observations import Answering, Engine, Process, Role, Running
from elastane.model.observed_replication_groups import NodeHealth, ObservedNode, ObservedReplicationGroup, Silence
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup
from elastane.model.rests import is_within
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, Slots, difference, union
from elastane.model.software import is_outdated

PASSING_SECONDS = 5.0

SILENT_LOOKS_FORGIVEN = 3
"""So many looks without an answer are told of; fewer are a late answer."""


class SeenNode(msgspec.Struct, frozen=True, kw_only=True):
    """One node: desired, observed now, and remembered."""

    node: Node
    process: Process
    engine: Engine
    before: ObservedNode | None
    is_online: bool = True
    """Its primary, when it was asked too, lists it as online."""
    silence: Silence | None = None
    """How long it has not answered although it runs, from its start on; None when it answered, or does not run."""
    is_stranger: bool = False
    """It has another name in its cluster than it shall have: nothing that it says of itself counts, and it is killed.

    Such an engine may have booted as an empty primary. Believed, its history would be the group's.
    """

    @property
    def id(self) -> NodeId:
        return self.node.id

    @property
    def is_running(self) -> bool:
        return isinstance(self.process, Running)

    @property
    def answer(self) -> Answering | None:
        """What the engine said in this pass, if it did."""
        return self.engine if isinstance(self.engine, Answering) else None

    @property
    def view(self) -> ClusterView | None:
        """What it said of its cluster in this pass; None also for an engine without cluster mode."""
        return None if self.answer is None else self.answer.cluster

    @property
    def slots(self) -> Slots:
        """Those it says it owns itself."""
        return NO_SLOTS if self.view is None or self.is_stranger else self.view.own.slots

    @property
    def is_held_back(self) -> bool:
        """It answers, and refuses customers' commands: it hears too few of the other primaries of its cluster."""
        return self.view is not None and not self.view.is_serving

    @property
    def role(self) -> Role | None:
        """As it said itself in this pass."""
        return None if self.answer is None or self.is_stranger else self.answer.role

    @property
    def is_primary(self) -> bool:
        return self.role is Role.PRIMARY

    @property
    def is_replica(self) -> bool:
        return self.role is Role.REPLICA

    @property
    def is_certainly_dead(self) -> bool:
        """The process handle says so. A connection that is refused says only that nobody listens yet."""
        return not self.is_running

    @property
    def has_lost_its_data(self) -> bool:
        """Empty now, and known to have held keys before."""
        return (
            self.answer is not None
            and self.answer.key_count == 0
            and self.before is not None
            and self.before.has_held_data
        )

    @property
    def has_fallen_silent(self) -> bool:
        """It answered before and does not now, so it may still be what it was. A new process is nothing yet."""
        return self.silence is not None and not self.is_coming_up

    @property
    def health(self) -> NodeHealth:
        if not self.is_running:
            return NodeHealth.DOWN
        if self.answer is None:
            return NodeHealth.STARTING if self.is_coming_up else self._health_in_silence
        if self.answer.is_loading:
            return NodeHealth.STARTING
        return NodeHealth.READY if self.answer.is_link_up and self.is_online else NodeHealth.SYNCING

    @property
    def _health_in_silence(self) -> NodeHealth:
        """One answer that is late says nothing of a node's health: customers' statuses must not flicker with it."""
        is_new = self.silence is None or self.silence.look_count < SILENT_LOOKS_FORGIVEN
        return self.before.health if is_new and self.before is not None else NodeHealth.UNKNOWN

    @property
    def is_coming_up(self) -> bool:
        """This process has never answered since it was started."""
        return isinstance(self.process, Running) and (
            self.before is None or self.before.answered_process_started_at != self.process.started_at
        )


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a rule may know."""

    group: ReplicationGroup
    nodes: tuple[SeenNode, ...]
    before: ObservedReplicationGroup
    target_parameters: dict[str, str]
    """The engine parameters each node shall have, spelled as CONFIG GET spells them."""
    now: datetime
    parameter_group: ParameterGroup | None = None
    """The customer's own that the group uses; None for a default one."""
    lost_zones: frozenset[Zone] = frozenset()
    """Zones in which no node can be started at the moment."""
    users: WantedUsers | None = None
    """Those that each engine shall know besides ours; None when that cannot be known."""
    tokens: WantedTokens | None = None
    """Those that users of IAM may sign in with at this moment; None in a group that has no such users."""
    certificate_names: dict[NodeId, frozenset[str]] = {}
    """The DNS names and addresses by which each node is reached; empty without encryption in transit."""
    certificate_issuer: str = ""
    """The authority that issues now."""
    unsteady: str | None = None
    """Why our own sense of time is not to be trusted at the moment; None when it is."""
    settings: FailoverSettings = FailoverSettings()
    engine_supply: EngineSupply = PRESENT
    """Whether the engine that the group shall run is on this machine."""
    around: tuple[SeenNode, ...] = ()
    """The nodes of the other node groups, when this is the situation of one of several."""
    others: tuple[NodeGroup, ...] = ()
    """Those other node groups."""
    engines: tuple[tuple[str, str], ...] = ()
    """The engines that nodes can be started with here: name and full version."""
    pending_memory_bytes: int | None = None
    """What nodes would have for data after the change that waits for the maintenance window; None when none does."""
    occupied: frozenset[NodeGroupId] = frozenset()
    """Node groups for which a rule of more danger has spoken: their slots stay where they are meanwhile."""

    def narrowed(self) -> tuple["Situation", ...]:
        """The situation of each node group by itself, with what was last decided for it; itself when there is one."""
        if len(self.group.node_groups) <= 1:
            return (self,)
        return tuple(self._narrowed_to(node_group) for node_group in self.group.node_groups)

    def _narrowed_to(self, node_group: NodeGroup) -> "Situation":
        ids = {node.id for node in node_group.nodes}
        return replace(
            self,
            group=replace(self.group, node_groups=(node_group,)),
            nodes=tuple(seen for seen in self.nodes if seen.id in ids),
            around=tuple(seen for seen in self.nodes if seen.id not in ids),
            others=tuple(other for other in self.group.node_groups if other is not node_group),
            before=replace(self.before, verdict=self.before.node_group_verdicts.get(node_group.id)),
        )

    @property
    def is_failover_automatic(self) -> bool:
        """Also while there is a temporary replica: nobody chose to do without a failover from or to that."""
        return self.group.availability.automatic_failover or any(node.is_temporary for node in self.group.nodes)

    def is_outdated(self, seen: SeenNode) -> bool:
        """Whether a node runs, or ran when it was last heard, another engine than it shall: it is to be replaced."""
        last = seen.answer or seen.before
        if last is None or last.engine is None or last.engine_version is None:
            return False
        return is_outdated(last.engine, last.engine_version, self.group.software, self.engines)

    @property
    def are_others_heard(self) -> bool:
        """Whether every other node group has a primary that answers: then all there is to know of slots is known."""
        primaries = {seen.id for seen in self.around if seen.is_primary}
        return all(any(node.id in primaries for node in other.nodes) for other in self.others)

    @property
    def everybody(self) -> tuple[SeenNode, ...]:
        """The nodes of all node groups, also in the situation of one."""
        return (*self.nodes, *self.around)

    @property
    def staying(self) -> tuple[SeenNode, ...]:
        leaving = self._leaving_ids()
        return tuple(seen for seen in self.nodes if seen.id not in leaving)

    @property
    def leaving(self) -> tuple[SeenNode, ...]:
        leaving = self._leaving_ids()
        return tuple(seen for seen in self.nodes if seen.id in leaving)

    def _leaving_ids(self) -> set[NodeId]:
        """Those that were asked to, and those of a node group that was, and owns no slots any more."""
        emptied = (part for part in self.group.node_groups if self.is_emptied(part))
        return {seen.id for seen in self.nodes if seen.node.is_leaving} | {
            node.id for part in emptied for node in part.nodes
        }

    def is_emptied(self, node_group: NodeGroup) -> bool:
        """A node group that is to leave and owns nothing: every slot is, or was last seen to be, another's."""
        if not node_group.is_leaving or any(seen.slots for seen in self.of(node_group)):
            return False
        before, ids = self.before.slots, {node.id for node in node_group.nodes}
        elsewhere = union(*(seen.slots for seen in self.everybody if seen.is_primary and seen.id not in ids))
        is_left = difference(before.get(node_group.id, NO_SLOTS), elsewhere)
        remembered = (slots for part, slots in before.items() if part != node_group.id)
        return not is_left and union(elsewhere, *remembered) == ALL_SLOTS

    def find_cluster_epoch(self) -> int:
        """The highest that was ever seen, for one that nobody has seen any more may still be told of."""
        return max(
            self.before.cluster_epoch, *(seen.view.config_epoch for seen in self.everybody if seen.view is not None), 0
        )

    def has_lasted(self, sentence: str) -> bool:
        """Whether the same was already said some seconds ago: what passes by itself is not told to anybody."""
        last = self.before.verdict
        return last is not None and last.sentence == sentence and not is_within(self.now, last.since, PASSING_SECONDS)

    def member_id(self, seen: SeenNode) -> MemberId:
        """What it is to be called in its cluster."""
        return member_id(self.group.region, seen.node)

    def of(self, node_group: NodeGroup) -> tuple[SeenNode, ...]:
        """A node group's nodes, those leaving included: they may still be primary."""
        ids = {node.id for node in node_group.nodes}
        return tuple(seen for seen in self.nodes if seen.id in ids)

    def node_group_of(self, node: Node) -> NodeGroup:
        return next(part for part in self.group.node_groups if node in part.nodes)

    def find_primary(self, node_group: NodeGroup) -> SeenNode | None:
        """The only node that calls itself primary; None when there is none, or more than one, or it is doubtful.

        Doubtful is one that was neither ordered nor ever seen to be it, while the one that was ordered is silent.
        In cluster mode who owns slots is primary, whoever else says so, and beyond doubt: a majority let it.
        """
        primaries = [seen for seen in self.of(node_group) if seen.is_primary]
        owners = [seen for seen in primaries if seen.slots]
        if len(owners) == 1:
            return owners[0]
        if len(primaries) != 1:
            return None
        known = (node_group.ordered_primary, self.before.primaries.get(node_group.id))
        is_doubtful = primaries[0].id not in known and self.find_silent_order(node_group) is not None
        return None if is_doubtful else primaries[0]

    def find_silent_order(self, node_group: NodeGroup) -> SeenNode | None:
        """The node that was last ordered to be primary, if it answered before and does not now: it may be primary."""
        ordered = (seen for seen in self.of(node_group) if seen.id == node_group.ordered_primary)
        return next((seen for seen in ordered if seen.has_fallen_silent), None)

    def heirs(self, node_group: NodeGroup) -> tuple[SeenNode, ...]:
        """Replicas in sync that stay: those a role, or the readers, may be handed to."""
        return tuple(
            seen
            for seen in self.of(node_group)
            if seen.is_replica and seen.health is NodeHealth.READY and not seen.node.is_leaving
        )

    def get(self, node_id: NodeId) -> SeenNode:
        return next(seen for seen in self.nodes if seen.id == node_id)


def with_primaries_views(nodes: tuple[SeenNode, ...]) -> tuple[SeenNode, ...]:
    """The nodes, each with what its primary says of it.

    A replica calls its link up as soon as its first sync is done; its primary calls it online up to a tenth of
    a second later and may send it nothing before. A primary that dies in between takes along what was written.
    """
    views = {seen.node.address: seen.answer.online_replicas for seen in nodes if seen.answer and seen.is_primary}
    return tuple(replace(seen, is_online=_is_online(seen, views)) for seen in nodes)


def _is_online(seen: SeenNode, views: dict[str, tuple[str, ...]]) -> bool:
    primary = seen.answer.primary_address if seen.answer is not None else None
    return primary not in views or seen.node.address in views[primary]


def names(nodes: Iterable[SeenNode]) -> str:
    """Node ids for a sentence."""
    return listed([seen.id for seen in nodes])


def listed(ids: Sequence[str]) -> str:
    """``a, b and c``."""
    return ids[0] if len(ids) == 1 else f"{', '.join(ids[:-1])} and {ids[-1]}" if ids else "no node"
