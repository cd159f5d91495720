"""Situations for the rules' tests: nodes in a given condition, with good defaults for everything else.

Every node that answers has the history `HISTORY` unless a test says otherwise; `worked` is the record of a group whose
primary named that one. Of groups in cluster mode a test tells only who is not well (`cluster_situation`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from elastane.engines.valkey import NOWHERE_PORT
from elastane.model.cluster_views import ClusterView, Member, MoveState, SlotMove
from elastane.model.engine_names import EngineName
from elastane.model.ids import MemberId, NodeGroupId, NodeId
from elastane.model.member_ids import member_id, nowhere_id
from elastane.model.observations import (
    Absent,
    Answering,
    Busy,
    Engine,
    Exited,
    Process,
    Refusing,
    Role,
    Running,
)
from elastane.model.observed_replication_groups import (
    NOTHING_OBSERVED,
    Lineage,
    ObservedNode,
    ObservedReplicationGroup,
    Silence,
)
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup, Software
from elastane.model.slots import NO_SLOTS, Slots
from elastane.reconcile.plan import Decision
from elastane.reconcile.plan.verdicts import Verdict
from elastane.reconcile.silence import LOOK_SECONDS
from elastane.reconcile.situation import SeenNode, Situation
from tests.kit import groups

NOW = groups.CREATED_AT + timedelta(hours=1)
RUNNING = Running(pid=4242, started_at=groups.CREATED_AT)
PORT = 6379
HISTORY = "a" * 40
OTHER_HISTORY = "b" * 40
LINEAGE = Lineage(replication_id=HISTORY, previous_replication_id="")
UNTOLD_VERSION = "9.1.2"
"""Of an engine of which a test tells nothing: in a situation it is what the group asks for."""
HANG_SECONDS = 2 * LOOK_SECONDS
"""What three looks without an answer take."""
MARK = 77
"""What the kernel says of a main thread; the same at every look when it stands still."""


def answering(**changes: Any) -> Answering:
    default = Answering(
        role=Role.PRIMARY,
        replication_id=HISTORY,
        offset_bytes=0,
        key_count=0,
        is_loading=False,
        primary_address=None,
        primary_port=None,
        is_link_up=True,
        sync_progress_ratio=None,
        bound_addresses=(),
        parameters={},
        engine=EngineName.VALKEY,
        engine_version=UNTOLD_VERSION,
        used_memory_bytes=1_000_000,
    )
    return msgspec.structs.replace(default, **changes)


def primary(node: Node, *, before: ObservedNode | None = None, **changes: Any) -> SeenNode:
    return _seen(node, RUNNING, answering(**({"bound_addresses": (node.address,)} | changes)), before)


def replica(node: Node, of: Node, *, before: ObservedNode | None = None, **changes: Any) -> SeenNode:
    defaults = {
        "role": Role.REPLICA,
        "primary_address": of.address,
        "primary_port": PORT,
        "bound_addresses": (node.address,),
        "link_silent_seconds": 0,
    }
    return _seen(node, RUNNING, answering(**(defaults | changes)), before)


def newborn(node: Node, *, before: ObservedNode | None = None, **changes: Any) -> SeenNode:
    """Booted and guarded: a replica of nowhere."""
    return replica(
        node,
        node,
        before=before,
        **({"primary_port": NOWHERE_PORT, "is_link_up": False, "link_silent_seconds": None} | changes),
    )


def coming_up(node: Node) -> SeenNode:
    return _seen(node, RUNNING, Refusing(), None)


def hanging(node: Node) -> SeenNode:
    return _seen(node, RUNNING, Busy(reason="no answer in 1 s"), groups.observed_node(node))


def silent(
    node: Node,
    *,
    seconds: float,
    looks: int = 3,
    still: int = 0,
    still_seconds: float | None = None,
    engine: Engine | None = None,
    before: ObservedNode | None = None,
) -> SeenNode:
    """It runs and has not answered for so long; at `still` looks of those, the last ones, its process stood still."""
    gap = silence(seconds=seconds, looks=looks, still=still, still_seconds=still_seconds)
    last = before or groups.observed_node(node, bound_addresses=(node.address,))
    return msgspec.structs.replace(
        _seen(node, RUNNING, engine or Busy(reason="no answer in 0.25 s"), last), silence=gap
    )


def silence(
    *, seconds: float, looks: int = 3, still: int = 0, still_seconds: float | None = None, looked_ago_seconds: float = 0
) -> Silence:
    """The process has stood still for as long as the silence lasts unless `still_seconds` says otherwise."""
    looked_at = NOW - timedelta(seconds=looked_ago_seconds)
    since = NOW - timedelta(seconds=seconds)
    still_since = since if still_seconds is None else NOW - timedelta(seconds=still_seconds)
    return Silence(
        since=since,
        look_count=looks,
        still_count=still,
        still_since=still_since if still else looked_at,
        processor_mark=MARK,
        looked_at=looked_at,
    )


def just_silent(node: Node) -> SeenNode:
    return silent(node, seconds=0, looks=1, still=1)


def hung(node: Node, *, before: ObservedNode | None = None) -> SeenNode:
    """It has stood still for as long as it takes to say so."""
    return silent(node, seconds=HANG_SECONDS, looks=3, still=3, before=before)


def working(node: Node, *, seconds: float, engine: Engine | None = None) -> SeenNode:
    """It answers nobody, and its process is far from standing still."""
    return silent(node, seconds=seconds, looks=int(seconds * 4) + 1, still=0, engine=engine)


def scripted(node: Node, *, seconds: float) -> SeenNode:
    return working(node, seconds=seconds, engine=Busy(reason="BUSY a script runs", is_script=True))


def dead(node: Node, *, before: ObservedNode | None = None, exit_code: int = -9, last_words: str = "") -> SeenNode:
    return _seen(node, Exited(exit_code=exit_code, last_words=last_words), Refusing(), before)


def absent(node: Node) -> SeenNode:
    return _seen(node, Absent(), Refusing(), None)


def orphan(node: Node, of: Node, *, before: ObservedNode | None = None, **changes: Any) -> SeenNode:
    """A replica whose primary is gone: it was in sync with it, has its history still, and no link."""
    last = before or groups.observed_node(node, has_synced=True, is_up_to_date=True)
    return replica(node, of, before=last, **({"is_link_up": False, "link_silent_seconds": None} | changes))


def situation(
    group: ReplicationGroup,
    *nodes: SeenNode,
    before: ObservedReplicationGroup = NOTHING_OBSERVED,
    parameters: dict[str, str] | None = None,
    **changes: Any,
) -> Situation:
    assert {seen.id for seen in nodes} == {node.id for node in group.nodes}, "a situation shows every node"
    nodes = tuple(_as_asked(seen, group.software) for seen in nodes)
    default = Situation(group=group, nodes=nodes, before=before, target_parameters=parameters or {}, now=NOW)
    return msgspec.structs.replace(default, **changes)


def _as_asked(seen: SeenNode, software: Software) -> SeenNode:
    if seen.answer is None or seen.answer.engine_version != UNTOLD_VERSION or software.version == "9.1":
        return seen
    answer = msgspec.structs.replace(seen.answer, engine=software.engine, engine_version=f"{software.version}.0")
    return msgspec.structs.replace(seen, engine=answer)


def worked(group: ReplicationGroup, primary: Node | None = None, **changes: Any) -> ObservedReplicationGroup:
    """The record of a group that was available, its primary the target unless another is named."""
    (part,) = group.node_groups
    last = part.target_primary if primary is None else primary.id
    return groups.observed(group, **({"primaries": {part.id: last}, "lineages": {part.id: LINEAGE}} | changes))


def with_part(group: ReplicationGroup, **changes: Any) -> ReplicationGroup:
    """The group with its only node group changed."""
    (part,) = group.node_groups
    changed: NodeGroup = msgspec.structs.replace(part, **changes)
    return msgspec.structs.replace(group, node_groups=(changed,))


def _seen(node: Node, process: Process, engine: Engine, before: ObservedNode | None) -> SeenNode:
    return SeenNode(node=node, process=process, engine=engine, before=before)


def decided(rule: str, verdict: Verdict) -> Decision:
    """What one rule said for the whole."""
    return Decision(rule=rule, verdict=verdict)


# --- in cluster mode -----------------------------------------------------------------------------


def cluster_situation(
    group: ReplicationGroup,
    *told: SeenNode,
    owned: Mapping[NodeGroupId, Slots] | None = None,
    before: ObservedReplicationGroup | None = None,
    is_endpoint_bound: bool = True,
    parameters: dict[str, str] | None = None,
    **changes: Any,
) -> Situation:
    """A group in cluster mode in which all is well with everybody of whom a test tells nothing.

    Everybody knows everybody, and the first replica of those who are well has the endpoint. Primaries own what their
    shards shall own, or what `owned` says of them. The record is that of a group which was so before, unless `before`
    says otherwise; nodes told of bring their own.
    """
    owners = {part.id: part.slots for part in group.node_groups} | dict(owned or {})
    by_id = {seen.id: seen for seen in told}
    assert by_id.keys() <= {node.id for node in group.nodes}, "a situation tells of its own nodes"
    primaries = {part.target_primary for part in group.node_groups}
    untold = (node for node in group.nodes if node.id not in by_id)
    well = sorted(untold, key=lambda node: (node.is_leaving, node.id in primaries))
    listening = well[0] if well and is_endpoint_bound else None
    nodes = tuple(
        by_id.get(node.id) or _well(group, part, node, is_endpoint=node is listening)
        for part in group.node_groups
        for node in part.nodes
    )
    members = {
        seen.id: _member(group, part, seen, nodes, owners[part.id])
        for part in group.node_groups
        for seen in nodes
        if seen.node in part.nodes
    }
    viewing = tuple(_with_default_view(seen, members) for seen in nodes)
    return situation(
        group,
        *viewing,
        before=worked_cluster(group, owners) if before is None else before,
        parameters=parameters,
        **changes,
    )


def worked_cluster(
    group: ReplicationGroup, owned: Mapping[NodeGroupId, Slots] | None = None, **changes: Any
) -> ObservedReplicationGroup:
    """The record of a group in cluster mode that was available."""
    parts = group.node_groups
    owners = {part.id: part.slots for part in parts} if owned is None else owned
    return groups.observed(
        group,
        **(
            {
                "primaries": {part.id: part.target_primary for part in parts},
                "lineages": {part.id: LINEAGE for part in parts},
                "slots": {part: slots for part, slots in owners.items() if slots},
            }
            | changes
        ),
    )


def viewing(at: Situation, node: Node, **changes: Any) -> Situation:
    """The same, with something else in one node's view of its cluster."""
    return _with_view(at, node, lambda view: msgspec.structs.replace(view, **changes))


