"""DescribeUpdateActions, BatchApplyUpdateAction and BatchStopUpdateAction over caches of two patches."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.replication_groups import Form, Initiator, ReplicationGroup
from elastane.model.update_actions import scheduled_by_itself
from elastane.service.context import Context
from elastane.store import Transaction, replication_groups, service_updates
from tests.kit import contexts
from tests.kit.contexts import (
    ENGINES,
    StandingClock,
    call,
    create_cluster,
    create_group,
    create_sharded_group,
    describe_cluster,
    describe_group,
    group_key,
    observe,
    observe_node,
    settle,
)
from tests.unit.model.test_service_updates import offer, update

NAME = "valkey-9-1-3"
UPDATE = update("9.1.3", released_at=contexts.NOW)


class Shop:
    """Groups and clusters that run 9.1.2, the update to 9.1.3, and the engines that are here."""

    def __init__(self, ctx: Context, engines: list[tuple[str, str]], clock: StandingClock) -> None:
        self.ctx = ctx
        self.engines = engines
        self.clock = clock

    async def find_update(self, **changes: Any) -> None:
        found = replace(UPDATE, **changes)
        self.engines.append(("valkey", found.patch))
        await self.ctx.store.write(lambda tx: service_updates.save_new_service_update(tx, found))

    async def actions(self, **parameters: Any) -> dict[str, dict[str, Any]]:
        answer = await call(self.ctx, "DescribeUpdateActions", **parameters)
        return {each.get("ReplicationGroupId") or each["CacheClusterId"]: each for each in answer["UpdateActions"]}

    async def status(self, name: str = "orders") -> tuple[str, str]:
        action = (await self.actions(ServiceUpdateName=NAME))[name]
        return action["UpdateActionStatus"], action["NodesUpdated"]

    async def apply(self, *group_ids: str, **parameters: Any) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
        return await self._batch("BatchApplyUpdateAction", group_ids, parameters)

    async def stop(self, *group_ids: str, **parameters: Any) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
        return await self._batch("BatchStopUpdateAction", group_ids, parameters)

    async def _batch(
        self, action: str, group_ids: tuple[str, ...], parameters: dict[str, Any]
    ) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
        """Statuses by id, and error types and messages by id."""
        given = {"ServiceUpdateName": NAME, "ReplicationGroupIds": list(group_ids) or None, **parameters}
        answer = await call(self.ctx, action, **{key: value for key, value in given.items() if value is not None})
        assert {each["ServiceUpdateName"] for each in answer["ProcessedUpdateActions"]} <= {NAME}
        return (
            {_id(each): str(each["UpdateActionStatus"]) for each in answer["ProcessedUpdateActions"]},
            {_id(each): (each["ErrorType"], each["ErrorMessage"]) for each in answer["UnprocessedUpdateActions"]},
        )

    async def stored(self, name: str = "orders") -> ReplicationGroup:
        group = await contexts.stored_group(self.ctx, name)
        assert group is not None
        return group


def _id(each: dict[str, str]) -> str:
    return each.get("ReplicationGroupId") or each["CacheClusterId"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    engines, clock = list(ENGINES), StandingClock()
    with contexts.context(tmp_path, engines=engines, clock=clock) as made:
        yield Shop(made, engines, clock)


async def made(shop: Shop, **parameters: Any) -> None:
    await create_group(shop.ctx, **parameters)
    await settle(shop.ctx)
    await shop.find_update()


# --- described -----------------------------------------------------------------------------------


async def test_a_cache_of_an_older_patch_has_an_action_that_was_not_applied(shop: Shop) -> None:
    await made(shop)
    shop.clock.advance(days=1)

    action = (await shop.actions())["orders"]

    assert action == {
        "ReplicationGroupId": "orders",
        "ServiceUpdateName": NAME,
        "ServiceUpdateReleaseDate": contexts.NOW,
        "ServiceUpdateSeverity": "medium",
        "ServiceUpdateStatus": "available",
        "ServiceUpdateRecommendedApplyByDate": contexts.NOW + timedelta(days=60),
        "ServiceUpdateType": "security-update",
        "UpdateActionAvailableDate": contexts.NOW,
        "UpdateActionStatus": "not-applied",
        "NodesUpdated": "0/2",
        "UpdateActionStatusModifiedDate": contexts.NOW,
        "SlaMet": "no",
        "EstimatedUpdateTime": "less than a minute for each node, and longer with much data",
        "Engine": "valkey",
    }


async def test_nodes_are_shown_by_shard_and_a_cluster_s_by_itself(shop: Shop) -> None:
    await create_cluster(shop.ctx)
    await create_sharded_group(shop.ctx, shards=2, replicas=1)
    await settle(shop.ctx)
    await shop.find_update()
    await shop.apply("orders")

    actions = await shop.actions(ShowNodeLevelUpdateStatus=True)

    shards = actions["orders"]["NodeGroupUpdateStatus"]
    assert [(each["NodeGroupId"], len(each["NodeGroupMemberUpdateStatus"])) for each in shards] == [
        ("0001", 2),
        ("0002", 2),
    ]
    assert shards[0]["NodeGroupMemberUpdateStatus"][0] == {
        "CacheClusterId": "orders-0001-001",
        "CacheNodeId": "0001",
        "NodeUpdateStatus": "waiting-to-start",
        "NodeUpdateInitiatedBy": "customer",
        "NodeUpdateInitiatedDate": contexts.NOW,
    }
    assert actions["sessions"]["CacheNodeUpdateStatus"] == [{"CacheNodeId": "0001", "NodeUpdateStatus": "not-applied"}]
    assert "CacheNodeUpdateStatus" not in (await shop.actions())["sessions"]


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["orders", "sessions"]),
    ({"ReplicationGroupIds": ["ORDERS", "nobody"]}, ["orders"]),
    ({"CacheClusterIds": ["sessions"]}, ["sessions"]),
    ({"CacheClusterIds": ["orders-001"]}, []),
    ({"ReplicationGroupIds": ["orders"], "CacheClusterIds": ["sessions"]}, ["orders", "sessions"]),
    ({"Engine": "valkey"}, ["orders", "sessions"]),
    ({"Engine": "redis"}, []),
    ({"ServiceUpdateName": "valkey-9-1-9"}, []),
    ({"ServiceUpdateStatus": ["available"]}, ["orders", "sessions"]),
    ({"ServiceUpdateStatus": ["cancelled"]}, []),
    ({"UpdateActionStatus": ["not-applied"]}, ["orders", "sessions"]),
    ({"UpdateActionStatus": ["complete", "scheduled"]}, []),
]


@pytest.mark.parametrize(("parameters", "names"), FILTERS)
async def test_actions_are_found_by_what_they_are(shop: Shop, parameters: dict[str, Any], names: list[str]) -> None:
    await create_cluster(shop.ctx)
    await made(shop)

    assert sorted(await shop.actions(**parameters)) == names


@pytest.mark.parametrize(
    ("start_days", "end_days", "is_in"),
    [(None, None, True), (None, -1, False), (None, 1, True), (1, None, True), (3, None, False), (-2, -1, False)],
)
async def test_a_time_range_finds_what_was_available_in_it(
    shop: Shop, start_days: int | None, end_days: int | None, is_in: bool
) -> None:
    await made(shop)
    await shop.find_update(patch="9.1.4", released_at=contexts.NOW + timedelta(days=2))
    ends = {"StartTime": start_days, "EndTime": end_days}
    within = {name: contexts.NOW + timedelta(days=days) for name, days in ends.items() if days is not None}

    answer = await call(shop.ctx, "DescribeUpdateActions", ServiceUpdateName=NAME, ServiceUpdateTimeRange=within)

    assert bool(answer["UpdateActions"]) is is_in


async def test_a_time_range_that_ends_before_it_begins_is_refused(shop: Shop) -> None:
    await made(shop)
    within = {"StartTime": contexts.NOW, "EndTime": contexts.NOW - timedelta(days=1)}

    with pytest.raises(faults.InvalidParameterCombination):
        await shop.actions(ServiceUpdateTimeRange=within)


async def test_actions_come_in_pages(shop: Shop) -> None:
    for number in range(21):
        await create_group(shop.ctx, f"orders-{number:02d}", nodes=1)
    await settle(shop.ctx)
    await shop.find_update()

    first = await call(shop.ctx, "DescribeUpdateActions", MaxRecords=20)
    second = await call(shop.ctx, "DescribeUpdateActions", MaxRecords=20, Marker=first["Marker"])

    names = [each["ReplicationGroupId"] for each in (*first["UpdateActions"], *second["UpdateActions"])]
    assert (names, second["Marker"]) == ([f"orders-{number:02d}" for number in range(21)], None)


async def test_another_region_s_caches_are_not_told_of(shop: Shop) -> None:
    await made(shop)
    elsewhere = dataclasses.replace(shop.ctx, region="eu-west-1")  # type: ignore[arg-type]  # a NewType of str

    assert (await call(elsewhere, "DescribeUpdateActions"))["UpdateActions"] == []


# --- applied -------------------------------------------------------------------------------------


async def test_an_update_is_begun_shown_and_complete(shop: Shop) -> None:
    await made(shop, nodes=3)

    processed, unprocessed = await shop.apply("orders")
    begun = (await describe_group(shop.ctx))["Status"], await shop.status()
    pending = (await describe_cluster(shop.ctx, "orders-001"))["PendingModifiedValues"]
    await observe_node(shop.ctx, group_key("orders"), "orders-002", engine_version="9.1.3")
    half = await shop.status()
    await settle(shop.ctx)

    assert (processed, unprocessed) == ({"orders": "waiting-to-start"}, {})
    assert begun == ("modifying", ("waiting-to-start", "0/3"))
    assert pending["EngineVersion"] == "9.1.3"
    assert half == ("in-progress", "1/3")
    assert await shop.status() == ("complete", "3/3")
    assert (await describe_group(shop.ctx))["Status"] == "available"


async def test_a_cache_cluster_on_its_own_is_updated_by_its_id(shop: Shop) -> None:
    await create_cluster(shop.ctx)
    await settle(shop.ctx)
    await shop.find_update()

    processed, unprocessed = await shop.apply(CacheClusterIds=["Sessions"])

    assert (processed, unprocessed) == ({"sessions": "waiting-to-start"}, {})
    stored = await contexts.stored_group(shop.ctx, "sessions", Form.CACHE_CLUSTER)
    assert stored is not None and stored.software.patch == "9.1.3"


async def test_who_is_refused_keeps_nobody_else_from_it(shop: Shop) -> None:
    await create_group(shop.ctx, "older", EngineVersion="8.1")
    await create_group(shop.ctx, "other", Engine="redis", EngineVersion="7.0")
    await made(shop)
    await create_group(shop.ctx, "young")

    processed, unprocessed = await shop.apply("orders", "older", "other", "young", "nobody", "ORDERS")
    members = await shop.apply(CacheClusterIds=["orders-001", "nobody"])

    assert processed == {"orders": "waiting-to-start"}
    assert {name: error for name, (error, _) in unprocessed.items()} == {
        "older": "InvalidParameterValue",
        "other": "InvalidParameterValue",
        "young": "InvalidReplicationGroupState",
        "nobody": "ReplicationGroupNotFoundFault",
    }
    assert {name: error for name, (error, _) in members[1].items()} == {
        "orders-001": "InvalidParameterCombination",
        "nobody": "CacheClusterNotFound",
    }


async def refusal(shop: Shop) -> str:
    processed, unprocessed = await shop.apply("orders")
    assert processed == {}
    return unprocessed["orders"][1]


async def test_a_group_that_is_not_available_is_not_updated(shop: Shop) -> None:
    await made(shop)
    await call(shop.ctx, "IncreaseReplicaCount", ReplicationGroupId="orders", NewReplicaCount=2, ApplyImmediately=True)

    assert "available state" in await refusal(shop)


async def test_a_group_between_cluster_modes_is_not_updated(shop: Shop) -> None:
    await made(shop, AutomaticFailoverEnabled=True)
    await call(
        shop.ctx,
        "ModifyReplicationGroup",
        ReplicationGroupId="orders",
        ClusterMode="compatible",
        CacheParameterGroupName="default.valkey9.cluster.on",
        ApplyImmediately=True,
    )
    await settle(shop.ctx)
    await observe_cluster(shop)

    assert "cluster mode compatible" in await refusal(shop)


async def observe_cluster(shop: Shop) -> None:
    for name in ("orders-001", "orders-002"):
        await observe_node(shop.ctx, group_key("orders"), name, runs_in_cluster=True)


async def test_what_is_under_way_through_or_superseded_is_not_applied(shop: Shop) -> None:
    await made(shop)
    await shop.apply("orders")
    under_way = await refusal(shop)
    await settle(shop.ctx)
    through = await refusal(shop)
    await shop.find_update(patch="9.1.4")

    assert "already" in under_way
    assert "newer patch" in through
    assert "taken its place" in await refusal(shop)


async def test_what_is_not_to_be_had_any_more_is_not_applied(shop: Shop) -> None:
    await made(shop)
    shop.engines.remove(("valkey", "9.1.3"))

    assert "neither on this machine" in await refusal(shop)


async def test_what_is_only_installable_is_applied(shop: Shop) -> None:
    await made(shop)
    shop.engines.remove(("valkey", "9.1.3"))
    shop.ctx = dataclasses.replace(shop.ctx, installable_engines=lambda: (("valkey", "9.1.3"),))

    assert await shop.apply("orders") == ({"orders": "waiting-to-start"}, {})


@pytest.mark.parametrize("action", ["BatchApplyUpdateAction", "BatchStopUpdateAction"])
async def test_a_call_that_names_no_update_no_cache_or_too_many_is_refused(shop: Shop, action: str) -> None:
    await made(shop)
    too_many = ["orders"] * (aws_limits().update_action_ids + 1)

    with pytest.raises(faults.ServiceUpdateNotFound):
        await call(shop.ctx, action, ServiceUpdateName="valkey-9-1-9", ReplicationGroupIds=["orders"])
    with pytest.raises(faults.InvalidParameterValue, match="At least one"):
        await call(shop.ctx, action, ServiceUpdateName=NAME)
    with pytest.raises(faults.InvalidParameterValue, match="at most 20"):
        await call(shop.ctx, action, ServiceUpdateName=NAME, ReplicationGroupIds=too_many)


# --- stopped -------------------------------------------------------------------------------------


async def test_a_stop_keeps_finished_nodes_and_can_be_followed_by_another_begin(shop: Shop) -> None:
    await made(shop, nodes=3)
    await shop.apply("orders")
    await observe_node(shop.ctx, group_key("orders"), "orders-002", engine_version="9.1.3")

    processed, unprocessed = await shop.stop("orders", "nobody")
    generation = (await shop.stored()).generation
    await observe(shop.ctx, group_key("orders"), converged_generation=generation)
    stopped = await shop.status()
    again, _ = await shop.apply("orders")

    assert processed == {"orders": "stopping"}
    assert unprocessed["nobody"][0] == "ReplicationGroupNotFoundFault"
    assert stopped == ("stopped", "1/3")
    assert again == {"orders": "in-progress"}


async def test_there_is_nothing_to_stop_before_the_beginning_and_after_the_end(shop: Shop) -> None:
    await made(shop)
    before = (await shop.stop("orders"))[1]
    await shop.apply("orders")
    await settle(shop.ctx)
    after = (await shop.stop("orders"))[1]

    assert "not-applied: there is nothing to stop" in before["orders"][1]
    assert "complete: there is nothing to stop" in after["orders"][1]


# --- by itself -----------------------------------------------------------------------------------


async def schedule(shop: Shop) -> None:
    """As the doing stair's look does after the recommended date."""
    shop.clock.advance(days=61)
    now = shop.clock()

    def change(tx: Transaction) -> None:
        for stored in replication_groups.list_replication_groups(tx):
            observed = replication_groups.get_observed(tx, stored.body.key)
            changed = scheduled_by_itself(stored.body, observed, (UPDATE,), (offer("9.1.3"),), now)
            replication_groups.save_replication_group(tx, changed, revision=stored.revision)

    await shop.ctx.store.write(change)


