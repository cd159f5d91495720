"""`elastane status`: what runs, as tables or as JSON.

The rows are values, so that both are the same facts. The field names of `Report` are what scripts read
from --json: they are only ever added to.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from elastane.cli.installation import Installation, inspect_engines, observe_installation
from elastane.cli.invocation import FIRST_CACHE, data_dir_option, elastane_command
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import told_in_a_sentence
from elastane.cli.tables import engine_names, table, terminal_columns
from elastane.engines.discovery import EngineBinary
from elastane.hosts.zones import FAULTS_DIRECTORY, list_lost_zones
from elastane.model.ids import Zone
from elastane.model.replication_groups import ClusterMode, Node
from elastane.model.seen_groups import SeenGroup
from elastane.model.shown_node_groups import (
    NodeGroupRow,
    ReshardingRow,
    find_resharding,
    node_group_row,
    resharding_sentence,
    slots_in_short,
)
from elastane.model.statuses import replication_group_status


class NodeRow(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    node_group_id: str
    role: str | None
    """As last seen; None when it could not be asked."""
    zone: str
    address: str
    port: int
    pid: int | None
    process: str
    """Looked at now."""
    health: str
    """As the last pass saw it."""
    sentence: str


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    region: str
    id: str
    form: str
    status: str
    engine: str
    version: str
    primary_endpoint: str | None
    reader_endpoint: str | None
    nodes: tuple[NodeRow, ...]
    cluster_mode: str = "disabled"
    configuration_endpoint: str | None = None
    node_groups: tuple[NodeGroupRow, ...] = ()
    resharding: ReshardingRow | None = None
    """None while every slot is where it shall be."""


class EngineRow(msgspec.Struct, frozen=True, kw_only=True):
    engine: str
    version: str
    path: str
    source: str
    has_tls: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    data_dir: str
    is_running: bool
    url: str | None
    pid: int | None
    engines: tuple[EngineRow, ...]
    groups: tuple[GroupRow, ...]
    lost_zones: tuple[str, ...] = ()
    """Taken down by `elastane fault zone`."""
    are_security_groups_enforced: bool = False
    """As last seen; `security_groups` says by what, or why not."""
    security_groups: str = ""
    caches_with_unknown_security_groups: tuple[str, ...] = ()
    are_unknown_security_groups_open: bool = False
    """Whether such a group lets everybody in, or nobody."""


@told_in_a_sentence()
def status(
    data_dir: DataDirectory = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for scripts.")] = False,
) -> None:
    """Show what runs: the control plane, the engines found, every cache and its nodes.

    Works also while no control plane runs: processes are looked at now, the rest is what was last seen.
    """
    installation = observe_installation(chosen_data_dir(data_dir, os.environ))
    engines = tuple(
        found for found in inspect_engines(installation.data_dir, os.environ) if isinstance(found, EngineBinary)
    )
    lost_zones = list_lost_zones(installation.data_dir / FAULTS_DIRECTORY)
    if as_json:
        told = report(installation, engines, lost_zones)
        typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        command = elastane_command(sys.argv[0], os.environ, Path.cwd())
        option = data_dir_option(installation.data_dir, os.environ)
        typer.echo(status_text(installation, engines, lost_zones, columns=terminal_columns()))
        if not installation.groups:
            typer.echo("\n" + first_steps(installation, command=command, data_dir_option=option))


def report(installation: Installation, engines: Iterable[EngineBinary], lost_zones: Iterable[Zone] = ()) -> Report:
    control_plane = installation.control_plane
    return Report(
        data_dir=str(installation.data_dir),
        is_running=control_plane is not None,
        url=None if control_plane is None else control_plane.url,
        pid=None if control_plane is None else control_plane.pid,
        engines=tuple(
            EngineRow(
                engine=binary.engine,
                version=binary.version,
                path=str(binary.path),
                source=binary.source,
                has_tls=binary.has_tls,
            )
            for binary in engines
        ),
        groups=tuple(group_row(seen) for seen in installation.groups),
        lost_zones=tuple(sorted(lost_zones)),
        are_security_groups_enforced=installation.enforcement.is_enforced,
        security_groups=installation.enforcement.sentence,
        caches_with_unknown_security_groups=installation.enforcement.with_unknown_groups,
        are_unknown_security_groups_open=installation.enforcement.is_unknown_open,
    )


def group_row(seen: SeenGroup) -> GroupRow:
    group = seen.desired
    running_versions = sorted({node.engine_version for node in seen.observed.nodes if node.engine_version is not None})
    return GroupRow(
        region=group.region,
        id=group.id,
        form=group.form,
        status=replication_group_status(group, seen.observed),
        engine=group.software.engine,
        version=", ".join(running_versions) or group.software.version,
        primary_endpoint=group.network.primary_endpoint_address,
        reader_endpoint=group.network.reader_endpoint_address,
        nodes=tuple(
            _node_row(seen, node, node_group_id=node_group.id)
            for node_group in group.node_groups
            for node in node_group.nodes
        ),
        cluster_mode=group.cluster_mode,
        configuration_endpoint=group.network.configuration_endpoint_address,
        node_groups=tuple(node_group_row(seen, node_group) for node_group in group.node_groups),
        resharding=find_resharding(seen),
    )


def _node_row(seen: SeenGroup, node: Node, *, node_group_id: str) -> NodeRow:
    last = seen.last_seen(node)
    process = seen.processes[node.id]
    return NodeRow(
        id=node.id,
        node_group_id=node_group_id,
        role=None if last is None else last.role,
        zone=node.zone,
        address=node.address,
        port=seen.desired.software.port,
        pid=process.pid,
        process=process.sentence,
        health="unknown" if last is None else last.health,
        sentence="has not been looked at yet" if last is None else last.sentence,
    )


# --- as text --------------------------------------------------------------------------------------


def status_text(
    installation: Installation, engines: Iterable[EngineBinary], lost_zones: Iterable[Zone] = (), *, columns: int
) -> str:
    """A table of the caches, one of the node groups of those in cluster mode, one of the nodes."""
    groups = [group_row(seen) for seen in installation.groups]
    lines = [_control_plane_sentence(installation), f"Engines: {engine_names(engines) or 'none were found'}."]
    lines += security_group_sentences(installation)
    lines += [f"Zone {zone} is down; `elastane fault zone {zone} up` brings it back." for zone in sorted(lost_zones)]
    # What was seen before the control plane ended is not said as if it were so now.
    was = "" if installation.control_plane is not None else "was "
    parts = ["\n".join(lines), *_tables(groups, was, columns=columns)]
    return "\n\n".join(parts)


def security_group_sentences(installation: Installation) -> Iterator[str]:
    """Nothing while no control plane has ever looked."""
    enforcement = installation.enforcement
    if enforcement.since is None:
        return
    was = "" if installation.control_plane is not None else " (when the control plane last looked)"
    yield f"Security groups: {enforcement.sentence}{was}"
    if enforcement.with_unknown_groups:
        caches = ", ".join(enforcement.with_unknown_groups)
        whom = "everybody" if enforcement.is_unknown_open else "nobody"
        yield f"A security group that is not known here lets {whom} in: {caches}."


def _tables(groups: Sequence[GroupRow], was: str, *, columns: int) -> Iterator[str]:
    """A region's column is there when there are several; so is what only cluster mode has."""
    shown = slice(0 if len({group.region for group in groups}) > 1 else 1, None)
    clusters = [group for group in groups if group.cluster_mode != ClusterMode.DISABLED]
    endpoints = ("Primary endpoint", "Reader endpoint", *(("Configuration endpoint",) if clusters else ()))
    tables = (
        (("Region", "Cache", "Form", "Status", "Engine", *endpoints),
         [_group_cells(group, was, has_clusters=bool(clusters)) for group in groups]),
        (("Region", "Cache", "Node group", "Primary", "Replicas ready", "Slots", "Decided"),
         [cells for group in clusters for cells in _node_group_cells(group, was)]),
        (("Region", "Node", "Role", "Zone", "Address", "Process", "Health"),
         [cells for group in groups for cells in _node_cells(group, was)]),
    )  # fmt: skip
    for heads, rows in tables:
        if rows:
            yield table(heads[shown], (row[shown] for row in rows), columns=columns)


