"""ModifyCacheCluster of a Memcached cluster: at once, and in the maintenance window."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.memcached_clusters import DEFAULT_SCALING, AZMode, MemcachedCluster, Scaling, with_pending_applied
from elastane.model.observed_replication_groups import NodeHealth
from elastane.service.context import Context
from elastane.store import claims
from tests.kit.calls import make_security_group
from tests.kit.contexts import NOW, StandingClock, call, describe_cluster
from tests.kit.memcached_calls import (
    create_memcached,
    get_memcached,
    memcached_context,
    memcached_key,
    modify_memcached,
    observe_cache_node,
    observe_memcached,
    settle_memcached,
)

A, B, C = "us-east-1a", "us-east-1b", "us-east-1c"
NOW_PLEASE: dict[str, Any] = {"ApplyImmediately": True}


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with memcached_context(tmp_path) as opened:
        yield opened


async def make(ctx: Context, *, nodes: int = 3, **parameters: Any) -> MemcachedCluster:
    """Settled."""
    await create_memcached(ctx, nodes=nodes, **parameters)
    await settle_memcached(ctx)
    return await get_memcached(ctx)


def pending(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer["PendingModifiedValues"].items() if value is not None}


# --- more and fewer nodes, at once ---------------------------------------------------------------


async def test_nodes_are_added_at_once(ctx: Context) -> None:
    before = await make(ctx, nodes=2)

    answer = await modify_memcached(ctx, NumCacheNodes=4, **NOW_PLEASE)

    shown = await describe_cluster(ctx, "sessions")
    assert (answer["CacheClusterStatus"], answer["NumCacheNodes"]) == ("modifying", 2)
    assert pending(answer) == {"NumCacheNodes": 4}
    assert [node["CacheNodeStatus"] for node in shown["CacheNodes"]] == [
        "available",
        "available",
        "creating",
        "creating",
    ]
    assert [node["Endpoint"] is not None for node in shown["CacheNodes"]] == [True, True, False, False]
    assert [node["CacheNodeCreateTime"] is not None for node in shown["CacheNodes"]] == [True, True, False, False]
    await settle_memcached(ctx)
    after = await describe_cluster(ctx, "sessions")
    assert (after["NumCacheNodes"], pending(after)) == (4, {})
    assert (await get_memcached(ctx)).nodes[:2] == before.nodes


async def test_named_nodes_are_removed_at_once(ctx: Context) -> None:
    await make(ctx, nodes=3)

    answer = await modify_memcached(ctx, NumCacheNodes=1, CacheNodeIdsToRemove=["0003", "0001"], **NOW_PLEASE)

    shown = await describe_cluster(ctx, "sessions")
    assert answer["NumCacheNodes"] == 3
    assert pending(answer) == {"NumCacheNodes": 1, "CacheNodeIdsToRemove": ["0001", "0003"]}
    assert [node["CacheNodeStatus"] for node in shown["CacheNodes"]] == ["deleting", "available", "deleting"]
    assert [node["Endpoint"] is not None for node in shown["CacheNodes"]] == [False, True, False]
    await settle_memcached(ctx)
    after = await describe_cluster(ctx, "sessions")
    assert [node["CacheNodeId"] for node in after["CacheNodes"]] == ["0002"]


async def test_nodes_that_came_or_went_are_counted_though_another_change_takes_longer(ctx: Context) -> None:
    await make(ctx, nodes=3)
    counts = []

    for asked in ({"NumCacheNodes": 5}, {"NumCacheNodes": 1, "CacheNodeIdsToRemove": ["0002", "0003", "0004", "0005"]}):
        before = await get_memcached(ctx)
        await modify_memcached(ctx, **asked, **NOW_PLEASE)
        await settle_memcached(ctx)
        # As it is while the last batch of another change is to come.
        await observe_memcached(ctx, converged_generation=before.generation, node_count=len(before.nodes))
        shown = await describe_cluster(ctx, "sessions")
        counts.append((shown["CacheClusterStatus"], shown["NumCacheNodes"], pending(shown)))
        await settle_memcached(ctx)

    assert counts == [("modifying", 5, {}), ("modifying", 1, {})]


async def test_a_number_that_is_free_again_is_given_again(ctx: Context) -> None:
    await make(ctx, nodes=3)
    await modify_memcached(ctx, NumCacheNodes=2, CacheNodeIdsToRemove=["0002"], **NOW_PLEASE)
    await settle_memcached(ctx)

    await modify_memcached(ctx, NumCacheNodes=4, **NOW_PLEASE)

    assert [node.id for node in (await get_memcached(ctx)).nodes] == ["0001", "0002", "0003", "0004"]


ADDED: tuple[tuple[dict[str, Any], dict[str, Any], AZMode, list[str]], ...] = (
    ({"PreferredAvailabilityZone": B}, {}, AZMode.SINGLE_AZ, [B, B]),
    ({"AZMode": "cross-az"}, {}, AZMode.CROSS_AZ, [C, A]),
    ({"PreferredAvailabilityZone": B}, {"AZMode": "cross-az"}, AZMode.CROSS_AZ, [A, C]),
    ({"PreferredAvailabilityZone": B}, {"NewAvailabilityZones": [B, B]}, AZMode.SINGLE_AZ, [B, B]),
    ({"PreferredAvailabilityZone": B}, {"NewAvailabilityZones": [C, B]}, AZMode.CROSS_AZ, [C, B]),
    ({"AZMode": "cross-az"}, {"NewAvailabilityZones": [A, A]}, AZMode.CROSS_AZ, [A, A]),
)


@pytest.mark.parametrize(("made", "asked", "mode", "zones"), ADDED)
async def test_added_nodes_go_where_they_are_asked_for(
    ctx: Context, made: dict[str, Any], asked: dict[str, Any], mode: AZMode, zones: list[str]
) -> None:
    await make(ctx, nodes=2, **made)

    await modify_memcached(ctx, NumCacheNodes=4, **asked, **NOW_PLEASE)

    cluster = await get_memcached(ctx)
    assert (cluster.az_mode, [node.zone for node in cluster.nodes[2:]]) == (mode, zones)


# --- in the maintenance window -------------------------------------------------------------------


async def test_nodes_that_wait_have_their_places_and_are_not_shown(ctx: Context) -> None:
    await make(ctx, nodes=2, AZMode="cross-az")

    answer = await modify_memcached(ctx, NumCacheNodes=4, NewAvailabilityZones=[C, C])

    cluster = await get_memcached(ctx)
    assert [(node.id, node.zone) for node in cluster.coming_nodes] == [("0003", C), ("0004", C)]
    assert (answer["NumCacheNodes"], pending(answer)) == (2, {"NumCacheNodes": 4})
    assert len(cluster.nodes) == 2
    held = await ctx.store.read(lambda tx: claims.held_addresses(tx, memcached_key()))
    assert {node.address for node in cluster.coming_nodes} < held
    await settle_memcached(ctx)
    assert len((await describe_cluster(ctx, "sessions"))["CacheNodes"]) == 2


async def test_what_waits_and_what_needs_no_process_leave_a_cluster_available(ctx: Context) -> None:
    """Also one that has lost a node: who asked for the window's change can still ask for it now."""
    await make(ctx, nodes=2)
    await observe_cache_node(ctx, "0001", health=NodeHealth.DOWN)

    for asked in ({"NumCacheNodes": 4}, {"CacheNodeType": "cache.t4g.small"}, {"NotificationTopicStatus": "inactive"}):
        answer = await modify_memcached(ctx, **asked)
        assert answer["CacheClusterStatus"] == "available", asked
    answer = await modify_memcached(ctx, **NOW_PLEASE)

    assert answer["CacheClusterStatus"] == "modifying"
    assert len((await get_memcached(ctx)).nodes) == 4


