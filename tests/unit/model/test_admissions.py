"""Who may reach which cache: a table of rules, caches and what they come to."""

from typing import Any

import pytest
from msgspec import structs

from elastane.model.access import Access, TransitEncryption
from elastane.model.admissions import Admission, Guarded, RegionalGroups, Sources, guarded_caches, ports
from elastane.model.ids import Region, SecurityGroupId, SecurityGroupRuleId, VpcId
from elastane.model.replication_groups import Network, ReplicationGroup
from elastane.model.security_groups import (
    Cidr,
    Direction,
    GroupReference,
    Peer,
    SecurityGroup,
    SecurityGroupRule,
    Traffic,
)
from tests.kit import groups
from tests.kit.memcached_clusters import memcached_cluster

DEFAULT, WEB, CACHE = (SecurityGroupId(f"sg-{name}") for name in ("default", "web", "cache"))


def rule(peer: Peer | str, ports: tuple[int, int] | None = (6379, 6379), **changes: Any) -> SecurityGroupRule:
    """An inbound one for TCP, from a range or from what has a group."""
    from_port, to_port = ports or (None, None)
    traffic: dict[str, Any] = {
        "direction": Direction.INGRESS,
        "protocol": "tcp" if ports else "-1",
        "from_port": from_port,
        "to_port": to_port,
        "peer": Cidr(peer) if isinstance(peer, str) else peer,
    }
    return SecurityGroupRule(id=SecurityGroupRuleId(f"sgr-{peer}"), traffic=Traffic(**traffic | changes))


def security_group(group_id: SecurityGroupId, *rules: SecurityGroupRule) -> SecurityGroup:
    return SecurityGroup(
        id=group_id,
        region=groups.REGION,
        vpc_id=VpcId("vpc-1"),
        name=group_id.removeprefix("sg-"),
        description="",
        rules=rules,
    )


def regional(*own: SecurityGroup) -> RegionalGroups:
    default = security_group(DEFAULT, rule(GroupReference(DEFAULT), ports=None))
    return RegionalGroups(default_id=DEFAULT, groups={default.id: default} | {group.id: group for group in own})


def cache(name: str, *group_ids: str, **changes: Any) -> ReplicationGroup:
    """Of two nodes and a primary endpoint."""
    network = Network(
        subnet_group_name="default",
        security_group_ids=group_ids,
        primary_endpoint_address=f"127.88.48.{10 + len(name)}",
    )
    return groups.group(name, network=network, **changes)


def guarded(*caches: ReplicationGroup, known: RegionalGroups) -> list[Guarded]:
    return list(guarded_caches(caches, lambda region: known))


def addresses(of: ReplicationGroup) -> tuple[str, ...]:
    return tuple(node.address for node in of.nodes)


def only(found: Guarded) -> Sources:
    assert found.admissions is not None
    (admission,) = found.admissions
    return admission.sources


def test_a_cache_is_guarded_at_its_nodes_and_endpoints_on_its_port() -> None:
    orders = cache("orders", CACHE)

    (found,) = guarded(orders, known=regional(security_group(CACHE, rule("10.0.0.0/8"))))

    assert found == Guarded(
        name="us-east-1/replication-group/orders",
        node_addresses=addresses(orders),
        endpoint_addresses=orders.network.endpoint_addresses,
        admissions=(Admission(port=6379, sources=Sources(ranges=("10.0.0.0/8",))),),
    )


NOBODY = Sources()
RULES: list[tuple[str, tuple[SecurityGroupRule, ...], Sources]] = [
    ("no rule lets nobody in", (), NOBODY),
    ("a range", (rule("10.0.0.0/8"),), Sources(ranges=("10.0.0.0/8",))),
    ("all protocols", (rule("10.0.0.0/8", ports=None),), Sources(ranges=("10.0.0.0/8",))),
    ("a range of ports around it", (rule("10.0.0.0/8", ports=(6000, 7000)),), Sources(ranges=("10.0.0.0/8",))),
    ("another port", (rule("10.0.0.0/8", ports=(6380, 6380)),), NOBODY),
    ("another protocol", (rule("10.0.0.0/8", protocol="udp"),), NOBODY),
    ("another direction", (rule("10.0.0.0/8", direction=Direction.EGRESS),), NOBODY),
    ("ranges of IPv6", (rule("2001:db8::/32"),), NOBODY),
    (
        "overlapping ranges",
        (rule("10.0.0.0/8"), rule("10.1.0.0/16"), rule("0.0.0.0/1")),
        Sources(ranges=("0.0.0.0/1",)),
    ),
    ("the default group", (rule(GroupReference(DEFAULT)),), Sources(is_machine_admitted=True)),
    ("a group that nothing has", (rule(GroupReference(WEB)),), NOBODY),
]


@pytest.mark.parametrize(("name", "rules", "expected"), RULES, ids=[name for name, _, _ in RULES])
def test_what_rules_admit_on_the_cache_s_port(
    name: str, rules: tuple[SecurityGroupRule, ...], expected: Sources
) -> None:
    known = regional(security_group(CACHE, *rules), security_group(WEB))

    (found,) = guarded(cache("orders", CACHE), known=known)

    assert only(found) == expected


