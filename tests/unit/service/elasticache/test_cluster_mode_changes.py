"""ModifyReplicationGroup's ClusterMode, and what ModifyReplicationGroup refuses of a group that has it on."""

from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.replication_groups import ClusterMode, ReplicationGroup
from elastane.model.slots import ALL_SLOTS, NO_SLOTS
from elastane.service.context import Context
from tests.kit.contexts import call, create_group, create_sharded_group, describe_group, settle, stored_group


async def modify(ctx: Context, **parameters: Any) -> None:
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="Orders", **parameters)


async def stored(ctx: Context) -> ReplicationGroup:
    desired = await stored_group(ctx, "orders")
    assert desired is not None
    return desired


async def make_pair(ctx: Context, **parameters: Any) -> ReplicationGroup:
    await create_group(ctx, **{"AutomaticFailoverEnabled": True} | parameters)
    await settle(ctx)
    return await stored(ctx)


async def change_mode(ctx: Context, *modes: str) -> ReplicationGroup:
    for mode in modes:
        await modify(ctx, ClusterMode=mode, ApplyImmediately=True)
        await settle(ctx)
    return await stored(ctx)


def endpoints(group: ReplicationGroup) -> tuple[str | None, str | None, str | None]:
    network = group.network
    return (
        network.primary_endpoint_address,
        network.reader_endpoint_address,
        network.configuration_endpoint_address,
    )


# --- from mode to mode -----------------------------------------------------------------------------


async def test_compatible_adds_an_endpoint_and_gives_every_slot_to_the_only_node_group(ctx: Context) -> None:
    before = await make_pair(ctx)

    await modify(ctx, ClusterMode="compatible")

    group = await stored(ctx)
    primary, reader, configuration = endpoints(group)
    assert group.cluster_mode is ClusterMode.COMPATIBLE
    assert (primary, reader) == endpoints(before)[:2]
    assert configuration not in (None, primary, reader)
    assert group.node_groups[0].slots == ALL_SLOTS
    assert group.software.parameter_group_name == "default.valkey9.cluster.on"
    assert group.nodes == before.nodes
    assert group.generation == before.generation + 1
    assert (await describe_group(ctx))["Status"] == "modifying"


async def test_a_mode_is_pending_until_the_primary_runs_so(ctx: Context) -> None:
    await make_pair(ctx)

    seen = []
    for mode in ("compatible", "disabled"):
        await modify(ctx, ClusterMode=mode)
        for _ in range(2):
            group = await describe_group(ctx)
            seen.append((group["ClusterMode"], group["ClusterEnabled"], group["PendingModifiedValues"]))
            await settle(ctx)

    assert seen == [
        ("disabled", False, {"ClusterMode": "compatible"}),
        ("compatible", True, {}),
        ("compatible", True, {"ClusterMode": "disabled"}),
        ("disabled", False, {}),
    ]


async def test_a_change_taken_back_before_it_was_made_is_not_pending_any_more(ctx: Context) -> None:
    await make_pair(ctx)
    await modify(ctx, ClusterMode="compatible")

    await modify(ctx, ClusterMode="disabled")

    group = await describe_group(ctx)
    assert (group["ClusterMode"], group["PendingModifiedValues"]) == ("disabled", {})


async def test_enabled_takes_the_endpoints_of_clients_without_cluster_mode_away(ctx: Context) -> None:
    await make_pair(ctx, SnapshottingClusterId="orders-002", SnapshotRetentionLimit=3)
    compatible = await change_mode(ctx, "compatible")

    enabled = await change_mode(ctx, "enabled")

    assert enabled.cluster_mode is ClusterMode.ENABLED
    assert endpoints(enabled) == (None, None, compatible.network.configuration_endpoint_address)
    assert enabled.node_groups[0].slots == ALL_SLOTS
    assert enabled.software == compatible.software
    assert enabled.upkeep.snapshotting_node_id is None
    assert enabled.upkeep.snapshot_retention_limit == 3


async def test_back_from_compatible_everything_is_as_it_was(ctx: Context) -> None:
    before = await make_pair(ctx)

    after = await change_mode(ctx, "compatible", "disabled")

    assert after.cluster_mode is ClusterMode.DISABLED
    assert after.network == before.network
    assert after.software == before.software
    assert after.node_groups[0].slots == NO_SLOTS


async def test_two_groups_get_two_configuration_endpoints(ctx: Context) -> None:
    await make_pair(ctx)
    await create_group(ctx, "carts", AutomaticFailoverEnabled=True)
    await settle(ctx)

    await change_mode(ctx, "compatible")
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="carts", ClusterMode="compatible")

    carts = await stored_group(ctx, "carts")
    assert carts is not None
    assert not set(endpoints(carts)) & set(endpoints(await stored(ctx)))


async def test_the_parameter_group_may_be_named_along(ctx: Context) -> None:
    await make_pair(ctx)

    await modify(ctx, ClusterMode="compatible", CacheParameterGroupName="Default.valkey9.cluster.on")

    assert (await stored(ctx)).software.parameter_group_name == "default.valkey9.cluster.on"


async def test_the_present_mode_may_be_repeated_along_with_other_changes(ctx: Context) -> None:
    await make_pair(ctx)
    await change_mode(ctx, "compatible")

    await modify(ctx, ClusterMode="compatible", SnapshotRetentionLimit=5)

    assert (await stored(ctx)).upkeep.snapshot_retention_limit == 5


# --- refused ---------------------------------------------------------------------------------------

