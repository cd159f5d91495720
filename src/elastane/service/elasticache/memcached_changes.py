"""What ModifyCacheCluster makes of a Memcached cluster, or why it may not.

    parameter                     ApplyImmediately true    false
    ───────────────────────────   ──────────────────────   ──────────────────────────────────────────────────
    NumCacheNodes                 at once                  waits; the present number takes what waits back
    CacheNodeType, EngineVersion  at once, in batches      waits; the present one takes what waits back
    CacheParameterGroupName       at once; a node has its values from its next process on
    windows, notices, AZMode,     at once
    security groups

A call that applies something immediately applies what waits along with it, as on AWS. Zones and addresses of nodes that
wait are theirs from the call on: nobody else can take the last one meanwhile.
"""

from datetime import datetime

from msgspec.structs import replace

from elastane.catalog import engine_versions, node_types
from elastane.model import faults
from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import (
    DEFAULT_SCALING,
    MemcachedCluster,
    PendingChange,
    Scaling,
    with_pending_applied,
)
from elastane.model.memcached_node_counts import (
    NodeCountError,
    NodeCountRequest,
    UnknownNodeError,
    changed_nodes,
)
from elastane.model.replication_groups import EngineName, Software
from elastane.service.context import Context
from elastane.service.elasticache.memcached_placement import (
    changed_az_mode,
    place_cache_nodes,
    refuse_unfit_mode,
    zones_of_added_nodes,
)
from elastane.service.elasticache.new_memcached_clusters import checked_node_count, refuse_node_type_without_tls
from elastane.service.elasticache.requested_parameter_group import (
    get_parameter_group,
    refuse_other_family,
    refuse_unfit_values,
)
from elastane.service.elasticache.requested_security_groups import requested_security_group_ids
from elastane.service.elasticache.requested_software import Offers, requested_node_type, requested_offer
from elastane.service.elasticache.requested_upkeep import changed_upkeep_without_snapshots
from elastane.service.parameters import Parameters
from elastane.store import Transaction

_NO_CHANGES = frozenset({"CacheClusterId", "ApplyImmediately"})
_NOTHING_WAITS = PendingChange()

SCALE_PERCENTAGES = range(10, 101)
SCALE_INTERVAL_MINUTES = range(2, 31)


def asks_for_change(cluster: MemcachedCluster, parameters: Parameters) -> bool:
    """Also a call that only says that what waits shall be done now."""
    is_now = parameters.flag("ApplyImmediately") is True
    return not set(parameters) <= _NO_CHANGES or (is_now and cluster.pending is not None)


def changed_cluster(
    tx: Transaction, ctx: Context, cluster: MemcachedCluster, parameters: Parameters, offers: Offers, *, now: datetime
) -> MemcachedCluster:
    """The cluster after the call, not yet saved. Raises InvalidParameterCombination and others."""
    network = cluster.network
    security_group_ids = requested_security_group_ids(tx, ctx, parameters, network.subnet_group_name)
    changed = replace(
        _with_software(tx, ctx, cluster, parameters, offers),
        upkeep=changed_upkeep_without_snapshots(parameters, cluster.upkeep),
        network=replace(network, security_group_ids=security_group_ids or network.security_group_ids),
    )
    changed = _with_nodes(tx, ctx, changed, parameters, now=now)
    return with_pending_applied(changed, now=now) if parameters.flag("ApplyImmediately") is True else changed


def _with_pending(cluster: MemcachedCluster, pending: PendingChange) -> MemcachedCluster:
    return replace(cluster, pending=None if pending == _NOTHING_WAITS else pending)


# --- type, version and parameter group -----------------------------------------------------------


def _with_software(
    tx: Transaction, ctx: Context, cluster: MemcachedCluster, parameters: Parameters, offers: Offers
) -> MemcachedCluster:
    waiting = cluster.pending or _NOTHING_WAITS
    present = cluster.software
    asked = _with_version(present, waiting.software or present, parameters, offers)
    asked = _with_node_type(present, asked, parameters.text("CacheNodeType"))
    name = parameters.text("CacheParameterGroupName")
    if name:
        asked = replace(asked, parameter_group_name=_parameter_group(tx, ctx, name, asked))
    kept = replace(present, parameter_group_name=asked.parameter_group_name)
    is_now = parameters.flag("ApplyImmediately") is True
    for coming in (asked,) if is_now else (kept, asked):
        if coming != present:
            refuse_unfit_values(tx, ctx, coming)
    if cluster.is_encrypted and asked.node_type != present.node_type:
        refuse_node_type_without_tls(asked)
    scaling = _scaling(waiting, parameters, is_scaled=asked.node_type != present.node_type)
    pending = replace(waiting, software=asked if asked != kept else None, scaling=scaling)
    return _with_pending(replace(cluster, software=kept), pending)


def _with_version(present: Software, base: Software, parameters: Parameters, offers: Offers) -> Software:
    version = parameters.text("EngineVersion")
    engine = (parameters.text("Engine") or EngineName.MEMCACHED).lower()
    if engine != EngineName.MEMCACHED:
        raise faults.InvalidParameterCombination(f"Cannot modify {present.engine} to {engine}.")
    if not version:
        return base
    if version == present.version:  # also one of which no binary is here any more
        return replace(base, version=present.version, patch=present.patch)
    offer = requested_offer(EngineName.MEMCACHED, version, offers)
    if engine_versions.sort_key(offer.version) < engine_versions.sort_key(present.version):
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#4166.
        raise faults.InvalidParameterCombination(
            f"Cannot modify {present.engine} from {present.version} to {offer.version}"
        )
    return replace(base, version=offer.version, patch=offer.patch)


