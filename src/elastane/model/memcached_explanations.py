"""Why a Memcached cluster is as it is, in sentences to be read from the top: as `explanations`. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec.structs import replace

from elastane.model.enforcement import UNKNOWN, Enforcement
from elastane.model.events import Event
from elastane.model.explanations import (
    Section,
    convergence_sentences,
    counted,
    event_sentences,
    failure_sentences,
    put_together,
    security_group_sentences,
    verdict_sentences,
)
from elastane.model.memcached_clusters import CacheNode, PendingChange, Rollout
from elastane.model.memcached_statuses import cache_node_status, is_changing, memcached_cluster_status
from elastane.model.moments import moment, point_in_time
from elastane.model.observed_memcached_clusters import ObservedCacheNode, ObservedProcess
from elastane.model.observed_replication_groups import NodeHealth, VerdictKind
from elastane.model.seen_memcached_clusters import MemcachedSubject, SeenMemcachedCluster


def explain(
    subject: MemcachedSubject, history: Iterable[Event], now: datetime, enforcement: Enforcement = UNKNOWN
) -> tuple[Section, ...]:
    """`history` is the cluster's newest events, oldest first."""
    seen = subject.cluster
    return put_together(
        ("", _identity(subject)),
        ("What it shall be", _desired(seen, now)),
        ("How far that is true", _observed(seen, now, enforcement)),
        ("What clients are told", _discovery(seen)),
        ("What the last pass decided", verdict_sentences(seen.observed.verdict, now)),
        ("The last failure", failure_sentences(seen.observed.failure, now)),
        (
            "Nodes" if subject.node_id is None else "The node",
            (line for node in subject.nodes for line in _node(seen, node)),
        ),
        ("Recent events", event_sentences(history, now)),
    )


def awaited(seen: SeenMemcachedCluster) -> tuple[str, ...]:
    """What is being done or waited for."""
    verdict = seen.observed.verdict
    return () if verdict is None or verdict.kind is VerdictKind.SATISFIED else (verdict.sentence,)


def _identity(subject: MemcachedSubject) -> Iterator[str]:
    cluster, observed = subject.cluster.desired, subject.cluster.observed
    for node in subject.nodes if subject.node_id is not None else ():
        yield f"{node.id} is a node of {cluster.id}; it is {cache_node_status(cluster, node, observed)}"
    status = memcached_cluster_status(cluster, observed)
    yield f"{cluster.id} is a Memcached cluster in {cluster.region}; it is {status}"


def _desired(seen: SeenMemcachedCluster, now: datetime) -> Iterator[str]:
    cluster = seen.desired
    software = cluster.software
    if cluster.deletion is not None:
        yield f"gone: its deletion was asked for at {point_in_time(cluster.deletion.requested_at)}"
    yield f"{software.engine} {software.version} on {software.node_type}, port {software.port}"
    if cluster.is_encrypted:
        yield "encryption in transit required: TLS alone, at nodes and at the configuration endpoint"
    staying = cluster.staying_nodes
    zones = ", ".join(sorted({node.zone for node in staying}))
    yield f"{counted(len(staying), 'node')}, {cluster.az_mode}, in {zones}"
    yield f"with the parameters of {software.parameter_group_name}"
    if cluster.rollout is not None and is_changing(cluster, seen.observed):
        yield _rollout(cluster.rollout, now)
    if cluster.pending is not None:
        changes = "; ".join(_pending(cluster.pending))
        yield f"from the maintenance window on ({cluster.upkeep.maintenance_window}): {changes}"
    yield f"generation {cluster.generation}, which grows with every change that is to be made true"


def _rollout(rollout: Rollout, now: datetime) -> str:
    pace = f"{rollout.scaling.percentage} % of the nodes at once, {rollout.scaling.interval_minutes} min apart"
    last = "none so far" if rollout.batch_at is None else f"the last at {moment(rollout.batch_at, now)}"
    return f"nodes are replaced in batches, {pace}: {last}"


def _pending(pending: PendingChange) -> Iterator[str]:
    if pending.software is not None:
        yield f"{pending.software.engine} {pending.software.version} on {pending.software.node_type}"
    if pending.added:
        yield f"{counted(len(pending.added), 'node')} more ({', '.join(node.id for node in pending.added)})"
    if pending.removed_ids:
        yield f"without {', '.join(pending.removed_ids)}"


def _observed(seen: SeenMemcachedCluster, now: datetime, enforcement: Enforcement) -> Iterator[str]:
    cluster, observed = seen.desired, seen.observed
    yield from convergence_sentences(cluster.generation, observed.converged_generation, observed.available_since, now)
    yield from security_group_sentences(cluster.network, str(cluster.key), enforcement)


def _discovery(seen: SeenMemcachedCluster) -> Iterator[str]:
    """The published list, and whether the configuration endpoint tells it already."""
    cluster, endpoint = seen.desired, seen.observed.endpoint
    publication = cluster.publication
    if publication.version:
        listed = ", ".join(publication.node_ids) or "no node"
        yield f"version {publication.version} of the list: {listed}"
    else:
        yield "nothing yet: the first list is published when every node is ready"
    where = f"the configuration endpoint, {cluster.endpoint_address}:{cluster.software.port}"
    process = "" if seen.endpoint_process is None else f"; process: {seen.endpoint_process.sentence}"
    if endpoint is None:
        yield f"{where}: not looked at yet{process}"
        return
    health = endpoint.process.health
    is_ready = health is NodeHealth.READY
    tells = "tells" if is_ready else "has last told"
    told = f"{tells} version {endpoint.version}" if endpoint.version else "has told no list so far"
    yield f"{where}: {health}, {told}{process}"
    # Of one that is well, all that there is to say is what it tells.
    yield from _process(replace(endpoint.process, sentence="") if is_ready else endpoint.process)


def _node(seen: SeenMemcachedCluster, node: CacheNode) -> Iterator[str]:
    last = seen.last_seen(node)
    process = f"; process: {seen.processes[node.id].sentence}" if node.id in seen.processes else ""
    health = "not looked at yet" if last is None else last.process.health
    leaving = ", leaving" if node.is_leaving else ""
    published = "" if seen.is_published(node) else ", not in the list"
    yield f"{node.id}: {health}{leaving}{published}; {node.address} in {node.zone}{process}"
    if last is not None:
        yield from _seen_node(last)
    if node.node_type != seen.desired.software.node_type:
        yield f"  is a {node.node_type} until it is replaced"


def _seen_node(last: ObservedCacheNode) -> Iterator[str]:
    if last.engine_version is not None:
        yield f"  runs memcached {last.engine_version}"
    yield from _process(last.process)
    if last.awaited_parameters:
        names = ", ".join(sorted(last.awaited_parameters))
        yield f"  does not run yet with {names} as it shall; a reboot is needed"


def _process(last: ObservedProcess) -> Iterator[str]:
    if last.sentence:
        yield f"  {last.sentence}"
    if last.certificate is not None:
        yield f"  its certificate is good until {point_in_time(last.certificate.not_after)}"
    if last.failed_starts:
        yield f"  its last {last.failed_starts} processes ended before they ever answered"
