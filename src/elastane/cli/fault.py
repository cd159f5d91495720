"""`elastane fault`: causes what Elastane claims to survive, on the nodes of one data directory.

Whoever is hurt is proven to be ours first: a node's process by its identity file, and it is signalled through a pidfd,
so that a pid used again is never hit. Nobody is told: what the control plane sees of it is what it would see of the
real thing. It works while no control plane runs, too; then nobody reacts until one is started.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from elastane.catalog import network
from elastane.cli.explain import find_subjects
from elastane.cli.installation import Installation, observe_installation
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.config import NODES_DIRECTORY
from elastane.hosts import HostError, StopFailed, directories, identity, pidfd, zones
from elastane.hosts.identity import NodeIdentity
from elastane.model.ids import Region, Zone, node_key
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replication_groups import ReplicationGroup

DEATH_SECONDS_MAX = 10.0
STOPPED = "T"
"""The letter of a stopped process in /proc (proc(5))."""

NOBODY_REACTS = " No control plane runs: nobody reacts until one is started."

NodeName = Annotated[
    str,
    typer.Argument(
        metavar="NODE",
        help="A node's id, such as elc-tutorial-001; of a Memcached cluster, sessions.0001 or "
        "sessions.configuration-endpoint.",
    ),
]
RegionName = Annotated[
    str | None, typer.Option("--region", metavar="REGION", help="Where to look, when several regions have one.")
]


class Course(StrEnum):
    """What becomes of a zone."""

    DOWN = "down"
    UP = "up"


@told_in_a_sentence()
def kill(node: NodeName, data_dir: DataDirectory = None, region: RegionName = None) -> None:
    """Kill a node's process (SIGKILL), as a crash or the kernel's out-of-memory killer would.

    Its data in memory is gone.
    """
    installation = observe_installation(chosen_data_dir(data_dir, os.environ))
    key = find_node_key(installation, node, region)
    with _handle(installation, key) as handle:
        _kill_all({key: handle})
        typer.echo(f"Killed {_name(key, handle)}.{_nobody_reacts(installation)}")


@told_in_a_sentence()
def hang(node: NodeName, data_dir: DataDirectory = None, region: RegionName = None) -> None:
    """Stop a node's process where it stands (SIGSTOP): it lives, holds its connections and answers nobody."""
    installation = observe_installation(chosen_data_dir(data_dir, os.environ))
    key = find_node_key(installation, node, region)
    with _handle(installation, key) as handle:
        pidfd.send_signal(handle.pidfd, signal.SIGSTOP)
        typer.echo(f"{_name(key, handle)} hangs now.{_nobody_reacts(installation)}")


@told_in_a_sentence()
def resume(node: NodeName, data_dir: DataDirectory = None, region: RegionName = None) -> None:
    """Let a node's process that hangs go on (SIGCONT).

    One that Elastane has killed meanwhile, because it hung, does not come back by this.
    """
    installation = observe_installation(chosen_data_dir(data_dir, os.environ))
    key = find_node_key(installation, node, region)
    with _handle(installation, key) as handle:
        status = identity.observe_status(handle.mark.pid)
        # In any case: it also takes back a stop that has not taken effect yet.
        pidfd.send_signal(handle.pidfd, signal.SIGCONT)
        is_resumed = status is not None and status.state == STOPPED
        typer.echo(f"Resumed {_name(key, handle)}." if is_resumed else f"{_name(key, handle)} does not hang.")


@told_in_a_sentence()
def zone(
    name: Annotated[str, typer.Argument(metavar="ZONE", help="A zone, such as us-east-1a.")],
    course: Annotated[Course, typer.Argument(metavar="down|up", help="Lose it, or bring it back.")],
    data_dir: DataDirectory = None,
) -> None:
    """Lose a whole zone, or bring it back.

    Down, all its nodes are killed and none can be started there; it stays down until it is brought up, also when
    Elastane is restarted.
    """
    installation = observe_installation(chosen_data_dir(data_dir, os.environ))
    if not installation.is_used:
        raise CommandError(f"No control plane has ever used the data directory {installation.data_dir}.")
    faults = installation.data_dir / zones.FAULTS_DIRECTORY
    lost = Zone(name)
    if course is Course.UP:
        is_restored = directories.is_plain_name(name) and zones.restore_zone(faults, lost)
        typer.echo(f"{name} is up again.{_nobody_reacts(installation)}" if is_restored else f"{name} is not down.")
        return
    check_zone(lost)
    zones.lose_zone(faults, lost)
    killed = kill_nodes_in(installation, lost)
    whose = f"killed {', '.join(killed)}" if killed else "no node of this data directory ran there"
    typer.echo(f"{name} is down: {whose}.{_nobody_reacts(installation)}")


