"""What a Modify call makes of the software that nodes run: now, or in the next maintenance window. Pure.

    parameter            ApplyImmediately true       false
    ──────────────────   ─────────────────────────   ───────────────────────────────────────────────────────
    Engine, -Version     at once                     waits; the present one takes a change that waits back
    CacheNodeType        at once                     waits; likewise
    parameter group      at once                     at once, unless it is of the family of an engine that waits

A call that applies something immediately applies what waits along with it, as on AWS. Versions only go forward, and
from Redis OSS to Valkey: no engine reads what a newer one has written.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from elastane.catalog import engine_versions, families, node_types
from elastane.model import faults
from elastane.model.replication_groups import EngineName, ReplicationGroup, Software
from elastane.service.context import Context
from elastane.service.elasticache.cluster_mode_changes import refuse_in_compatible_mode
from elastane.service.elasticache.requested_parameter_group import (
    AnyParameterGroup,
    get_parameter_group,
    refuse_other_family,
    refuse_unfit_values,
)
from elastane.service.elasticache.requested_software import (
    Offers,
    requested_engine,
    requested_node_type,
    requested_offer,
)
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.parameters import Parameters
from elastane.store import Transaction


class Lookups(NamedTuple):
    """What a change is checked against, inside the call's transaction."""

    offers: Offers
    get_parameter_group: Callable[[str], AnyParameterGroup]
    """Raises CacheParameterGroupNotFound."""
    refuse_unfit_values: Callable[[Software], None]
    """Raises InvalidParameterCombination for a parameter group whose values do not fit what is asked for."""


def lookups(tx: Transaction, ctx: Context, offers: Offers) -> Lookups:
    return Lookups(
        offers=offers,
        get_parameter_group=lambda name: get_parameter_group(tx, ctx, name),
        refuse_unfit_values=lambda software: refuse_unfit_values(tx, ctx, software),
    )


_ASKING = ("Engine", "EngineVersion", "CacheNodeType", "CacheParameterGroupName")


def asks_for_other_software(group: ReplicationGroup, parameters: Parameters) -> bool:
    """Whether there is anything to decide: also a call that only says that what waits shall be done now."""
    is_now = parameters.flag("ApplyImmediately") is True
    return any(parameters.text(name) for name in _ASKING) or (is_now and group.pending is not None)


def with_changed_software(found: StoredGroup, parameters: Parameters, at: Lookups) -> ReplicationGroup:
    """The group after the call. Raises InvalidParameterCombination and others, each naming what is wrong."""
    group = found.group
    if not asks_for_other_software(group, parameters):
        return group
    present, asked = group.software, _asked(group, parameters, at)
    if asked != present:
        at.refuse_unfit_values(asked)
    if _essence(asked) != _essence(present):
        _refuse_unfit(found, asked, at)
    if parameters.flag("ApplyImmediately") is True:
        return replace(group, software=asked, pending=None)
    is_of_one_family = _family(asked) == _family(present)
    kept = replace(present, parameter_group_name=asked.parameter_group_name) if is_of_one_family else present
    if kept != present:
        at.refuse_unfit_values(kept)
    return replace(group, software=kept, pending=asked if _essence(asked) != _essence(kept) else None)


def _essence(software: Software) -> tuple[str, ...]:
    """What waits for a window."""
    return software.engine, software.version, software.patch, software.node_type


def _family(software: Software) -> str:
    return engine_versions.family(software.engine, software.version)


# --- what is asked for ---------------------------------------------------------------------------


def _asked(group: ReplicationGroup, parameters: Parameters, at: Lookups) -> Software:
    """What waits already, with what this call says in its place."""
    asked = _with_engine(group.software, group.pending or group.software, parameters, at.offers)
    node_type = parameters.text("CacheNodeType")
    if node_type:
        asked = replace(asked, node_type=_node_type(group.software, asked, node_type))
    name = parameters.text("CacheParameterGroupName")
    return replace(asked, parameter_group_name=_parameter_group(group, asked, name, at))


