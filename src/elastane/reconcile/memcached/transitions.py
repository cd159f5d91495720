"""Which lines the customer's history gains between two records of a Memcached cluster: as `reconcile.transitions`.

All of them are lines of one cache cluster, which AWS's texts name the nodes in.
"""

from collections.abc import Iterator
from datetime import datetime

from elastane.model import events
from elastane.model.events import Event, SourceType
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.memcached_statuses import has_failed_for_good, is_rebooting, is_restarting
from elastane.model.observed_memcached_clusters import ObservedCacheNode, ObservedMemcachedCluster, ObservedProcess
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Software
from elastane.model.software import full_name
from elastane.reconcile.memcached.situation import Situation

_Life = tuple[CacheNode, ObservedCacheNode, ObservedCacheNode]
"""A node that was ready before and stays, as it was seen last and now."""


def events_between(
    situation: Situation, before: ObservedMemcachedCluster, after: ObservedMemcachedCluster
) -> tuple[Event, ...]:
    """In the order they are to be read. Nothing for a cluster that is being deleted: ForgetCluster tells its end."""
    if situation.cluster.deletion is not None:
        return ()
    lives = tuple(_lives(situation, before, after))
    messages = (
        *_failures(before, after),
        *_attention(before, after),
        *_creation(situation, before, after),
        *_software(before, after),
        *_added_nodes(situation, before, after),
        *_reboots(lives),
        *_recoveries(lives),
        *_updated_parameters(situation, lives),
        *_renewed_certificates(lives, before, after),
    )
    return tuple(cluster_event(situation, message) for message in messages)


def cluster_event(situation: Situation, message: str) -> Event:
    return event_of_cluster(situation.cluster, message, situation.now)


def event_of_cluster(cluster: MemcachedCluster, message: str, at: datetime) -> Event:
    return Event(
        region=cluster.region,
        source_type=SourceType.CACHE_CLUSTER,
        source_id=cluster.id,
        message=message,
        at=at,
        topic_arn=cluster.upkeep.told_topic_arn,
    )


def _failures(before: ObservedMemcachedCluster, after: ObservedMemcachedCluster) -> Iterator[str]:
    """Once when it breaks; the same sentence again is not told again."""
    if after.failure is None or (before.failure is not None and before.failure.sentence == after.failure.sentence):
        return
    is_for_good = has_failed_for_good(after)
    yield (events.creation_failed if is_for_good else events.step_failed)(after.failure.sentence)


def _attention(before: ObservedMemcachedCluster, after: ObservedMemcachedCluster) -> Iterator[str]:
    """Once, until all is well again or there is something else to tell."""
    if after.last_told and after.last_told not in before.last_told:
        yield events.attention(after.last_told)


def _creation(situation: Situation, before: ObservedMemcachedCluster, after: ObservedMemcachedCluster) -> Iterator[str]:
    if before.available_since is not None or after.available_since is None:
        return
    for seen in situation.staying:
        yield events.cache_node_added(seen.node.zone, seen.id)
    yield events.cache_cluster_created()
    if situation.parameter_group is not None:
        yield events.parameter_group_used(situation.parameter_group.name)


def _software(before: ObservedMemcachedCluster, after: ObservedMemcachedCluster) -> Iterator[str]:
    """What every node runs by now, that ran something else before."""
    former, current = before.software, after.software
    if former is None or current is None:
        return
    if former.node_type != current.node_type:
        yield events.node_type_changed(current.node_type)
    if (former.version, former.patch) != (current.version, current.patch):
        is_patch_other = full_name(former) != full_name(current)
        name = full_name if is_patch_other else _name_as_asked
        yield events.engine_upgraded(name(former), name(current))
    if former.parameter_group_name != current.parameter_group_name:
        yield events.parameter_group_used(current.parameter_group_name)


def _name_as_asked(software: Software) -> str:
    """Several versions of AWS's are served by one and the same engine."""
    return f"{software.engine} {software.version}"