def test_a_named_group_stands_for_the_nodes_of_every_cache_that_has_it() -> None:
    web, orders = cache("web", WEB), cache("orders", CACHE)
    known = regional(security_group(CACHE, rule(GroupReference(WEB))), security_group(WEB))

    found = guarded(web, orders, known=known)

    assert set(only(found[1]).addresses) == set(addresses(web))
    assert only(found[0]) == NOBODY


def test_the_default_group_admits_this_machine_and_whatever_else_has_it() -> None:
    first, second = cache("first", DEFAULT), cache("second", DEFAULT)

    found = guarded(first, second, known=regional())

    assert only(found[0]).is_machine_admitted
    assert set(only(found[0]).addresses) == {*addresses(first), *addresses(second)}


def test_several_groups_admit_what_any_of_them_does() -> None:
    known = regional(security_group(CACHE, rule("10.0.0.0/8")), security_group(WEB, rule("192.0.2.0/24")))

    (found,) = guarded(cache("orders", CACHE, WEB), known=known)

    assert only(found).ranges == ("10.0.0.0/8", "192.0.2.0/24")


def test_a_group_that_nobody_knows_lets_nobody_in_or_where_the_operator_says_so_everybody() -> None:
    known = regional(security_group(CACHE, rule("10.0.0.0/8")))
    caches = (cache("mixed", CACHE, "sg-elsewhere"), cache("foreign", "sg-elsewhere"), cache("orders", CACHE))

    closed = guarded_caches(caches, lambda region: known)
    opened = guarded_caches(caches, lambda region: known, opens_unknown=True)

    assert [found.has_unknown_groups for found in closed] == [True, True, False]
    assert [only(found).ranges for found in closed] == [("10.0.0.0/8",), (), ("10.0.0.0/8",)]
    assert [found.admissions is None for found in opened] == [True, True, False]


def test_a_cache_from_before_security_groups_has_the_default_one() -> None:
    (found,) = guarded(cache("old"), known=regional())

    assert only(found).is_machine_admitted


def test_a_group_of_another_region_is_another_group() -> None:
    elsewhere = cache("elsewhere", WEB, region=Region("eu-west-1"))
    known = regional(security_group(CACHE, rule(GroupReference(WEB))), security_group(WEB))

    found = guarded(cache("orders", CACHE), elsewhere, known=known)

    assert only(found[0]) == NOBODY


def test_whoever_is_let_in_at_the_cache_s_port_is_let_in_at_the_one_for_tls_beside_it() -> None:
    """On AWS both kinds of connections come to one port, and a rule for 6379 is what people write."""
    orders = cache("orders", CACHE, access=Access(transit_encryption=TransitEncryption.PREFERRED))

    (found,) = guarded(orders, known=regional(security_group(CACHE, rule("10.0.0.0/8"))))

    assert found.admissions is not None
    assert [(one.port, one.sources.ranges) for one in found.admissions] == [
        (6379, ("10.0.0.0/8",)),
        (6380, ("10.0.0.0/8",)),
    ]


def test_other_vpcs_are_named_for_each_cache_by_its_nodes_address() -> None:
    orders = cache("orders", CACHE)

    (found,) = guarded_caches((orders,), lambda region: regional(), lambda address: (f"apart from {address}",))

    assert found.foreign_ranges == (f"apart from {orders.nodes[0].address}",)


def test_this_machine_has_the_own_group_of_every_vpc() -> None:
    own = structs.replace(security_group(SecurityGroupId("sg-of-another-vpc")), name="default")
    known = regional(own, security_group(CACHE, rule(GroupReference(own.id))))

    (found,) = guarded(cache("orders", CACHE), known=known)

    assert only(found) == Sources(is_machine_admitted=True)


def test_a_memcached_cluster_is_guarded_at_its_nodes_and_its_configuration_endpoint_alike() -> None:
    """Whoever may reach the endpoint may reach the nodes: that it passes commands on to them is no way around rules."""
    known = regional(security_group(CACHE, rule("10.0.0.0/8", ports=(11211, 11211))))
    network = structs.replace(memcached_cluster().network, security_group_ids=(CACHE,))
    cluster = memcached_cluster("sessions", network=network)

    (found,) = guarded_caches([cluster], lambda region: known)

    assert found == Guarded(
        name="us-east-1/memcached-cluster/sessions",
        node_addresses=tuple(node.address for node in cluster.nodes),
        endpoint_addresses=(cluster.endpoint_address,),
        admissions=(Admission(port=11211, sources=Sources(ranges=("10.0.0.0/8",))),),
    )


def test_an_encrypted_memcached_cluster_has_its_one_port() -> None:
    assert ports(memcached_cluster(is_encrypted=True)) == (11211,)


def test_a_rule_for_a_group_lets_in_the_nodes_of_a_memcached_cluster_that_has_it() -> None:
    network = structs.replace(memcached_cluster().network, security_group_ids=(WEB,))
    web, orders = memcached_cluster("sessions", network=network), cache("orders", CACHE)
    known = regional(security_group(CACHE, rule(GroupReference(WEB))), security_group(WEB))

    found = tuple(guarded_caches([orders, web], lambda region: known))

    assert set(only(found[0]).addresses) == {node.address for node in web.nodes}
