"""PreviewShardConfiguration: what it says is what happens, it refuses what would be refused, and changes nothing."""

from typing import Any

import pytest

from elastane.model.faults import Fault
from elastane.model.slots import format_slots
from elastane.service.context import Context
from elastane.store import tags
from tests.kit.contexts import call, create_group, create_sharded_group, settle, stored_group
from tests.unit.service.elastane.calls import ask


async def preview(ctx: Context, count: int, **parameters: Any) -> dict[str, Any]:
    defaults = {"ReplicationGroupId": "Orders", "NodeGroupCount": count}
    return await ask(ctx, "PreviewShardConfiguration", **defaults | parameters)


async def reshard(ctx: Context, count: int, **parameters: Any) -> dict[str, Any]:
    defaults = {"ReplicationGroupId": "orders", "NodeGroupCount": count, "ApplyImmediately": True}
    return await call(ctx, "ModifyReplicationGroupShardConfiguration", **defaults | parameters)


@pytest.fixture
async def shards(ctx: Context) -> Context:
    """`orders`, of three shards of two nodes."""
    await create_sharded_group(ctx, shards=3)
    await settle(ctx)
    return ctx


async def test_a_shard_more_is_told_with_what_every_other_gives(shards: Context) -> None:
    told = await preview(shards, 4)

    assert told["NodeGroups"][0] == {
        "NodeGroupId": "0001",
        "SlotsBefore": "0-5461",
        "SlotsAfter": "0-4095",
        "IsNew": False,
        "IsLeaving": False,
        "NodeCount": 2,
    }
    assert told["NodeGroups"][3] == {
        "NodeGroupId": "0004",
        "SlotsBefore": "",
        "SlotsAfter": "4096-5461,9558-10922,15019-16383",
        "IsNew": True,
        "IsLeaving": False,
        "NodeCount": 2,
    }
    assert told["Moves"][0] == {"From": "0001", "To": "0004", "Slots": "4096-5461", "SlotCount": 1366}
    assert told["MovedSlotCount"] == 4096


async def test_a_shard_that_leaves_gives_all_it_has(shards: Context) -> None:
    told = await preview(shards, 2, NodeGroupsToRemove=["2"])

    assert [part["IsLeaving"] for part in told["NodeGroups"]] == [False, True, False]
    assert told["NodeGroups"][1]["SlotsAfter"] == ""
    assert {move["From"] for move in told["Moves"]} == {"0002"}
    assert told["MovedSlotCount"] == 5461


async def test_where_nothing_would_move_nothing_is_told_to(shards: Context) -> None:
    told = await preview(shards, 3)

    assert (told["Moves"], told["MovedSlotCount"]) == ([], 0)
    assert all(part["SlotsBefore"] == part["SlotsAfter"] for part in told["NodeGroups"])


@pytest.mark.parametrize(
    ("count", "parameters"),
    [(5, {}), (3, {}), (1, {"NodeGroupsToRetain": ["0003"]}), (4, {"ReshardingConfiguration": [{"NodeGroupId": "9"}]})],
)
async def test_what_is_told_is_what_then_is_wanted(shards: Context, count: int, parameters: dict[str, Any]) -> None:
    told = await preview(shards, count, **parameters)
    await reshard(shards, count, **parameters)

    group = await stored_group(shards, "orders")
    assert group is not None
    assert {part.id: (format_slots(part.slots), part.is_leaving, len(part.nodes)) for part in group.node_groups} == {
        part["NodeGroupId"]: (part["SlotsAfter"], part["IsLeaving"], part["NodeCount"]) for part in told["NodeGroups"]
    }
    assert (0 if group.resharding is None else group.resharding.slot_count) == told["MovedSlotCount"]


async def test_nothing_is_changed(shards: Context) -> None:
    before = await stored_group(shards, "orders")

    await preview(shards, 5)

    assert await stored_group(shards, "orders") == before
    assert await shards.store.read(lambda tx: tx.connection.execute("SELECT count(*) FROM nodes").fetchone()) == (6,)


@pytest.mark.parametrize(
    ("count", "parameters"),
    [
        (0, {}),
        (91, {}),
        (2, {}),
        (2, {"NodeGroupsToRemove": ["0010"]}),
        (2, {"NodeGroupsToRemove": ["1"], "NodeGroupsToRetain": ["2"]}),
        (3, {"NodeGroupsToRetain": ["0001"]}),
        (4, {"ReshardingConfiguration": [{"PreferredAvailabilityZones": ["moon-1a", "moon-1b"]}]}),
        (2, {"ReplicationGroupId": "nobody"}),
        (60, {}),
    ],
)
async def test_what_would_be_refused_is_refused_in_the_same_words(
    shards: Context, count: int, parameters: dict[str, Any]
) -> None:
    with pytest.raises(Fault) as asked:
        await preview(shards, count, **parameters)
    with pytest.raises(Fault) as done:
        await reshard(shards, count, **parameters)

    assert (type(asked.value), asked.value.message) == (type(done.value), done.value.message)


async def test_a_group_without_cluster_mode_and_one_that_is_busy_are_refused_as_well(ctx: Context) -> None:
    await create_group(ctx, "plain")
    await settle(ctx)
    await create_sharded_group(ctx, "orders")

    for name in ("plain", "orders"):
        with pytest.raises(Fault) as asked:
            await preview(ctx, 2, ReplicationGroupId=name)
        with pytest.raises(Fault) as done:
            await reshard(ctx, 2, ReplicationGroupId=name)
        assert (asked.value.code, asked.value.message) == (done.value.code, done.value.message)


async def test_nodes_that_come_have_their_group_s_tags_only_once_they_come(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=1, Tags=[{"Key": "team", "Value": "shop"}])
    await settle(ctx)
    arn = f"arn:aws:elasticache:{ctx.region}:{ctx.account_id}:cluster:orders-0002-001"

    await preview(ctx, 2)
    before = await ctx.store.read(lambda tx: tags.get_tags(tx, arn))  # type: ignore[arg-type]  # an ARN is a text here
    await reshard(ctx, 2)
    after = await ctx.store.read(lambda tx: tags.get_tags(tx, arn))  # type: ignore[arg-type]  # an ARN is a text here

    assert (before, after) == ({}, {"team": "shop"})
