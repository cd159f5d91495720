"""The security groups of a cache: those a call asks for, or its VPC's default, and how they are shown.

They must exist in the cache's VPC, which is that of its subnet group. `serve --lenient-vpc-ids` also takes ids
that another EC2 endpoint made; nobody here knows their rules, so a cache that has one is open to all who reach its
addresses, and its security groups are shown as not enforced.
"""

from elastane.model import events, faults
from elastane.model.events import SourceType
from elastane.model.ids import SecurityGroupId, VpcId
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replication_groups import Network, ReplicationGroup
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.elasticache.subnet_groups import vpc_id_of_subnet_group
from elastane.service.elasticache.told_events import tell
from elastane.service.parameters import Parameters
from elastane.store import Transaction, security_groups

ACTIVE = "active"
NOT_ENFORCED = "not-enforced"
"""Ours: AWS has no word for a security group that nobody keeps."""


def requested_security_group_ids(
    tx: Transaction, ctx: Context, parameters: Parameters, subnet_group_name: str
) -> tuple[str, ...] | None:
    """As they were sent, each once; None when none were. Raises InvalidParameterValue.

    Where none are named nothing is looked up: a cache whose subnet group was lost with a store can be modified.
    """
    requested = tuple(dict.fromkeys(parameters.texts("SecurityGroupIds") or ()))
    if not requested:
        return None
    if len(requested) > ctx.limits.security_groups_per_cache:
        raise faults.InvalidParameterValue(
            f"A cache may have no more than {ctx.limits.security_groups_per_cache} security groups."
        )
    vpc_id = vpc_id_of_subnet_group(tx, ctx, subnet_group_name)
    missing = [group_id for group_id in requested if not _may_be_of(tx, ctx, vpc_id, group_id)]
    if missing:
        raise faults.InvalidParameterValue(
            f"Some security group ids do not exist in VPC {vpc_id}: [{', '.join(missing)}]"
        )
    return requested


def security_group_ids_of_new_cache(
    tx: Transaction, ctx: Context, parameters: Parameters, subnet_group_name: str
) -> tuple[str, ...]:
    """The VPC's own, as AWS gives to caches whose creator names none."""
    requested = requested_security_group_ids(tx, ctx, parameters, subnet_group_name)
    vpc_id = vpc_id_of_subnet_group(tx, ctx, subnet_group_name)
    own = (vpc.security_group_id for vpc in networks.list_vpcs(tx, ctx) if vpc.vpc_id == vpc_id)
    return requested or (next(own),)


def _may_be_of(tx: Transaction, ctx: Context, vpc_id: VpcId, group_id: str) -> bool:
    """One that nobody here knows may be of any VPC, where the operator takes those."""
    found = networks.find_security_group(tx, ctx, SecurityGroupId(group_id))
    return ctx.accepts_any_subnet_ids if found is None else found.body.vpc_id == vpc_id


def tell_of_change(
    tx: Transaction,
    ctx: Context,
    before: ReplicationGroup | MemcachedCluster,
    changed: ReplicationGroup | MemcachedCluster,
) -> None:
    """A line in the history of each cache cluster, where the cache's security groups are others now."""
    if set(before.network.security_group_ids) == set(changed.network.security_group_ids):
        return
    topic_arn = changed.upkeep.told_topic_arn
    names = (changed.id,) if isinstance(changed, MemcachedCluster) else [node.id for node in changed.own_nodes]
    for name in names:
        tell(tx, ctx, SourceType.CACHE_CLUSTER, name, events.security_groups_changed(), topic_arn=topic_arn)


def answer_security_groups(tx: Transaction, ctx: Context, network: Network) -> list[Result]:
    """`active` only where the last look found that the kernel keeps them, and where it is known what they allow."""
    group_ids = network.security_group_ids
    unknown = [
        group_id for group_id in group_ids if networks.find_security_group(tx, ctx, SecurityGroupId(group_id)) is None
    ]
    enforcement = security_groups.get_enforcement(tx)
    is_kept = enforcement.is_enforced and not (unknown and enforcement.is_unknown_open)
    return [
        {"SecurityGroupId": group_id, "Status": ACTIVE if is_kept and group_id not in unknown else NOT_ENFORCED}
        for group_id in group_ids
    ]
