"""Tags of whatever has an ARN here: read, added and removed.

A replication group's tags are written to its member cache clusters too, as AWS does; how new
members come by them is in `inherited_tags`. AWS answers these three actions only while a resource is
`available`, which stalls Terraform for as long as a snapshot or a change takes
(hashicorp/terraform-provider-aws#30402, #44811). No client needs that refusal, so we answer in
every state but `deleting`, in which tags are about to vanish.
"""

import unicodedata
from collections.abc import Callable

import msgspec

from elastane.catalog.families import DefaultParameterGroup
from elastane.catalog.limits import Limits
from elastane.model import faults
from elastane.model.ids import Arn, NodeId, Region, ReplicationGroupId, arn
from elastane.model.statuses import CacheClusterStatus
from elastane.model.subnet_groups import DEFAULT_SUBNET_GROUP_NAME
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.requested_parameter_group import get_parameter_group
from elastane.service.elasticache.stored_groups import get_cache_cluster, get_replication_group
from elastane.service.elasticache.stored_users import (
    arn_of_user,
    arn_of_user_group,
    get_lasting_user,
    get_user_group,
    load_roster,
)
from elastane.service.parameters import Parameters
from elastane.store import Transaction, subnet_groups, tags

_ARN_PART_COUNT = 7
# A global datastore spans regions, so its ARN names none.
_GLOBAL_KIND = "globalreplicationgroup"
_NO_REGION = Region("")
_RESERVED_PREFIX = "aws:"
_ALLOWED_MARKS = frozenset("_.:/=+-@")


async def add_tags_to_resource(ctx: Context, parameters: Parameters) -> Result:
    new_tags = requested_tags(ctx, parameters)

    def add(tx: Transaction) -> Result:
        resource = _get_resource(tx, ctx, parameters.required_text("ResourceName"))
        _refuse_read_only(resource)
        for each in (resource.arn, *resource.member_arns):
            merged = tags.get_tags(tx, each) | new_tags
            _check_quota(merged, ctx.limits)
            tags.save_tags(tx, each, merged)
        return _answer(tx, resource.arn)

    return await decide(ctx.store, add)


async def remove_tags_from_resource(ctx: Context, parameters: Parameters) -> Result:
    keys = frozenset(parameters.texts("TagKeys") or ())

    def remove(tx: Transaction) -> Result:
        resource = _get_resource(tx, ctx, parameters.required_text("ResourceName"))
        _refuse_read_only(resource)
        missing = sorted(keys - tags.get_tags(tx, resource.arn).keys())
        if missing:
            raise faults.TagNotFound(f"The tag {missing[0]} was not found on {resource.arn}.")
        for each in (resource.arn, *resource.member_arns):
            kept = {key: value for key, value in tags.get_tags(tx, each).items() if key not in keys}
            tags.save_tags(tx, each, kept)
        return _answer(tx, resource.arn)

    return await decide(ctx.store, remove)