async def test_a_removal_that_waits_is_shown_and_changes_nothing_yet(ctx: Context) -> None:
    await make(ctx, nodes=3)

    answer = await modify_memcached(ctx, NumCacheNodes=2, CacheNodeIdsToRemove=["0002"])

    assert pending(answer) == {"NumCacheNodes": 2, "CacheNodeIdsToRemove": ["0002"]}
    assert not any(node.is_leaving for node in (await get_memcached(ctx)).nodes)


async def test_a_new_addition_is_added_to_one_that_waits_and_done_with_it_at_once(ctx: Context) -> None:
    await make(ctx, nodes=3)
    await modify_memcached(ctx, NumCacheNodes=5)
    waiting = (await get_memcached(ctx)).coming_nodes
    await settle_memcached(ctx)

    await modify_memcached(ctx, NumCacheNodes=6, **NOW_PLEASE)

    cluster = await get_memcached(ctx)
    assert cluster.pending is None
    assert [node.id for node in cluster.nodes] == ["0001", "0002", "0003", "0004", "0005", "0006"]
    assert [node.address for node in cluster.nodes[3:5]] == [node.address for node in waiting]


async def test_the_present_number_takes_back_what_waits_and_lets_go_of_its_addresses(ctx: Context) -> None:
    before = await make(ctx, nodes=3)
    await modify_memcached(ctx, NumCacheNodes=5)
    await settle_memcached(ctx)

    answer = await modify_memcached(ctx, NumCacheNodes=3)

    cluster = await get_memcached(ctx)
    assert (cluster.pending, cluster.nodes, pending(answer)) == (None, before.nodes, {})
    held = await ctx.store.read(lambda tx: claims.held_addresses(tx, memcached_key()))
    assert held == frozenset(cluster.addresses)


