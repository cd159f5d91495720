"""Addresses are given out lowest first, and a pool that is used up is a fault."""

import pytest

from elastane.catalog import network
from elastane.model import faults
from elastane.service.context import Context
from elastane.store import Transaction
from tests.kit.contexts import call, context, create_cluster, create_group, forget, stored_group


async def take_all(ctx: Context, addresses: tuple[str, ...]) -> None:
    """As if others held them."""

    def take(tx: Transaction) -> None:
        tx.connection.executemany(
            """INSERT INTO addresses (address, number, owner) VALUES (?, 0, 'others')""",
            [(address,) for address in addresses],
        )

    await ctx.store.write(take)


async def test_an_address_that_came_free_is_given_out_again(ctx: Context) -> None:
    await create_group(ctx, "first", nodes=1)
    await create_group(ctx, "second", nodes=1)
    first = await stored_group(ctx, "first")
    await forget(ctx, "first")

    await create_group(ctx, "third", nodes=1)

    third = await stored_group(ctx, "third")
    assert first is not None
    assert third is not None
    assert third.nodes[0].address == first.nodes[0].address
    assert third.network.primary_endpoint_address == first.network.primary_endpoint_address


async def test_a_zone_without_a_free_address_is_out_of_capacity(ctx: Context) -> None:
    await take_all(ctx, tuple(network.node_addresses(ctx.address_block, 1)))

    with pytest.raises(faults.InsufficientCacheClusterCapacity, match="us-east-1b"):
        await create_cluster(ctx, PreferredAvailabilityZone="us-east-1b")


async def test_a_group_needs_two_endpoint_addresses(ctx: Context) -> None:
    pool = tuple(network.endpoint_addresses(ctx.address_block))
    await take_all(ctx, pool[:-1])

    with pytest.raises(faults.InsufficientCacheClusterCapacity, match="endpoints"):
        await create_group(ctx)

    assert await stored_group(ctx, "orders") is None


async def test_nodes_stay_within_their_subnet_groups_zones(ctx: Context) -> None:
    subnet_id = network.subnet_id(ctx.account_id, ctx.region, network.zones(ctx.region)[2])
    await call(
        ctx,
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="Quiet",
        CacheSubnetGroupDescription="one zone",
        SubnetIds=[subnet_id],
    )

    await create_group(ctx, CacheSubnetGroupName="quiet")

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert {node.zone for node in desired.nodes} == {"us-east-1c"}
    with pytest.raises(faults.InvalidParameterValue, match="has no subnet in Availability Zone us-east-1a"):
        await create_cluster(ctx, CacheSubnetGroupName="quiet", PreferredAvailabilityZone="us-east-1a")


async def test_security_groups_made_elsewhere_are_taken_as_given_where_the_operator_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with context(tmp_path_factory.mktemp("lenient"), accepts_any_subnet_ids=True) as lenient:
        cluster = await create_cluster(lenient, SecurityGroupIds=["made-elsewhere"])

    assert cluster["SecurityGroups"] == [{"SecurityGroupId": "made-elsewhere", "Status": "not-enforced"}]
