"""`elastane status`: what runs, as tables or as JSON. The facts of both are in `status_rows`."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from elastane.cli.installation import Installation, inspect_engines, observe_installation
from elastane.cli.invocation import FIRST_CACHE, data_dir_option, elastane_command
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import told_in_a_sentence
from elastane.cli.status_rows import EndpointRow, GroupRow, NodeRow, cache_rows, report
from elastane.cli.tables import engine_names, table, terminal_columns
from elastane.engines.discovery import EngineBinary
from elastane.hosts.zones import FAULTS_DIRECTORY, list_lost_zones
from elastane.model.ids import Zone
from elastane.model.replication_groups import ClusterMode
from elastane.model.shown_node_groups import resharding_sentence, slots_in_short


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
        if not installation.caches:
            typer.echo("\n" + first_steps(installation, command=command, data_dir_option=option))


# --- as text --------------------------------------------------------------------------------------


def status_text(
    installation: Installation, engines: Iterable[EngineBinary], lost_zones: Iterable[Zone] = (), *, columns: int
) -> str:
    """A table of the caches, one of the node groups of those in cluster mode, one of the nodes."""
    groups = cache_rows(installation)
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
    """A region's column is there when there are several; so is what only some caches have, where there is one."""
    shown = slice(0 if len({group.region for group in groups}) > 1 else 1, None)
    clusters = [group for group in groups if group.cluster_mode != ClusterMode.DISABLED]
    with_roles = any(group.has_roles for group in groups)
    endpoints: dict[str, Callable[[GroupRow], str | None]] = {}
    if with_roles:
        endpoints |= {
            "Primary endpoint": lambda row: row.primary_endpoint,
            "Reader endpoint": lambda row: row.reader_endpoint,
        }
    if clusters or not all(group.has_roles for group in groups):
        endpoints["Configuration endpoint"] = lambda row: row.configuration_endpoint
    tables = (
        (("Region", "Cache", "Form", "Status", "Engine", *endpoints),
         [(*_group_cells(group, was), *(read(group) or "-" for read in endpoints.values())) for group in groups]),
        (("Region", "Cache", "Node group", "Primary", "Replicas ready", "Slots", "Decided"),
         [cells for group in clusters for cells in _node_group_cells(group, was)]),
        (("Region", "Node", *(("Role",) if with_roles else ()), "Zone", "Address", "Process", "Health"),
         [cells for group in groups for cells in _node_cells(group, was, with_roles=with_roles)]),
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
    stale = " Roles and health are as last seen; processes are as they are now." if installation.caches else ""
    return f"No control plane runs on {installation.data_dir}.{stale}"


def _group_cells(group: GroupRow, was: str) -> tuple[str, ...]:
    """All but its endpoints."""
    resharding = "" if group.resharding is None else f" ({resharding_sentence(group.resharding)})"
    return (
        group.region,
        group.id,
        group.form.replace("-", " "),
        was + group.status + resharding,
        f"{group.engine} {group.version}",
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


def _node_cells(group: GroupRow, was: str, *, with_roles: bool) -> Iterator[tuple[str, ...]]:
    """One for each process: a Memcached cluster's configuration endpoint, which has no zone, comes before its nodes."""
    endpoint = group.endpoint_process
    if endpoint is not None:
        place, health = f"{endpoint.address}:{endpoint.port}", _health(endpoint, was)
        yield group.region, endpoint.id, *(("-",) if with_roles else ()), "-", place, endpoint.process, health
    for node in group.nodes:
        place = f"{node.address}:{node.port}"
        role = "-" if node.role is None else was + node.role
        unpublished = " (clients are not told of it)" if node.is_published is False else ""
        health = _health(node, was) + unpublished
        yield group.region, node.id, *((role,) if with_roles else ()), node.zone, place, node.process, health


def _health(row: NodeRow | EndpointRow, was: str) -> str:
    return was + (f"{row.health}: {row.sentence}" if row.sentence else row.health)