async def test_what_waits_for_the_window_is_shown_so_and_can_be_stopped(shop: Shop) -> None:
    await made(shop)
    await schedule(shop)

    scheduled = await shop.status()
    pending = (await describe_cluster(shop.ctx, "orders-001"))["PendingModifiedValues"]
    await shop.stop("orders")
    await settle(shop.ctx)
    await schedule(shop)

    assert scheduled == ("scheduled", "0/2")
    assert pending["EngineVersion"] == "9.1.3"
    assert (await shop.status())[0] == "stopped"
    assert (await shop.stored()).pending is None


async def test_what_waits_can_be_begun_at_once(shop: Shop) -> None:
    await made(shop)
    await schedule(shop)

    assert (await shop.apply("orders"))[0] == {"orders": "waiting-to-start"}
    group = await shop.stored()
    assert group.update is not None
    assert (group.pending, group.update.initiated_by) == (None, Initiator.CUSTOMER)


@pytest.mark.parametrize("form", list(Form))
async def test_turning_auto_minor_version_upgrade_off_takes_back_what_waits_by_itself(shop: Shop, form: Form) -> None:
    if form is Form.REPLICATION_GROUP:
        await made(shop)
        name, modify = "orders", {"ReplicationGroupId": "orders"}
    else:
        await create_cluster(shop.ctx)
        await settle(shop.ctx)
        await shop.find_update()
        name, modify = "sessions", {"CacheClusterId": "sessions"}
    await schedule(shop)
    scheduled = await shop.status(name)

    action = "ModifyReplicationGroup" if form is Form.REPLICATION_GROUP else "ModifyCacheCluster"
    await call(shop.ctx, action, **modify, AutoMinorVersionUpgrade=False)
    await settle(shop.ctx)
    await schedule(shop)

    assert scheduled[0] == "scheduled"
    assert (await shop.status(name))[0] == "not-applied"


async def test_tags_and_who_asked_stay_when_a_cluster_becomes_a_group(shop: Shop) -> None:
    await create_cluster(shop.ctx, Tags=[{"Key": "team", "Value": "checkout"}])
    await settle(shop.ctx)
    await shop.find_update()
    await shop.apply(CacheClusterIds=["sessions"])
    await settle(shop.ctx)

    await call(
        shop.ctx,
        "CreateReplicationGroup",
        ReplicationGroupId="orders",
        ReplicationGroupDescription="around it",
        PrimaryClusterId="sessions",
    )
    await settle(shop.ctx)

    arn = f"arn:aws:elasticache:{contexts.REGION}:{contexts.ACCOUNT_ID}:replicationgroup:orders"
    tags = (await call(shop.ctx, "ListTagsForResource", ResourceName=arn))["TagList"]
    assert tags == [{"Key": "team", "Value": "checkout"}]
    assert await shop.status() == ("complete", "1/1")