def knowing(at: Situation, node: Node, other: Node, **changes: Any) -> Situation:
    """The same, with something else known to one node of another, or of itself."""
    wanted = member_id(at.group.region, other)

    def change(member: Member) -> Member:
        return msgspec.structs.replace(member, **changes) if member.id == wanted else member

    return _with_view(
        at,
        node,
        lambda view: msgspec.structs.replace(
            view, own=change(view.own), others=tuple(change(member) for member in view.others)
        ),
    )


def not_knowing(at: Situation, node: Node, other: Node) -> Situation:
    """The same, with one node that has never heard of another."""
    unknown = member_id(at.group.region, other)
    return _with_view(
        at,
        node,
        lambda view: msgspec.structs.replace(
            view, others=tuple(member for member in view.others if member.id != unknown)
        ),
    )


def with_shard(group: ReplicationGroup, shard_id: str, **changes: Any) -> ReplicationGroup:
    """The group with one of its node groups changed."""
    parts = (msgspec.structs.replace(part, **changes) if part.id == shard_id else part for part in group.node_groups)
    return msgspec.structs.replace(group, node_groups=tuple(parts))


def move(
    group: ReplicationGroup, source: Node, target: Node, slots: Slots, *, seconds_ago: float = 0, **changes: Any
) -> SlotMove:
    """A move of whole slots, as its giving side tells it; under way unless a test says otherwise."""
    default = SlotMove(
        id="move",
        is_export=True,
        slots=slots,
        source_id=member_id(group.region, source),
        target_id=member_id(group.region, target),
        state=MoveState.RUNNING,
        message="",
        began_at_seconds=int((NOW - timedelta(seconds=seconds_ago)).timestamp()),
    )
    return msgspec.structs.replace(default, **changes)


