"""Situations for the rules' tests: nodes in a given condition, with good defaults for everything else.

Every node that answers has the history `HISTORY` unless a test says otherwise; `worked` is the record of a group whose
primary named that one.
"""

from datetime import timedelta
from typing import Any

import msgspec

from elastane.engines.valkey import NOWHERE_PORT
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
from elastane.model.replication_groups import (
    NOTHING_OBSERVED,
    Lineage,
    Node,
    NodeGroup,
    ObservedNode,
    ObservedReplicationGroup,
    ReplicationGroup,
    Silence,
)
from elastane.reconcile.silence import LOOK_SECONDS
from elastane.reconcile.situation import SeenNode, Situation
from tests.kit import groups

NOW = groups.CREATED_AT + timedelta(hours=1)
RUNNING = Running(pid=4242, started_at=groups.CREATED_AT)
PORT = 6379
HISTORY = "a" * 40
OTHER_HISTORY = "b" * 40
LINEAGE = Lineage(replication_id=HISTORY, previous_replication_id="")
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
        engine_version="9.1.2",
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
    default = Situation(group=group, nodes=nodes, before=before, target_parameters=parameters or {}, now=NOW)
    return msgspec.structs.replace(default, **changes)


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
