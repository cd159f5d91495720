"""What ExplainCache answers of a Memcached cluster, but for its sentences: pure."""

from elastane.model.memcached_clusters import CacheNode
from elastane.model.memcached_explanations import awaited
from elastane.model.memcached_statuses import cache_node_status, memcached_cluster_status
from elastane.model.observed_memcached_clusters import ObservedProcess
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Form
from elastane.model.seen_memcached_clusters import SeenMemcachedCluster
from elastane.service.context import Result
from elastane.service.elastane.explained_groups import answer_failure, answer_verdict


def answer_cluster(seen: SeenMemcachedCluster) -> Result:
    cluster, observed = seen.desired, seen.observed
    return {
        "CacheId": cluster.id,
        "Form": Form.MEMCACHED_CLUSTER,
        "Status": memcached_cluster_status(cluster, observed),
        "Generation": cluster.generation,
        "ConvergedGeneration": observed.converged_generation,
        "Verdict": None if observed.verdict is None else answer_verdict(observed.verdict),
        "Waiting": list(awaited(seen)),
        "Failure": None if observed.failure is None else answer_failure(observed.failure),
        "NodeGroups": [],
        "Nodes": [_answer_node(seen, node) for node in cluster.nodes],
        "Publication": {
            "Version": cluster.publication.version,
            "NodeIds": list(cluster.publication.node_ids),
        },
        "ConfigurationEndpoint": _answer_endpoint(seen),
    }


def _answer_node(seen: SeenMemcachedCluster, node: CacheNode) -> Result:
    last = seen.last_seen(node)
    return {
        "NodeId": node.id,
        "Zone": node.zone,
        "Address": node.address,
        "Port": seen.desired.software.port,
        "IsLeaving": node.is_leaving,
        "IsPublished": seen.is_published(node),
        "NodeType": node.node_type,
        "Status": cache_node_status(seen.desired, node, seen.observed),
        "EngineVersion": None if last is None else last.engine_version,
        **_answer_process(None if last is None else last.process),
    }


def _answer_endpoint(seen: SeenMemcachedCluster) -> Result:
    cluster, last = seen.desired, seen.observed.endpoint
    return {
        "Address": cluster.endpoint_address,
        "Port": cluster.software.port,
        "Version": None if last is None else last.version,
        **_answer_process(None if last is None else last.process),
    }


def _answer_process(last: ObservedProcess | None) -> Result:
    if last is None:
        return {"Health": NodeHealth.UNKNOWN}
    return {"Health": last.health, "Sentence": last.sentence or None}
