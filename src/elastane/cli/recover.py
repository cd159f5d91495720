"""`elastane recover`: what was rebuilt of a store that was lost, for a person to look at and to confirm.

It reads the data directory from outside. The confirmation is a file that names the recovery it is about; the control
plane takes it up within a second, or when it is next started, and nobody else can write its store.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from elastane.cli.installation import Installation, observe_installation
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.cli.tables import table, terminal_columns
from elastane.clock import utc_now
from elastane.model.moments import moment
from elastane.model.observations import Role
from elastane.model.replication_groups import NodeGroup
from elastane.model.seen_groups import SeenGroup
from elastane.model.seen_memcached_clusters import SeenMemcachedCluster
from elastane.reconcile.recovery import CONFIRMATION_FILE, Recovery
from elastane.store import Store

ALWAYS_LOST = (
    "what was asked for after a document was written: look at its age",
    "tags, the history of events, users and user groups, and all access keys but the root's",
    "VPCs, subnets, subnet groups and security groups that customers made",
    "topics, who subscribed to them, and messages that were still to be delivered",
)
"""What no node keeps a copy of."""

NONE_SEEN = "none seen"
NAMED_PRIMARY_COUNT_MAX = 3
"""A cell of more ids would be wider than a terminal."""


@told_in_a_sentence()
def recover(
    data_dir: DataDirectory = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="What was rebuilt is right: begin to act on it, and allow changes.")
    ] = False,
) -> None:
    """Show what was rebuilt from the nodes' own files after the store was lost; with --confirm, go on with that.

    Until it is confirmed, engines serve on, and Elastane neither touches them nor accepts a change.
    """
    from elastane.reconcile.lost_store import find_recovery

    installation = observe_installation(chosen_data_dir(data_dir, os.environ))
    recovery = Store.read_from_outside(installation.data_dir, find_recovery)
    if recovery is None:
        if confirm:
            raise CommandError(f"The store in {installation.data_dir} was never rebuilt: there is nothing to confirm.")
        typer.echo(f"The store in {installation.data_dir} was never rebuilt: there is nothing to recover.")
    elif not confirm:
        typer.echo(recovery_text(installation, recovery, utc_now(), columns=terminal_columns()))
    elif recovery.confirmed_at is not None:
        typer.echo(f"Confirmed already, at {moment(recovery.confirmed_at, utc_now())}.")
    else:
        save_confirmation(installation.data_dir, recovery)
        is_running = installation.control_plane is not None
        typer.echo(f"Confirmed. Elastane acts on it {'within a second' if is_running else 'when it is next started'}.")


def save_confirmation(data_dir: Path, recovery: Recovery) -> None:
    """Whole or not at all. Raises CommandError."""
    file = data_dir / CONFIRMATION_FILE
    beside = file.with_suffix(".new")
    try:
        beside.write_text(f"{recovery.mark}\n")
        beside.rename(file)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.") from error


# --- the text: pure -------------------------------------------------------------------------------


def recovery_text(installation: Installation, recovery: Recovery, now: datetime, *, columns: int) -> str:
    parts = [f"The store was lost, and rebuilt from the nodes' own files at {moment(recovery.rebuilt_at, now)}."]
    if recovery.confirmed_at is not None:
        parts[0] += f"\nThat was confirmed at {moment(recovery.confirmed_at, now)}."
    rebuilt = [seen for seen in installation.caches if str(seen.desired.key) in recovery.documents]
    if rebuilt:
        heads = ("Region", "Cache", "Form", "Engine", "Nodes", "Primary now", "Document written")
        parts.append(table(heads, (_cells(seen, recovery, now) for seen in rebuilt), columns=columns))
    else:
        parts.append("No cache could be rebuilt." if not recovery.documents else "None of those caches is left.")
    parts.append(
        _list("Not as it was:", recovery.losses) if recovery.losses else "Every node's directory was understood."
    )
    parts.append(_list("Lost in any case:", ALWAYS_LOST))
    if recovery.confirmed_at is None:
        parts.append(
            "Before you confirm, nothing is started, stopped or promoted, and no change is accepted. If this is right:"
            "\n\n  elastane recover --confirm"
        )
    return "\n\n".join(parts)


def _cells(seen: SeenGroup | SeenMemcachedCluster, recovery: Recovery, now: datetime) -> tuple[str, ...]:
    cache = seen.desired
    running = sum(process.pid is not None for process in seen.processes.values())
    written_at = recovery.documents[str(cache.key)]
    return (
        cache.region,
        cache.id,
        cache.key.form.replace("-", " "),
        f"{cache.software.engine} {cache.software.version}",
        f"{running} of {len(cache.nodes)} run",
        "-" if isinstance(seen, SeenMemcachedCluster) else _primaries(seen),
        "unknown when" if written_at is None else moment(written_at, now),
    )


def _primaries(seen: SeenGroup) -> str:
    """Of a few node groups by name; of many, how many have one."""
    parts = seen.desired.node_groups
    found = [_primary(seen, part) for part in parts]
    if len(parts) <= NAMED_PRIMARY_COUNT_MAX:
        return ", ".join(found)
    return f"{len(found) - found.count(NONE_SEEN)} of {len(parts)} seen"


def _primary(seen: SeenGroup, part: NodeGroup) -> str:
    """Who called itself primary in the last pass."""
    found = ((node.id, seen.last_seen(node)) for node in part.nodes)
    return " and ".join(node for node, last in found if last is not None and last.role is Role.PRIMARY) or NONE_SEEN


def _list(title: str, lines: Iterable[str]) -> str:
    return "\n".join((title, *(f"  - {line}" for line in lines)))
