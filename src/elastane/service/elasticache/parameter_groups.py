"""Parameter groups: named sets of changed parameters, on top of a family's defaults.

CreateCacheParameterGroup    nothing changed yet
ModifyCacheParameterGroup    all of the values or none; what is attached is woken, and has them within a second
ResetCacheParameterGroup     back to the defaults, all or by name
DeleteCacheParameterGroup    while no cache uses it

The default groups are read from the catalog, never stored, and nobody can change them. Which values are allowed is in
`parameter_values`; how they reach running nodes: `reconcile/plan/parameters.py`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from elastane.catalog import families
from elastane.catalog.families import CLUSTER_ENABLED, UnknownFamilyError
from elastane.model import events, faults, ids
from elastane.model.events import SourceType
from elastane.model.ids import Region
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import ReplicationGroup, Software
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.parameter_group_answers import (
    answer_parameter_group,
    answer_parameters,
    arn_of_parameter_group,
    requested_source,
)
from elastane.service.elasticache.parameter_values import (
    checked_values,
    get_parameter,
    refuse_contradiction,
    refuse_unfit,
)
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.elasticache.requested_parameter_group import (
    AnyParameterGroup,
    can_defragment,
    get_parameter_group,
)
from elastane.service.elasticache.tags import requested_tags
from elastane.service.elasticache.told_events import tell
from elastane.service.parameters import Parameters
from elastane.store import Transaction, caches, parameter_groups, tags
from elastane.store.documents import Stored


async def create_cache_parameter_group(ctx: Context, parameters: Parameters) -> Result:
    name = _checked_name(ctx, parameters.required_text("CacheParameterGroupName"))
    family = _checked_family(parameters.required_text("CacheParameterGroupFamily"))
    description = _checked_description(ctx, parameters.required_text("Description"))
    new_tags = requested_tags(ctx, parameters)

    def create(tx: Transaction) -> Result:
        if families.find_default_parameter_group(name) or parameter_groups.find_parameter_group(tx, ctx.region, name):
            raise faults.CacheParameterGroupAlreadyExists(f"A CacheParameterGroup with name {name} already exists.")
        if len(parameter_groups.list_parameter_groups(tx, ctx.region)) >= ctx.limits.parameter_groups:
            raise faults.CacheParameterGroupQuotaExceeded(
                f"You already have {ctx.limits.parameter_groups} cache parameter groups, which is the limit."
            )
        group = ParameterGroup(region=ctx.region, name=name, family=family, description=description)
        parameter_groups.save_parameter_group(tx, group)
        tags.save_tags(tx, arn_of_parameter_group(ctx, name), new_tags)
        tell(tx, ctx, SourceType.CACHE_PARAMETER_GROUP, name, events.parameter_group_created(name))
        return {"CacheParameterGroup": answer_parameter_group(ctx, group)}

    return await decide(ctx.store, create)


async def describe_cache_parameter_groups(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.text("CacheParameterGroupName")

    def describe(tx: Transaction) -> Result:
        own = parameter_groups.list_parameter_groups(tx, ctx.region)
        every: tuple[AnyParameterGroup, ...] = (*families.default_parameter_groups(), *own)
        found = every if name is None else (get_parameter_group(tx, ctx, name),)
        page = requested_page(
            parameters,
            found,
            key=lambda group: group.name,
        )
        answers = [answer_parameter_group(ctx, group) for group in page.items]
        return {"CacheParameterGroups": answers, "Marker": page.marker}

    return await ctx.store.read(describe)


async def describe_cache_parameters(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.required_text("CacheParameterGroupName")
    source = requested_source(parameters)

    def describe(tx: Transaction) -> Result:
        group = get_parameter_group(tx, ctx, name)
        is_own = isinstance(group, ParameterGroup)
        return answer_parameters(group.family, parameters, group.values, is_own=is_own, source=source)

    return await ctx.store.read(describe)


async def describe_engine_default_parameters(ctx: Context, parameters: Parameters) -> Result:
    family = _checked_family(parameters.required_text("CacheParameterGroupFamily"))
    listed = answer_parameters(family, parameters, families.NO_VALUES, is_own=False)
    return {"EngineDefaults": {"CacheParameterGroupFamily": family, **listed}}


async def modify_cache_parameter_group(ctx: Context, parameters: Parameters) -> Result:
    requested = _requested_values(ctx, parameters)
    if not requested:
        raise faults.InvalidParameterValue("The parameter ParameterNameValues must be provided.")
    values = {name: value for name, value in requested.items() if value is not None}
    if len(values) < len(requested):
        missing = next(name for name, value in requested.items() if value is None)
        raise faults.InvalidParameterValue(f"The parameter {missing} is given no ParameterValue.")

    def modify(tx: Transaction) -> Result:
        stored = _get_own(tx, ctx, parameters.required_text("CacheParameterGroupName"), "modified")
        changed = stored.body.values | checked_values(stored.body.family, values)
        return _save_values(tx, ctx, stored, changed)

    return await decide(ctx.store, modify)


async def reset_cache_parameter_group(ctx: Context, parameters: Parameters) -> Result:
    """A name's value is ignored, as on AWS: its default is what it gets."""
    resets_all = parameters.flag("ResetAllParameters") is True
    requested = _requested_values(ctx, parameters)
    if resets_all == bool(requested):
        raise faults.InvalidParameterCombination(
            "Either ResetAllParameters must be true, or ParameterNameValues must name the parameters to reset."
        )

    def reset(tx: Transaction) -> Result:
        stored = _get_own(tx, ctx, parameters.required_text("CacheParameterGroupName"), "reset")
        for name in requested:
            get_parameter(stored.body.family, name)
        kept = {} if resets_all else {name: at for name, at in stored.body.values.items() if name not in requested}
        return _save_values(tx, ctx, stored, kept)

    return await decide(ctx.store, reset)


