"""Situations of Memcached clusters for the rules' tests: whoever a test tells nothing of is well, and was so before."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.memcached_observations import AnsweringEndpoint, AnsweringNode, EndpointEngine, NodeEngine
from elastane.model.observations import Absent, Busy, Exited, Process, Refusing, Running
from elastane.model.observed_memcached_clusters import (
    ObservedCacheNode,
    ObservedMemcachedCluster,
    ObservedProcess,
)
from elastane.model.observed_replication_groups import NodeHealth, Silence
from elastane.reconcile.memcached.plan.hangs import HANG_LOOKS
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode, Situation
from elastane.reconcile.silence import LOOK_SECONDS
from tests.kit.groups import CREATED_AT
from tests.kit.memcached_clusters import observed_cache_node, observed_cluster, observed_process

NOW = CREATED_AT + timedelta(hours=1)
RUNNING = Running(pid=4242, started_at=CREATED_AT)
RUNNING_AGAIN = Running(pid=4343, started_at=NOW - timedelta(milliseconds=20))
"""A process in the place of the one that every record knows."""
VERSION = "1.6.38"
HANG_SECONDS = (HANG_LOOKS - 1) * LOOK_SECONDS
"""What it takes at least to tell that somebody hangs."""
NO_ANSWER = Busy(reason="no answer in 0.2 s")


def answering(**changes: Any) -> AnsweringNode:
    return msgspec.structs.replace(AnsweringNode(engine_version=VERSION, settings={}), **changes)


# --- nodes ---------------------------------------------------------------------------------------


def ready(node: CacheNode, *, before: ObservedCacheNode | None = None, **changes: Any) -> SeenNode:
    """It answers, as it did before."""
    return seen_node(node, RUNNING, answering(**changes), before or observed_cache_node(node))


def newly_ready(node: CacheNode, **changes: Any) -> SeenNode:
    """Its first answer ever."""
    return seen_node(node, RUNNING_AGAIN, answering(**changes), started(node))


def back(node: CacheNode, *, before: ObservedCacheNode | None = None, **changes: Any) -> SeenNode:
    """The first answer of a process in the place of one that answered before."""
    return seen_node(node, RUNNING_AGAIN, answering(**changes), before or lost(node))


def coming_up(
    node: CacheNode, *, seconds: float = 0.01, still: int = 0, before: ObservedCacheNode | None = None
) -> SeenNode:
    """Started so long ago, and has not answered yet; nobody remembers it unless `before` says otherwise."""
    process = Running(pid=4343, started_at=NOW - timedelta(seconds=seconds))
    gap = silence(seconds=seconds, looks=max(1, int(seconds / LOOK_SECONDS)), still=still)
    return seen_node(node, process, Refusing(), before, gap)


def silent(
    node: CacheNode,
    *,
    seconds: float,
    looks: int,
    still: int = 0,
    engine: NodeEngine = NO_ANSWER,
    before: ObservedCacheNode | None = None,
) -> SeenNode:
    """It answered before, and has not for so long; at the last `still` looks of those its process stood still."""
    gap = silence(seconds=seconds, looks=looks, still=still)
    return seen_node(node, RUNNING, engine, before or observed_cache_node(node), gap)


def just_silent(node: CacheNode) -> SeenNode:
    return silent(node, seconds=0, looks=1, still=1)


def hung(node: CacheNode) -> SeenNode:
    """It has stood still for as long as it takes to say so."""
    return silent(node, seconds=HANG_SECONDS, looks=HANG_LOOKS, still=HANG_LOOKS)


def dead(
    node: CacheNode, *, before: ObservedCacheNode | None = None, exit_code: int = -9, last_words: str = ""
) -> SeenNode:
    """It answered before, unless `before` says otherwise."""
    process = Exited(exit_code=exit_code, last_words=last_words)
    return seen_node(node, process, Refusing(), before or observed_cache_node(node))


def absent(node: CacheNode, *, before: ObservedCacheNode | None = None) -> SeenNode:
    return seen_node(node, Absent(), Refusing(), before)


def seen_node(
    node: CacheNode,
    process: Process,
    engine: NodeEngine,
    before: ObservedCacheNode | None,
    gap: Silence | None = None,
) -> SeenNode:
    return SeenNode(node=node, process=process, engine=engine, before=before, silence=gap)


# --- records of nodes ----------------------------------------------------------------------------


def lost(node: CacheNode, **changes: Any) -> ObservedCacheNode:
    """It was ready, and was found dead."""
    process = observed_process(NodeHealth.DOWN, "was killed by signal 9", **changes)
    return observed_cache_node(node, process=process, is_recovering=True)


def started(node: CacheNode, **changes: Any) -> ObservedCacheNode:
    """A new one, whose first process has not answered yet."""
    process = observed_process(
        NodeHealth.STARTING,
        "is starting",
        **({"started_at": RUNNING_AGAIN.started_at, "answered_started_at": None} | changes),
    )
    return observed_cache_node(node, process=process, was_ready=False, engine_version=None)


def with_failed_starts(node: CacheNode, count: int, *, seconds_ago: float = 0, **changes: Any) -> ObservedCacheNode:
    process = observed_process(
        NodeHealth.DOWN, "exited (1)", failed_starts=count, last_failed_at=NOW - timedelta(seconds=seconds_ago)
    )
    return observed_cache_node(node, **({"process": process, "is_recovering": True} | changes))


# --- the configuration endpoint ------------------------------------------------------------------


def telling(version: int, *, before: ObservedProcess | None = None, **changes: Any) -> SeenEndpoint:
    engine = AnsweringEndpoint(version=version, **changes)
    return seen_endpoint(RUNNING, engine, before or observed_process(sentence=f"tells list {version} of the nodes"))


def dead_endpoint(*, before: ObservedProcess | None = None, last_words: str = "") -> SeenEndpoint:
    return seen_endpoint(Exited(exit_code=1, last_words=last_words), Refusing(), before or observed_process())


def absent_endpoint() -> SeenEndpoint:
    return seen_endpoint(Absent(), Refusing(), None)


def endpoint_coming_up(*, seconds: float = 0.01) -> SeenEndpoint:
    process = Running(pid=4343, started_at=NOW - timedelta(seconds=seconds))
    return seen_endpoint(process, Refusing(), None, silence(seconds=seconds, looks=max(1, int(seconds / LOOK_SECONDS))))


def hung_endpoint() -> SeenEndpoint:
    gap = silence(seconds=HANG_SECONDS, looks=HANG_LOOKS, still=HANG_LOOKS)
    return seen_endpoint(RUNNING, NO_ANSWER, observed_process(), gap)


def just_silent_endpoint() -> SeenEndpoint:
    return seen_endpoint(RUNNING, NO_ANSWER, observed_process(), silence(seconds=0, looks=1, still=1))


def seen_endpoint(
    process: Process, engine: EndpointEngine, before: ObservedProcess | None, gap: Silence | None = None
) -> SeenEndpoint:
    return SeenEndpoint(process=process, engine=engine, before=before, silence=gap)


# --- all of it -----------------------------------------------------------------------------------


def silence(*, seconds: float, looks: int, still: int = 0) -> Silence:
    """The process has stood still for as long as the silence lasts, if it does."""
    since = NOW - timedelta(seconds=seconds)
    return Silence(
        since=since,
        look_count=looks,
        still_count=still,
        still_since=since if still else NOW,
        processor_mark=77,
        looked_at=NOW,
    )


def situation(
    cluster: MemcachedCluster,
    *told: SeenNode,
    endpoint: SeenEndpoint | None = None,
    before: ObservedMemcachedCluster | None = None,
    now: datetime = NOW,
    wanted_settings: Mapping[CacheNodeId, Mapping[str, str]] | None = None,
    **changes: Any,
) -> Situation:
    """The endpoint tells what is published, unless a test says otherwise."""
    by_id = {seen.id: seen for seen in told}
    assert by_id.keys() <= {node.id for node in cluster.nodes}, "a situation tells of its own nodes"
    default = Situation(
        cluster=cluster,
        nodes=tuple(by_id.get(node.id) or ready(node) for node in cluster.nodes),
        endpoint=endpoint or telling(cluster.publication.version),
        before=before or observed_cluster(cluster),
        now=now,
        wanted_settings={node.id: {} for node in cluster.nodes} if wanted_settings is None else wanted_settings,
        engines=(("memcached", VERSION),),
        start_version=VERSION,
    )
    return msgspec.structs.replace(default, **changes)


def new_situation(cluster: MemcachedCluster, *told: SeenNode, **changes: Any) -> Situation:
    """Of a cluster that is being created: nothing of it has ever been ready, and of whom a test tells nothing, nothing
    is there."""
    by_id = {seen.id: seen for seen in told}
    nodes = (by_id.get(node.id) or absent(node) for node in cluster.nodes)
    default: dict[str, Any] = {"endpoint": absent_endpoint(), "before": ObservedMemcachedCluster()}
    return situation(cluster, *nodes, **(default | changes))


def with_software(cluster: MemcachedCluster, **changes: Any) -> MemcachedCluster:
    """The cluster that shall run something else, of the next generation."""
    software = msgspec.structs.replace(cluster.software, **changes)
    return replace(cluster, software=software, generation=cluster.generation + 1)
