"""An installation as it looks from outside: read from its data directory, whether or not a control plane runs.

Called by `status`, `explain` and `down`. It reads what the last pass recorded and asks the kernel about
each node's process now; it adopts nothing, opens no handle, writes nothing and asks no engine.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from elastane.config import ENGINES_DIRECTORY, NODES_DIRECTORY, engine_paths, shared_engines
from elastane.engines import discovery
from elastane.engines.discovery import EngineBinary, Places, UnusableBinary
from elastane.hosts import NotOurs, directories, identity
from elastane.model.enforcement import UNKNOWN, Enforcement
from elastane.model.ids import node_key
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.seen_groups import SeenGroup, SeenProcess
from elastane.model.seen_memcached_clusters import SeenMemcachedCluster
from elastane.store import (
    Store,
    Transaction,
    data_directory,
    memcached_clusters,
    replication_groups,
    security_groups,
)
from elastane.store.data_directory import ControlPlane


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    data_dir: Path
    control_plane: ControlPlane | None
    """None when none runs now."""
    is_used: bool
    """A control plane has run here at least once."""
    groups: tuple[SeenGroup, ...]
    memcached_clusters: tuple[SeenMemcachedCluster, ...] = ()
    enforcement: Enforcement = UNKNOWN
    """Of security groups, as the control plane last found it."""

    @property
    def caches(self) -> tuple[SeenGroup | SeenMemcachedCluster, ...]:
        return (*self.groups, *self.memcached_clusters)


def observe_installation(data_dir: Path) -> Installation:
    """Raises StoreError, and PermissionError for somebody else's directory."""
    found = Store.read_from_outside(data_dir, lambda tx: (list_groups(tx), list_clusters(tx)))
    groups, clusters = found or ((), ())
    return Installation(
        data_dir=data_dir,
        control_plane=data_directory.find_control_plane(data_dir),
        is_used=found is not None,
        groups=tuple(see_group(data_dir, desired, observed) for desired, observed in groups),
        memcached_clusters=tuple(see_cluster(data_dir, desired, observed) for desired, observed in clusters),
        enforcement=Store.read_from_outside(data_dir, security_groups.get_enforcement) or UNKNOWN,
    )


def list_groups(tx: Transaction) -> tuple[tuple[ReplicationGroup, ObservedReplicationGroup], ...]:
    """Every region's."""
    found = replication_groups.list_replication_groups(tx)
    return tuple((stored.body, replication_groups.get_observed(tx, stored.body.key)) for stored in found)


def list_clusters(tx: Transaction) -> tuple[tuple[MemcachedCluster, ObservedMemcachedCluster], ...]:
    """Every region's."""
    found = memcached_clusters.list_memcached_clusters(tx)
    return tuple((stored.body, memcached_clusters.get_observed(tx, stored.body.key)) for stored in found)


def see_group(data_dir: Path, desired: ReplicationGroup, observed: ObservedReplicationGroup) -> SeenGroup:
    root = data_dir / NODES_DIRECTORY
    processes = {node.id: observe_process(root, node_key(desired.region, node.id)) for node in desired.nodes}
    return SeenGroup(desired=desired, observed=observed, processes=processes)


def see_cluster(data_dir: Path, desired: MemcachedCluster, observed: ObservedMemcachedCluster) -> SeenMemcachedCluster:
    root = data_dir / NODES_DIRECTORY
    return SeenMemcachedCluster(
        desired=desired,
        observed=observed,
        processes={node.id: observe_process(root, desired.node_key(node)) for node in desired.nodes},
        endpoint_process=observe_process(root, desired.endpoint_key),
    )


def observe_process(root: Path, key: str) -> SeenProcess:
    """From the identity file and /proc alone."""
    directory = directories.node_directory(root, key)
    try:
        found = identity.find_identity(directory, key)
    except NotOurs as error:
        return SeenProcess(pid=None, sentence=error.sentence)
    if found is None:
        return SeenProcess(pid=None, sentence="never started" if not directory.is_dir() else "not running")
    if found.process is None or not identity.is_alive(found.process):
        return SeenProcess(pid=None, sentence="not running")
    return SeenProcess(pid=found.process.pid, sentence=f"pid {found.process.pid}")


def inspect_engines(
    data_dir: Path, environment: Mapping[str, str] = os.environ
) -> tuple[EngineBinary | UnusableBinary, ...]:
    """The engines a control plane on this directory and in this environment would find. Runs each binary briefly."""
    return discovery.inspect_engines(
        Places(
            configured=engine_paths(environment),
            store_directory=data_dir / ENGINES_DIRECTORY,
            shared_directory=shared_engines(environment),
            path=environment.get("PATH", ""),
        )
    )
