"""Which lines the customer's history gains between two records of a group. Pure; the texts are in model/events."""

from collections.abc import Iterator
from datetime import datetime

from elastane.model import events
from elastane.model.events import Event, SourceType
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth, ObservedNode, ObservedReplicationGroup, slots_to_move
from elastane.model.replication_groups import Form, Node, ReplicationGroup
from elastane.model.software import full_name
from elastane.model.statuses import has_failed_for_good, is_rebooting
from elastane.reconcile.situation import Situation


def events_between(
    situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
) -> tuple[Event, ...]:
    """In the order they are to be read. Nothing for a group that is being deleted: its end is told by ForgetGroup."""
    if situation.group.deletion is not None:
        return ()
    return (
        *_creation(situation, before, after),
        *_failures(situation, before, after),
        *_attention(situation, before, after),
        *_resharding(situation, before, after),
        *_software(situation, before, after),
        *_new_primary(situation, before, after),
        *_lost_data(situation),
        *_nodes(situation, before, after),
    )


def group_event(situation: Situation, message: str) -> Event:
    return event_of_group(situation.group, message, situation.now)


def event_of_group(group: ReplicationGroup, message: str, at: datetime) -> Event:
    """A line about the whole: under the group's name, or the cache cluster's where the customer made one."""
    is_group = group.form is Form.REPLICATION_GROUP
    return Event(
        region=group.region,
        source_type=SourceType.REPLICATION_GROUP if is_group else SourceType.CACHE_CLUSTER,
        source_id=group.id,
        message=message,
        at=at,
        topic_arn=group.upkeep.told_topic_arn,
    )


def node_event(situation: Situation, node_id: str, message: str) -> Event:
    return Event(
        region=situation.group.region,
        source_type=SourceType.CACHE_CLUSTER,
        source_id=node_id,
        message=message,
        at=situation.now,
        topic_arn=situation.group.upkeep.told_topic_arn,
    )


def _creation(
    situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
) -> Iterator[Event]:
    is_first_time = before.available_since is None and after.available_since is not None
    if is_first_time and situation.group.form is Form.REPLICATION_GROUP:
        yield group_event(situation, events.replication_group_created(situation.group.id))


def _failures(
    situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
) -> Iterator[Event]:
    """Once when it breaks; the same sentence again is not told again."""
    if after.failure is None or (before.failure is not None and before.failure.sentence == after.failure.sentence):
        return
    if has_failed_for_good(after):
        yield group_event(situation, events.creation_failed(after.failure.sentence))
    else:
        yield group_event(situation, events.step_failed(after.failure.sentence))


def _attention(
    situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
) -> Iterator[Event]:
    """Once, until all is well again or there is something else to tell."""
    if after.last_told and after.last_told not in before.last_told:
        yield group_event(situation, events.attention(after.last_told))


def _resharding(
    situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
) -> Iterator[Event]:
    group = situation.group
    if group.resharding is not None and slots_to_move(group, before) > 0 and slots_to_move(group, after) == 0:
        staying = [node_group for node_group in group.node_groups if not node_group.is_leaving]
        yield group_event(situation, events.resharding_finished(len(staying)))


def _software(
    situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
) -> Iterator[Event]:
    """What every node runs by now, that ran something else before."""
    former, current = before.software, after.software
    if former is None or current is None:
        return
    messages = []
    if former.node_type != current.node_type:
        messages.append(events.node_type_changed(current.node_type))
    if full_name(former) != full_name(current):
        messages.append(events.engine_upgraded(full_name(former), full_name(current)))
    if former.parameter_group_name != current.parameter_group_name:
        messages.append(events.parameter_group_used(current.parameter_group_name))
    for message in messages:
        for node in situation.group.own_nodes:
            yield node_event(situation, node.id, message)
        if situation.group.form is Form.REPLICATION_GROUP:
            yield group_event(situation, message)


def _new_primary(
    situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
) -> Iterator[Event]:
    """Told when the new primary is seen to be one, not when it is ordered."""
    for node_group_id, new in after.primaries.items():
        old = before.primaries.get(node_group_id, new)
        if new == old or any(node.is_temporary and node.id in (old, new) for node in situation.group.nodes):
            continue
        message = events.failover_completed(old, new)
        yield node_event(situation, new, message)
        if situation.group.form is Form.REPLICATION_GROUP:
            yield group_event(situation, message)


def _lost_data(situation: Situation) -> Iterator[Event]:
    """No copy of the data is left, by deaths that nobody asked for: the customer must not have to find that out."""
    for seen in situation.nodes:
        answer, last = seen.answer, seen.before
        if answer is None or last is None or not seen.is_primary or answer.key_count > 0:
            continue
        if last.role is not Role.PRIMARY and last.is_recovering:
            message = events.data_lost(seen.id)
            yield node_event(situation, seen.id, message)
            if situation.group.form is Form.REPLICATION_GROUP:
                yield group_event(situation, message)


def _nodes(situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup) -> Iterator[Event]:
    leaving = {seen.id for seen in situation.leaving}
    for node in situation.group.own_nodes:
        now, last = after.find_node(node.id), before.find_node(node.id)
        if now is None:
            continue
        if now.was_ready and (last is None or not last.was_ready):
            yield node_event(situation, node.id, events.cache_node_added(node.zone))
            yield node_event(situation, node.id, events.cache_cluster_created())
            if situation.parameter_group is not None:
                yield node_event(situation, node.id, events.parameter_group_used(situation.parameter_group.name))
        elif last is not None and last.was_ready and node.id not in leaving:
            yield from _life(situation, node, last, now)
            yield from _updated_parameters(situation, node, last, now)
            yield from _renewed_certificate(situation, node, last, now)


def _life(situation: Situation, node: Node, last: ObservedNode, now: ObservedNode) -> Iterator[Event]:
    if is_rebooting(node, last):
        if now.health is NodeHealth.DOWN and last.health is not NodeHealth.DOWN:
            yield node_event(situation, node.id, events.cache_node_shut_down())
        if not is_rebooting(node, now):
            yield node_event(situation, node.id, events.cache_node_restarted())
    elif now.is_recovering and not last.is_recovering:
        yield node_event(situation, node.id, events.recovering_cache_nodes())
    elif last.is_recovering and not now.is_recovering:
        yield node_event(situation, node.id, events.finished_recovery())


def _renewed_certificate(situation: Situation, node: Node, last: ObservedNode, now: ObservedNode) -> Iterator[Event]:
    """On a process that goes on; one that starts has a new one anyway."""
    former, current = last.certificate, now.certificate
    is_other = former is not None and current is not None and former.serial_number != current.serial_number
    if is_other and current is not None and last.started_at == now.started_at:
        yield node_event(situation, node.id, events.certificate_renewed(current.not_after))


def _updated_parameters(situation: Situation, node: Node, last: ObservedNode, now: ObservedNode) -> Iterator[Event]:
    """What was waited for and is so now; what was taken back before it was so is no change."""
    for name, value in last.awaited_parameters.items():
        if now.awaited_parameters.get(name) is None and situation.target_parameters.get(name) == value:
            yield node_event(situation, node.id, events.parameter_updated(name, value))