def _well(group: ReplicationGroup, part: NodeGroup, node: Node, *, is_endpoint: bool) -> SeenNode:
    """As it should be: the target is primary, and the others are in sync with it."""
    first = next((candidate for candidate in part.nodes if candidate.id == part.target_primary), part.nodes[0])
    endpoint = group.network.configuration_endpoint_address
    bound = (node.address, endpoint) if is_endpoint and endpoint is not None else (node.address,)
    if node is first:
        return primary(node, before=groups.observed_node(node, role=Role.PRIMARY), bound_addresses=bound)
    last = groups.observed_node(node, has_synced=True, is_up_to_date=True, is_introduced=True)
    return replica(node, first, before=last, bound_addresses=bound)


def _member(
    group: ReplicationGroup, part: NodeGroup, seen: SeenNode, nodes: Sequence[SeenNode], owned: Slots
) -> Member:
    """A node as everybody knows it; one that does not answer is known as what it was."""
    has_other_primary = any(other.is_primary for other in nodes if other.node in part.nodes and other is not seen)
    is_primary = seen.is_primary or (seen.answer is None and seen.id == part.target_primary and not has_other_primary)
    return Member(
        id=member_id(group.region, seen.node),
        address=seen.node.address,
        is_primary=is_primary,
        primary_id=None if is_primary else _followed(group, part, seen),
        slots=owned if is_primary else NO_SLOTS,
        is_linked=seen.is_running,
    )


