"""From a desired node to what a host and an engine are given: binary, configuration, parameters. Pure."""

import functools
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from elastane.catalog import engine_versions, families, node_types
from elastane.engines import MemberAddress, NodeAddress, cluster_config, spelling, valkey
from elastane.engines.cluster_config import ClusterConfig
from elastane.engines.discovery import EngineBinary
from elastane.engines.valkey import NodeCertificate
from elastane.hosts import NodeOrder
from elastane.model.acls import OPEN_ACL, Acl
from elastane.model.member_ids import member_id, nowhere_id
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Node, ReplicationGroup, Software
from elastane.model.slots import NO_SLOTS, Slots
from elastane.reconcile.plan.parameters import DATABASES, IO_THREADS, NO_ELECTION, NODE_TIMEOUT
from elastane.reconcile.recovery import remains

BACKLOG = "repl-backlog-size"
BACKLOG_BYTES_MAX = 64 * 1024 * 1024

IO_THREADS_COUNT_MAX = 1
"""Unless the operator allows more."""

DEFRAGMENTATION = "activedefrag"

BOUNDED_BY_THE_SYSTEM = ("maxclients",)
"""An engine that may not open so many files lowers this by itself at its start, and says so in its log."""


def target_parameters(
    group: ReplicationGroup,
    parameter_group: ParameterGroup | None = None,
    binary: EngineBinary | None = None,
    io_threads_max: int = IO_THREADS_COUNT_MAX,
) -> dict[str, str]:
    """What CONFIG GET shall answer on every node of the group, as far as the parameter group decides it.

    `parameter_group` is the customer's own, if it uses one, and `binary` what its nodes are started from. Shared
    between passes: not to be changed.
    """
    return _target(
        group.software,
        tuple(_values(parameter_group).items()),
        is_cluster=group.is_cluster,
        can_defragment=binary is not None and binary.can_defragment,
        io_threads_max=io_threads_max,
    )


@functools.lru_cache(maxsize=1024)  # asked at every pass of every group, and a third of its cost otherwise
def _target(
    software: Software,
    changed: tuple[tuple[str, str], ...],
    *,
    is_cluster: bool,
    can_defragment: bool,
    io_threads_max: int,
) -> dict[str, str]:
    parameters = _parameters(software, dict(changed), software.version, can_defragment=can_defragment)
    parameters[IO_THREADS] = _io_threads(software, io_threads_max)
    bounded = {name: value for name, value in parameters.items() if name not in BOUNDED_BY_THE_SYSTEM}
    return {**bounded, NO_ELECTION: "no", NODE_TIMEOUT: cluster_config.NODE_TIMEOUT} if is_cluster else bounded


def pending_memory_bytes(group: ReplicationGroup, parameter_group: ParameterGroup | None) -> int | None:
    """What a node has for data after the change that waits for the maintenance window; None when none does."""
    if group.pending is None:
        return None
    pending, changed = group.pending, _values(parameter_group)
    return int(_parameters(pending, changed, pending.version, can_defragment=False)["maxmemory"])


class Boot(msgspec.Struct, frozen=True, kw_only=True):
    """What a node of a cluster must know of the others when it starts, in a group without cluster mode nothing."""

    nowhere_slots: Slots = NO_SLOTS
    """What it may take over at once."""
    plain_primary: Node | None = None
    """Whom it follows, where that one still runs without cluster mode."""
    current_epoch: int = 0
    """The cluster's, as far as anybody there is to tell."""
    databases_min: int = 0
    """How many its primary has: with fewer it could not load a copy, or would write into the wrong one."""