async def test_a_call_that_only_says_now_does_what_waits(ctx: Context) -> None:
    await make(ctx, nodes=3)
    await modify_memcached(ctx, NumCacheNodes=2, CacheNodeIdsToRemove=["0001"], CacheNodeType="cache.t4g.small")
    await settle_memcached(ctx)

    await modify_memcached(ctx, **NOW_PLEASE)

    cluster = await get_memcached(ctx)
    assert cluster.pending is None
    assert cluster.software.node_type == "cache.t4g.small"
    assert [node.is_leaving for node in cluster.nodes] == [True, False, False]


async def test_nodes_that_waited_are_made_as_the_cluster_is_by_then(ctx: Context) -> None:
    clock = ctx.now
    assert isinstance(clock, StandingClock)
    await make(ctx, nodes=1)
    await modify_memcached(ctx, NumCacheNodes=2)
    await settle_memcached(ctx)
    await modify_memcached(ctx, CacheNodeType="cache.t4g.small")
    clock.advance(days=2)

    applied = with_pending_applied(await get_memcached(ctx), now=clock.moment)

    assert [node.node_type for node in applied.nodes] == ["cache.t4g.micro", "cache.t4g.small"]
    assert applied.nodes[1].created_at == clock.moment != NOW


# --- type, version, parameter group --------------------------------------------------------------


async def test_a_node_type_is_changed_at_once_in_batches(ctx: Context) -> None:
    await make(ctx)

    answer = await modify_memcached(
        ctx,
        CacheNodeType="cache.m6g.large",
        ScaleConfig={"ScalePercentage": 50, "ScaleIntervalMinutes": 2},
        **NOW_PLEASE,
    )

    cluster = await get_memcached(ctx)
    assert answer["CacheNodeType"] == "cache.t4g.micro"
    assert pending(answer) == {
        "CacheNodeType": "cache.m6g.large",
        "ScaleConfig": {"ScalePercentage": 50, "ScaleIntervalMinutes": 2},
    }
    assert cluster.rollout is not None
    assert cluster.rollout.scaling == Scaling(percentage=50, interval_minutes=2)
    assert {node.node_type for node in cluster.nodes} == {"cache.t4g.micro"}  # until a batch comes to it
    await settle_memcached(ctx)
    assert pending(await describe_cluster(ctx, "sessions")) == {}