# --- who is meant ---------------------------------------------------------------------------------


def find_node_key(installation: Installation, named: str, region: str | None) -> str:
    """The key of the process of that name. Raises CommandError for none, for several regions, and for a whole cache."""
    caches = [subject.desired for subject in find_subjects(installation.caches, named, region)]
    # A cache cluster and its only node have the same id, so a group may be meant as a node.
    keys = {_id_of(key): key for cache in caches for key in _process_keys(cache)}
    if named.lower() not in keys:
        what = "a Memcached cluster" if isinstance(caches[0], MemcachedCluster) else "a replication group"
        raise CommandError(f"{named.lower()} is {what}: name one of its nodes ({', '.join(keys)}).")
    return keys[named.lower()]


def _process_keys(cache: ReplicationGroup | MemcachedCluster) -> tuple[str, ...]:
    if isinstance(cache, MemcachedCluster):
        return cache.process_keys
    return tuple(node_key(cache.region, node.id) for node in cache.nodes)


def check_zone(named: Zone) -> None:
    """Raises CommandError unless this can be a zone of some region."""
    region = Region(named[:-1])
    if not network.is_region(region):
        raise CommandError(f"There is no zone {named}: a zone is a region and a letter, such as us-east-1a.")
    there = network.zones(region)
    if named not in there:
        raise CommandError(f"There is no zone {named}: {region} has {', '.join(there)}.")


def kill_nodes_in(installation: Installation, lost: Zone) -> tuple[str, ...]:
    """The ids of the nodes that ran in this zone, dead by now. Called once the zone is marked as lost.

    One node whose identity cannot be read must not keep the others alive: its error is raised when they are dead.
    """
    root = installation.data_dir / NODES_DIRECTORY
    known = _known_zones(installation)
    failures: list[HostError] = []
    with ExitStack() as opened:
        handles: dict[str, pidfd.Handle] = {}
        for key in directories.list_node_keys(root):
            try:
                found = identity.find_identity(root / key, key)
                handle = _open(found) if found is not None and zone_of(found, known) == lost else None
            except HostError as error:
                failures.append(error)
                continue
            if handle is not None:
                opened.callback(os.close, handle.pidfd)
                handles[key] = handle
        try:
            _kill_all(handles)
        except HostError as error:
            failures.append(error)
    if failures:
        raise ExceptionGroup("nodes that could not be killed", failures)
    return tuple(_id_of(key) for key in handles)


def _known_zones(installation: Installation) -> dict[str, Zone]:
    """By key. A Memcached cluster's configuration endpoint is in no zone, and survives the loss of any."""
    groups = (seen.desired for seen in installation.groups)
    clusters = (seen.desired for seen in installation.memcached_clusters)
    of_groups = {node_key(group.region, node.id): node.zone for group in groups for node in group.nodes}
    return of_groups | {cluster.node_key(node): node.zone for cluster in clusters for node in cluster.nodes}


def zone_of(found: NodeIdentity, known: dict[str, Zone]) -> str | None:
    """A node's zone, as its identity has it, or as the store does: identities of older versions name none."""
    return found.identity.get(zones.ZONE_KEY) or known.get(found.node_key)


# --- what is done to it ---------------------------------------------------------------------------


@contextmanager
def _handle(installation: Installation, key: str) -> Iterator[pidfd.Handle]:
    """The node's living process. Raises CommandError when there is none."""
    directory = directories.node_directory(installation.data_dir / NODES_DIRECTORY, key)
    found = identity.find_identity(directory, key)
    handle = None if found is None else _open(found)
    if handle is None:
        raise CommandError(f"{_id_of(key)} does not run.")
    with closing(os.fdopen(handle.pidfd, "rb", buffering=0)):
        yield handle


def _open(found: NodeIdentity) -> pidfd.Handle | None:
    return None if found.process is None else pidfd.open_living(found.process)


def _kill_all(handles: dict[str, pidfd.Handle]) -> None:
    """All at once, as a zone is lost. Returns when the last is dead. Raises StopFailed."""
    for handle in handles.values():
        pidfd.send_signal(handle.pidfd, signal.SIGKILL)
    for key, handle in handles.items():
        if not pidfd.is_over(handle.pidfd, within_seconds=DEATH_SECONDS_MAX):
            sentence = f"process {handle.mark.pid} is there {DEATH_SECONDS_MAX:g} s after SIGKILL; look at the disks"
            raise StopFailed(key, sentence)


def _name(key: str, handle: pidfd.Handle) -> str:
    return f"{_id_of(key)} (pid {handle.mark.pid})"


def _id_of(key: str) -> str:
    return Path(key).name


def _nobody_reacts(installation: Installation) -> str:
    return NOBODY_REACTS if installation.control_plane is None else ""
