"""Authorize, Revoke, Describe, Modify and describe anew: the rules of security groups.

All rules of a call or none. What a Revoke names and does not find is told and no fault in the default VPC, and a fault
in any other, as on AWS (its API reference, RevokeSecurityGroupIngress).
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from elastane.model import faults
from elastane.model.ids import SecurityGroupRuleId
from elastane.model.security_groups import (
    Cidr,
    Direction,
    GroupReference,
    Peer,
    SecurityGroup,
    SecurityGroupRule,
    Traffic,
)
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.filters import Filters, filtered, requested_results
from elastane.service.ec2.new_ids import DrawId, draw_id
from elastane.service.ec2.permissions import (
    NO_PREFIX_LISTS,
    Asked,
    answer_peer,
    answer_permissions,
    checked_description,
    parsed_cidr,
    parsed_traffic,
    requested_traffic,
)
from elastane.service.ec2.security_groups import Change, get_group_id, get_named_group, save_change
from elastane.service.ec2.tags import answer_tags, arn_of, forget_tags, requested_tags, save_new_tags, tags_of
from elastane.service.parameters import Parameters
from elastane.store import Transaction

_NO_PORT = -1
"""What AWS shows for a rule of a protocol without ports."""


async def authorize_security_group_ingress(ctx: Context, parameters: Parameters, *, draw: DrawId = draw_id) -> Result:
    return await _authorize(ctx, parameters, Direction.INGRESS, draw)


async def authorize_security_group_egress(ctx: Context, parameters: Parameters, *, draw: DrawId = draw_id) -> Result:
    return await _authorize(ctx, parameters, Direction.EGRESS, draw)


async def revoke_security_group_ingress(ctx: Context, parameters: Parameters) -> Result:
    return await _revoke(ctx, parameters, Direction.INGRESS)


async def revoke_security_group_egress(ctx: Context, parameters: Parameters) -> Result:
    return await _revoke(ctx, parameters, Direction.EGRESS)


async def update_security_group_rule_descriptions_ingress(ctx: Context, parameters: Parameters) -> Result:
    return await _describe_anew(ctx, parameters, Direction.INGRESS)


async def update_security_group_rule_descriptions_egress(ctx: Context, parameters: Parameters) -> Result:
    return await _describe_anew(ctx, parameters, Direction.EGRESS)


async def describe_security_group_rules(ctx: Context, parameters: Parameters) -> Result:
    wanted = parameters.texts("SecurityGroupRuleIds")

    def describe(tx: Transaction) -> Result:
        pairs = tuple(_rules_of(networks.list_security_groups(tx, ctx)))
        if wanted:
            _refuse_unknown_rules(wanted, (found.rule for found in pairs))
            pairs = tuple(found for found in pairs if found.rule.id in wanted)
        passing = filtered(parameters, pairs, _FILTERS, lambda found: tags_of(tx, ctx, found.rule.id))
        page = requested_results(parameters, passing, key=lambda found: found.rule.id)
        answers = [_answer(tx, ctx, found.group, found.rule) for found in page.items]
        return {"SecurityGroupRules": answers, "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


async def modify_security_group_rules(ctx: Context, parameters: Parameters) -> Result:
    updates = parameters.structures("SecurityGroupRules") or ()

    def modify(tx: Transaction) -> Result:
        stored = get_named_group(tx, ctx, parameters)
        _refuse_unknown_rules((update.required_text("SecurityGroupRuleId") for update in updates), stored.body.rules)
        changed = {rule.id: rule for rule in stored.body.rules}
        for update in updates:
            rule = changed[SecurityGroupRuleId(update.required_text("SecurityGroupRuleId"))]
            changed[rule.id] = _modified(tx, ctx, rule, update.structure("SecurityGroupRule"))
        _refuse_repetition(rule.traffic for rule in changed.values())
        save_change(tx, ctx, Change(before=stored, rules=tuple(changed.values())))
        return {"Return": True}

    return await dry_runs.decide(ctx, parameters, modify)


# --- authorize -----------------------------------------------------------------------------------


async def _authorize(ctx: Context, parameters: Parameters, direction: Direction, draw: DrawId) -> Result:
    new_tags = requested_tags(ctx, parameters, "security-group-rule")

    def authorize(tx: Transaction) -> Result:
        stored = get_named_group(tx, ctx, parameters)
        asked = _requested(tx, ctx, parameters, direction)
        if not asked:
            raise faults.MissingParameter("The request must contain the parameter ipPermissions")
        _refuse_repetition(one.traffic for one in asked)
        for one in asked:
            if stored.body.find_rule(one.traffic) is not None:
                raise faults.InvalidPermissionDuplicate(
                    f'the specified rule "{_sentence(one.traffic)}, ALLOW" already exists'
                )
        added = tuple(
            SecurityGroupRule(id=SecurityGroupRuleId(draw("sgr")), traffic=one.traffic, description=one.description)
            for one in asked
        )
        save_change(tx, ctx, Change(before=stored, rules=(*stored.body.rules, *added)))
        for rule in added:
            save_new_tags(tx, ctx, rule.id, new_tags)
        return {"Return": True, "SecurityGroupRules": [_answer(tx, ctx, stored.body, rule) for rule in added]}

    return await dry_runs.decide(ctx, parameters, authorize)


def _requested(tx: Transaction, ctx: Context, parameters: Parameters, direction: Direction) -> tuple[Asked, ...]:
    return requested_traffic(parameters, direction, lambda group_id, name: get_group_id(tx, ctx, group_id, name))


def _refuse_repetition(traffic: Iterable[Traffic]) -> None:
    every = tuple(traffic)
    if len(set(every)) < len(every):
        raise faults.InvalidParameterValue("The same permission must not appear multiple times")


def _sentence(traffic: Traffic) -> str:
    """As AWS words a rule that is there already."""
    peer = traffic.peer.cidr if isinstance(traffic.peer, Cidr) else traffic.peer.group_id
    if traffic.from_port is None:
        return f"peer: {peer}, ALL"
    return f"peer: {peer}, {traffic.protocol.upper()}, from port: {traffic.from_port}, to port: {traffic.to_port}"


# --- revoke --------------------------------------------------------------------------------------


async def _revoke(ctx: Context, parameters: Parameters, direction: Direction) -> Result:
    rule_ids = parameters.texts("SecurityGroupRuleIds") or ()

    def revoke(tx: Transaction) -> Result:
        stored = get_named_group(tx, ctx, parameters)
        own = stored.body.of(direction)
        _refuse_unknown_rules(rule_ids, own)
        asked = _requested(tx, ctx, parameters, direction)
        if not asked and not rule_ids:
            raise faults.MissingParameter("The request must contain the parameter ipPermissions")
        traffic = {one.traffic for one in asked}
        revoked = tuple(rule for rule in own if rule.id in rule_ids or rule.traffic in traffic)
        unknown = traffic - {rule.traffic for rule in own}
        if unknown and stored.body.vpc_id != networks.default_vpc_id(ctx):
            raise _no_such_rule()
        kept = tuple(rule for rule in stored.body.rules if rule not in revoked)
        save_change(tx, ctx, Change(before=stored, rules=kept))
        forget_tags(tx, ctx, (rule.id for rule in revoked))
        return {
            "Return": True,
            "UnknownIpPermissions": answer_permissions(
                (SecurityGroupRule(id=SecurityGroupRuleId(""), traffic=one) for one in unknown), ctx.account_id
            ),
            "RevokedSecurityGroupRules": [_answer_revoked(ctx, stored.body, rule) for rule in revoked],
        }

    return await dry_runs.decide(ctx, parameters, revoke)


def _refuse_unknown_rules(wanted: Iterable[str], rules: Iterable[SecurityGroupRule]) -> None:
    known = {rule.id for rule in rules}
    for rule_id in wanted:
        if rule_id not in known:
            raise faults.InvalidSecurityGroupRuleIdNotFound(f"The security group rule ID '{rule_id}' does not exist")


def _no_such_rule() -> faults.Fault:
    return faults.InvalidPermissionNotFound("The specified rule does not exist in this security group.")


# --- descriptions --------------------------------------------------------------------------------


async def _describe_anew(ctx: Context, parameters: Parameters, direction: Direction) -> Result:
    """Rules are named by what they allow or by id; a description that is left out is taken off."""
    by_id = {
        SecurityGroupRuleId(part.text("SecurityGroupRuleId") or ""): checked_description(part.text("Description"))
        for part in parameters.structures("SecurityGroupRuleDescriptions") or ()
    }

    def describe_anew(tx: Transaction) -> Result:
        stored = get_named_group(tx, ctx, parameters)
        own = stored.body.of(direction)
        _refuse_unknown_rules(by_id, own)
        descriptions = dict(by_id)
        for one in _requested(tx, ctx, parameters, direction):
            rule = stored.body.find_rule(one.traffic)
            if rule is None:
                raise _no_such_rule()
            descriptions[rule.id] = one.description
        if not descriptions:
            raise faults.MissingParameter("The request must contain the parameter ipPermissions")
        rules = tuple(
            replace(rule, description=descriptions[rule.id]) if rule.id in descriptions else rule
            for rule in stored.body.rules
        )
        save_change(tx, ctx, Change(before=stored, rules=rules))
        return {"Return": True}

    return await dry_runs.decide(ctx, parameters, describe_anew)


# --- modify --------------------------------------------------------------------------------------


def _modified(tx: Transaction, ctx: Context, rule: SecurityGroupRule, asked: Parameters | None) -> SecurityGroupRule:
    """What a rule allows is given anew as a whole; its direction stays."""
    if asked is None:
        raise faults.MissingParameter("The request must contain the parameter SecurityGroupRule for each rule.")
    traffic = parsed_traffic(asked, rule.traffic.direction, _only_peer(tx, ctx, asked))
    return replace(rule, traffic=traffic, description=checked_description(asked.text("Description")))


def _only_peer(tx: Transaction, ctx: Context, asked: Parameters) -> Peer:
    if asked.text("PrefixListId"):
        raise faults.UnsupportedOperation(NO_PREFIX_LISTS)
    peers: list[Peer] = []
    if asked.text("CidrIpv4"):
        peers.append(parsed_cidr(asked.text("CidrIpv4") or ""))
    if asked.text("CidrIpv6"):
        peers.append(parsed_cidr(asked.text("CidrIpv6") or "", is_ipv6=True))
    if asked.text("ReferencedGroupId"):
        peers.append(GroupReference(get_group_id(tx, ctx, asked.text("ReferencedGroupId"), None)))
    if len(peers) != 1:
        raise faults.InvalidParameterValue("A rule names exactly one of CidrIpv4, CidrIpv6 and ReferencedGroupId.")
    return peers[0]


# --- answers -------------------------------------------------------------------------------------


class _Found(msgspec.Struct, frozen=True):
    group: SecurityGroup
    rule: SecurityGroupRule


_FILTERS: Filters[_Found] = {
    "group-id": lambda found: (found.group.id,),
    "security-group-rule-id": lambda found: (found.rule.id,),
}


def _rules_of(groups: Iterable[SecurityGroup]) -> Iterator[_Found]:
    return (_Found(group, rule) for group in groups for rule in group.rules)


def _answer(tx: Transaction, ctx: Context, group: SecurityGroup, rule: SecurityGroupRule) -> Result:
    return {
        "SecurityGroupRuleId": rule.id,
        "SecurityGroupRuleArn": arn_of(ctx, rule.id),
        "GroupId": group.id,
        "GroupOwnerId": ctx.account_id,
        **_answer_traffic(rule),
        **answer_peer(rule.traffic.peer, ctx.account_id),
        "Description": rule.description,
        "Tags": answer_tags(tx, ctx, rule.id),
    }


def _answer_revoked(ctx: Context, group: SecurityGroup, rule: SecurityGroupRule) -> Result:
    peer = rule.traffic.peer
    match peer:
        case GroupReference():
            named: Mapping[str, object] = {"ReferencedGroupId": peer.group_id}
        case Cidr():
            named = answer_peer(peer, ctx.account_id)
    return {
        "SecurityGroupRuleId": rule.id,
        "GroupId": group.id,
        **_answer_traffic(rule),
        **named,
        "Description": rule.description,
    }


def _answer_traffic(rule: SecurityGroupRule) -> dict[str, object]:
    traffic = rule.traffic
    return {
        "IsEgress": traffic.direction is Direction.EGRESS,
        "IpProtocol": traffic.protocol,
        "FromPort": _NO_PORT if traffic.from_port is None else traffic.from_port,
        "ToPort": _NO_PORT if traffic.to_port is None else traffic.to_port,
    }
