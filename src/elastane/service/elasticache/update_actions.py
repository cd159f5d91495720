"""Update actions: which caches a service update is for, how far it has come there, and asking for it or for its end.

A replication group's members are updated through their group; a cache cluster on its own is a cache of its own. What
is asked for is decided for each cache by itself, all in one transaction: who is refused keeps nobody else from it.
"""

from collections.abc import Callable, Iterator

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import NodeId, ReplicationGroupId
from elastane.model.replication_groups import Form, GroupKey, ReplicationGroup
from elastane.model.service_updates import (
    ServiceUpdate,
    ServiceUpdateStatus,
    find_superseded_at,
    is_of_version,
    service_update_status,
)
from elastane.model.software import has_patch
from elastane.model.statuses import ReplicationGroupStatus
from elastane.model.update_actions import (
    UpdateActionStatus,
    has_action,
    update_action_status,
    with_update,
    without_update,
)
from elastane.service.context import Context, Result
from elastane.service.elasticache import stored_groups
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.elasticache.service_updates import get_service_update
from elastane.service.elasticache.software_changes import refuse_in_between_modes, refuse_without_endpoints
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.elasticache.stored_memcached_clusters import StoredMemcachedCluster
from elastane.service.elasticache.update_action_answers import answer_update_action, name_cache
from elastane.service.parameters import Parameters
from elastane.store import Transaction, replication_groups, service_updates

Engines = tuple[tuple[str, str], ...]
Change = Callable[[StoredGroup, ServiceUpdate], ReplicationGroup]
"""The group after the call. Raises the fault of a cache that cannot be told so."""


async def describe_update_actions(ctx: Context, parameters: Parameters) -> Result:
    """The model declares no fault for names that nobody has: those are in no answer."""
    shows_nodes = parameters.flag("ShowNodeLevelUpdateStatus") is True

    def describe(tx: Transaction) -> Result:
        known = service_updates.list_service_updates(tx)
        updates = [update for update in known if _is_wanted(update, known, parameters)]
        actions = (
            (update, found) for found in _named_caches(tx, ctx, parameters) for update in updates if _has(update, found)
        )
        statuses = parameters.texts("UpdateActionStatus")
        page = requested_page(
            parameters,
            ((update, found) for update, found in actions if not statuses or _status(update, found) in statuses),
            key=lambda action: f"{action[0].name}/{action[1].group.key}",
        )
        answers = [answer_update_action(update, found, known, shows_nodes=shows_nodes) for update, found in page.items]
        return {"UpdateActions": answers, "Marker": page.marker}

    return await ctx.store.read(describe)


async def batch_apply_update_action(ctx: Context, parameters: Parameters) -> Result:
    engines = (*ctx.offered_engines(), *ctx.installable_engines())
    now = ctx.now()

    def apply(tx: Transaction) -> Result:
        known = service_updates.list_service_updates(tx)

        def change(found: StoredGroup, update: ServiceUpdate) -> ReplicationGroup:
            _refuse_to_apply(found, update, known, engines)
            return with_update(found.group, update, now=now)

        return _for_each(tx, ctx, parameters, known, change)

    return await decide(ctx.store, apply)


async def batch_stop_update_action(ctx: Context, parameters: Parameters) -> Result:
    now = ctx.now()

    def stop(tx: Transaction) -> Result:
        def change(found: StoredGroup, update: ServiceUpdate) -> ReplicationGroup:
            _refuse_to_stop(found, update)
            return without_update(found.group, update, found.observed, now=now)

        return _for_each(tx, ctx, parameters, service_updates.list_service_updates(tx), change)

    return await decide(ctx.store, stop)


# --- which ---------------------------------------------------------------------------------------


def _is_wanted(update: ServiceUpdate, known: tuple[ServiceUpdate, ...], parameters: Parameters) -> bool:
    name, engine = parameters.text("ServiceUpdateName"), parameters.text("Engine")
    statuses = parameters.texts("ServiceUpdateStatus")
    return (
        (not name or update.name == name.lower())
        and (not engine or update.engine == engine.lower())
        and (not statuses or service_update_status(update, known) in statuses)
        and _was_available_within(update, known, parameters.structure("ServiceUpdateTimeRange"))
    )


def _was_available_within(
    update: ServiceUpdate, known: tuple[ServiceUpdate, ...], time_range: Parameters | None
) -> bool:
    """Raises InvalidParameterCombination for a range that ends before it begins."""
    if time_range is None:
        return True
    start, end = time_range.moment("StartTime"), time_range.moment("EndTime")
    if start is not None and end is not None and end < start:
        raise faults.InvalidParameterCombination("StartTime must be before EndTime.")
    superseded_at = find_superseded_at(update, known)
    return (end is None or update.released_at <= end) and (
        start is None or superseded_at is None or superseded_at > start
    )


def _named_caches(tx: Transaction, ctx: Context, parameters: Parameters) -> Iterator[StoredGroup]:
    """Those that are named, in either list; all of the region where none are."""
    names = {form: {name.lower() for name in parameters.texts(parameter) or ()} for form, parameter in _LISTS.items()}
    for stored in replication_groups.list_replication_groups(tx, ctx.region):
        group = stored.body
        if not any(names.values()) or group.id in names[group.form]:
            yield stored_groups.with_observation(tx, stored)


def _has(update: ServiceUpdate, found: StoredGroup) -> bool:
    return has_action(update, found.group, found.observed)


def _status(update: ServiceUpdate, found: StoredGroup) -> UpdateActionStatus:
    return update_action_status(update, found.group, found.observed)


