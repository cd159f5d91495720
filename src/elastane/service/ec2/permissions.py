"""IpPermissions: what a caller asks to allow as `Traffic`, each piece checked, and rules as callers read them.

One permission names a protocol, ports and any number of sources; inside, each source is a rule of its own, as
DescribeSecurityGroupRules shows them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network

import msgspec

from elastane.model import faults
from elastane.model.ids import AccountId, SecurityGroupId
from elastane.model.security_groups import (
    ALL_PROTOCOLS,
    Cidr,
    Direction,
    GroupReference,
    Peer,
    SecurityGroupRule,
    Traffic,
)
from elastane.service.context import Result
from elastane.service.parameters import Parameters

FindGroup = Callable[[str | None, str | None], SecurityGroupId]
"""The id of the group of an id or of a name. Raises InvalidGroup.NotFound."""

_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": ALL_PROTOCOLS}
_WITH_PORTS = ("tcp", "udp")
_WITH_TYPES = ("icmp", "icmpv6")
_PORT_MAX = 65535
_TYPE_MAX = 255


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic that a call names, and the words it has for it; the words are no part of what is compared."""

    traffic: Traffic
    description: str | None = None


def requested_traffic(parameters: Parameters, direction: Direction, find_group: FindGroup) -> tuple[Asked, ...]:
    """What Authorize and Revoke name, in IpPermissions or in the older parameters for a single rule.

    Raises InvalidParameterValue, MissingParameter, InvalidGroup.NotFound, UnsupportedOperation.
    """
    permissions = parameters.structures("IpPermissions") or ()
    asked = [one for permission in permissions for one in _of_permission(permission, direction, find_group)]
    if parameters.text("CidrIp"):
        asked.append(Asked(traffic=parsed_traffic(parameters, direction, parsed_cidr(parameters.text("CidrIp") or ""))))
    if parameters.text("SourceSecurityGroupName"):
        peer = GroupReference(find_group(None, parameters.text("SourceSecurityGroupName")))
        asked.append(Asked(traffic=parsed_traffic(parameters, direction, peer)))
    return tuple(asked)


def _of_permission(permission: Parameters, direction: Direction, find_group: FindGroup) -> Iterator[Asked]:
    if permission.structures("PrefixListIds"):
        raise faults.UnsupportedOperation(NO_PREFIX_LISTS)
    peers = [*_ranges(permission), *_references(permission, find_group)]
    if not peers:
        raise faults.MissingParameter("The request must contain a source or destination for each permission.")
    for peer, description in peers:
        traffic = parsed_traffic(permission, direction, peer)
        yield Asked(traffic=traffic, description=checked_description(description))


def _ranges(permission: Parameters) -> Iterator[tuple[Peer, str | None]]:
    for part in permission.structures("IpRanges") or ():
        yield parsed_cidr(part.text("CidrIp") or ""), part.text("Description")
    for part in permission.structures("Ipv6Ranges") or ():
        yield parsed_cidr(part.text("CidrIpv6") or "", is_ipv6=True), part.text("Description")


def _references(permission: Parameters, find_group: FindGroup) -> Iterator[tuple[Peer, str | None]]:
    for part in permission.structures("UserIdGroupPairs") or ():
        if part.text("VpcPeeringConnectionId"):
            raise faults.UnsupportedOperation("There are no peering connections here: VPCs are apart.")
        yield GroupReference(find_group(part.text("GroupId"), part.text("GroupName"))), part.text("Description")


def parsed_traffic(part: Parameters, direction: Direction, peer: Peer) -> Traffic:
    """Of whatever has IpProtocol, FromPort and ToPort. Raises InvalidParameterValue."""
    protocol = _parsed_protocol(part.text("IpProtocol") or "")
    from_port, to_port = _parsed_ports(protocol, part.integer("FromPort"), part.integer("ToPort"))
    return Traffic(direction=direction, protocol=protocol, from_port=from_port, to_port=to_port, peer=peer)


# --- single values -------------------------------------------------------------------------------

NO_PREFIX_LISTS = "There are no prefix lists here; name the address ranges themselves."


def _parsed_protocol(text: str) -> str:
    protocol = _PROTOCOLS.get(text.lower(), text.lower())
    is_number = protocol.isascii() and protocol.isdecimal() and int(protocol) <= _TYPE_MAX
    if protocol not in (*_WITH_PORTS, *_WITH_TYPES, ALL_PROTOCOLS) and not is_number:
        raise faults.InvalidParameterValue(f"Invalid value '{text}' for IP protocol. Unknown protocol.")
    return protocol


