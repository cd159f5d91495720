"""ModifyReplicationGroup: what may be changed when, and what reads back."""

from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth
from elastane.service.context import Context
from tests.kit import contexts
from tests.kit.calls import make_security_group
from tests.kit.contexts import call, create_group, describe_cluster, describe_group, group_key, settle, stored_group


async def modify(ctx: Context, **parameters: Any) -> dict[str, Any]:
    answer = await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="Orders", **parameters)
    return dict(answer["ReplicationGroup"])


async def test_a_change_is_a_new_generation_and_the_group_is_modifying(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    answer = await modify(ctx, ReplicationGroupDescription="all orders")

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert desired.generation == 2
    assert answer["Status"] == "modifying"
    assert (await describe_group(ctx))["Description"] == "all orders"


async def test_every_field_of_a_change_reads_back(ctx: Context) -> None:
    security_group_id = await make_security_group(ctx)
    await create_group(ctx)
    await settle(ctx)

    await modify(
        ctx,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        PreferredMaintenanceWindow="mon:01:00-mon:02:00",
        SnapshotWindow="05:00-06:00",
        SnapshotRetentionLimit=3,
        SnapshottingClusterId="orders-002",
        AutoMinorVersionUpgrade=False,
        NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:orders",
        NotificationTopicStatus="inactive",
        SecurityGroupIds=[security_group_id],
    )

    group = await describe_group(ctx)
    cluster = await describe_cluster(ctx, "orders-001")
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "enabled")
    assert (group["SnapshotWindow"], group["SnapshotRetentionLimit"]) == ("05:00-06:00", 3)
    assert group["SnapshottingClusterId"] == "orders-002"
    assert group["AutoMinorVersionUpgrade"] is False
    assert cluster["PreferredMaintenanceWindow"] == "mon:01:00-mon:02:00"
    assert cluster["NotificationConfiguration"]["TopicStatus"] == "inactive"
    assert [each["SecurityGroupId"] for each in cluster["SecurityGroups"]] == [security_group_id]


async def test_repeating_what_is_already_so_changes_nothing(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    before = await stored_group(ctx, "orders")

    answer = await modify(
        ctx,
        ReplicationGroupDescription="orders of the shop",
        Engine="valkey",
        EngineVersion="9.1",
        CacheNodeType="cache.t4g.micro",
        CacheParameterGroupName="default.valkey9",
        PrimaryClusterId="orders-001",
        ClusterMode="disabled",
        TransitEncryptionEnabled=False,
        ApplyImmediately=True,
    )

    assert answer["Status"] == "available"
    assert await stored_group(ctx, "orders") == before


REFUSED_CHANGES: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"ApplyImmediately": True}, faults.InvalidParameterCombination, "No modifications were requested"),
    ({"Engine": "redis"}, faults.InvalidParameterCombination, "Cannot modify valkey from 9.1 to 7.0"),
    ({"Engine": "memcached"}, faults.InvalidParameterValue, "memcached"),
    ({"EngineVersion": "8.1"}, faults.InvalidParameterCombination, "Cannot modify valkey from 9.1 to 8.1"),
    ({"EngineVersion": "9.1.2"}, faults.InvalidParameterValue, "Specific version selection is not allowed"),
    ({"EngineVersion": "9.0"}, faults.InvalidParameterCombination, "not on this machine"),
    ({"CacheNodeType": "cache.r6gd.xlarge"}, faults.InvalidParameterCombination, "data tiering"),
    ({"CacheNodeType": "cache.m3.medium"}, faults.InvalidParameterValue, "previous generation"),
    ({"CacheNodeType": "cache.nothing"}, faults.InvalidParameterValue, "no such node type"),
    ({"CacheParameterGroupName": "custom"}, faults.CacheParameterGroupNotFound, "custom"),
    (
        {"CacheParameterGroupName": "default.valkey8"},
        faults.InvalidParameterCombination,
        "Expected a parameter group of family",
    ),
    ({"ClusterMode": "compatible"}, faults.InvalidParameterCombination, "needs automatic failover"),
    ({"NodeGroupId": "0002", "SnapshotRetentionLimit": 1}, faults.InvalidParameterValue, "0002"),
    ({"SnapshottingClusterId": "nobody"}, faults.CacheClusterNotFound, "snapshotting cluster does not exist"),
    ({"MultiAZEnabled": True}, faults.InvalidParameterCombination, "automatic failover"),
    ({"PrimaryClusterId": "nobody"}, faults.InvalidParameterValue, "not a member"),
    ({"NotificationTopicStatus": "asleep"}, faults.InvalidParameterValue, "asleep"),
    ({"SnapshotRetentionLimit": 36}, faults.InvalidParameterValue, "between 0 and 35"),
    ({"AuthToken": "a-very-long-password"}, faults.InvalidParameterCombination, "AUTH token"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED_CHANGES)
