"""Security groups: who may reach a cache, as rules that only ever allow.

Desired by customers through EC2's actions, stored by `store.security_groups`, enforced by what `model.admissions`
makes of them. Rules of another protocol than TCP, of IPv6, and those for what goes out are kept and shown, and have
nothing to act upon: a cache is reached over IPv4 and TCP, and calls nobody but its own nodes.
"""

from enum import StrEnum

import msgspec

from elastane.model.ids import Region, SecurityGroupId, SecurityGroupRuleId, VpcId

DEFAULT_SECURITY_GROUP_NAME = "default"
"""Of the group that every VPC has from the start, which cannot be deleted."""

ALL_PROTOCOLS = "-1"
TCP = "tcp"


class Direction(StrEnum):
    INGRESS = "ingress"
    EGRESS = "egress"


class Cidr(msgspec.Struct, frozen=True, tag="cidr"):
    """A range of IPv4 addresses, or of IPv6 ones: it has a colon then."""

    cidr: str

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.cidr


class GroupReference(msgspec.Struct, frozen=True, tag="group"):
    """Whatever has that security group."""

    group_id: SecurityGroupId


Peer = Cidr | GroupReference
"""Where what comes in comes from, or where what goes out goes to."""

ANYWHERE = Cidr("0.0.0.0/0")


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule allows. Two rules of one group never allow the same."""

    direction: Direction
    protocol: str
    """``tcp``, ``udp``, ``icmp``, ``icmpv6``, ``-1`` for all, or a protocol's number."""
    from_port: int | None
    """None with all protocols; of ICMP its type, -1 for any."""
    to_port: int | None
    peer: Peer


def all_traffic(direction: Direction, peer: Peer) -> Traffic:
    return Traffic(direction=direction, protocol=ALL_PROTOCOLS, from_port=None, to_port=None, peer=peer)


class SecurityGroupRule(msgspec.Struct, frozen=True, kw_only=True):
    id: SecurityGroupRuleId
    traffic: Traffic
    description: str | None = None


class SecurityGroup(msgspec.Struct, frozen=True, kw_only=True):
    id: SecurityGroupId
    region: Region
    vpc_id: VpcId
    name: str
    description: str
    rules: tuple[SecurityGroupRule, ...]

    def of(self, direction: Direction) -> tuple[SecurityGroupRule, ...]:
        return tuple(rule for rule in self.rules if rule.traffic.direction is direction)

    def find_rule(self, traffic: Traffic) -> SecurityGroupRule | None:
        return next((rule for rule in self.rules if rule.traffic == traffic), None)

    @property
    def referenced_group_ids(self) -> frozenset[SecurityGroupId]:
        """Of other groups: that a group names itself keeps nobody from deleting it."""
        peers = (rule.traffic.peer for rule in self.rules)
        named = {peer.group_id for peer in peers if isinstance(peer, GroupReference)}
        return frozenset(named - {self.id})
