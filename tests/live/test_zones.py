"""A zone that is lost and comes back: the group goes on in another one (Multi-AZ)."""

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import writing
from tests.live.live_groups import (
    describe,
    engine_role,
    explain,
    fill,
    history,
    key_count,
    make_group,
    node_statuses,
    primaries_followed,
    run_elastane,
    until_everywhere,
    until_healed,
)

KEY_COUNT = 1000


async def test_a_group_outlives_the_zone_of_its_primary_which_comes_back_as_a_replica(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "spread", 3, MultiAZEnabled=True)
    assert len(set(group.zones.values())) == 3, f"{group.zones}"
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    lost = group.primary_id
    zone = group.zones[lost]

    with writing(group.primary_address) as writers, writing(group.primary_address, replica_count=1) as careful:
        await writers.write_more()
        await careful.write_more(10)
        down = run_elastane(elastane, "fault", "zone", zone, "down")
        await eventually(
            lambda: "primary" in [role for node, role in describe(elastane, "spread").roles.items() if node != lost],
            message="a node of another zone is primary",
        )
        await writers.write_more()
        await careful.write_more(10)
        await eventually(
            lambda: f"{lost} cannot be started while its zone {zone} is down" in explain(elastane, "spread"),
            message="explain says what it waits for",
        )
        # Neither a look nor a restart of the control plane brings back what was taken down on purpose.
        elastane.restart()
        await writers.write_more()
        assert describe(elastane, "spread").status == "available"
        assert node_statuses(elastane, "spread")[lost] == "modifying"
        up = run_elastane(elastane, "fault", "zone", zone, "up")
        after = await until_healed(elastane, group)

    assert down.stdout == f"{zone} is down: killed {lost}.\n", down.stderr
    assert up.stdout == f"{zone} is up again.\n", up.stderr
    assert after.roles[lost] == "replica"
    assert (after.zones, after.node_addresses) == (group.zones, group.node_addresses)
    assert primaries_followed(after) == {after.node_addresses[after.primary_id]}
    assert engine_role(group.primary_address) == "primary"
    assert writers.find_lost(group.primary_address).keys() <= writers.in_flight
    assert careful.find_lost(group.primary_address) == {}
    await until_everywhere(after, key_count(group.primary_address))
    failover = f"Failover from primary node {lost} to replica node {after.primary_id} completed"
    assert [event for event in history(elastane, group) if "Failover" in event[1] or "ecover" in event[1]] == [
        (after.primary_id, failover),
        ("spread", failover),
        (lost, "Recovering cache nodes 0001"),
        (lost, "Finished recovery for cache nodes 0001"),
    ]


async def test_a_group_that_lies_in_the_lost_zone_alone_waits_and_starts_again_when_it_is_up(
    elastane: RunningElastane,
) -> None:
    zones = {"PreferredCacheClusterAZs": ["us-east-1a", "us-east-1a"]}
    group = await make_group(elastane, "huddled", 2, **zones)

    run_elastane(elastane, "fault", "zone", "us-east-1a", "down")
    await eventually(
        lambda: "so none can be primary (down: us-east-1a)" in explain(elastane, "huddled"),
        message="explain says what it waits for",
    )
    assert describe(elastane, "huddled").status == "modifying"
    run_elastane(elastane, "fault", "zone", "us-east-1a", "up")
    after = await until_healed(elastane, group)

    assert engine_role(after.primary_address) == "primary"