REFUSED_MODES: tuple[tuple[tuple[str, ...], dict[str, Any], type[Fault], str], ...] = (
    ((), {"ClusterMode": "enabled"}, faults.InvalidParameterCombination, "Modify it to compatible first"),
    (("compatible", "enabled"), {"ClusterMode": "disabled"}, faults.InvalidParameterCombination, "is final"),
    (("compatible", "enabled"), {"ClusterMode": "compatible"}, faults.InvalidParameterCombination, "is final"),
    (
        (),
        {"ClusterMode": "compatible", "SnapshotRetentionLimit": 2, "EngineVersion": "9.1"},
        faults.InvalidParameterCombination,
        "EngineVersion, SnapshotRetentionLimit cannot be modified in the same call",
    ),
    (
        (),
        {"ClusterMode": "compatible", "CacheParameterGroupName": "default.valkey9"},
        faults.InvalidParameterCombination,
        "should be enabled in parameter group",
    ),
    (
        (),
        {"ClusterMode": "compatible", "CacheParameterGroupName": "default.valkey8.cluster.on"},
        faults.InvalidParameterCombination,
        "of family valkey9",
    ),
    (
        (),
        {"ClusterMode": "compatible", "CacheParameterGroupName": "custom"},
        faults.CacheParameterGroupNotFound,
        "custom",
    ),
    (
        ("compatible",),
        {"ClusterMode": "disabled", "CacheParameterGroupName": "default.valkey9.cluster.on"},
        faults.InvalidParameterCombination,
        "should be disabled in parameter group",
    ),
    (
        (),
        {"CacheParameterGroupName": "default.valkey9.cluster.on"},
        faults.InvalidParameterCombination,
        "The parameter cluster-enabled has a different value",
    ),
    (
        ("compatible",),
        {"CacheParameterGroupName": "default.valkey9"},
        faults.InvalidParameterCombination,
        "The parameter cluster-enabled has a different value",
    ),
    (
        ("compatible",),
        {"AutomaticFailoverEnabled": False},
        faults.InvalidParameterCombination,
        "Turning off automatic failover",
    ),
    (("compatible",), {"PrimaryClusterId": "orders-002"}, faults.InvalidParameterCombination, "Use TestFailover"),
)


@pytest.mark.parametrize(("modes", "parameters", "fault", "sentence"), REFUSED_MODES)
async def test_a_mode_that_cannot_be_next_is_refused_and_nothing_changes(
    ctx: Context, modes: tuple[str, ...], parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await make_pair(ctx)
    before = await change_mode(ctx, *modes)

    with pytest.raises(fault, match=sentence):
        await modify(ctx, **parameters)

    assert await stored(ctx) == before


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ({"AutomaticFailoverEnabled": False}, "needs automatic failover"),
        ({"AutomaticFailoverEnabled": False, "nodes": 1}, "at least 1 replica"),
    ],
)
async def test_a_group_that_cannot_fail_over_stays_without_cluster_mode(
    ctx: Context, made: dict[str, Any], sentence: str
) -> None:
    await make_pair(ctx, **made)

    with pytest.raises(faults.InvalidParameterCombination, match=sentence):
        await modify(ctx, ClusterMode="compatible")


async def test_only_an_available_group_changes_its_mode(ctx: Context) -> None:
    await make_pair(ctx)
    await modify(ctx, ClusterMode="compatible")

    with pytest.raises(faults.InvalidReplicationGroupState, match="must be in available state"):
        await modify(ctx, ClusterMode="enabled")


# --- what is modified of a group with cluster mode enabled -------------------------------------------


async def test_what_needs_no_node_group_is_modified_as_of_every_group(ctx: Context) -> None:
    await create_sharded_group(ctx)
    await settle(ctx)

    await modify(
        ctx,
        ReplicationGroupDescription="all orders",
        MultiAZEnabled=True,
        SnapshotRetentionLimit=2,
        CacheParameterGroupName="default.valkey9.cluster.on",
        ClusterMode="enabled",
        AutomaticFailoverEnabled=True,
        NodeGroupId="0003",
    )

    group = await describe_group(ctx)
    assert (group["Description"], group["MultiAZ"], group["SnapshotRetentionLimit"]) == ("all orders", "enabled", 2)


REFUSED_CHANGES: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"PrimaryClusterId": "orders-0001-002"}, faults.InvalidParameterCombination, "Use TestFailover"),
    ({"PrimaryClusterId": "orders-0001-001"}, faults.InvalidParameterCombination, "Use TestFailover"),
    ({"SnapshottingClusterId": "orders-0001-002"}, faults.InvalidParameterCombination, "Cannot set snapshotting"),
    ({"AutomaticFailoverEnabled": False}, faults.InvalidParameterCombination, "Turning off automatic failover"),
    ({"NodeGroupId": "0009", "SnapshotRetentionLimit": 2}, faults.InvalidParameterValue, r"invalid: \[0009\]"),
    ({"EngineVersion": "8.1"}, faults.InvalidParameterCombination, "Cannot modify valkey from 9.1 to 8.1"),
    ({"CacheParameterGroupName": "default.valkey9"}, faults.InvalidParameterCombination, "cluster-enabled"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED_CHANGES)
async def test_what_makes_no_sense_with_shards_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_sharded_group(ctx)
    await settle(ctx)
    before = await stored(ctx)

    with pytest.raises(fault, match=sentence):
        await modify(ctx, **parameters)

    assert await stored(ctx) == before


async def test_multi_az_needs_a_replica_in_another_zone_in_every_shard(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await call(
        ctx,
        "DecreaseReplicaCount",
        ReplicationGroupId="orders",
        ReplicasToRemove=["orders-0002-002"],
        ApplyImmediately=True,
    )
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="another Availability Zone"):
        await modify(ctx, MultiAZEnabled=True)