def node_order(
    group: ReplicationGroup,
    node: Node,
    *,
    at: NodeAddress,
    binary: EngineBinary,
    directory: Path,
    node_key: str,
    boot: Boot,
    parameter_group: ParameterGroup | None = None,
    io_threads_max: int = IO_THREADS_COUNT_MAX,
    acl: Acl = OPEN_ACL,
    certificate: NodeCertificate | None = None,
) -> NodeOrder:
    """The order that starts this node: guarded, as a replica of nowhere, whatever it was before."""
    node_type = node_types.get_node_type(group.software.node_type)
    parameters = _parameters(
        group.software, _values(parameter_group), binary.version, can_defragment=binary.can_defragment
    )
    parameters[IO_THREADS] = _io_threads(group.software, io_threads_max)
    parameters[DATABASES] = str(max(int(parameters[DATABASES]), boot.databases_min))
    memory = int(parameters.pop("maxmemory"))
    config = valkey.NodeConfig(
        at=at,
        directory=directory,
        engine_version=binary.version,
        memory_bytes=memory,
        replica_output_buffer_bytes=node_type.replica_buffer_limit_bytes,
        parameters=parameters,
        cluster=_cluster(group, node, at, boot) if group.is_cluster else None,
        acl=acl,
        certificate=certificate,
    )
    return NodeOrder(
        node_key=node_key,
        argv=valkey.command_line(binary.path, directory / valkey.CONFIG_FILE),
        files=valkey.render_files(config),
        removed_files=(valkey.DUMP_FILE,) if group.is_cluster else (),
        identity=_identity(group, node, parameter_group),
    )


def _cluster(group: ReplicationGroup, node: Node, at: NodeAddress, boot: Boot) -> ClusterConfig:
    """Every other node is known to it from the start: nobody has to introduce it, and nobody's word is needed."""

    def member(other: Node) -> MemberAddress:
        return MemberAddress(at=replace(at, address=other.address), id=member_id(group.region, other))

    return ClusterConfig(
        own_id=member_id(group.region, node),
        nowhere_id=nowhere_id(group.region, node),
        nowhere_slots=boot.nowhere_slots,
        plain_primary=None if boot.plain_primary is None else member(boot.plain_primary),
        current_epoch=boot.current_epoch,
        others=tuple(member(other) for other in group.nodes if other is not node),
    )


def _identity(group: ReplicationGroup, node: Node, parameter_group: ParameterGroup | None) -> dict[str, str]:
    """Whose node it is, for a person and for a store that was lost. No secret: the document names it by its id."""
    node_group = next(candidate for candidate in group.node_groups if node in candidate.nodes)
    return {
        **remains.document_parts(group, parameter_group),
        "region": group.region,
        remains.FORM: group.form,
        "group": group.id,
        "node_group": node_group.id,
        "node": node.id,
        "zone": node.zone,
        "address": node.address,
        "epoch": str(node_group.epoch),
    }


def _io_threads(software: Software, count_max: int) -> str:
    """As many as the node type has processors, and the operator of this machine allows."""
    node_type = node_types.get_node_type(software.node_type)
    return str(max(1, min(node_type.cpu_count, count_max)))


def _values(parameter_group: ParameterGroup | None) -> Mapping[str, str]:
    return families.NO_VALUES if parameter_group is None else parameter_group.values


def _parameters(
    software: Software, changed: Mapping[str, str], engine_version: str, *, can_defragment: bool
) -> dict[str, str]:
    node_type = node_types.get_node_type(software.node_type)
    family = engine_versions.family(software.engine, software.version)
    given = families.engine_parameters(family, node_type, engine_version=engine_version, changed=changed)
    parameters = {name: spelling.as_said(name, value) for name, value in given.items()}
    if not can_defragment:
        parameters[DEFRAGMENTATION] = "no"  # it would not start otherwise; the service refuses it where it knows that
    if BACKLOG in changed:
        return parameters
    return {**parameters, BACKLOG: _backlog(parameters[BACKLOG], int(parameters["maxmemory"]))}


def _backlog(parameter: str, memory_bytes: int) -> str:
    """From the node's memory, so that a replica that was away for a moment needs no copy of everything.

    Unless the customer has said how large.
    """
    return str(max(int(parameter), min(memory_bytes // 100, BACKLOG_BYTES_MAX)))
