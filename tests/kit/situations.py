"""Situations for the rules' tests: nodes in a given condition, with good defaults for everything else."""

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
    Node,
    ObservedNode,
    ObservedReplicationGroup,
    ReplicationGroup,
)
from elastane.reconcile.situation import SeenNode, Situation
from tests.kit import groups

NOW = groups.CREATED_AT + timedelta(hours=1)
RUNNING = Running(pid=4242, started_at=groups.CREATED_AT)
PORT = 6379


def answering(**changes: Any) -> Answering:
    default = Answering(
        role=Role.PRIMARY,
        replication_id="a" * 40,
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
    }
    return _seen(node, RUNNING, answering(**(defaults | changes)), before)


def newborn(node: Node, *, before: ObservedNode | None = None, **changes: Any) -> SeenNode:
    """Booted and guarded: a replica of nowhere."""
    return replica(node, node, before=before, **({"primary_port": NOWHERE_PORT, "is_link_up": False} | changes))


def coming_up(node: Node) -> SeenNode:
    return _seen(node, RUNNING, Refusing(), None)


def hanging(node: Node) -> SeenNode:
    return _seen(node, RUNNING, Busy(reason="no answer in 1 s"), groups.observed_node(node))


def dead(node: Node, *, before: ObservedNode | None = None, exit_code: int = -9, last_words: str = "") -> SeenNode:
    return _seen(node, Exited(exit_code=exit_code, last_words=last_words), Refusing(), before)


def absent(node: Node) -> SeenNode:
    return _seen(node, Absent(), Refusing(), None)


def situation(
    group: ReplicationGroup,
    *nodes: SeenNode,
    before: ObservedReplicationGroup = NOTHING_OBSERVED,
    parameters: dict[str, str] | None = None,
) -> Situation:
    assert {seen.id for seen in nodes} == {node.id for node in group.nodes}, "a situation shows every node"
    return Situation(group=group, nodes=nodes, before=before, target_parameters=parameters or {}, now=NOW)


def _seen(node: Node, process: Process, engine: Engine, before: ObservedNode | None) -> SeenNode:
    return SeenNode(node=node, process=process, engine=engine, before=before)
