"""An update action: a service update and one cache, how far it has come, and what asking for it or stopping it changes.

Its status follows from what is desired and what was last observed. In this order:

    every node runs the patch          complete; not-applicable when nobody ever asked for it
    nodes shall run it                 in-progress; waiting-to-start until the first one is being replaced
    it was stopped                     stopping until the group is settled, then stopped
    it waits for the window            scheduled
    else                               not-applied
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from elastane.model.observed_replication_groups import NodeHealth, ObservedReplicationGroup
from elastane.model.replication_groups import Initiator, Node, ReplicationGroup, RequestedUpdate, Software
from elastane.model.service_updates import (
    PatchOffer,
    ServiceUpdate,
    ServiceUpdateStatus,
    is_behind,
    is_of_version,
    is_updated,
    service_update_status,
    updated_count,
    versions_seen,
)
from elastane.model.software import runs
from elastane.model.statuses import is_changing
from elastane.model.versions import version_numbers


class UpdateActionStatus(StrEnum):
    NOT_APPLIED = "not-applied"
    WAITING_TO_START = "waiting-to-start"
    IN_PROGRESS = "in-progress"
    STOPPING = "stopping"
    STOPPED = "stopped"
    COMPLETE = "complete"
    SCHEDULING = "scheduling"
    """AWS's. Here a change waits for its window as soon as it is asked to."""
    SCHEDULED = "scheduled"
    NOT_APPLICABLE = "not-applicable"


class SlaMet(StrEnum):
    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "n/a"


def update_action_status(
    update: ServiceUpdate, group: ReplicationGroup, observed: ObservedReplicationGroup
) -> UpdateActionStatus:
    """Of a cache of the update's version."""
    updated = updated_count(group, observed, update)
    if updated == len(versions_seen(group, observed)):
        is_asked = find_request(update, group) is not None
        return UpdateActionStatus.COMPLETE if is_asked else UpdateActionStatus.NOT_APPLICABLE
    if _brings(group.software, update):
        is_begun = updated > 0 or any(node.is_temporary for node in group.nodes) or _is_any_down(group, observed)
        return UpdateActionStatus.IN_PROGRESS if is_begun else UpdateActionStatus.WAITING_TO_START
    if is_stopped(update, group):
        return UpdateActionStatus.STOPPING if is_changing(group, observed) else UpdateActionStatus.STOPPED
    if group.pending is not None and _brings(group.pending, update):
        return UpdateActionStatus.SCHEDULED
    return UpdateActionStatus.NOT_APPLIED


def node_update_status(
    update: ServiceUpdate, status: UpdateActionStatus, node: Node, observed: ObservedReplicationGroup
) -> UpdateActionStatus:
    """Of one node of a cache whose action has that status; one of the six that AWS has for nodes."""
    seen = observed.find_node(node.id)
    if seen is not None and seen.engine_version and is_updated(seen.engine_version, update):
        return UpdateActionStatus.COMPLETE
    if status is UpdateActionStatus.IN_PROGRESS and (seen is None or seen.health is NodeHealth.READY):
        return UpdateActionStatus.WAITING_TO_START
    return UpdateActionStatus.NOT_APPLIED if status is UpdateActionStatus.SCHEDULED else status


def find_request(update: ServiceUpdate, group: ReplicationGroup) -> RequestedUpdate | None:
    """Who asked for it: updates are cumulative, so whoever asked for a newer one asked for this one, too."""
    request = group.update
    if request is None or not runs(group.software, update.engine, request.patch):
        return None
    return request if version_numbers(request.patch) >= version_numbers(update.patch) else None


def is_stopped(update: ServiceUpdate, group: ReplicationGroup) -> bool:
    return group.update is not None and group.update.name == update.name and group.update.stopped_at is not None


def sla_met(update: ServiceUpdate, group: ReplicationGroup, observed: ObservedReplicationGroup) -> SlaMet:
    """Whether all nodes had the patch by the recommended date. Before it, too, `no` until they have: AWS has no word
    for "not yet". When they got it is known of the last update alone."""
    if group.created_at > update.apply_by:
        return SlaMet.NOT_APPLICABLE
    if updated_count(group, observed, update) < len(versions_seen(group, observed)):
        return SlaMet.NO
    if observed.engine_since is None or observed.engine_since <= update.apply_by:
        return SlaMet.YES
    return SlaMet.NO if group.update is not None and group.update.name == update.name else SlaMet.NOT_APPLICABLE


def status_modified_at(
    update: ServiceUpdate,
    status: UpdateActionStatus,
    group: ReplicationGroup,
    observed: ObservedReplicationGroup,
) -> datetime:
    """As far as it is known: between its beginning and its end an action's moments are not kept."""
    request = find_request(update, group)
    if status is UpdateActionStatus.COMPLETE and observed.engine_since is not None:
        return observed.engine_since
    if request is None or status in (UpdateActionStatus.NOT_APPLIED, UpdateActionStatus.NOT_APPLICABLE):
        return available_at(update, group)
    return request.stopped_at or request.requested_at


