"""Security groups, subnets and whether the former are enforced: kept, listed, and told to who keeps the network."""

import asyncio
from ipaddress import IPv4Network

import pytest
from msgspec.structs import replace

from elastane.catalog import network
from elastane.model.enforcement import UNKNOWN, Enforcement
from elastane.model.ids import AccountId, Region, SecurityGroupId, SubnetId, Zone
from elastane.model.subnets import Subnet
from elastane.store import Conflict, Store, replication_groups, security_groups, subnets
from elastane.store.documents import NEW
from tests.kit import groups
from tests.kit.groups import REGION

DEFAULT = network.default_security_group(AccountId("000000000000"), REGION)
WEB = replace(DEFAULT, id=SecurityGroupId("sg-web"), name="web")


async def is_rung(store: Store) -> bool:
    try:
        async with asyncio.timeout(0.05):
            await store.bell.next_network_change()
    except TimeoutError:
        return False
    return True


async def test_the_default_group_is_there_unstored_and_as_it_was_changed(store: Store) -> None:
    before = await store.read(lambda tx: security_groups.find_security_group(tx, DEFAULT, DEFAULT.id))
    assert before is not None and (before.body, before.revision) == (DEFAULT, NEW)

    emptied = replace(DEFAULT, rules=())
    await store.write(lambda tx: security_groups.save_security_group(tx, emptied, revision=before.revision))

    assert await store.read(lambda tx: security_groups.list_security_groups(tx, DEFAULT)) == (emptied,)
    with pytest.raises(Conflict):
        await store.write(lambda tx: security_groups.save_security_group(tx, DEFAULT, revision=before.revision))


async def test_groups_are_listed_in_their_region_until_they_are_removed(store: Store) -> None:
    await store.write(lambda tx: security_groups.save_security_group(tx, WEB))
    elsewhere = network.default_security_group(AccountId("000000000000"), Region("eu-west-1"))

    assert await store.read(lambda tx: security_groups.list_security_groups(tx, DEFAULT)) == (DEFAULT, WEB)
    assert await store.read(lambda tx: security_groups.list_security_groups(tx, elsewhere)) == (elsewhere,)
    await store.write(lambda tx: security_groups.remove_security_group(tx, REGION, WEB.id))
    assert await store.read(lambda tx: security_groups.find_security_group(tx, DEFAULT, WEB.id)) is None


async def test_who_keeps_the_network_hears_of_security_groups_and_of_caches(store: Store) -> None:
    assert not await is_rung(store)

    await store.write(lambda tx: security_groups.save_security_group(tx, WEB))
    assert await is_rung(store)
    await store.write(lambda tx: replication_groups.save_replication_group(tx, groups.group("orders")))
    assert await is_rung(store)
    await store.write(lambda tx: security_groups.remove_security_group(tx, REGION, WEB.id))
    assert await is_rung(store)
    assert not await is_rung(store)


async def test_what_was_found_is_what_was_recorded_last_and_rings_nobody(store: Store) -> None:
    assert await store.read(security_groups.get_enforcement) == UNKNOWN

    first = Enforcement(is_enforced=False, sentence="Not enforced: no nft.")
    second = Enforcement(is_enforced=True, sentence="Enforced by the kernel.")
    await store.write(lambda tx: security_groups.save_enforcement(tx, first))
    await store.write(lambda tx: security_groups.save_enforcement(tx, second))

    assert await store.read(security_groups.get_enforcement) == second
    assert not await is_rung(store)


async def test_subnets_are_listed_in_their_region_and_over_all(store: Store) -> None:
    made = [
        Subnet(
            subnet_id=SubnetId(f"subnet-{number}"),
            region=Region(region),
            zone=Zone(f"{region}a"),
            cidr=str(IPv4Network(f"127.88.{64 + number}.0/24")),
        )
        for number, region in enumerate(("us-east-1", "eu-west-1"))
    ]
    await store.write(lambda tx: subnets.save_subnet(tx, made[0]))
    await store.write(lambda tx: subnets.save_subnet(tx, made[1]))

    assert await store.read(lambda tx: subnets.list_subnets(tx, REGION)) == (made[0],)
    assert set(await store.read(subnets.list_subnets)) == set(made)
    await store.write(lambda tx: subnets.remove_subnet(tx, REGION, SubnetId("subnet-0")))
    assert await store.read(subnets.list_subnets) == (made[1],)