async def list_tags_for_resource(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.required_text("ResourceName")
    return await ctx.store.read(lambda tx: _answer(tx, _get_resource(tx, ctx, name).arn))


# --- asked by other actions ----------------------------------------------------------------------


def requested_tags(ctx: Context, parameters: Parameters) -> dict[str, str]:
    """The Tags of a create call or of AddTagsToResource, checked; a null value is the empty text.

    Raises InvalidParameterValue and TagQuotaPerResourceExceeded.
    """
    requested: dict[str, str] = {}
    for tag in parameters.structures("Tags") or ():
        key, value = tag.text("Key"), tag.text("Value") or ""
        if not key:
            raise faults.InvalidParameterValue("A tag must have a key.")
        if key in requested:
            raise faults.InvalidParameterValue(f"The tag key {key} is given more than once.")
        _check_key(key, ctx.limits)
        _check_value(key, value, ctx.limits)
        requested[key] = value
    _check_quota(requested, ctx.limits)
    return requested


def arn_of_replication_group(ctx: Context, name: ReplicationGroupId) -> Arn:
    return arn(ctx.region, ctx.account_id, "replicationgroup", name)


def arn_of_cache_cluster(ctx: Context, name: NodeId) -> Arn:
    return arn(ctx.region, ctx.account_id, "cluster", name)


# --- rules for keys and values -------------------------------------------------------------------


def _check_key(key: str, limits: Limits) -> None:
    if len(key) > limits.tag_key_length:
        raise faults.InvalidParameterValue(
            f"The tag key {key[:20]}... is longer than {limits.tag_key_length} characters."
        )
    if key.lower().startswith(_RESERVED_PREFIX):
        raise faults.InvalidParameterValue(f"The tag key {key} is not allowed: {_RESERVED_PREFIX} is reserved for AWS.")
    _check_characters(key)


def _check_value(key: str, value: str, limits: Limits) -> None:
    if len(value) > limits.tag_value_length:
        raise faults.InvalidParameterValue(
            f"The value of the tag {key} is longer than {limits.tag_value_length} characters."
        )
    _check_characters(value)


def _check_characters(text: str) -> None:
    """AWS's rule, from the Tagging API: letters, digits and separators of any script, and ``_ . : / = + - @``."""
    for character in text:
        if character not in _ALLOWED_MARKS and unicodedata.category(character)[0] not in "LNZ":
            raise faults.InvalidParameterValue(f"The character {character!r} is not allowed in a tag.")


def _check_quota(resulting: dict[str, str], limits: Limits) -> None:
    if len(resulting) > limits.tags_per_resource:
        raise faults.TagQuotaPerResourceExceeded(f"A resource may have no more than {limits.tags_per_resource} tags.")


# --- the resource behind an ARN ------------------------------------------------------------------


class _Resource(msgspec.Struct, frozen=True, kw_only=True):
    arn: Arn
    member_arns: tuple[Arn, ...] = ()
    """Cache clusters that follow the tags of their replication group."""
    is_read_only: bool = False


def _get_resource(tx: Transaction, ctx: Context, text: str) -> _Resource:
    """Raises InvalidARN, the NotFound of the ARN's kind, and InvalidReplicationGroupState while it is deleted."""
    kind, name = _parse_arn(ctx, text)
    find = _FINDERS.get(kind)
    if find is not None:
        return find(tx, ctx, name)
    not_found = _NOT_FOUND_BY_KIND.get(kind)
    if not_found is not None:
        raise not_found(f"{text} is either not present or not available.")
    raise faults.InvalidARN(f"{kind} is not a kind of ElastiCache resource.")


def _parse_arn(ctx: Context, text: str) -> tuple[str, str]:
    """The kind and the name, the latter in lower case as names are stored."""
    parts = text.split(":")
    if len(parts) != _ARN_PART_COUNT:
        # AWS's sentence, seen at ekristen/aws-nuke#208.
        raise faults.InvalidARN(f"Input ARN string does not have {_ARN_PART_COUNT} components.")
    *_, kind, name = parts
    region = _NO_REGION if kind == _GLOBAL_KIND else ctx.region
    if arn(region, ctx.account_id, kind, name) != text:
        raise faults.InvalidARN(
            f"{text} is not an ElastiCache resource of account {ctx.account_id} in region {ctx.region}."
        )
    return kind, name.lower()


def _find_group(tx: Transaction, ctx: Context, name: str) -> _Resource:
    group = get_replication_group(tx, ctx, name).group
    if group.deletion is not None:
        # AWS's sentence, seen at hashicorp/terraform-provider-aws#30444.
        raise faults.InvalidReplicationGroupState("Cluster not in available state to perform tagging operations.")
    return _Resource(
        arn=arn_of_replication_group(ctx, group.id),
        member_arns=tuple(arn_of_cache_cluster(ctx, node.id) for node in group.own_nodes),
    )


def _find_cluster(tx: Transaction, ctx: Context, name: str) -> _Resource:
    """A cluster being deleted reads as not found: the model gives these actions no fault for a cluster's state."""
    cluster = get_cache_cluster(tx, ctx, name)
    cluster_arn = arn_of_cache_cluster(ctx, cluster.id)
    if cluster.status is CacheClusterStatus.DELETING:
        raise faults.CacheClusterNotFound(f"{cluster_arn} is either not present or not available.")
    return _Resource(arn=cluster_arn)


def _find_subnet_group(tx: Transaction, ctx: Context, name: str) -> _Resource:
    is_built_in = name == DEFAULT_SUBNET_GROUP_NAME
    if not is_built_in and subnet_groups.find_subnet_group(tx, ctx.region, name) is None:
        raise faults.CacheSubnetGroupNotFound(f"Cache Subnet Group {name} does not exist.")
    return _Resource(arn=arn(ctx.region, ctx.account_id, "subnetgroup", name))


def _find_parameter_group(tx: Transaction, ctx: Context, name: str) -> _Resource:
    found = get_parameter_group(tx, ctx, name)
    is_read_only = isinstance(found, DefaultParameterGroup)
    return _Resource(arn=arn(ctx.region, ctx.account_id, "parametergroup", found.name), is_read_only=is_read_only)


def _find_user(tx: Transaction, ctx: Context, name: str) -> _Resource:
    return _Resource(arn=arn_of_user(ctx, get_lasting_user(load_roster(tx, ctx.region), name).id))


def _find_user_group(tx: Transaction, ctx: Context, name: str) -> _Resource:
    user_group = get_user_group(load_roster(tx, ctx.region), name).body
    if user_group.deletion is not None:
        raise faults.UserGroupNotFound(f"User group {user_group.id} is being deleted.")
    return _Resource(arn=arn_of_user_group(ctx, user_group.id))


_FINDERS: dict[str, Callable[[Transaction, Context, str], _Resource]] = {
    "cluster": _find_cluster,
    "parametergroup": _find_parameter_group,
    "replicationgroup": _find_group,
    "subnetgroup": _find_subnet_group,
    "user": _find_user,
    "usergroup": _find_user_group,
}

# Kinds AWS has and this version cannot make: nothing of that kind exists, and the fault says so.
_NOT_FOUND_BY_KIND: dict[str, type[faults.Fault]] = {
    _GLOBAL_KIND: faults.GlobalReplicationGroupNotFound,
    "reserved-instance": faults.ReservedCacheNodeNotFound,
    "securitygroup": faults.CacheSecurityGroupNotFound,
    "serverlesscache": faults.ServerlessCacheNotFound,
    "serverlesscachesnapshot": faults.ServerlessCacheSnapshotNotFound,
    "snapshot": faults.SnapshotNotFound,
}


def _refuse_read_only(resource: _Resource) -> None:
    if resource.is_read_only:
        raise faults.InvalidParameterValue(f"{resource.arn} is a default parameter group and cannot be changed.")


def _answer(tx: Transaction, resource_arn: Arn) -> Result:
    return {"TagList": [{"Key": key, "Value": value} for key, value in tags.get_tags(tx, resource_arn).items()]}