async def test_a_refused_change_says_why_and_changes_nothing(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_group(ctx)
    await settle(ctx)
    before = await stored_group(ctx, "orders")

    with pytest.raises(fault, match=sentence):
        await modify(ctx, **parameters)

    assert await stored_group(ctx, "orders") == before


async def test_only_an_available_group_is_changed(ctx: Context) -> None:
    await create_group(ctx)

    with pytest.raises(faults.InvalidReplicationGroupState, match="must be in available state to modify"):
        await modify(ctx, ReplicationGroupDescription="all orders")


async def test_automatic_failover_needs_a_replica(ctx: Context) -> None:
    await create_group(ctx, nodes=1)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="at least 2 cache clusters"):
        await modify(ctx, AutomaticFailoverEnabled=True)


async def test_automatic_failover_stays_on_as_long_as_multi_az_is(ctx: Context) -> None:
    await create_group(ctx, AutomaticFailoverEnabled=True, MultiAZEnabled=True)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination):
        await modify(ctx, AutomaticFailoverEnabled=False)
    await modify(ctx, AutomaticFailoverEnabled=False, MultiAZEnabled=False)

    assert (await describe_group(ctx))["AutomaticFailover"] == "disabled"


async def test_a_replica_in_sync_is_promoted_when_failover_is_off(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    answer = await modify(ctx, PrimaryClusterId="ORDERS-002")

    assert answer["PendingModifiedValues"] == {"PrimaryClusterId": "orders-002"}
    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert desired.node_groups[0].target_primary == "orders-002"
    assert desired.node_groups[0].epoch == 0


async def test_nobody_is_promoted_by_hand_while_automatic_failover_is_on(ctx: Context) -> None:
    await create_group(ctx, AutomaticFailoverEnabled=True)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="automatic failover or Multi-AZ is enabled"):
        await modify(ctx, PrimaryClusterId="orders-002")
    await modify(ctx, PrimaryClusterId="orders-001", SnapshotRetentionLimit=3)

    assert (await describe_group(ctx))["SnapshotRetentionLimit"] == 3


async def test_a_replica_that_is_not_in_sync_is_not_promoted(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, group_key("orders"), "orders-002", health=NodeHealth.SYNCING)

    with pytest.raises(faults.InvalidCacheClusterState, match="not in sync"):
        await modify(ctx, PrimaryClusterId="orders-002")


# --- a promotion in the place of a primary that is lost ------------------------------------------


async def lose_primary(ctx: Context, *, primary: dict[str, Any], replica: dict[str, Any]) -> None:
    """What the last pass saw of a group of two that had data; what is not said is a dead primary and its replica."""
    dead = {"health": NodeHealth.DOWN, "role": None, "has_held_data": True}
    widowed = {"health": NodeHealth.SYNCING, "has_held_data": True}
    await contexts.observe_node(ctx, group_key("orders"), "orders-001", **dead | primary)
    await contexts.observe_node(ctx, group_key("orders"), "orders-002", **widowed | replica)


@pytest.mark.parametrize(
    ("primary", "replica"),
    [
        pytest.param({}, {}, id="dead, and the replica's link is down"),
        pytest.param({"health": NodeHealth.UNKNOWN, "role": Role.PRIMARY}, {"health": NodeHealth.READY}, id="hangs"),
        pytest.param({"health": NodeHealth.STARTING}, {}, id="started anew, without its role"),
        pytest.param({"has_held_data": False}, {"has_held_data": False}, id="there never was any data"),
    ],
)
async def test_a_replica_that_answers_is_promoted_by_hand_when_the_primary_is_lost(
    ctx: Context, primary: dict[str, Any], replica: dict[str, Any]
) -> None:
    await create_group(ctx)
    await settle(ctx)
    await lose_primary(ctx, primary=primary, replica=replica)
    assert (await describe_group(ctx))["Status"] == "modifying"

    answer = await modify(ctx, PrimaryClusterId="Orders-002")
    repeated = await modify(ctx, PrimaryClusterId="orders-002")

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert (desired.node_groups[0].target_primary, desired.generation) == ("orders-002", 2)
    assert answer["PendingModifiedValues"] == {"PrimaryClusterId": "orders-002"}
    assert repeated == answer


