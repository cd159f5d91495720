"""From a desired node to what a host and an engine are given: binary, configuration, parameters. Pure."""

import functools
from pathlib import Path

import msgspec

from elastane.catalog import engine_versions, families, node_types
from elastane.engines import NodeAddress, valkey
from elastane.engines.discovery import EngineBinary
from elastane.hosts import NodeOrder
from elastane.model.replication_groups import Node, ReplicationGroup, Software
from elastane.reconcile import recovery

BACKLOG = "repl-backlog-size"
BACKLOG_BYTES_MAX = 64 * 1024 * 1024

BOUNDED_BY_THE_SYSTEM = ("maxclients",)
"""An engine that may not open so many files lowers this by itself at its start, and says so in its log."""


def target_parameters(group: ReplicationGroup) -> dict[str, str]:
    """What CONFIG GET shall answer on every node of the group, as far as the parameter group decides it.

    Shared between passes: not to be changed.
    """
    return _target(group.software)


@functools.lru_cache(maxsize=1024)  # asked at every pass of every group, and a third of its cost otherwise
def _target(software: Software) -> dict[str, str]:
    parameters = _parameters(software, software.version)
    return {name: value for name, value in parameters.items() if name not in BOUNDED_BY_THE_SYSTEM}


def node_order(
    group: ReplicationGroup, node: Node, *, at: NodeAddress, binary: EngineBinary, directory: Path, node_key: str
) -> NodeOrder:
    """The order that starts this node: guarded, as a replica of nowhere, whatever it was before."""
    node_type = node_types.find_node_type(group.software.node_type)
    assert node_type is not None, "the service only accepts node types of the catalog"
    parameters = _parameters(group.software, binary.version)
    memory = int(parameters.pop("maxmemory"))
    config = valkey.NodeConfig(
        at=at,
        directory=directory,
        engine_version=binary.version,
        memory_bytes=memory,
        replica_output_buffer_bytes=node_type.replica_buffer_limit_bytes,
        parameters=parameters,
    )
    return NodeOrder(
        node_key=node_key,
        argv=valkey.command_line(binary.path, directory / valkey.CONFIG_FILE),
        files=valkey.render_files(config),
        identity=_identity(group, node),
    )


def _identity(group: ReplicationGroup, node: Node) -> dict[str, str]:
    """Whose node it is, for a person and for a store that was lost. No secret: the document names it by its id."""
    node_group = next(candidate for candidate in group.node_groups if node in candidate.nodes)
    return {
        "region": group.region,
        "form": group.form,
        "group": group.id,
        "node_group": node_group.id,
        "node": node.id,
        "zone": node.zone,
        "address": node.address,
        "epoch": str(node_group.epoch),
        recovery.DOCUMENT: msgspec.json.encode(group).decode(),
    }


def _parameters(software: Software, engine_version: str) -> dict[str, str]:
    node_type = node_types.find_node_type(software.node_type)
    assert node_type is not None, "the service only accepts node types of the catalog"
    family = engine_versions.family(software.engine, software.version)
    parameters = families.engine_parameters(family, node_type, engine_version=engine_version)
    return {**parameters, BACKLOG: _backlog(parameters[BACKLOG], int(parameters["maxmemory"]))}


def _backlog(parameter: str, memory_bytes: int) -> str:
    """From the node's memory, so that a replica that was away for a moment needs no copy of everything."""
    return str(max(int(parameter), min(memory_bytes // 100, BACKLOG_BYTES_MAX)))