SCALED: tuple[tuple[dict[str, int] | None, Scaling], ...] = (
    (None, DEFAULT_SCALING),
    ({}, DEFAULT_SCALING),
    ({"ScalePercentage": 100}, replace(DEFAULT_SCALING, percentage=100)),
    ({"ScaleIntervalMinutes": 30}, replace(DEFAULT_SCALING, interval_minutes=30)),
)


@pytest.mark.parametrize(("config", "scaling"), SCALED)
async def test_steps_that_are_not_said_are_aws_s(ctx: Context, config: dict[str, int] | None, scaling: Scaling) -> None:
    await make(ctx)
    said: dict[str, Any] = {} if config is None else {"ScaleConfig": config}

    await modify_memcached(ctx, CacheNodeType="cache.m6g.large", **said, **NOW_PLEASE)

    rollout = (await get_memcached(ctx)).rollout
    assert rollout is not None
    assert rollout.scaling == scaling


async def test_type_and_version_wait_together_and_each_is_taken_back_alone(ctx: Context) -> None:
    await make(ctx, EngineVersion="1.6.12")

    await modify_memcached(ctx, EngineVersion="1.6.22")
    await settle_memcached(ctx)
    both = await modify_memcached(ctx, CacheNodeType="cache.t4g.small")
    await settle_memcached(ctx)
    one = await modify_memcached(ctx, EngineVersion="1.6.12")
    await settle_memcached(ctx)
    none = await modify_memcached(ctx, CacheNodeType="cache.t4g.micro")

    assert pending(both) == {"EngineVersion": "1.6.22", "CacheNodeType": "cache.t4g.small"}
    assert pending(one) == {"CacheNodeType": "cache.t4g.small"}
    assert pending(none) == {}
    assert (await get_memcached(ctx)).pending is None


async def test_a_version_reads_back_as_it_was_asked_for(ctx: Context) -> None:
    await make(ctx, EngineVersion="1.6.12")

    changing = await modify_memcached(ctx, EngineVersion="1.6.22", **NOW_PLEASE)
    await settle_memcached(ctx)

    assert (changing["EngineVersion"], pending(changing)) == ("1.6.12", {"EngineVersion": "1.6.22"})
    assert (await describe_cluster(ctx, "sessions"))["EngineVersion"] == "1.6.22"


async def test_a_parameter_group_is_used_at_once_whatever_waits(ctx: Context) -> None:
    named: dict[str, Any] = {"CacheParameterGroupName": "large-items"}
    await call(ctx, "CreateCacheParameterGroup", CacheParameterGroupFamily="memcached1.6", Description="x", **named)
    await make(ctx)
    await modify_memcached(ctx, CacheNodeType="cache.t4g.small")
    await settle_memcached(ctx)

    await modify_memcached(ctx, **named)

    cluster = await get_memcached(ctx)
    assert cluster.software.parameter_group_name == "large-items"
    assert cluster.pending is not None
    assert cluster.pending.software == replace(cluster.software, node_type="cache.t4g.small")


async def test_values_fit_what_its_nodes_are_and_what_they_are_to_be_from_the_window_on(ctx: Context) -> None:
    named: dict[str, Any] = {"CacheParameterGroupName": "large-items"}
    large = [{"ParameterName": "memcached_connections_overhead", "ParameterValue": "1000"}]
    await call(ctx, "CreateCacheParameterGroup", CacheParameterGroupFamily="memcached1.6", Description="x", **named)
    await create_memcached(ctx, "shrinks", CacheNodeType="cache.t4g.small", **named)
    await settle_memcached(ctx)
    await modify_memcached(ctx, "shrinks", CacheNodeType="cache.t4g.micro")

    with pytest.raises(faults.InvalidParameterCombination, match=r"overhead 1000 leaves 0 MB .* of cache\.t4g\.micro"):
        await call(ctx, "ModifyCacheParameterGroup", ParameterNameValues=large, **named)

    await settle_memcached(ctx)
    await modify_memcached(ctx, "shrinks", CacheNodeType="cache.t4g.small")
    await call(ctx, "ModifyCacheParameterGroup", ParameterNameValues=large, **named)
    await create_memcached(ctx, "grows", CacheNodeType="cache.t4g.micro")
    await settle_memcached(ctx)
    await modify_memcached(ctx, "grows", CacheNodeType="cache.t4g.small")
    await settle_memcached(ctx)
    with pytest.raises(faults.InvalidParameterCombination, match=r"overhead 1000 leaves 0 MB .* of cache\.t4g\.micro"):
        await modify_memcached(ctx, "grows", **named)
    await modify_memcached(ctx, "grows", **named, ApplyImmediately=True)


