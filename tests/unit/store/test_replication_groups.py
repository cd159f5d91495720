"""Groups in the store, and the two tables that keep node ids and addresses unique."""

import asyncio

import msgspec
import pytest

from elastane.model.ids import NodeId, Region
from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.model.replication_groups import ClusterMode, Form, GroupKey, Network, Node, ReplicationGroup
from elastane.store import Conflict, Store, Transaction, claims
from elastane.store import replication_groups as stored_groups
from tests.kit.groups import REGION, cache_cluster, group, node, observed

ORDERS = group("orders")
ELSEWHERE = Region("eu-west-1")


def with_endpoints(desired: ReplicationGroup, primary: str, reader: str | None = None) -> ReplicationGroup:
    network = Network(subnet_group_name="default", primary_endpoint_address=primary, reader_endpoint_address=reader)
    return msgspec.structs.replace(desired, network=network)


def cluster_of(*nodes: Node) -> ReplicationGroup:
    return group("orders", *nodes, cluster_mode=ClusterMode.ENABLED)


async def save(store: Store, *groups: ReplicationGroup) -> None:
    def save_all(tx: Transaction) -> None:
        for each in groups:
            stored_groups.save_replication_group(tx, each)

    await store.write(save_all)


async def test_a_group_comes_back_as_it_was_saved(store: Store) -> None:
    await save(store, ORDERS)

    found = await store.read(lambda tx: stored_groups.find_replication_group(tx, ORDERS.key))

    assert found is not None
    assert found.body == ORDERS


async def test_a_group_saved_from_an_old_reading_is_a_conflict(store: Store) -> None:
    await save(store, ORDERS)
    await store.write(lambda tx: stored_groups.save_replication_group(tx, ORDERS, revision=1))

    with pytest.raises(Conflict):
        await store.write(lambda tx: stored_groups.save_replication_group(tx, ORDERS, revision=1))


async def test_two_forms_and_two_regions_may_use_one_id(store: Store) -> None:
    other_form = group("orders", node("orders"), form=Form.CACHE_CLUSTER)
    other_region = group("orders", node("orders-001", address="127.99.0.1"), region=ELSEWHERE)

    await save(store, ORDERS, other_form, other_region)

    assert len(await store.read(stored_groups.list_replication_groups)) == 3


async def test_lists_keep_to_the_region_and_the_form_asked_for(store: Store) -> None:
    await save(store, group("carts"), ORDERS, cache_cluster("sessions"), group("orders", node("x"), region=ELSEWHERE))

    def listed(tx: Transaction) -> tuple[list[str], list[str]]:
        in_region = stored_groups.list_replication_groups(tx, REGION)
        of_form = stored_groups.list_replication_groups(tx, REGION, Form.REPLICATION_GROUP)
        return [each.body.id for each in in_region], [each.body.id for each in of_form]

    in_region, of_form = await store.read(listed)

    assert sorted(in_region) == ["carts", "orders", "sessions"]
    assert of_form == ["carts", "orders"]


# --- nodes ---------------------------------------------------------------------------------------


async def test_a_node_leads_to_its_group(store: Store) -> None:
    await save(store, ORDERS, cache_cluster("sessions"))

    def keys(tx: Transaction) -> list[GroupKey | None]:
        names = ("orders-002", "sessions", "nobody")
        return [claims.find_key_of_node(tx, REGION, NodeId(name)) for name in names]

    assert await store.read(keys) == [ORDERS.key, cache_cluster("sessions").key, None]


async def test_a_node_id_belongs_to_one_group_of_a_region(store: Store) -> None:
    thief = group("thief", node("orders-002", address="127.99.0.1"))
    await save(store, ORDERS)

    with pytest.raises(Conflict, match="A node id of us-east-1/replication-group/thief belongs to another cache"):
        await save(store, thief)

    assert await store.read(lambda tx: stored_groups.find_replication_group(tx, thief.key)) is None
    assert await store.read(lambda tx: claims.find_key_of_node(tx, REGION, NodeId("orders-002"))) == ORDERS.key


async def test_a_node_that_left_its_group_may_be_taken_by_another_in_the_same_decision(store: Store) -> None:
    shrunk = group("orders", node("orders-001"))
    heir = group("heir", node("orders-002"))
    await save(store, ORDERS)

    def hand_over(tx: Transaction) -> None:
        stored_groups.save_replication_group(tx, shrunk, revision=1)
        stored_groups.save_replication_group(tx, heir)

    await store.write(hand_over)

    assert await store.read(lambda tx: claims.find_key_of_node(tx, REGION, NodeId("orders-002"))) == heir.key


