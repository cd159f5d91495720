"""Security groups enforced: real engines, a real packet filter, and machines of the test's own to connect from."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.kit.asserts import eventually
from tests.kit.networks import BLOCK, Machine, connect, machine
from tests.live.enforced import (
    CLIENTS,
    HEALING_SECONDS,
    PORT,
    Installation,
    installation,
    needs_root,
    opened,
    primary_address,
    until,
)
from tests.live.live_groups import signal_node

pytestmark = [pytest.mark.timeout(180), needs_root]


# --- who is let in -------------------------------------------------------------------------------


async def test_a_client_elsewhere_is_let_in_when_its_range_and_port_are_allowed_and_not_before(
    server: Installation, client: Machine
) -> None:
    security_group = server.make_security_group()
    group = await server.make_group("orders", security_group)
    address = primary_address(group)

    before = [client.call(connect, address, PORT), server.on.call(connect, address, PORT)]
    server.allow(security_group, CidrIp=CLIENTS)
    await until(client, address, "connected")

    assert before == ["no answer", "no answer"]
    assert client.call(lambda: opened(address).set("name", "value")) is True
    assert server.on.call(connect, address, PORT) == "no answer"
    assert client.call(connect, address, PORT + 10_000) == "no answer"
    assert server.statuses("orders-001") == {"active"}


async def test_the_machine_itself_has_the_default_group_and_others_have_not(
    server: Installation, client: Machine
) -> None:
    group = await server.make_group("orders")
    addresses = (primary_address(group), *server.node_addresses("orders").values())

    for address in addresses:
        await until(server.on, address, "connected")
    assert {client.call(connect, address, PORT) for address in addresses} == {"no answer"}


async def test_on_loopback_who_says_nothing_notices_nothing_and_a_group_of_its_own_is_kept(tmp_path: Path) -> None:
    with machine() as laptop, installation(laptop, tmp_path / "data", IPv4Network("127.200.0.0/16")) as running:
        security_group = running.make_security_group()
        plain, guarded = await running.make_group("plain"), await running.make_group("guarded", security_group)

        await until(laptop, primary_address(plain), "connected")
        assert laptop.call(connect, primary_address(guarded), PORT) == "no answer"
        running.allow(security_group, CidrIp="127.0.0.0/8")
        await until(laptop, primary_address(guarded), "connected")


async def test_a_revoked_rule_ends_no_connection_and_lets_no_new_one_in(server: Installation, client: Machine) -> None:
    security_group = server.make_security_group()
    server.allow(security_group, CidrIp=CLIENTS)
    address = primary_address(await server.make_group("orders", security_group))
    customer = client.call(opened, address)
    connection_id = client.call(customer.client_id)

    server.revoke(security_group, CidrIp=CLIENTS)
    await until(client, address, "no answer")

    assert client.call(customer.client_id) == connection_id
    client.call(customer.close)


async def test_a_rule_for_a_group_lets_in_the_caches_that_have_it(server: Installation) -> None:
    web, cache = server.make_security_group("web"), server.make_security_group("cache")
    server.allow(cache, GroupId=web)
    address = primary_address(await server.make_group("orders", cache))
    await server.make_group("sessions", web)
    await server.make_group("plain")
    (named,), (unnamed,) = (tuple(server.node_addresses(name).values()) for name in ("sessions", "plain"))

    await until(server.on, address, "connected", named)
    assert server.on.call(connect, address, PORT, unnamed) == "no answer"


async def test_another_vpc_is_let_in_by_no_rule_and_this_machine_is_in_all_of_them(server: Installation) -> None:
    vpc_id = server.ask("ec2", "create_vpc", CidrBlock=str(_quarters(BLOCK)[1]))["Vpc"]["VpcId"]
    subnet_range = str(next(_quarters(BLOCK)[1].subnets(new_prefix=24)))
    subnet_id = server.ask("ec2", "create_subnet", VpcId=vpc_id, CidrBlock=subnet_range)["Subnet"]["SubnetId"]
    server.ask(
        "elasticache",
        "create_cache_subnet_group",
        CacheSubnetGroupName="apart",
        CacheSubnetGroupDescription="of a test",
        SubnetIds=[subnet_id],
    )
    wide = {None: server.make_security_group(), vpc_id: server.make_security_group(VpcId=vpc_id)}
    for group_id in wide.values():
        server.allow(group_id, CidrIp="0.0.0.0/0")
    orders = primary_address(await server.make_group("orders", wide[None]))
    apart = primary_address(await server.make_group("apart", wide[vpc_id], CacheSubnetGroupName="apart"))
    await server.make_group("inside", CacheSubnetGroupName="apart")
    (plain,), (inside,) = (tuple(server.node_addresses(name).values()) for name in ("orders", "inside"))

    await until(server.on, apart, "connected", inside)
    assert server.on.call(connect, apart, PORT, plain) == "no answer"
    assert server.on.call(connect, orders, PORT, inside) == "no answer"
    for address in (orders, apart, inside):
        await until(server.on, address, "connected")


async def test_a_change_of_a_cache_s_security_groups_counts_at_once(server: Installation, client: Machine) -> None:
    shut, wide = server.make_security_group("shut"), server.make_security_group("wide")
    server.allow(wide, CidrIp="0.0.0.0/0")
    address = primary_address(await server.make_group("orders", shut))

    for security_groups, outcome in ([wide], "connected"), ([shut], "no answer"), ([shut, wide], "connected"):
        server.ask(
            "elasticache",
            "modify_replication_group",
            ReplicationGroupId="orders",
            SecurityGroupIds=security_groups,
            ApplyImmediately=True,
        )
        await until(client, address, outcome)
        await server.until_available("orders")


# --- what must go on -----------------------------------------------------------------------------


async def test_replication_and_failover_go_on_under_rules_that_let_nobody_else_in(
    server: Installation, client: Machine
) -> None:
    security_group = server.make_security_group()
    server.allow(security_group, CidrIp=CLIENTS)
    group = await server.make_group("orders", security_group, nodes=3)
    address = primary_address(group)
    customer = client.call(opened, address)
    assert client.call(customer.set, "name", "value") is True
    assert client.call(customer.wait, 2, 5000) == 2
    members = {one["CacheClusterId"]: one["CurrentRole"] for one in group["NodeGroups"][0]["NodeGroupMembers"]}
    (primary,) = (node for node, role in members.items() if role == "primary")

    signal_node(server.elastane, primary)

    def has_failed_over() -> bool:
        now = server.group("orders")["NodeGroups"][0]["NodeGroupMembers"]
        return any(one["CacheClusterId"] != primary and one.get("CurrentRole") == "primary" for one in now)

    await eventually(has_failed_over, timeout_seconds=HEALING_SECONDS, message="another primary")
    await server.until_available("orders")
    assert client.call(lambda: opened(address).get("name")) == b"value"
    assert client.call(lambda: opened(address).wait(2, 5000)) == 2


async def test_a_cluster_meets_and_moves_slots_under_rules_that_let_nobody_else_in(server: Installation) -> None:
    security_group = server.make_security_group()

    group = await server.make_group(
        "shards", security_group, NumNodeGroups=2, ReplicasPerNodeGroup=1, AutomaticFailoverEnabled=True
    )
    server.ask(
        "elasticache",
        "modify_replication_group_shard_configuration",
        ReplicationGroupId="shards",
        NodeGroupCount=3,
        ApplyImmediately=True,
    )

    def has_three_shards() -> bool:
        return len(server.group("shards")["NodeGroups"]) == 3

    await eventually(has_three_shards, timeout_seconds=HEALING_SECONDS, message="a third shard")
    await server.until_available("shards")
    assert server.on.call(connect, group["ConfigurationEndpoint"]["Address"], PORT) == "no answer"


def _quarters(block: IPv4Network) -> list[IPv4Network]:
    return list(block.subnets(prefixlen_diff=2))