async def test_what_needs_no_process_is_changed_at_once(ctx: Context) -> None:
    group_id = await make_security_group(ctx, "web")
    await make(ctx)

    answer = await modify_memcached(
        ctx,
        SecurityGroupIds=[group_id],
        PreferredMaintenanceWindow="mon:01:00-mon:02:00",
        NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:orders",
        NotificationTopicStatus="inactive",
        AutoMinorVersionUpgrade=False,
    )

    events = await call(ctx, "DescribeEvents", SourceType="cache-cluster", SourceIdentifier="sessions")
    assert [group["SecurityGroupId"] for group in answer["SecurityGroups"]] == [group_id]
    assert answer["PreferredMaintenanceWindow"] == "mon:01:00-mon:02:00"
    assert answer["NotificationConfiguration"]["TopicStatus"] == "inactive"
    assert answer["AutoMinorVersionUpgrade"] is False
    assert [event["Message"] for event in events["Events"]] == ["Applied change to security group"]


async def test_any_maintenance_window_fits(ctx: Context) -> None:
    """There is no snapshot window that it could overlap."""
    await make(ctx)

    for hour in range(23):
        await modify_memcached(ctx, PreferredMaintenanceWindow=f"mon:{hour:02d}:00-mon:{hour + 1:02d}:00")
        await settle_memcached(ctx)


# --- refused -------------------------------------------------------------------------------------

COMBINATION, VALUE = faults.InvalidParameterCombination, faults.InvalidParameterValue
REFUSED: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({}, COMBINATION, "No modifications were requested"),
    (NOW_PLEASE, COMBINATION, "No modifications were requested"),
    ({"NumCacheNodes": 0}, VALUE, "Invalid value 0 for NumCacheNodes"),
    ({"NumCacheNodes": 61}, faults.NodeQuotaForClusterExceeded, "no more than 60"),
    ({"NumCacheNodes": 1}, COMBINATION, "removes 1 cache nodes, which CacheNodeIdsToRemove must name"),
    ({"NumCacheNodes": 1, "CacheNodeIdsToRemove": ["0007"]}, VALUE, "no cache node 0007"),
    ({"CacheNodeIdsToRemove": ["0001"]}, COMBINATION, "CacheNodeIdsToRemove needs NumCacheNodes"),
    ({"NewAvailabilityZones": [A]}, COMBINATION, "NewAvailabilityZones needs NumCacheNodes"),
    ({"NumCacheNodes": 4, "NewAvailabilityZones": [A]}, COMBINATION, "names 1 Availability Zones, and 2"),
    ({"NumCacheNodes": 3, "NewAvailabilityZones": ["moon-1a"]}, VALUE, "moon-1a"),
    (
        {"NumCacheNodes": 3, "NewAvailabilityZones": [A], "AZMode": "single-az"},
        COMBINATION,
        "single-az cannot be given",
    ),
    ({"AZMode": "single-az"}, COMBINATION, "sessions are in us-east-1a, us-east-1b"),
    (
        {"NumCacheNodes": 1, "CacheNodeIdsToRemove": ["0001"], "AZMode": "cross-az"},
        COMBINATION,
        "at least 2 cache nodes",
    ),
    ({"CacheNodeType": "nothing"}, VALUE, "no such node type"),
    ({"CacheNodeType": "cache.r6gd.xlarge"}, COMBINATION, "does not run memcached"),
    ({"CacheNodeType": "cache.t2.micro"}, COMBINATION, "cache.t2.micro does not support encryption in transit"),
    ({"ScaleConfig": {"ScalePercentage": 20}}, COMBINATION, "only valid when CacheNodeType"),
    ({"CacheNodeType": "cache.t4g.small", "ScaleConfig": {"ScalePercentage": 9}}, VALUE, "between 10 and 100"),
    ({"CacheNodeType": "cache.t4g.small", "ScaleConfig": {"ScaleIntervalMinutes": 31}}, VALUE, "between 2 and 30"),
    ({"EngineVersion": "1.6.12"}, COMBINATION, r"Cannot modify memcached from 1\.6\.22 to 1\.6\.12"),
    ({"EngineVersion": "9.1"}, COMBINATION, "Cannot find version 9.1"),
    ({"Engine": "redis"}, COMBINATION, "Cannot modify memcached to redis"),
    ({"CacheParameterGroupName": "default.redis7"}, COMBINATION, "family memcached1.6"),
    ({"CacheParameterGroupName": "nobodys"}, faults.CacheParameterGroupNotFound, "nobodys"),
    ({"PreferredMaintenanceWindow": "x"}, VALUE, "x"),
    ({"SecurityGroupIds": ["sg-1"]}, VALUE, "sg-1"),
    ({"SnapshotRetentionLimit": 3}, COMBINATION, "SnapshotRetentionLimit: .* not supported for Memcached"),
    ({"AuthToken": "0123456789abcdef", "AuthTokenUpdateStrategy": "SET"}, COMBINATION, "AuthToken"),
    ({"LogDeliveryConfigurations": [{"LogType": "slow-log"}]}, COMBINATION, "LogDeliveryConfigurations"),
    ({"IpDiscovery": "ipv6"}, VALUE, "IpDiscovery"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED)