def _parsed_ports(protocol: str, from_port: int | None, to_port: int | None) -> tuple[int | None, int | None]:
    """None for protocols without ports, whatever was sent: Terraform sends 0 and 0 with all protocols."""
    if protocol not in (*_WITH_PORTS, *_WITH_TYPES):
        return None, None
    if from_port is None or to_port is None:
        kind = "TCP/UDP" if protocol in _WITH_PORTS else "ICMP/ICMPv6"
        raise faults.InvalidParameterValue(
            f"Invalid value 'Must specify both from and to ports with {kind}.' for portRange."
        )
    if protocol in _WITH_PORTS and not 0 <= from_port <= to_port <= _PORT_MAX:
        raise faults.InvalidParameterValue(f"Invalid TCP/UDP port range ({from_port}:{to_port})")
    if protocol in _WITH_TYPES and not (-1 <= from_port <= _TYPE_MAX and -1 <= to_port <= _TYPE_MAX):
        raise faults.InvalidParameterValue(f"ICMP type and code ({from_port}:{to_port}) out of range")
    return from_port, to_port


def parsed_cidr(text: str, *, is_ipv6: bool = False) -> Cidr:
    """With the bits behind the mask cleared, as AWS does. Raises InvalidParameterValue."""
    try:
        if "/" not in text:
            raise ValueError(text)
        return Cidr(str(IPv6Network(text, strict=False) if is_ipv6 else IPv4Network(text, strict=False)))
    except ValueError:
        raise faults.InvalidParameterValue(f"CIDR block {text} is malformed") from None


_DESCRIPTION_MARKS = frozenset(" ._-:/()#,@[]+=&;{}!$*")
_DESCRIPTION_LENGTH_MAX = 255


def checked_description(text: str | None, name: str = "rule description") -> str | None:
    """AWS's rule: up to 255 characters out of ``a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*``. Empty is none."""
    if text is None or not text:
        return None
    if len(text) > _DESCRIPTION_LENGTH_MAX or not all(
        (character.isascii() and character.isalnum()) or character in _DESCRIPTION_MARKS for character in text
    ):
        raise faults.InvalidParameterValue(
            f"Invalid {name}. Valid descriptions are strings less than 256 characters from the following set: "
            "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        )
    return text


# --- as callers read them ------------------------------------------------------------------------


def answer_permissions(rules: Iterable[SecurityGroupRule], account_id: AccountId) -> list[Result]:
    """Rules of one protocol and ports are one permission."""
    grouped: dict[tuple[str, int | None, int | None], list[SecurityGroupRule]] = {}
    for rule in rules:
        traffic = rule.traffic
        grouped.setdefault((traffic.protocol, traffic.from_port, traffic.to_port), []).append(rule)
    return [
        {
            "IpProtocol": protocol,
            "FromPort": from_port,
            "ToPort": to_port,
            "IpRanges": [_answer_range(rule, "CidrIp") for rule in together if _is_range(rule, is_ipv6=False)],
            "Ipv6Ranges": [_answer_range(rule, "CidrIpv6") for rule in together if _is_range(rule, is_ipv6=True)],
            "UserIdGroupPairs": [pair for rule in together for pair in _answer_pair(rule, account_id)],
            "PrefixListIds": [],
        }
        for (protocol, from_port, to_port), together in grouped.items()
    ]


def answer_peer(peer: Peer, account_id: AccountId) -> Mapping[str, object]:
    """The members of SecurityGroupRule that name it."""
    match peer:
        case Cidr():
            return {"CidrIpv6" if peer.is_ipv6 else "CidrIpv4": peer.cidr}
        case GroupReference():
            return {"ReferencedGroupInfo": {"GroupId": peer.group_id, "UserId": account_id}}


def _is_range(rule: SecurityGroupRule, *, is_ipv6: bool) -> bool:
    peer = rule.traffic.peer
    return isinstance(peer, Cidr) and peer.is_ipv6 is is_ipv6


def _answer_range(rule: SecurityGroupRule, name: str) -> Result:
    assert isinstance(rule.traffic.peer, Cidr)
    return {name: rule.traffic.peer.cidr, "Description": rule.description}


def _answer_pair(rule: SecurityGroupRule, account_id: AccountId) -> Iterator[Result]:
    peer = rule.traffic.peer
    if isinstance(peer, GroupReference):
        yield {"GroupId": peer.group_id, "UserId": account_id, "Description": rule.description}
