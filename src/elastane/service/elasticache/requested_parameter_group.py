"""The parameter group a call names for a cache: one of the customer's, or a default one.

Asked inside the transaction of the call, so that a group that was found is still there when the cache is saved.
"""

from collections.abc import Mapping

from elastane.catalog import families
from elastane.catalog.families import DefaultParameterGroup
from elastane.model import faults
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Software
from elastane.model.software import runs
from elastane.service.context import Context
from elastane.service.elasticache.parameter_values import refuse_unfit
from elastane.store import Transaction, parameter_groups

AnyParameterGroup = ParameterGroup | DefaultParameterGroup


def requested_parameter_group(tx: Transaction, ctx: Context, name: str | None, family: str, *, is_cluster: bool) -> str:
    """The name as it is stored; the family's default without one.

    Raises CacheParameterGroupNotFound, and InvalidParameterCombination for one of another family or cluster mode.
    Whether its values fit the cache's nodes is for `refuse_unfit_values`.
    """
    if not name:
        return families.default_parameter_group_name(family, is_cluster_mode_enabled=is_cluster)
    group = get_parameter_group(tx, ctx, name)
    if group.is_cluster_mode_enabled is not is_cluster:
        expected, found = ("enabled", "disabled") if is_cluster else ("disabled", "enabled")
        # AWS's sentence, quoted in aws/aws-cli#2456.
        raise faults.InvalidParameterCombination(
            f"Cluster mode should be {expected} in parameter group, but found it is {found}."
        )
    refuse_other_family(group, family)
    return group.name


def refuse_other_family(group: AnyParameterGroup, family: str) -> None:
    """Raises InvalidParameterCombination."""
    if group.family != family:
        # AWS's sentence, quoted in cloudposse/terraform-aws-elasticache-redis#12.
        raise faults.InvalidParameterCombination(
            f"Expected a parameter group of family {family} but found one of family {group.family}"
        )


def refuse_unfit_values(tx: Transaction, ctx: Context, software: Software) -> None:
    """Before a cache is saved with this software: too little memory left, or what its engine lacks.

    Raises InvalidParameterCombination.
    """
    values = changed_values(tx, ctx, software.parameter_group_name)
    refuse_unfit(values, software, can_defragment=can_defragment(ctx, software))


def can_defragment(ctx: Context, software: Software) -> bool:
    """Whether the engine of that version on this machine has active defragmentation."""
    return any(runs(software, engine, version) for engine, version in ctx.defragmenting_engines())


def get_parameter_group(tx: Transaction, ctx: Context, name: str) -> AnyParameterGroup:
    """Whatever the name's case. Raises CacheParameterGroupNotFound."""
    found = find_parameter_group(tx, ctx, name)
    if found is None:
        # AWS's sentence, seen at floci-io/floci#2392.
        raise faults.CacheParameterGroupNotFound(f"CacheParameterGroup {name} not found.")
    return found


def find_parameter_group(tx: Transaction, ctx: Context, name: str) -> AnyParameterGroup | None:
    default = families.find_default_parameter_group(name.lower())
    if default is not None:
        return default
    stored = parameter_groups.find_parameter_group(tx, ctx.region, name.lower())
    return None if stored is None else stored.body


def changed_values(tx: Transaction, ctx: Context, name: str) -> Mapping[str, str]:
    """In what the parameter group of a cache differs from its family; nothing for one that was lost with a store."""
    found = find_parameter_group(tx, ctx, name)
    return families.NO_VALUES if found is None else found.values


async def names_clustered_parameter_group(ctx: Context, name: str | None) -> bool:
    """Whether a call names a parameter group that makes a cache run in cluster mode. Looked up before the call's own
    transaction, in which `requested_parameter_group` sees whether it is still so."""
    if not name:
        return False
    found = await ctx.store.read(lambda tx: find_parameter_group(tx, ctx, name))
    return found is not None and found.is_cluster_mode_enabled