async def test_a_refused_change_says_why_and_changes_nothing(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    before = await make(ctx, nodes=2, AZMode="cross-az", TransitEncryptionEnabled=True)

    with pytest.raises(fault, match=sentence):
        await modify_memcached(ctx, **parameters)

    assert await get_memcached(ctx) == before


async def test_zones_of_added_nodes_and_a_single_zone_exclude_each_other(ctx: Context) -> None:
    await make(ctx, nodes=2)

    with pytest.raises(faults.InvalidParameterCombination, match="names another one than us-east-1a"):
        await modify_memcached(ctx, NumCacheNodes=3, NewAvailabilityZones=[B], AZMode="single-az")


async def test_nodes_that_would_all_be_in_one_zone_are_not_spread(ctx: Context) -> None:
    await make(ctx, nodes=2)

    with pytest.raises(faults.InvalidParameterCombination, match="all cache nodes would be in us-east-1a"):
        await modify_memcached(ctx, NumCacheNodes=3, NewAvailabilityZones=[A], AZMode="cross-az")


async def test_an_addition_that_waits_is_not_made_smaller(ctx: Context) -> None:
    await make(ctx, nodes=1)
    await modify_memcached(ctx, NumCacheNodes=4)
    await settle_memcached(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="Cancel them first: set NumCacheNodes to 1"):
        await modify_memcached(ctx, NumCacheNodes=3)


async def test_only_an_available_cluster_is_changed(ctx: Context) -> None:
    await create_memcached(ctx)

    with pytest.raises(faults.InvalidCacheClusterState, match="has status creating; it must be in available state"):
        await modify_memcached(ctx, NumCacheNodes=3)


async def test_the_regions_quota_holds_for_nodes_that_wait(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), nodes_per_region=4))
    await make(small, nodes=2)
    await modify_memcached(small, NumCacheNodes=4)
    await settle_memcached(small)

    with pytest.raises(faults.NodeQuotaForCustomerExceeded):
        await modify_memcached(small, NumCacheNodes=5)


async def test_a_lost_node_keeps_nobody_from_adding_others(ctx: Context) -> None:
    await make(ctx, nodes=2)
    await observe_cache_node(ctx, "0001", health=NodeHealth.DOWN)

    assert await modify_memcached(ctx, NumCacheNodes=3, **NOW_PLEASE)
