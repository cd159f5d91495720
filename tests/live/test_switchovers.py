"""A primary that is changed on purpose, under write load: not one acknowledged write is lost (F9)."""

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import customer, writing
from tests.live.live_groups import (
    Group,
    ask_for_primary,
    engine_role,
    event_messages,
    fill,
    full_sync_count,
    key_count,
    make_group,
    primaries_followed,
    until_everywhere,
    until_settled,
)

KEY_COUNT = 1000
BY_HAND = {"AutomaticFailoverEnabled": False}
"""Who wants to choose the primary must have switched automatic failover off, as on AWS."""


async def test_a_named_new_primary_takes_over_and_loses_no_write(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "handover", 4, **BY_HAND)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    chosen = group.replica_ids[-1]

    with writing(group.primary_address, writer_count=4) as writers:
        await writers.write_more()
        ask_for_primary(shared_elastane, "handover", chosen)
        after = await until_primary(shared_elastane, group, chosen)
        await writers.write_more()

    assert writers.find_lost(group.primary_address) == {}
    assert after.primary_address == group.primary_address
    assert primaries_followed(after) == {after.node_addresses[chosen]}
    assert full_sync_count(group.primary_address) == 0, "everybody goes on from where they were"
    moved = f"Failover from primary node {group.primary_id} to replica node {chosen} completed"
    assert moved in event_messages(shared_elastane, "handover")


async def test_a_primary_that_is_changed_again_and_again_loses_nothing_either(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "restless", 3, **BY_HAND)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    with writing(group.primary_address) as writers:
        current = group
        for _ in range(4):
            await writers.write_more(20)
            chosen = current.replica_ids[0]
            ask_for_primary(shared_elastane, "restless", chosen)
            current = await until_primary(shared_elastane, group, chosen)
        await writers.write_more(20)

    assert writers.find_lost(group.primary_address) == {}


async def test_customers_of_the_old_primary_are_cut_and_find_the_new_one_where_they_found_the_old(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "moving", 2, **BY_HAND)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    (chosen,) = group.replica_ids

    with customer(group.primary_address) as client:
        run_id = client.info("server")["run_id"]
        ask_for_primary(shared_elastane, "moving", chosen)
        await until_primary(shared_elastane, group, chosen)
        # The client finds its connection closed, and opens another one to the same address.
        assert client.set("after", "the end")
        assert client.info("server")["run_id"] != run_id
    assert engine_role(group.primary_address) == "primary"
    assert engine_role(group.node_addresses[group.primary_id]) == "replica"


async def test_a_primary_that_is_rebooted_hands_over_first_and_loses_nothing(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "rebooted", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    (replica,) = group.replica_ids

    with writing(group.primary_address) as writers:
        await writers.write_more()
        shared_elastane.client().reboot_cache_cluster(CacheClusterId=group.primary_id, CacheNodeIdsToReboot=["0001"])
        await eventually(
            lambda: "Cache node 0001 restarted" in event_messages(shared_elastane, group.primary_id),
            timeout_seconds=20,
            message="the reboot is over",
        )
        after = await until_settled(shared_elastane, "rebooted", 2)
        await writers.write_more()

    assert after.primary_id == replica
    assert writers.find_lost(group.primary_address) == {}


async def test_a_replica_that_leaves_under_load_is_not_missed(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "leaving", 3)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    with writing(group.primary_address) as writers:
        await writers.write_more()
        shared_elastane.client().decrease_replica_count(
            ReplicationGroupId="leaving",
            NewReplicaCount=1,
            ReplicasToRemove=[group.replica_ids[0]],
            ApplyImmediately=True,
        )
        after = await until_settled(shared_elastane, "leaving", 2)
        await writers.write_more()

    assert after.node_addresses.keys() == group.node_addresses.keys() - {group.replica_ids[0]}
    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}


async def test_replicas_that_join_under_load_get_everything(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "growing", 1)
    fill(group.primary_address, KEY_COUNT)

    with writing(group.primary_address) as writers:
        await writers.write_more()
        shared_elastane.client().increase_replica_count(
            ReplicationGroupId="growing", NewReplicaCount=2, ApplyImmediately=True
        )
        after = await until_settled(shared_elastane, "growing", 3)
        await writers.write_more()

    assert writers.errors == ()
    await until_everywhere(after, key_count(group.primary_address))


# --- what these tests ask ------------------------------------------------------------------------


async def until_primary(elastane: RunningElastane, group: Group, node_id: str) -> Group:
    """Settled with that primary, at whose engine the primary endpoint answers."""

    async def check() -> Group:
        current = await until_settled(elastane, group.id, len(group.node_addresses))
        assert current.primary_id == node_id, f"{current.primary_id} is primary"
        assert engine_role(group.primary_address) == "primary"
        assert primaries_followed(current) == {current.node_addresses[node_id]}
        return current

    return await eventually(check, timeout_seconds=20, message=f"{node_id} is primary and all others follow it")