async def test_nodes_are_counted_by_region(store: Store) -> None:
    await save(store, ORDERS, cache_cluster("a-session"), group("orders", node("far-away"), region=ELSEWHERE))

    def counts(tx: Transaction) -> list[int]:
        return [stored_groups.count_nodes(tx, region) for region in (REGION, ELSEWHERE)]

    assert await store.read(counts) == [3, 1]


# --- addresses -----------------------------------------------------------------------------------


async def test_an_address_belongs_to_one_group_whatever_the_region(store: Store) -> None:
    ours = group("orders", node("orders-001", address="127.88.0.10"))
    theirs = group("orders", node("orders-001", address="127.88.0.10"), region=ELSEWHERE)
    await save(store, ours)

    with pytest.raises(Conflict, match="An address of eu-west-1/replication-group/orders belongs to another cache"):
        await save(store, theirs)


async def test_an_endpoint_never_shares_its_address_with_a_node(store: Store) -> None:
    await save(store, group("orders", node("orders-001", address="127.88.0.10")))

    with pytest.raises(Conflict, match="An address"):
        await save(store, with_endpoints(group("carts"), primary="127.88.48.10", reader="127.88.0.10"))


async def test_a_removed_group_gives_back_all_it_held(store: Store) -> None:
    held = with_endpoints(ORDERS, primary="127.88.48.10", reader="127.88.48.11")
    await save(store, held)
    await store.write(lambda tx: stored_groups.save_observed(tx, held.key, observed(held)))

    await store.write(lambda tx: stored_groups.remove_replication_group(tx, held.key))
    await store.write(lambda tx: stored_groups.remove_replication_group(tx, held.key))
    await save(store, held)

    assert await store.read(lambda tx: stored_groups.get_observed(tx, held.key)) == NOTHING_OBSERVED


async def test_free_addresses_are_those_that_nobody_holds(store: Store) -> None:
    candidates = [f"127.88.0.{number}" for number in range(10, 14)]
    await save(store, group("orders", node("orders-001", address=candidates[0])))

    def look(tx: Transaction) -> tuple[list[str], list[str]]:
        free = list(claims.free_addresses(tx, candidates))
        none_left = list(claims.free_addresses(tx, candidates[:1]))
        return free, none_left

    assert await store.read(look) == (candidates[1:], [])


async def test_an_address_that_a_living_cluster_has_left_is_taken_last_and_the_oldest_first(store: Store) -> None:
    """Else a new cluster's node may be met by the old one's members, and the two become one."""
    candidates = [f"127.88.0.{number}" for number in range(10, 14)]
    members = [node(f"orders-0001-00{number}", address=address) for number, address in enumerate(candidates[:3], 1)]
    await save(store, cluster_of(*members))
    await store.write(lambda tx: stored_groups.save_replication_group(tx, cluster_of(*members[::2]), revision=1))
    await store.write(lambda tx: stored_groups.save_replication_group(tx, cluster_of(members[2]), revision=2))
    plain = group("plain", node("plain-001", address="127.88.0.20"), node("plain-002", address="127.88.0.21"))
    await save(store, plain)
    smaller = group("plain", plain.nodes[0])
    await store.write(lambda tx: stored_groups.save_replication_group(tx, smaller, revision=1))

    free = await store.read(lambda tx: list(claims.free_addresses(tx, [*candidates, "127.88.0.20", "127.88.0.21"])))
    assert free == ["127.88.0.13", "127.88.0.21", "127.88.0.11", "127.88.0.10"]


# --- observed ------------------------------------------------------------------------------------


async def test_nothing_was_observed_before_the_first_pass(store: Store) -> None:
    await save(store, ORDERS)

    assert await store.read(lambda tx: stored_groups.get_observed(tx, ORDERS.key)) == NOTHING_OBSERVED


async def test_the_last_observation_wins_and_rings_no_bell(store: Store) -> None:
    await save(store, ORDERS)
    async with asyncio.timeout(5):
        await store.bell.next_rung()

    def observe_twice(tx: Transaction) -> None:
        for generation in (1, 2):
            seen = observed(ORDERS, converged_generation=generation)
            stored_groups.save_observed(tx, ORDERS.key, seen)

    await store.write(observe_twice)
    await save(store, group("carts"))

    found = await store.read(lambda tx: stored_groups.get_observed(tx, ORDERS.key))
    assert found.converged_generation == 2
    async with asyncio.timeout(5):
        assert {key.id for key in await store.bell.next_rung()} == {"carts"}


async def test_saving_and_removing_a_group_both_ring_its_bell(store: Store) -> None:
    await save(store, ORDERS)
    async with asyncio.timeout(5):
        rung_by_save = await store.bell.next_rung()

    await store.write(lambda tx: stored_groups.remove_replication_group(tx, ORDERS.key))
    async with asyncio.timeout(5):
        rung_by_removal = await store.bell.next_rung()

    assert rung_by_save == rung_by_removal == {ORDERS.key}