LOST: dict[str, Any] = {}
FAILOVER_ON = {"AutomaticFailoverEnabled": True}
REFUSED_RESCUES: tuple[tuple[dict[str, Any], dict[str, Any], dict[str, Any], type[Fault], str], ...] = (
    (LOST, {"health": NodeHealth.DOWN}, {}, faults.InvalidCacheClusterState, "does not answer"),
    (LOST, {"health": NodeHealth.UNKNOWN}, {}, faults.InvalidCacheClusterState, "does not answer"),
    (LOST, {"health": NodeHealth.STARTING}, {}, faults.InvalidCacheClusterState, "does not answer"),
    (LOST, {"has_held_data": False}, {}, faults.InvalidCacheClusterState, "never held the data"),
    (LOST, {}, FAILOVER_ON, faults.InvalidParameterCombination, "or in the same call"),
    (LOST, {}, {"PrimaryClusterId": "nobody"}, faults.InvalidParameterValue, "not a member"),
    (LOST, {}, {"PrimaryClusterId": "orders-001"}, faults.InvalidReplicationGroupState, "available state"),
    (LOST, {}, {"PrimaryClusterId": ""}, faults.InvalidReplicationGroupState, "available state"),
    (
        {"health": NodeHealth.READY, "role": Role.REPLICA},
        {},
        {},
        faults.InvalidReplicationGroupState,
        "available state",
    ),
)


@pytest.mark.parametrize(("primary", "replica", "parameters", "fault", "sentence"), REFUSED_RESCUES)
async def test_a_promotion_in_the_place_of_a_lost_primary_is_refused_with_its_reason(
    ctx: Context,
    primary: dict[str, Any],
    replica: dict[str, Any],
    parameters: dict[str, Any],
    fault: type[Fault],
    sentence: str,
) -> None:
    await create_group(ctx)
    await settle(ctx)
    await lose_primary(ctx, primary=primary, replica=replica)
    before = await stored_group(ctx, "orders")

    with pytest.raises(fault, match=sentence):
        await modify(ctx, **{"PrimaryClusterId": "orders-002", "SnapshotRetentionLimit": 3} | parameters)

    assert await stored_group(ctx, "orders") == before


async def test_automatic_failover_may_be_turned_off_by_the_call_that_promotes(ctx: Context) -> None:
    await create_group(ctx, AutomaticFailoverEnabled=True, MultiAZEnabled=True)
    await settle(ctx)
    await lose_primary(ctx, primary={}, replica={})
    with pytest.raises(faults.InvalidReplicationGroupState):
        await modify(ctx, AutomaticFailoverEnabled=False, MultiAZEnabled=False)

    answer = await modify(ctx, PrimaryClusterId="orders-002", AutomaticFailoverEnabled=False, MultiAZEnabled=False)

    assert (answer["AutomaticFailover"], answer["MultiAZ"]) == ("disabled", "disabled")
    assert answer["PendingModifiedValues"] == {"PrimaryClusterId": "orders-002"}


async def test_a_group_that_never_was_available_is_not_rescued(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await lose_primary(ctx, primary={}, replica={})
    await contexts.observe(ctx, group_key("orders"), available_since=None)

    with pytest.raises(faults.InvalidReplicationGroupState, match="available state"):
        await modify(ctx, PrimaryClusterId="orders-002")


async def test_a_group_that_is_being_deleted_is_not_rescued(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await lose_primary(ctx, primary={}, replica={})
    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")

    with pytest.raises(faults.InvalidReplicationGroupState, match="available state"):
        await modify(ctx, PrimaryClusterId="orders-002")


# --- what else may be changed --------------------------------------------------------------------


async def test_an_empty_topic_takes_the_topic_away(ctx: Context) -> None:
    await create_group(ctx, NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:orders")
    await settle(ctx)

    await modify(ctx, NotificationTopicArn="")

    assert (await describe_cluster(ctx, "orders-001"))["NotificationConfiguration"] is None


async def test_windows_that_would_overlap_are_refused(ctx: Context) -> None:
    await create_group(ctx, SnapshotWindow="05:00-06:00")
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="must not overlap"):
        await modify(ctx, PreferredMaintenanceWindow="mon:05:30-mon:06:30")