async def delete_cache_parameter_group(ctx: Context, parameters: Parameters) -> Result:
    def delete(tx: Transaction) -> Result:
        group = _get_own(tx, ctx, parameters.required_text("CacheParameterGroupName"), "deleted").body
        if users_of_parameter_group(tx, ctx.region, group.name):
            # AWS's sentence, quoted in aws-controllers-k8s/community#2004.
            raise faults.InvalidCacheParameterGroupState(
                f"One or more cache clusters are still members of this parameter group {group.name}, so the group "
                "cannot be deleted."
            )
        parameter_groups.remove_parameter_group(tx, ctx.region, group.name)
        tags.remove_tags(tx, arn_of_parameter_group(ctx, group.name))
        tell(tx, ctx, SourceType.CACHE_PARAMETER_GROUP, group.name, events.parameter_group_deleted(group.name))
        return {}

    return await decide(ctx.store, delete)


def users_of_parameter_group(
    tx: Transaction, region: Region, name: str
) -> tuple[ReplicationGroup | MemcachedCluster, ...]:
    """Every cache that runs with it or is to from its maintenance window on, those being deleted included."""
    return tuple(
        cache
        for cache in caches.list_caches(tx, region)
        if name in (one.parameter_group_name for one in _present_and_pending(cache))
    )


def _present_and_pending(cache: ReplicationGroup | MemcachedCluster) -> tuple[Software, ...]:
    if isinstance(cache, ReplicationGroup):
        pending = cache.pending
    else:
        pending = None if cache.pending is None else cache.pending.software
    return (cache.software,) if pending is None else (cache.software, pending)


# --- what may be asked for -----------------------------------------------------------------------


class _Change(NamedTuple):
    name: str
    value: str | None


def _requested_values(ctx: Context, parameters: Parameters) -> dict[str, str | None]:
    pairs = [
        _Change(pair.text("ParameterName") or "", pair.text("ParameterValue"))
        for pair in parameters.structures("ParameterNameValues") or ()
    ]
    if len(pairs) > ctx.limits.parameters_per_modification:
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#1221.
        raise faults.InvalidParameterCombination(
            f"Cannot modify more than {ctx.limits.parameters_per_modification} parameters in a single request"
        )
    requested: dict[str, str | None] = {}
    for pair in pairs:
        if not pair.name:
            raise faults.InvalidParameterValue("A ParameterNameValue has no ParameterName.")
        if pair.name in requested:
            raise faults.InvalidParameterValue(f"The parameter {pair.name} is given more than once.")
        requested[pair.name] = pair.value
    return requested


def _checked_name(ctx: Context, text: str) -> str:
    length_max = ctx.limits.parameter_group_name_length
    if not ids.is_identifier(text.lower(), length_max=length_max):
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#20425.
        raise faults.InvalidParameterValue(
            "The parameter CacheParameterGroupName is not a valid identifier. Identifiers must begin with a letter; "
            "must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
            f"consecutive hyphens. They have at most {length_max} characters."
        )
    return text.lower()


def _checked_family(text: str) -> str:
    try:
        families.parameters(text)
    except UnknownFamilyError as error:
        raise faults.InvalidParameterValue(
            f"CacheParameterGroupFamily {text} is not a valid parameter group family. "
            f"Must be one of {', '.join(families.FAMILIES)}."
        ) from error
    return text


def _checked_description(ctx: Context, text: str) -> str:
    if len(text) > ctx.limits.description_length:
        raise faults.InvalidParameterValue(
            f"The parameter Description must contain no more than {ctx.limits.description_length} characters."
        )
    return text


def _get_own(tx: Transaction, ctx: Context, name: str, verb: str) -> Stored[ParameterGroup]:
    """Raises CacheParameterGroupNotFound, and InvalidCacheParameterGroupState for a default one."""
    stored = parameter_groups.find_parameter_group(tx, ctx.region, name.lower())
    if stored is None:
        default = get_parameter_group(tx, ctx, name)
        raise faults.InvalidCacheParameterGroupState(f"The default parameter group {default.name} cannot be {verb}.")
    return stored


# --- saving --------------------------------------------------------------------------------------


def _save_values(tx: Transaction, ctx: Context, stored: Stored[ParameterGroup], values: Mapping[str, str]) -> Result:
    """Refuses, or saves and wakes every cache that uses the group."""
    group = replace(stored.body, values=dict(sorted(values.items())))
    users = users_of_parameter_group(tx, ctx.region, group.name)
    refuse_contradiction(group.values)
    if users and group.is_cluster_mode_enabled is not stored.body.is_cluster_mode_enabled:
        raise faults.InvalidCacheParameterGroupState(
            f"{CLUSTER_ENABLED} cannot be changed while cache clusters are members of parameter group {group.name}."
        )
    for software in (one for user in users for one in _present_and_pending(user)):
        if software.parameter_group_name == group.name:
            refuse_unfit(group.values, software, can_defragment=can_defragment(ctx, software))
    if group.values != stored.body.values:
        parameter_groups.save_parameter_group(tx, group, revision=stored.revision)
        for name, value in _effective_changes(stored.body, group):
            tell(tx, ctx, SourceType.CACHE_PARAMETER_GROUP, group.name, events.parameter_updated(name, value))
        for user in users:
            tx.ring(user.key)
    return {"CacheParameterGroupName": group.name}


def _effective_changes(before: ParameterGroup, after: ParameterGroup) -> list[tuple[str, str]]:
    old, new = (
        {each.name: group.values.get(each.name, each.value or "") for each in families.parameters(group.family)}
        for group in (before, after)
    )
    return [(name, value) for name, value in new.items() if old[name] != value]