def _with_engine(present: Software, base: Software, parameters: Parameters, offers: Offers) -> Software:
    version = parameters.text("EngineVersion")
    if not version and not parameters.text("Engine"):
        return base
    engine = requested_engine(parameters) if parameters.text("Engine") else base.engine
    if engine is present.engine and _is_present(present, version):
        return replace(base, engine=engine, version=present.version, patch=present.patch)
    offer = requested_offer(engine, version, offers)
    is_back = engine is present.engine and _is_older(offer.version, present.version)
    if is_back or (engine, present.engine) == (EngineName.REDIS, EngineName.VALKEY):
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#4166.
        raise faults.InvalidParameterCombination(
            f"Cannot modify {present.engine} from {present.version} to {offer.version}"
        )
    return replace(base, engine=engine, version=offer.version, patch=offer.patch)


def _is_present(present: Software, version: str | None) -> bool:
    """Also one of which no binary is here any more: to repeat what there is asks for nothing."""
    return not version or version == present.version


def _is_older(version: str, than: str) -> bool:
    return engine_versions.sort_key(version) < engine_versions.sort_key(than)


def _node_type(present: Software, asked: Software, name: str) -> str:
    node_type = requested_node_type(name, asked.engine, asked.version)
    current = node_types.get_node_type(present.node_type)
    targets = node_types.allowed_modifications(current, asked.engine, asked.version)
    if node_type not in (present.node_type, *targets.scale_up, *targets.scale_down):
        raise faults.InvalidParameterCombination(
            f"The node type cannot be modified from {present.node_type} to {node_type}; "
            "see ListAllowedNodeTypeModifications."
        )
    return node_type


def _parameter_group(group: ReplicationGroup, asked: Software, name: str | None, at: Lookups) -> str:
    """The one that is named; else the present one; else, for a group that has a default one, the new family's."""
    family = _family(asked)
    named = at.get_parameter_group(name or asked.parameter_group_name)
    is_default = families.find_default_parameter_group(named.name) is not None
    if not name and is_default and named.family != family:
        return families.default_parameter_group_name(family, is_cluster_mode_enabled=group.is_cluster)
    if named.is_cluster_mode_enabled is not group.is_cluster:
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#35636.
        raise faults.InvalidParameterCombination(
            "The parameter cluster-enabled has a different value in the requested parameter group than the current "
            "parameter group. This parameter value cannot be changed for a cache cluster."
        )
    refuse_other_family(named, family)
    return named.name


# --- what keeps it from being done ---------------------------------------------------------------


def _refuse_unfit(found: StoredGroup, asked: Software, at: Lookups) -> None:
    group = found.group
    refuse_in_between_modes(group)
    if (asked.engine, asked.version) != (group.software.engine, group.software.version):
        refuse_without_endpoints(group)
    _refuse_too_small(found, asked, at)


def refuse_in_between_modes(group: ReplicationGroup) -> None:
    refuse_in_compatible_mode(group, "is neither scaled nor upgraded")


def refuse_without_endpoints(group: ReplicationGroup) -> None:
    """Whoever's engine is to be replaced needs an address that can move."""
    if not group.network.endpoint_addresses:
        raise faults.InvalidParameterCombination(
            f"Cache cluster {group.id} was made by an older Elastane, and its address cannot move to a process that "
            "runs another engine. Make it the primary of a replication group first (PrimaryClusterId)."
        )


def _refuse_too_small(found: StoredGroup, asked: Software, at: Lookups) -> None:
    """AWS: a scale-down is refused when the data would not fit."""
    memory_bytes = _memory_for_data_bytes(asked, at)
    if memory_bytes >= _memory_for_data_bytes(found.group.software, at):
        return
    for seen in found.observed.nodes:
        if seen.used_memory_bytes > memory_bytes:
            raise faults.InvalidParameterCombination(
                f"The node type {asked.node_type} is too small: it has {memory_bytes} bytes for data, and {seen.id} "
                f"uses about {seen.used_memory_bytes}."
            )


def _memory_for_data_bytes(software: Software, at: Lookups) -> int:
    node_type = node_types.get_node_type(software.node_type)
    values = at.get_parameter_group(software.parameter_group_name).values
    return int(families.engine_parameters(_family(software), node_type, changed=values)["maxmemory"])