def _added_nodes(
    situation: Situation, before: ObservedMemcachedCluster, after: ObservedMemcachedCluster
) -> Iterator[str]:
    """To a cluster that was there: each when it is first ready, and the number when all of it is true."""
    if before.available_since is None:
        return
    for seen in situation.staying:
        now, last = after.find_node(seen.id), before.find_node(seen.id)
        if now is not None and now.was_ready and (last is None or not last.was_ready):
            yield events.cache_node_added(seen.node.zone, seen.id)
    if before.node_count < after.node_count:
        yield events.number_of_nodes_changed(before.node_count, after.node_count)


# --- nodes ---------------------------------------------------------------------------------------


def _lives(situation: Situation, before: ObservedMemcachedCluster, after: ObservedMemcachedCluster) -> Iterator[_Life]:
    if before.available_since is None:
        return
    for seen in situation.staying:
        now, last = after.find_node(seen.id), before.find_node(seen.id)
        if now is not None and last is not None and last.was_ready:
            yield seen.node, last, now


def _reboots(lives: tuple[_Life, ...]) -> Iterator[str]:
    for node, last, now in lives:
        if not is_rebooting(node, last):
            continue
        if last.process.health is not NodeHealth.DOWN and _has_ended(last.process, now.process):
            yield events.cache_node_shut_down(node.id)
        if not is_rebooting(node, now):
            yield events.cache_node_restarted(node.id)


def _has_ended(last: ObservedProcess, now: ObservedProcess) -> bool:
    """Also when another one is there by the next look."""
    return now.health is NodeHealth.DOWN or now.started_at != last.started_at


def _recoveries(lives: tuple[_Life, ...]) -> Iterator[str]:
    """Also of one that was lost and is back between two looks: what it held is gone all the same."""
    unseen = [node.id for node, last, now in lives if _was_lost_unseen(node, last, now)]
    lost = [node.id for node, last, now in lives if now.is_recovering and not last.is_recovering]
    back = [node.id for node, last, now in lives if last.is_recovering and not now.is_recovering]
    if lost or unseen:
        yield events.recovering_cache_nodes(sorted((*lost, *unseen)))
    if back or unseen:
        yield events.finished_recovery(sorted((*back, *unseen)))


def _was_lost_unseen(node: CacheNode, last: ObservedCacheNode, now: ObservedCacheNode) -> bool:
    former, current = last.process.answered_started_at, now.process.answered_started_at
    is_new_life = former is not None and former != current
    return is_new_life and not last.is_recovering and not is_restarting(node, last)


def _updated_parameters(situation: Situation, lives: tuple[_Life, ...]) -> Iterator[str]:
    """What was waited for, and every node runs with now. What was taken back before it was so is no change."""
    awaited = {item for _, last, _ in lives for item in last.awaited_parameters.items()}
    still = {name for _, _, now in lives for name in now.awaited_parameters}
    for name, value in sorted(awaited):
        if name not in still and all(_wanted(situation, node, name) == value for node, _, _ in lives):
            yield events.parameter_updated(name, value)


def _wanted(situation: Situation, node: CacheNode, name: str) -> str | None:
    return situation.wanted_settings.get(node.id, {}).get(name)


def _renewed_certificates(
    lives: tuple[_Life, ...], before: ObservedMemcachedCluster, after: ObservedMemcachedCluster
) -> Iterator[str]:
    """On processes that go on; one that starts has a new one anyway. One line for all of a pass."""
    pairs = [(last.process, now.process) for _, last, now in lives]
    if before.endpoint is not None and after.endpoint is not None and before.available_since is not None:
        pairs.append((before.endpoint.process, after.endpoint.process))
    ends = [now.certificate.not_after for last, now in pairs if now.certificate is not None and _is_renewed(last, now)]
    if ends:
        yield events.certificate_renewed(min(ends))


def _is_renewed(last: ObservedProcess, now: ObservedProcess) -> bool:
    former, current = last.certificate, now.certificate
    is_other = former is not None and current is not None and former.serial_number != current.serial_number
    return is_other and last.started_at == now.started_at