# --- one cache after the other -------------------------------------------------------------------

_LISTS = {Form.REPLICATION_GROUP: "ReplicationGroupIds", Form.CACHE_CLUSTER: "CacheClusterIds"}
_STOPPABLE = (UpdateActionStatus.WAITING_TO_START, UpdateActionStatus.IN_PROGRESS, UpdateActionStatus.SCHEDULED)
_WITHOUT_NODES = (
    ReplicationGroupStatus.CREATING,
    ReplicationGroupStatus.CREATE_FAILED,
    ReplicationGroupStatus.DELETING,
)


def _for_each(
    tx: Transaction, ctx: Context, parameters: Parameters, known: tuple[ServiceUpdate, ...], change: Change
) -> Result:
    """Raises ServiceUpdateNotFound, and InvalidParameterValue for lists that name nothing or too much."""
    update = get_service_update(known, parameters.required_text("ServiceUpdateName"))
    names = {form: parameters.texts(parameter) or () for form, parameter in _LISTS.items()}
    if not any(names.values()):
        raise faults.InvalidParameterValue("At least one of ReplicationGroupIds and CacheClusterIds must name a cache.")
    length_max = ctx.limits.update_action_ids
    for form, parameter in _LISTS.items():
        if len(names[form]) > length_max:
            raise faults.InvalidParameterValue(f"{parameter} must name at most {length_max} caches.")
    processed, unprocessed = [], []
    for form in _LISTS:
        for name in dict.fromkeys(name.lower() for name in names[form]):
            try:
                found = _get_cache(tx, ctx, form, name)
                saved = stored_groups.save_change(tx, found, change(found, update))
            except Fault as fault:
                unprocessed.append(
                    {
                        **name_cache(form, name),
                        "ServiceUpdateName": update.name,
                        "ErrorType": fault.code,
                        "ErrorMessage": fault.message,
                    }
                )
            else:
                status = _status(update, saved)
                named = name_cache(form, saved.group.id)
                processed.append({**named, "ServiceUpdateName": update.name, "UpdateActionStatus": status})
    return {"ProcessedUpdateActions": processed, "UnprocessedUpdateActions": unprocessed}


def _get_cache(tx: Transaction, ctx: Context, form: Form, name: str) -> StoredGroup:
    if form is Form.REPLICATION_GROUP:
        return stored_groups.get_replication_group(tx, ctx, name)
    found = stored_groups.find_group(tx, GroupKey(ctx.region, form, ReplicationGroupId(name)))
    if found is not None:
        return found
    member = stored_groups.get_cache_cluster(tx, ctx, NodeId(name))
    if isinstance(member, StoredMemcachedCluster):
        raise faults.InvalidParameterValue(f"No service update is applicable to {member.id}, which runs memcached.")
    raise faults.InvalidParameterCombination(
        f"Cache cluster {member.node.id} is a member of replication group {member.group.id} and is updated with it: "
        "name that in ReplicationGroupIds."
    )


def _refuse_to_apply(
    found: StoredGroup, update: ServiceUpdate, known: tuple[ServiceUpdate, ...], engines: Engines
) -> None:
    """In order: the update, whether it is for this cache, and whether the cache can be changed now."""
    group = found.group
    if service_update_status(update, known) is not ServiceUpdateStatus.AVAILABLE:
        raise faults.InvalidParameterValue(
            f"Service update {update.name} is not available any more: a newer patch of {update.engine} "
            f"{update.version} has taken its place."
        )
    _refuse_unfit(found, update)
    status = _status(update, found)
    if status in (UpdateActionStatus.COMPLETE, UpdateActionStatus.NOT_APPLICABLE):
        raise faults.InvalidParameterValue(
            f"Every node of {group.id} runs {update.engine} {update.patch} or a newer patch."
        )
    if status in (UpdateActionStatus.WAITING_TO_START, UpdateActionStatus.IN_PROGRESS):
        raise faults.InvalidParameterValue(f"Service update {update.name} of {group.id} is {status} already.")
    if not has_patch(with_update(group, update, now=update.released_at).software, engines):
        raise faults.InvalidParameterValue(
            f"{update.engine} {update.patch} is neither on this machine nor to be fetched any more."
        )
    if found.status is not ReplicationGroupStatus.AVAILABLE:
        raise _not_available(found)
    refuse_in_between_modes(group)
    refuse_without_endpoints(group)


def _refuse_to_stop(found: StoredGroup, update: ServiceUpdate) -> None:
    _refuse_unfit(found, update)
    status = _status(update, found)
    if status not in _STOPPABLE:
        raise faults.InvalidParameterValue(
            f"Service update {update.name} of {found.group.id} is {status}: there is nothing to stop."
        )


def _refuse_unfit(found: StoredGroup, update: ServiceUpdate) -> None:
    group = found.group
    if found.status in _WITHOUT_NODES:
        raise _not_available(found)
    if not is_of_version(group, found.observed, update):
        raise faults.InvalidParameterValue(
            f"Service update {update.name} is not applicable to {group.id}, which runs {group.software.engine} "
            f"{group.software.version}."
        )


def _not_available(found: StoredGroup) -> Fault:
    """AWS's sentence of a Modify call for the group's."""
    if found.group.form is Form.REPLICATION_GROUP:
        return faults.InvalidReplicationGroupState("Replication group must be in available state to modify.")
    return faults.InvalidCacheClusterState(
        f"Cache cluster {found.group.id} has status {found.status} which is not valid for an update."
    )