def available_at(update: ServiceUpdate, group: ReplicationGroup) -> datetime:
    return max(update.released_at, group.created_at)


def has_action(update: ServiceUpdate, group: ReplicationGroup, observed: ObservedReplicationGroup) -> bool:
    """Whether the update and this cache have to do with one another."""
    is_made = group.deletion is None and observed.available_since is not None
    return is_made and is_of_version(group, observed, update)


# --- changes -------------------------------------------------------------------------------------


def with_update(
    group: ReplicationGroup, update: ServiceUpdate, *, now: datetime, initiated_by: Initiator = Initiator.CUSTOMER
) -> ReplicationGroup:
    """To be done now. What waits for the window goes on waiting, with the patch."""
    pending = None if group.pending is None else _with_patch(group.pending, update)
    software = _with_patch(group.software, update)
    request = _request(update, now, initiated_by)
    return replace(group, software=software, pending=None if pending == software else pending, update=request)


def without_update(
    group: ReplicationGroup, update: ServiceUpdate, observed: ObservedReplicationGroup, *, now: datetime
) -> ReplicationGroup:
    """Stopped: nodes that do not run the patch yet go on with what they run."""
    former = _oldest_patch(group, observed)
    request = group.update or _request(update, now, Initiator.CUSTOMER)
    software = replace(group.software, patch=former) if _brings(group.software, update) else group.software
    pending = group.pending
    if pending is not None and _brings(pending, update):
        pending = replace(pending, patch=former)
    return replace(
        group,
        software=software,
        pending=None if pending == software else pending,
        update=replace(request, stopped_at=now),
    )


def scheduled_by_itself(
    group: ReplicationGroup,
    observed: ObservedReplicationGroup,
    updates: Iterable[ServiceUpdate],
    offers: Iterable[PatchOffer],
    now: datetime,
) -> ReplicationGroup:
    """With what AWS applies by itself waiting for the window: an update nobody asked for by its recommended date.

    Once for each: what was stopped, taken back or given up is not begun again. With AutoMinorVersionUpgrade off never.
    """
    known, had = tuple(updates), {(one.engine, one.patch) for one in offers}
    if not group.upkeep.auto_minor_version_upgrade or group.is_in_between_modes:
        return group
    if group.pending is not None and group.pending.version != group.software.version:
        return group
    for update in known:
        is_due = update.apply_by <= now and (update.engine, update.patch) in had
        is_open = service_update_status(update, known) is ServiceUpdateStatus.AVAILABLE
        if is_due and is_open and is_behind(group, observed, update) and find_request(update, group) is None:
            pending = _with_patch(group.pending or group.software, update)
            is_new = pending != group.software and pending != group.pending
            request = _request(update, now, Initiator.SYSTEM)
            return replace(group, pending=pending, update=request) if is_new else group
    return group


def without_scheduled_update(group: ReplicationGroup) -> ReplicationGroup:
    """What waits by itself waits no more: AutoMinorVersionUpgrade was turned off."""
    update, pending = group.update, group.pending
    if update is None or pending is None or update.initiated_by is not Initiator.SYSTEM:
        return group
    if pending.patch != update.patch or pending.version != group.software.version:
        return group
    kept = replace(pending, patch=group.software.patch)
    return replace(group, pending=None if kept == group.software else kept, update=None)


def _request(update: ServiceUpdate, now: datetime, initiated_by: Initiator) -> RequestedUpdate:
    return RequestedUpdate(name=update.name, patch=update.patch, requested_at=now, initiated_by=initiated_by)


def _with_patch(software: Software, update: ServiceUpdate) -> Software:
    """Another version that waits is left as it is."""
    brings = _brings(software, update)
    return replace(software, patch=update.patch) if update.is_for(software) and not brings else software


def _brings(software: Software, update: ServiceUpdate) -> bool:
    return update.is_for(software) and version_numbers(software.patch) >= version_numbers(update.patch)


def _oldest_patch(group: ReplicationGroup, observed: ObservedReplicationGroup) -> str:
    """Of those that nodes were last seen to run; empty, which means any, when nothing was seen."""
    versions = versions_seen(group, observed)
    fitting = (version for version in versions if runs(group.software, group.software.engine, version))
    return min(fitting, key=version_numbers, default="")


def _is_any_down(group: ReplicationGroup, observed: ObservedReplicationGroup) -> bool:
    seen = (observed.find_node(node.id) for node in group.staying_nodes)
    return any(one is None or one.health is not NodeHealth.READY for one in seen)
