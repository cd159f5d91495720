"""Who may connect to which cache, worked out of its security groups: pure, and knows no kernel.

A cache is reached at its nodes' and endpoints' addresses, on the ports that customers use. Its own nodes reach each
other on every port, the control plane reaches everything. Beyond that an inbound rule for TCP, or for all protocols,
admits a range of addresses or whatever has a security group: the caches that have it, and for the VPC's group
`default` this machine too, which counts as an instance that has it, in each VPC. Other VPCs are let in by no rule.

What a Memcached cluster's configuration endpoint passes on to a node comes from the control plane's address, which is
let in everywhere. That is no way around the rules: the endpoint and its nodes have the same security groups and the
same port, so whoever may reach the one may reach the others, and it connects to nothing but its own nodes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from itertools import chain

import msgspec

from elastane.model.access import TransitEncryption, encrypted_port
from elastane.model.ids import Region, SecurityGroupId
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.security_groups import (
    ALL_PROTOCOLS,
    DEFAULT_SECURITY_GROUP_NAME,
    TCP,
    Cidr,
    Direction,
    Peer,
    SecurityGroup,
    Traffic,
)


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """From where connections are let in. `ranges` and `addresses` are sorted, and hold nothing twice."""

    ranges: tuple[str, ...] = ()
    """Of any machine, by its address."""
    addresses: tuple[str, ...] = ()
    """Of nodes of caches that have a security group which a rule names."""
    is_machine_admitted: bool = False


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """Who may reach one port of a cache."""

    port: int
    sources: Sources


class Guarded(msgspec.Struct, frozen=True, kw_only=True):
    """A cache and who is let in; with `admissions` None it is not guarded: everybody is."""

    name: str
    node_addresses: tuple[str, ...]
    endpoint_addresses: tuple[str, ...]
    admissions: tuple[Admission, ...] | None
    foreign_ranges: tuple[str, ...] = ()
    """Of our addresses those of other VPCs. No way leads from there, whatever rules say."""
    has_unknown_groups: bool = False
    """It has a security group that was made elsewhere, or whose store was lost."""


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """All that shall be let in to an installation's addresses."""

    block: str
    control_address: str
    open_ranges: tuple[tuple[str, str], ...]
    """First and last of addresses in the block that no node and no endpoint ever has: not ours to guard."""
    caches: tuple[Guarded, ...]


class RegionalGroups(msgspec.Struct, frozen=True, kw_only=True):
    """A region's security groups, and which of them is its default VPC's own."""

    default_id: SecurityGroupId
    groups: Mapping[SecurityGroupId, SecurityGroup]

    def is_of_machine(self, group_id: SecurityGroupId) -> bool:
        """Whether this machine has it: it has the own group of each VPC."""
        found = self.groups.get(group_id)
        return found is not None and found.name == DEFAULT_SECURITY_GROUP_NAME


Cache = ReplicationGroup | MemcachedCluster


def ports(cache: Cache) -> tuple[int, ...]:
    """Those that customers connect to. The cluster bus has another, which is for a cache's own nodes alone.

    While plain connections and encrypted ones are taken there are two. On AWS both kinds come to one: so whoever is let
    in at the cache's port is let in at the one beside it.
    """
    port = cache.software.port
    if isinstance(cache, MemcachedCluster):
        return (port,)  # it takes one kind for its life
    beside = encrypted_port(port, TransitEncryption.PREFERRED) if cache.access.is_encrypted else None
    return (port,) if beside is None else (port, beside)


def guarded_caches(
    caches: Iterable[Cache],
    security_groups: Callable[[Region], RegionalGroups],
    find_foreign_ranges: Callable[[str], tuple[str, ...]] = lambda address: (),
    *,
    opens_unknown: bool = False,
) -> tuple[Guarded, ...]:
    """Each cache, in the order given, with who may reach it.

    A security group that nobody here knows lets nobody in; with `opens_unknown`, everybody. `find_foreign_ranges`
    answers from which of our addresses one of them is apart.
    """
    every = tuple(caches)
    regions = {region: security_groups(region) for region in {cache.region for cache in every}}
    members = _members(every)

    def guarded(cache: Cache) -> Guarded:
        known = regions[cache.region]
        has_unknown_groups = bool(set(cache.network.security_group_ids) - known.groups.keys())
        return Guarded(
            name=str(cache.key),
            node_addresses=tuple(node.address for node in cache.nodes),
            endpoint_addresses=cache.network.endpoint_addresses,
            admissions=None if opens_unknown and has_unknown_groups else _admissions(cache, known, members),
            foreign_ranges=find_foreign_ranges(cache.nodes[0].address),
            has_unknown_groups=has_unknown_groups,
        )

    return tuple(guarded(cache) for cache in every)


_Members = Mapping[tuple[Region, str], tuple[str, ...]]
"""The addresses of the nodes that have a security group."""


def _members(caches: Iterable[Cache]) -> _Members:
    found: dict[tuple[Region, str], list[str]] = {}
    for cache in caches:
        for group_id in cache.network.security_group_ids:
            found.setdefault((cache.region, group_id), []).extend(node.address for node in cache.nodes)
    return {key: _in_order(addresses) for key, addresses in found.items()}


def _in_order(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(addresses), key=IPv4Address))


def _admissions(cache: Cache, known: RegionalGroups, members: _Members) -> tuple[Admission, ...]:
    # A cache from before security groups could be made may have none: its VPC's default, as AWS would have given it.
    group_ids = tuple(map(SecurityGroupId, cache.network.security_group_ids)) or (known.default_id,)
    own = (known.groups[group_id] for group_id in group_ids if group_id in known.groups)
    rules = [rule for group in own for rule in group.of(Direction.INGRESS)]
    traffic = [rule.traffic for rule in rules if rule.traffic.protocol in (TCP, ALL_PROTOCOLS)]
    admitting = [one.peer for one in traffic if _covers(one, cache.software.port)]
    return tuple(_admission(port, admitting, cache.region, known, members) for port in ports(cache))


def _admission(port: int, peers: Sequence[Peer], region: Region, known: RegionalGroups, members: _Members) -> Admission:
    named = {peer.group_id for peer in peers if not isinstance(peer, Cidr)}
    ranges = (IPv4Network(peer.cidr) for peer in peers if isinstance(peer, Cidr) and not peer.is_ipv6)
    # Most rules name one group, and most caches the same one: with 300 caches sorting for each took 0.3 s.
    named_members = [found for group_id in named if (found := members.get((region, group_id)))]
    addresses = named_members[0] if len(named_members) == 1 else _in_order(chain.from_iterable(named_members))
    return Admission(
        port=port,
        sources=Sources(
            ranges=tuple(map(str, collapse_addresses(ranges))),
            addresses=addresses,
            is_machine_admitted=any(map(known.is_of_machine, named)),
        ),
    )


def _covers(traffic: Traffic, port: int) -> bool:
    if traffic.from_port is None or traffic.to_port is None:
        return True
    return traffic.from_port <= port <= traffic.to_port