def _followed(group: ReplicationGroup, part: NodeGroup, seen: SeenNode) -> MemberId:
    if seen.answer is not None and seen.answer.primary_port == NOWHERE_PORT:
        return nowhere_id(group.region, seen.node)
    addresses = {node.address: node for node in group.nodes}
    followed = None if seen.answer is None else addresses.get(seen.answer.primary_address or "")
    target = next((node for node in part.nodes if node.id == part.target_primary), part.nodes[0])
    return member_id(group.region, followed or target)


def _with_default_view(seen: SeenNode, members: Mapping[NodeId, Member]) -> SeenNode:
    if seen.answer is None or seen.answer.cluster is not None:
        return seen
    own = members[seen.id]
    others = tuple(member for node_id, member in members.items() if node_id != seen.id)
    if own.primary_id is not None and all(member.id != own.primary_id for member in others):
        others = (*others, Member(id=own.primary_id, address=own.address, is_primary=True, is_handshaking=True))
    view = ClusterView(
        own=msgspec.structs.replace(own, is_linked=True),
        others=others,
        config_epoch=1 + list(members).index(seen.id),
        current_epoch=len(members),
    )
    return msgspec.structs.replace(
        seen, engine=msgspec.structs.replace(seen.answer, cluster=view, runs_in_cluster=True)
    )


def _with_view(at: Situation, node: Node, change: Callable[[ClusterView], ClusterView]) -> Situation:
    def changed(seen: SeenNode) -> SeenNode:
        if seen.id != node.id:
            return seen
        assert seen.answer is not None and seen.answer.cluster is not None, "only who answers has a view"
        answer = msgspec.structs.replace(seen.answer, cluster=change(seen.answer.cluster))
        return msgspec.structs.replace(seen, engine=answer)

    return msgspec.structs.replace(at, nodes=tuple(map(changed, at.nodes)))
