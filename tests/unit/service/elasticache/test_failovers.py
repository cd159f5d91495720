"""TestFailover: what it writes, whom it means, and when it is refused."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.events import Event, SourceType
from elastane.model.faults import Fault
from elastane.model.ids import NodeGroupId, NodeId, Region
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth, Restart
from elastane.service.context import Context
from elastane.store.events import list_events
from elastane.wire.models import Service
from elastane.wire.xml import encode_result
from tests.kit import contexts
from tests.kit.contexts import (
    NOW,
    StandingClock,
    call,
    create_group,
    create_sharded_group,
    describe_cluster,
    describe_group,
    group_key,
    settle,
    stored_group,
)
from tests.kit.groups import CREATED_AT

KEY = group_key("orders")
SINCE = CREATED_AT + timedelta(seconds=1)
"""A process started at this moment is another one than that of a settled group."""


async def make_group(ctx: Context, name: str = "orders", **parameters: Any) -> None:
    await create_group(ctx, name, **{"AutomaticFailoverEnabled": True} | parameters)
    await settle(ctx)


async def ask(ctx: Context, name: str = "orders", node_group_id: str = "0001") -> dict[str, Any]:
    answer = await call(ctx, "TestFailover", ReplicationGroupId=name, NodeGroupId=node_group_id)
    return dict(answer["ReplicationGroup"])


async def rebuilt(ctx: Context, name: str = "orders") -> list[str]:
    """The nodes whose process must be a new one."""
    desired = await stored_group(ctx, name)
    assert desired is not None
    return [node.id for node in desired.nodes if node.rebuild_requested_at is not None]


async def told(ctx: Context) -> list[Event]:
    found = await ctx.store.read(lambda tx: list_events(tx, ctx.region, start=NOW, end=NOW + timedelta(days=9)))
    return [event for _, event in found]


# --- what it writes ------------------------------------------------------------------------------


async def test_the_primarys_process_must_be_a_new_one_and_nothing_else_changes(ctx: Context) -> None:
    await make_group(ctx)
    before = await stored_group(ctx, "orders")

    await ask(ctx, "Orders")

    after = await stored_group(ctx, "orders")
    assert before is not None
    primary = replace(before.nodes[0], rebuild_requested_at=NOW)
    (node_group,) = before.node_groups
    assert after == replace(before, node_groups=(replace(node_group, nodes=(primary, before.nodes[1])),))


async def test_the_group_stays_available_and_its_primary_is_modifying(ctx: Context) -> None:
    await make_group(ctx)

    answer = await ask(ctx)

    assert answer["Status"] == answer["NodeGroups"][0]["Status"] == "available"
    assert answer == await describe_group(ctx)
    assert (await describe_cluster(ctx, "orders-001"))["CacheClusterStatus"] == "modifying"
    assert (await describe_cluster(ctx, "orders-002"))["CacheClusterStatus"] == "available"


async def test_the_answer_fits_the_published_model(ctx: Context) -> None:
    await make_group(ctx)

    answer = await call(ctx, "TestFailover", ReplicationGroupId="orders", NodeGroupId="0001")

    assert encode_result(Service("elasticache"), "TestFailover", answer, "request").startswith(b"<")


async def test_the_call_is_told_in_the_groups_history(ctx: Context) -> None:
    await make_group(ctx)

    await ask(ctx, node_group_id="1")

    assert await told(ctx) == [
        Event(
            region=ctx.region,
            source_type=SourceType.REPLICATION_GROUP,
            source_id="orders",
            message="Test Failover API called for node group 0001",
            at=NOW,
        )
    ]


async def test_the_primary_is_who_was_seen_as_one_whatever_it_is_called(ctx: Context) -> None:
    await make_group(ctx)
    await contexts.observe(ctx, KEY, primaries={NodeGroupId("0001"): NodeId("orders-002")})
    await contexts.observe_node(ctx, KEY, "orders-001", role=Role.REPLICA)
    await contexts.observe_node(ctx, KEY, "orders-002", role=Role.PRIMARY)

    await ask(ctx)

    assert await rebuilt(ctx) == ["orders-002"]


async def test_no_promotion_is_pending_while_the_role_moves(ctx: Context) -> None:
    await make_group(ctx)
    await ask(ctx)
    await contexts.observe_node(ctx, KEY, "orders-001", role=Role.REPLICA)
    await contexts.observe_node(ctx, KEY, "orders-002", role=Role.PRIMARY)

    group = await describe_group(ctx)

    assert group["Status"] == "available"
    assert group["PendingModifiedValues"] == {}


# --- when it is refused --------------------------------------------------------------------------


def seen_as(name: str, **changes: Any) -> Callable[[Context], Awaitable[None]]:
    return lambda ctx: contexts.observe_node(ctx, KEY, name, **changes)


async def without_failover(ctx: Context) -> None:
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", AutomaticFailoverEnabled=False)
    await settle(ctx)


async def with_a_change_under_way(ctx: Context) -> None:
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", ReplicationGroupDescription="all orders")


async def with_a_deletion(ctx: Context) -> None:
    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")


async def with_nobody_known_as_primary(ctx: Context) -> None:
    await contexts.observe(ctx, KEY, primaries={})


REFUSED: tuple[tuple[Callable[[Context], Awaitable[None]], type[Fault], str], ...] = (
    (with_a_change_under_way, faults.InvalidReplicationGroupState, "must be in available state"),
    (with_a_deletion, faults.InvalidReplicationGroupState, "must be in available state"),
    (seen_as("orders-001", health=NodeHealth.DOWN), faults.InvalidReplicationGroupState, "available state"),
    (seen_as("orders-001", health=NodeHealth.UNKNOWN), faults.InvalidReplicationGroupState, "available state"),
    (without_failover, faults.TestFailoverNotAvailable, "automatic failover disabled"),
    (seen_as("orders-002", health=NodeHealth.DOWN), faults.TestFailoverNotAvailable, "no replica in sync"),
    (seen_as("orders-002", health=NodeHealth.SYNCING), faults.TestFailoverNotAvailable, "no replica in sync"),
    (seen_as("orders-002", health=NodeHealth.STARTING), faults.TestFailoverNotAvailable, "no replica in sync"),
    (seen_as("orders-002", health=NodeHealth.UNKNOWN), faults.TestFailoverNotAvailable, "no replica in sync"),
    (seen_as("orders-002", role=None), faults.TestFailoverNotAvailable, "no replica in sync"),
    (with_nobody_known_as_primary, faults.TestFailoverNotAvailable, "no primary that is known"),
)


@pytest.mark.parametrize(("arrange", "fault", "sentence"), REFUSED)
async def test_a_refused_call_says_why_tells_nothing_and_does_not_count(
    ctx: Context, arrange: Callable[[Context], Awaitable[None]], fault: type[Fault], sentence: str
) -> None:
    once = dataclasses.replace(ctx, limits=replace(aws_limits(), test_failovers_per_day=1))
    await make_group(once)
    await make_group(once, "carts")
    await arrange(once)
    before = await stored_group(once, "orders")

    with pytest.raises(fault, match=sentence):
        await ask(once)

    assert await stored_group(once, "orders") == before
    assert await told(once) == []
    await ask(once, "carts")


async def test_a_group_that_is_being_created_is_not_tested(ctx: Context) -> None:
    await create_group(ctx, AutomaticFailoverEnabled=True)

    with pytest.raises(faults.InvalidReplicationGroupState):
        await ask(ctx)


@pytest.mark.parametrize("node_group_id", ["0002", "0", "first", "10001"])
async def test_a_node_group_that_is_not_there_is_not_found(ctx: Context, node_group_id: str) -> None:
    await make_group(ctx)

    with pytest.raises(faults.NodeGroupNotFound, match=f"Node group {node_group_id} not found"):
        await ask(ctx, node_group_id=node_group_id)


async def test_a_group_that_is_not_there_is_not_found(ctx: Context) -> None:
    with pytest.raises(faults.ReplicationGroupNotFound):
        await ask(ctx, "nobody")


# --- one at a time -------------------------------------------------------------------------------


async def test_of_two_calls_at_once_one_is_carried_out(ctx: Context) -> None:
    await make_group(ctx, nodes=3)

    answers = await asyncio.gather(ask(ctx), ask(ctx), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["InvalidCacheClusterState", "dict"]
    assert len(await told(ctx)) == 1


@pytest.mark.parametrize(
    ("found", "is_back"),
    [
        pytest.param({}, False, id="the old process still answers"),
        pytest.param({"health": NodeHealth.DOWN}, False, id="ended"),
        pytest.param({"answered_process_started_at": SINCE, "health": NodeHealth.SYNCING}, False, id="syncs"),
        pytest.param({"answered_process_started_at": SINCE, "health": NodeHealth.UNKNOWN}, False, id="lost again"),
        pytest.param({"answered_process_started_at": SINCE}, True, id="in sync"),
    ],
)
async def test_the_node_of_the_last_test_must_be_back_before_the_next(
    ctx: Context, found: dict[str, Any], is_back: bool
) -> None:
    await make_group(ctx, nodes=3)
    await ask(ctx)
    await contexts.observe(ctx, KEY, primaries={NodeGroupId("0001"): NodeId("orders-002")})
    await contexts.observe_node(ctx, KEY, "orders-002", role=Role.PRIMARY)
    ordered = Restart(requested_at=NOW, of_started_at=CREATED_AT)
    await contexts.observe_node(ctx, KEY, "orders-001", **{"role": Role.REPLICA, "rebuild": ordered} | found)

    if is_back:
        await ask(ctx)
    else:
        with pytest.raises(faults.InvalidCacheClusterState, match="orders-001 is still being replaced"):
            await ask(ctx)

    assert ("orders-002" in await rebuilt(ctx)) is is_back


async def test_groups_are_tested_at_the_same_time(ctx: Context) -> None:
    await make_group(ctx)
    await make_group(ctx, "carts")

    await ask(ctx)
    await ask(ctx, "carts")

    assert await rebuilt(ctx, "carts") == ["carts-001"]


async def test_a_primary_about_to_be_ended_is_not_retained_as_a_cluster(ctx: Context) -> None:
    await make_group(ctx)
    await ask(ctx)

    with pytest.raises(faults.InvalidReplicationGroupState, match="A test failover of replication group orders"):
        await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)

    assert (await describe_group(ctx))["Status"] == "available"


async def test_the_primary_that_took_over_can_be_retained(ctx: Context) -> None:
    await make_group(ctx)
    await ask(ctx)
    await contexts.observe_node(ctx, KEY, "orders-001", role=Role.REPLICA)
    await contexts.observe_node(ctx, KEY, "orders-002", role=Role.PRIMARY)

    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)

    assert (await describe_cluster(ctx, "orders-002"))["ReplicationGroupId"] is None


# --- shards --------------------------------------------------------------------------------------


async def test_the_primary_of_the_shard_named_is_ended_and_no_other(ctx: Context) -> None:
    await create_sharded_group(ctx)
    await settle(ctx)

    answer = await ask(ctx, node_group_id="2")

    assert await rebuilt(ctx) == ["orders-0002-001"]
    assert answer["Status"] == "available"
    assert [event.message for event in await told(ctx)] == ["Test Failover API called for node group 0002"]


async def test_of_all_shards_of_a_group_one_is_tested_at_a_time(ctx: Context) -> None:
    await create_sharded_group(ctx)
    await settle(ctx)
    await ask(ctx, node_group_id="0002")

    with pytest.raises(faults.InvalidCacheClusterState, match="orders-0002-001 is still being replaced"):
        await ask(ctx, node_group_id="0003")

    assert await rebuilt(ctx) == ["orders-0002-001"]


async def test_a_replica_of_another_shard_is_no_heir(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await contexts.observe_node(ctx, KEY, "orders-0002-002", health=NodeHealth.SYNCING)

    with pytest.raises(faults.TestFailoverNotAvailable, match=r"Node group 0002 .* no replica in sync"):
        await ask(ctx, node_group_id="0002")
    await ask(ctx, node_group_id="0001")

    assert await rebuilt(ctx) == ["orders-0001-001"]


async def test_a_shard_is_not_tested_while_slots_move(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await call(
        ctx,
        "ModifyReplicationGroupShardConfiguration",
        ReplicationGroupId="orders",
        NodeGroupCount=3,
        ApplyImmediately=True,
    )

    with pytest.raises(faults.InvalidReplicationGroupState, match="available state"):
        await ask(ctx, node_group_id="0001")


# --- the quota -----------------------------------------------------------------------------------


async def ask_and_wait(ctx: Context) -> None:
    """Until the node runs again, as the primary it was."""
    await ask(ctx)
    ordered = Restart(requested_at=ctx.now(), of_started_at=None)
    await contexts.observe_node(ctx, KEY, "orders-001", rebuild=ordered, answered_process_started_at=ctx.now())


async def test_the_quota_is_the_accounts_over_all_its_groups_and_regions(ctx: Context) -> None:
    twice = dataclasses.replace(ctx, limits=replace(aws_limits(), test_failovers_per_day=2))
    elsewhere = dataclasses.replace(twice, region=Region("eu-west-1"))
    for context in (twice, elsewhere):
        await make_group(context)
    await make_group(twice, "carts")
    await ask(twice)
    await ask(elsewhere)

    with pytest.raises(faults.APICallRateForCustomerExceeded, match=r"of 2 node groups .* at 2026-11-24T12:00:01Z"):
        await ask(twice, "carts")

    assert await rebuilt(twice, "carts") == []


async def test_a_day_later_the_quota_is_free_again_one_by_one(tmp_path: Path) -> None:
    clock = StandingClock()
    with contexts.context(tmp_path, clock=clock, limits=replace(aws_limits(), test_failovers_per_day=2)) as ctx:
        await make_group(ctx)
        await ask_and_wait(ctx)
        clock.advance(hours=1)
        await ask_and_wait(ctx)

        clock.advance(hours=22, minutes=59, seconds=59)
        with pytest.raises(faults.APICallRateForCustomerExceeded):
            await ask(ctx)
        clock.advance(seconds=1)
        await ask_and_wait(ctx)
        clock.advance(seconds=1)
        with pytest.raises(faults.APICallRateForCustomerExceeded, match="2026-11-24T13:00:01Z"):
            await ask(ctx)


async def test_awss_quota_is_fifteen(tmp_path: Path) -> None:
    clock = StandingClock()
    with contexts.context(tmp_path, clock=clock) as ctx:
        await make_group(ctx)
        for _ in range(15):
            await ask_and_wait(ctx)
            clock.advance(minutes=1)

        with pytest.raises(faults.APICallRateForCustomerExceeded, match="15 node groups"):
            await ask(ctx)