def _with_node_type(present: Software, asked: Software, name: str | None) -> Software:
    if not name:
        return asked
    if name == present.node_type:
        return replace(asked, node_type=name)
    node_type = requested_node_type(name, asked.engine, asked.version)
    targets = node_types.allowed_modifications(node_types.get_node_type(present.node_type), asked.engine, asked.version)
    if node_type not in (*targets.scale_up, *targets.scale_down):
        raise faults.InvalidParameterCombination(
            f"The node type cannot be modified from {present.node_type} to {node_type}; "
            "see ListAllowedNodeTypeModifications."
        )
    return replace(asked, node_type=node_type)


def _parameter_group(tx: Transaction, ctx: Context, name: str, asked: Software) -> str:
    group = get_parameter_group(tx, ctx, name)
    refuse_other_family(group, engine_versions.family(asked.engine, asked.version))
    return group.name


def _scaling(waiting: PendingChange, parameters: Parameters, *, is_scaled: bool) -> Scaling | None:
    """ScaleConfig: in what steps the node type is changed. Raises InvalidParameterValue and -Combination."""
    config = parameters.structure("ScaleConfig")
    if config is None:
        return waiting.scaling if is_scaled else None
    if not is_scaled:
        raise faults.InvalidParameterCombination(
            "ScaleConfig is only valid when CacheNodeType is another one than the present one."
        )
    return Scaling(
        percentage=_within(config, "ScalePercentage", SCALE_PERCENTAGES, default=DEFAULT_SCALING.percentage),
        interval_minutes=_within(
            config, "ScaleIntervalMinutes", SCALE_INTERVAL_MINUTES, default=DEFAULT_SCALING.interval_minutes
        ),
    )


def _within(config: Parameters, name: str, allowed: range, *, default: int) -> int:
    value = config.integer(name)
    if value is None:
        return default
    if value not in allowed:
        raise faults.InvalidParameterValue(
            f"Invalid value {value} for {name}. Must be between {allowed[0]} and {allowed[-1]}."
        )
    return value


# --- nodes ---------------------------------------------------------------------------------------


def _with_nodes(
    tx: Transaction, ctx: Context, cluster: MemcachedCluster, parameters: Parameters, *, now: datetime
) -> MemcachedCluster:
    mode = changed_az_mode(cluster, parameters)
    request = _requested_node_count(ctx, parameters)
    if request is None:
        if parameters.text("AZMode"):
            refuse_unfit_mode(mode, len(cluster.staying_nodes) + len(cluster.coming_nodes))
        return replace(cluster, az_mode=mode)
    if parameters.text("AZMode"):
        refuse_unfit_mode(mode, request.node_count)
    waiting = cluster.pending or _NOTHING_WAITS
    try:
        change = changed_nodes(
            [node.id for node in cluster.staying_nodes], [node.id for node in waiting.added], request
        )
    except UnknownNodeError as error:
        raise faults.InvalidParameterValue(str(error)) from error
    except NodeCountError as error:
        raise faults.InvalidParameterCombination(str(error)) from error
    kept = tuple(node for node in waiting.added if node.id in change.kept_ids)
    pending = replace(waiting, added=kept, removed_ids=change.removed_ids)
    changed = _with_pending(replace(cluster, az_mode=mode), pending)
    if not change.added_ids:
        return changed
    return _with_added(tx, ctx, changed, parameters, pending, change.added_ids, now=now)


def _with_added(
    tx: Transaction,
    ctx: Context,
    cluster: MemcachedCluster,
    parameters: Parameters,
    pending: PendingChange,
    node_ids: tuple[CacheNodeId, ...],
    *,
    now: datetime,
) -> MemcachedCluster:
    mode, zones = zones_of_added_nodes(tx, ctx, parameters, cluster, cluster.az_mode, len(node_ids))
    node_type = (pending.software or cluster.software).node_type
    placed = place_cache_nodes(
        tx, ctx, cluster.network.subnet_group_name, node_ids, zones, node_type=node_type, now=now
    )
    added = tuple(sorted((*pending.added, *placed), key=lambda node: node.id))
    return _with_pending(replace(cluster, az_mode=mode), replace(pending, added=added))


def _requested_node_count(ctx: Context, parameters: Parameters) -> NodeCountRequest | None:
    removed_ids = tuple(CacheNodeId(node_id) for node_id in parameters.texts("CacheNodeIdsToRemove") or ())
    zone_count = len(parameters.texts("NewAvailabilityZones") or ())
    node_count = parameters.integer("NumCacheNodes")
    if node_count is None:
        if removed_ids or zone_count:
            name = "CacheNodeIdsToRemove" if removed_ids else "NewAvailabilityZones"
            raise faults.InvalidParameterCombination(f"{name} needs NumCacheNodes: how many the cluster shall have.")
        return None
    return NodeCountRequest(
        node_count=checked_node_count(node_count, ctx.limits), removed_ids=removed_ids, zone_count=zone_count
    )
