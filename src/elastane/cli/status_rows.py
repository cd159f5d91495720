"""What `elastane status` tells, as values: the tables and the JSON are the same facts.

The field names of `Report` are what scripts read from --json: they are only ever added to. A Memcached cluster is a row
among the other caches: its nodes have no role and no node group, and its configuration endpoint is a process, too.
"""

from collections.abc import Iterable

import msgspec

from elastane.cli.installation import Installation
from elastane.engines.discovery import EngineBinary
from elastane.model.ids import Zone
from elastane.model.memcached_clusters import CacheNode
from elastane.model.memcached_statuses import memcached_cluster_status
from elastane.model.observed_memcached_clusters import ObservedCacheNode, ObservedProcess
from elastane.model.observed_replication_groups import ObservedNode
from elastane.model.replication_groups import Form, Node, Software
from elastane.model.seen_groups import SeenGroup, SeenProcess
from elastane.model.seen_memcached_clusters import SeenMemcachedCluster, shown_endpoint_name, shown_node_name
from elastane.model.shown_node_groups import NodeGroupRow, ReshardingRow, find_resharding, node_group_row
from elastane.model.statuses import replication_group_status

NOT_LOOKED_AT = "has not been looked at yet"
UNKNOWN = "unknown"


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
    is_published: bool | None = None
    """Whether clients of a Memcached cluster are told of it; None for other nodes."""


class EndpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """The process that answers at a Memcached cluster's configuration endpoint."""

    id: str
    address: str
    port: int
    pid: int | None
    process: str
    health: str
    sentence: str
    published_version: int
    """Of the list that clients shall be told; 0 before the first one."""
    told_version: int | None
    """Of the list that it told when it was last asked."""


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
    endpoint_process: EndpointRow | None = None
    """Of a Memcached cluster."""

    @property
    def has_roles(self) -> bool:
        return self.form != Form.MEMCACHED_CLUSTER


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
        groups=cache_rows(installation),
        lost_zones=tuple(sorted(lost_zones)),
        are_security_groups_enforced=installation.enforcement.is_enforced,
        security_groups=installation.enforcement.sentence,
        caches_with_unknown_security_groups=installation.enforcement.with_unknown_groups,
        are_unknown_security_groups_open=installation.enforcement.is_unknown_open,
    )


def cache_rows(installation: Installation) -> tuple[GroupRow, ...]:
    return (*map(group_row, installation.groups), *map(cluster_row, installation.memcached_clusters))


def group_row(seen: SeenGroup) -> GroupRow:
    group = seen.desired
    return GroupRow(
        region=group.region,
        id=group.id,
        form=group.form,
        status=replication_group_status(group, seen.observed),
        engine=group.software.engine,
        version=_versions(seen.observed.nodes, group.software),
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
    health, sentence = _health(last)
    return NodeRow(
        id=node.id,
        node_group_id=node_group_id,
        role=None if last is None else last.role,
        zone=node.zone,
        address=node.address,
        port=seen.desired.software.port,
        pid=process.pid,
        process=process.sentence,
        health=health,
        sentence=sentence,
    )


def cluster_row(seen: SeenMemcachedCluster) -> GroupRow:
    cluster = seen.desired
    return GroupRow(
        region=cluster.region,
        id=cluster.id,
        form=Form.MEMCACHED_CLUSTER,
        status=memcached_cluster_status(cluster, seen.observed),
        engine=cluster.software.engine,
        version=_versions(seen.observed.nodes, cluster.software),
        primary_endpoint=None,
        reader_endpoint=None,
        nodes=tuple(_cache_node_row(seen, node) for node in cluster.nodes),
        configuration_endpoint=cluster.endpoint_address,
        endpoint_process=_endpoint_row(seen),
    )


def _cache_node_row(seen: SeenMemcachedCluster, node: CacheNode) -> NodeRow:
    cluster, last, process = seen.desired, seen.last_seen(node), seen.processes[node.id]
    health, sentence = _health(None if last is None else last.process)
    return NodeRow(
        id=shown_node_name(cluster, node),
        node_group_id="",
        role=None,
        zone=node.zone,
        address=node.address,
        port=cluster.software.port,
        pid=process.pid,
        process=process.sentence,
        health=health,
        sentence=sentence,
        is_published=seen.is_published(node),
    )


def _endpoint_row(seen: SeenMemcachedCluster) -> EndpointRow:
    cluster, last = seen.desired, seen.observed.endpoint
    process = seen.endpoint_process or SeenProcess(pid=None, sentence=UNKNOWN)
    health, sentence = _health(None if last is None else last.process)
    return EndpointRow(
        id=shown_endpoint_name(cluster),
        address=cluster.endpoint_address,
        port=cluster.software.port,
        pid=process.pid,
        process=process.sentence,
        health=health,
        sentence=sentence,
        published_version=cluster.publication.version,
        told_version=None if last is None else last.version,
    )


def _versions(nodes: Iterable[ObservedNode | ObservedCacheNode], software: Software) -> str:
    """That run; before any does, the one that shall."""
    running = sorted({node.engine_version for node in nodes if node.engine_version is not None})
    return ", ".join(running) or software.version


def _health(last: ObservedNode | ObservedProcess | None) -> tuple[str, str]:
    return (UNKNOWN, NOT_LOOKED_AT) if last is None else (last.health, last.sentence)