def first_steps(installation: Installation, *, command: str, data_dir_option: str) -> str:
    """For who has no cache yet."""
    serve = f"  {command} serve{data_dir_option}      (and in another terminal:)\n"
    return (
        "There is no cache yet. To create the first one:\n\n"
        f"{'' if installation.control_plane is not None else serve}"
        f'  eval "$({command} env{data_dir_option})"\n{FIRST_CACHE}'
    )


def _control_plane_sentence(installation: Installation) -> str:
    control_plane = installation.control_plane
    if control_plane is not None:
        return f"The control plane runs at {control_plane.url} (pid {control_plane.pid}) on {installation.data_dir}."
    if not installation.is_used:
        return f"No control plane has ever used the data directory {installation.data_dir}."
    stale = " Roles and health are as last seen; processes are as they are now." if installation.groups else ""
    return f"No control plane runs on {installation.data_dir}.{stale}"


def _group_cells(group: GroupRow, was: str, *, has_clusters: bool) -> tuple[str, ...]:
    resharding = "" if group.resharding is None else f" ({resharding_sentence(group.resharding)})"
    return (
        group.region,
        group.id,
        group.form.replace("-", " "),
        was + group.status + resharding,
        f"{group.engine} {group.version}",
        group.primary_endpoint or "-",
        group.reader_endpoint or "-",
        *((group.configuration_endpoint or "-",) if has_clusters else ()),
    )


def _node_group_cells(group: GroupRow, was: str) -> Iterator[tuple[str, ...]]:
    for part in group.node_groups:
        yield (
            group.region,
            group.id,
            f"{part.id} (leaving)" if part.is_leaving else part.id,
            was + " and ".join(part.primaries) if part.primaries else "-",
            f"{was}{part.ready_replica_count} of {part.node_count - 1}",
            slots_in_short(part),
            part.sentence or "-",
        )


def _node_cells(group: GroupRow, was: str) -> Iterator[tuple[str, ...]]:
    for node in group.nodes:
        health = was + (f"{node.health}: {node.sentence}" if node.sentence else node.health)
        place = f"{node.address}:{node.port}"
        role = "-" if node.role is None else was + node.role
        yield group.region, node.id, role, node.zone, place, node.process, health
