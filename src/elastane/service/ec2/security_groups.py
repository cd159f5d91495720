"""CreateSecurityGroup, DescribeSecurityGroups and DeleteSecurityGroup.

Each belongs to a VPC, which has a group `default` from its start to its end.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from elastane.model import faults
from elastane.model.ids import SecurityGroupId, SecurityGroupRuleId, VpcId
from elastane.model.security_groups import (
    ANYWHERE,
    DEFAULT_SECURITY_GROUP_NAME,
    Cidr,
    Direction,
    GroupReference,
    SecurityGroup,
    SecurityGroupRule,
    Traffic,
    all_traffic,
)
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.filters import Filters, filtered, requested_results
from elastane.service.ec2.new_ids import DrawId, draw_id
from elastane.service.ec2.permissions import answer_permissions, checked_description
from elastane.service.ec2.tags import answer_tags, arn_of, forget_tags, requested_tags, save_new_tags, tags_of
from elastane.service.ec2.vpcs import get_vpc
from elastane.service.parameters import Parameters
from elastane.store import Transaction, caches, security_groups
from elastane.store.documents import Stored

_NAME_LENGTH_MAX = 255
_ID_PREFIX = "sg-"


async def create_security_group(ctx: Context, parameters: Parameters, *, draw: DrawId = draw_id) -> Result:
    name = _checked_name(parameters.required_text("GroupName"))
    description = checked_description(parameters.required_text("Description"), "security group description") or ""
    new_tags = requested_tags(ctx, parameters, "security-group")

    def create(tx: Transaction) -> Result:
        vpc_id = get_vpc(tx, ctx, parameters.text("VpcId") or networks.default_vpc_id(ctx)).vpc_id
        present = networks.list_security_groups(tx, ctx)
        if any((group.vpc_id, group.name) == (vpc_id, name) for group in present):
            raise faults.InvalidGroupDuplicate(f"The security group '{name}' already exists for VPC '{vpc_id}'")
        if len(present) >= ctx.limits.vpc_security_groups:
            raise faults.SecurityGroupLimitExceeded(
                f"The maximum number of security groups has been reached, which is {ctx.limits.vpc_security_groups}."
            )
        group = SecurityGroup(
            id=SecurityGroupId(draw("sg")),
            region=ctx.region,
            vpc_id=vpc_id,
            name=name,
            description=description,
            rules=(
                SecurityGroupRule(id=SecurityGroupRuleId(draw("sgr")), traffic=all_traffic(Direction.EGRESS, ANYWHERE)),
            ),
        )
        security_groups.save_security_group(tx, group)
        save_new_tags(tx, ctx, group.id, new_tags)
        return {
            "GroupId": group.id,
            "Tags": answer_tags(tx, ctx, group.id),
            "SecurityGroupArn": arn_of(ctx, group.id),
        }

    return await dry_runs.decide(ctx, parameters, create)


async def describe_security_groups(ctx: Context, parameters: Parameters) -> Result:
    def describe(tx: Transaction) -> Result:
        every = networks.list_security_groups(tx, ctx)
        named = tuple(_named(every, parameters, networks.default_vpc_id(ctx))) or every
        names = {group.id: group.name for group in every}
        found = filtered(parameters, named, _filters(ctx, names), lambda group: tags_of(tx, ctx, group.id))
        page = requested_results(parameters, found, key=lambda group: group.id)
        return {"SecurityGroups": [_answer(tx, ctx, group) for group in page.items], "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


async def delete_security_group(ctx: Context, parameters: Parameters) -> Result:
    def delete(tx: Transaction) -> Result:
        group = get_named_group(tx, ctx, parameters).body
        if group.name == DEFAULT_SECURITY_GROUP_NAME:
            raise faults.CannotDelete(
                f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user'
            )
        _refuse_if_needed(tx, ctx, group)
        security_groups.remove_security_group(tx, ctx.region, group.id)
        forget_tags(tx, ctx, (group.id, *(rule.id for rule in group.rules)))
        return {"Return": True, "GroupId": group.id}

    return await dry_runs.decide(ctx, parameters, delete)


# --- asked by other actions ----------------------------------------------------------------------


def get_named_group(tx: Transaction, ctx: Context, parameters: Parameters) -> Stored[SecurityGroup]:
    """What GroupId or GroupName names. Raises MissingParameter, InvalidGroupId.Malformed, InvalidGroup.NotFound."""
    if not parameters.text("GroupId") and not parameters.text("GroupName"):
        raise faults.MissingParameter("The request must contain the parameter groupName or groupId")
    group_id = get_group_id(tx, ctx, parameters.text("GroupId"), parameters.text("GroupName"))
    stored = networks.find_security_group(tx, ctx, group_id)
    assert stored is not None, "it was found in this transaction"
    return stored


def get_group_id(tx: Transaction, ctx: Context, group_id: str | None, name: str | None) -> SecurityGroupId:
    if group_id:
        if not group_id.startswith(_ID_PREFIX):
            raise faults.InvalidGroupIdMalformed(f'Invalid id: "{group_id}" (expecting "sg-...")')
        stored = networks.find_security_group(tx, ctx, SecurityGroupId(group_id))
        if stored is None:
            raise faults.InvalidGroupNotFound(f"The security group '{group_id}' does not exist")
        return stored.body.id
    default_vpc_id = networks.default_vpc_id(ctx)
    every = networks.list_security_groups(tx, ctx)
    found = next((group for group in every if (group.vpc_id, group.name) == (default_vpc_id, name)), None)
    if found is None:
        raise faults.InvalidGroupNotFound(
            f"The security group '{name}' does not exist in default VPC '{default_vpc_id}'"
        )
    return found.id


# --- rules ---------------------------------------------------------------------------------------


def _checked_name(name: str) -> str:
    if name == DEFAULT_SECURITY_GROUP_NAME:
        raise faults.InvalidParameterValue(f"Cannot use reserved security group name: {name}")
    if name.startswith(_ID_PREFIX):
        raise faults.InvalidParameterValue(f"Invalid security group name '{name}': it may not begin with sg-.")
    if not 1 <= len(name) <= _NAME_LENGTH_MAX or checked_description(name, "security group name") != name:
        raise faults.InvalidParameterValue(f"A security group's name has 1 to {_NAME_LENGTH_MAX} characters.")
    return name


def _refuse_if_needed(tx: Transaction, ctx: Context, group: SecurityGroup) -> None:
    """Used by a cache, also by one that is being deleted: until its last process is gone, it is being filtered."""
    every_cache = caches.list_caches(tx, ctx.region)
    is_used = any(group.id in cache.network.security_group_ids for cache in every_cache)
    is_named = any(group.id in other.referenced_group_ids for other in networks.list_security_groups(tx, ctx))
    if is_used or is_named:
        raise faults.DependencyViolation(f"resource {group.id} has a dependent object")


def _named(every: Iterable[SecurityGroup], parameters: Parameters, default_vpc_id: VpcId) -> Iterator[SecurityGroup]:
    """Those of GroupIds, and of GroupNames in the default VPC. Raises InvalidGroup.NotFound for the first that is not
    there."""
    groups = tuple(every)
    by_id: dict[str, SecurityGroup] = {group.id: group for group in groups}
    by_name = {group.name: group for group in groups if group.vpc_id == default_vpc_id}
    asked = [(group_id, by_id) for group_id in dict.fromkeys(parameters.texts("GroupIds") or ())]
    asked += [(name, by_name) for name in dict.fromkeys(parameters.texts("GroupNames") or ())]
    for wanted, known in asked:
        found = known.get(wanted)
        if found is None:
            raise faults.InvalidGroupNotFound(f"The security group '{wanted}' does not exist")
        yield found


# --- answers -------------------------------------------------------------------------------------


def _answer(tx: Transaction, ctx: Context, group: SecurityGroup) -> Result:
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "VpcId": group.vpc_id,
        "OwnerId": ctx.account_id,
        "SecurityGroupArn": arn_of(ctx, group.id),
        "IpPermissions": answer_permissions(group.of(Direction.INGRESS), ctx.account_id),
        "IpPermissionsEgress": answer_permissions(group.of(Direction.EGRESS), ctx.account_id),
        "Tags": answer_tags(tx, ctx, group.id),
    }


def _filters(ctx: Context, names: dict[SecurityGroupId, str]) -> Filters[SecurityGroup]:
    return {
        "description": lambda group: (group.description,),
        "group-id": lambda group: (group.id,),
        "group-name": lambda group: (group.name,),
        "owner-id": lambda group: (ctx.account_id,),
        "vpc-id": lambda group: (group.vpc_id,),
        **_permission_filters("ip-permission", Direction.INGRESS, ctx, names),
        **_permission_filters("egress.ip-permission", Direction.EGRESS, ctx, names),
    }


def _permission_filters(
    prefix: str, direction: Direction, ctx: Context, names: dict[SecurityGroupId, str]
) -> Filters[SecurityGroup]:
    def over(values_of: Callable[[Traffic], Iterable[str]]) -> Callable[[SecurityGroup], Iterable[str]]:
        return lambda group: (value for rule in group.of(direction) for value in values_of(rule.traffic))

    def ranges(traffic: Traffic, *, is_ipv6: bool) -> tuple[str, ...]:
        peer = traffic.peer
        return (peer.cidr,) if isinstance(peer, Cidr) and peer.is_ipv6 is is_ipv6 else ()

    def references(traffic: Traffic) -> tuple[SecurityGroupId, ...]:
        return (traffic.peer.group_id,) if isinstance(traffic.peer, GroupReference) else ()

    return {
        f"{prefix}.cidr": over(lambda traffic: ranges(traffic, is_ipv6=False)),
        f"{prefix}.ipv6-cidr": over(lambda traffic: ranges(traffic, is_ipv6=True)),
        f"{prefix}.from-port": over(lambda traffic: _numbers(traffic.from_port)),
        f"{prefix}.to-port": over(lambda traffic: _numbers(traffic.to_port)),
        f"{prefix}.protocol": over(lambda traffic: (traffic.protocol,)),
        f"{prefix}.prefix-list-id": over(lambda traffic: ()),
        f"{prefix}.group-id": over(references),
        f"{prefix}.group-name": over(lambda traffic: (names[found] for found in references(traffic) if found in names)),
        f"{prefix}.user-id": over(lambda traffic: (ctx.account_id for _ in references(traffic))),
    }


def _numbers(port: int | None) -> tuple[str, ...]:
    return () if port is None else (str(port),)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A group as it was read and as it shall be."""

    before: Stored[SecurityGroup]
    rules: tuple[SecurityGroupRule, ...]


def save_change(tx: Transaction, ctx: Context, change: Change) -> None:
    """Raises RulesPerSecurityGroupLimitExceeded, InvalidGroup.NotFound and Conflict."""
    changed = msgspec.structs.replace(change.before.body, rules=change.rules)
    named = (networks.find_security_group(tx, ctx, group_id) for group_id in changed.referenced_group_ids)
    if any(stored is None or stored.body.vpc_id != changed.vpc_id for stored in named):
        raise faults.InvalidGroupNotFound("You have specified two resources that belong to different networks.")
    for direction in Direction:
        count = sum(rule.traffic.direction is direction for rule in change.rules)
        if count > ctx.limits.rules_per_security_group:
            raise faults.RulesPerSecurityGroupLimitExceeded(
                f"The maximum number of rules per security group has been reached, which is "
                f"{ctx.limits.rules_per_security_group}."
            )
    security_groups.save_security_group(tx, changed, revision=change.before.revision)
