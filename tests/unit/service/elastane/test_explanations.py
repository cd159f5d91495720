"""ExplainCache: whatever is known is answered, and nothing else."""

from dataclasses import replace as with_context
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model import elastane_faults
from elastane.model.events import Event, SourceType
from elastane.model.ids import NodeGroupId, NodeId, node_key
from elastane.model.measurements import MeasuredNode
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observations import Role
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.observed_replication_groups import Failure, NodeHealth, ObservedVerdict, VerdictKind
from elastane.model.slots import parse_slots
from elastane.service.context import Context
from elastane.store import events, memcached_clusters
from tests.kit.contexts import (
    NOW,
    REGION,
    call,
    create_cluster,
    create_group,
    create_sharded_group,
    group_key,
    observe,
    observe_node,
    settle,
    stored_group,
)
from tests.kit.memcached_clusters import cache_node, memcached_cluster, observed_cluster, observed_process
from tests.unit.service.elastane.calls import ask

SECONDS = NOW.timestamp()


async def explain(ctx: Context, cache_id: str = "orders", **parameters: Any) -> dict[str, Any]:
    return await ask(ctx, "ExplainCache", CacheId=cache_id, **parameters)


def sentences(answer: dict[str, Any], title: str) -> list[str]:
    (found,) = [section["Sentences"] for section in answer["Sections"] if section["Title"] == title]
    return list(found)


def node(answer: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in answer["Nodes"] if each["NodeId"] == name]
    return dict(found)


def verdict(sentence: str, kind: VerdictKind = VerdictKind.WAIT) -> ObservedVerdict:
    return ObservedVerdict(kind=kind, rule="following", sentence=sentence, since=NOW)


async def address_of(ctx: Context, name: str) -> str:
    group = await stored_group(ctx, "orders")
    assert group is not None
    return next(each.address for each in group.nodes if each.id == name)


async def test_a_cache_that_nobody_has_looked_at_is_told_as_it_shall_be(ctx: Context) -> None:
    await create_group(ctx)

    answer = await explain(ctx)

    assert (answer["CacheId"], answer["Form"], answer["Status"]) == ("orders", "replication-group", "creating")
    assert (answer["Generation"], answer["ConvergedGeneration"]) == (1, 0)
    assert answer["Waiting"] == []
    assert not {"Verdict", "Failure", "Resharding", "NodeId"} & answer.keys()
    assert node(answer, "orders-001").keys() == {
        "NodeId", "NodeGroupId", "Health", "Zone", "Address", "Port", "IsLeaving", "IsTemporary",
    }  # fmt: skip
    assert node(answer, "orders-001")["Health"] == "unknown"
    assert answer["NodeGroups"] == [
        {
            "NodeGroupId": "0001",
            "TargetPrimary": "orders-001",
            "Primaries": [],
            "Epoch": 0,
            "IsLeaving": False,
        }
    ]


async def test_sentences_are_those_of_the_command_but_for_the_processes(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    answer = await explain(ctx, "Orders")

    assert sentences(answer, "")[0] == "orders is a replication group in us-east-1; it is available"
    assert "generation 1: all that was asked for has been made true" in sentences(answer, "How far that is true")
    assert sentences(answer, "The last failure") == ["None."]
    assert sentences(answer, "Nodes")[0].startswith("orders-001: primary, ready; 127.")
    assert not [line for line in sentences(answer, "Nodes") if "process" in line]


async def test_what_the_last_pass_decided_is_told_with_what_is_waited_for(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await observe(ctx, group_key("orders"), verdict=verdict("orders-002 is at 83% of its first sync"))

    answer = await explain(ctx)

    assert answer["Verdict"] == {
        "Kind": "wait",
        "Rule": "following",
        "Sentence": "orders-002 is at 83% of its first sync",
        "Since": SECONDS,
    }
    assert answer["Waiting"] == ["orders-002 is at 83% of its first sync"]


async def test_who_has_nothing_to_do_waits_for_nothing(ctx: Context) -> None:
    await create_group(ctx)
    await observe(ctx, group_key("orders"), verdict=verdict("everything is as it shall be", VerdictKind.SATISFIED))

    assert (await explain(ctx))["Waiting"] == []


async def test_of_several_node_groups_each_says_what_it_waits_for_and_nothing_is_said_twice(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    own = {NodeGroupId("0001"): verdict("orders-0001-002 is starting")}
    await observe(
        ctx, group_key("orders"), node_group_verdicts=own, verdict=verdict("orders-0001-002 is starting; and so on")
    )

    answer = await explain(ctx)

    assert answer["Waiting"] == ['node group 0001: orders-0001-002 is starting ("following")']
    assert answer["NodeGroups"][0]["Sentence"] == "orders-0001-002 is starting"
    assert "Sentence" not in answer["NodeGroups"][1]


async def test_what_is_decided_for_the_whole_is_told_before_what_is_for_its_parts(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    own = {NodeGroupId("0001"): verdict("orders-0001-002 is starting")}
    await observe(ctx, group_key("orders"), node_group_verdicts=own, verdict=verdict("the clock jumped by 9 s"))

    assert (await explain(ctx))["Waiting"][0] == "the clock jumped by 9 s"


@pytest.mark.parametrize(("is_permanent", "next_try"), [(False, SECONDS + 1), (True, None)])
async def test_a_failure_says_when_it_is_tried_again_unless_it_never_is(
    ctx: Context, is_permanent: bool, next_try: float | None
) -> None:
    await create_group(ctx)
    failure = Failure(sentence="it ended at once", generation=1, at=NOW, count=3, is_permanent=is_permanent)
    await observe(ctx, group_key("orders"), failure=failure)

    told = (await explain(ctx))["Failure"]

    assert told.pop("NextTryAt", None) == next_try
    assert told == {"Sentence": "it ended at once", "Count": 3, "At": SECONDS, "IsPermanent": is_permanent}


async def test_a_replica_says_whom_it_follows_and_how_far_its_sync_is(ctx: Context) -> None:
    await create_group(ctx, nodes=3)
    await settle(ctx)
    primary = await address_of(ctx, "orders-001")
    await observe_node(ctx, group_key("orders"), "orders-002", primary_address=primary)
    await observe_node(
        ctx, group_key("orders"), "orders-003", primary_address="10.0.0.9", is_joining=True, sync_progress_percent=41
    )

    answer = await explain(ctx)

    second, third = node(answer, "orders-002"), node(answer, "orders-003")
    assert (second["Role"], second["IsLinkUp"], second["Follows"]) == ("replica", True, "orders-001")
    assert "SyncProgressPercent" not in second
    assert (third["IsLinkUp"], third["Follows"], third["SyncProgressPercent"]) == (False, "10.0.0.9", 41.0)
    assert not {"IsLinkUp", "Follows"} & node(answer, "orders-001").keys()


async def test_what_the_process_before_said_of_itself_is_not_told_of_the_next_one(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await observe_node(
        ctx, group_key("orders"), "orders-002", started_at=NOW + timedelta(hours=1), health=NodeHealth.STARTING
    )

    told = node(await explain(ctx), "orders-002")

    assert told["Health"] == "starting"
    assert not {"Role", "IsLinkUp", "Follows"} & told.keys()


async def test_what_was_measured_is_told_with_its_moment(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    measured = {
        node_key(REGION, NodeId("orders-001")): MeasuredNode(at=NOW, offset_bytes=2**40, lag_seconds=None),
        node_key(REGION, NodeId("orders-002")): MeasuredNode(at=NOW, offset_bytes=7, lag_seconds=1.25),
    }

    answer = await explain(with_context(ctx, measured_nodes=lambda: measured))

    first, second = node(answer, "orders-001"), node(answer, "orders-002")
    assert (first["ReplicationOffset"], first["MeasuredAt"]) == (2**40, SECONDS)
    assert "ReplicationLagSeconds" not in first
    assert (second["ReplicationOffset"], second["ReplicationLagSeconds"]) == (7, 1.25)


async def test_a_shard_is_told_with_what_it_owns_and_what_it_shall_own(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await call(
        ctx,
        "ModifyReplicationGroupShardConfiguration",
        ReplicationGroupId="orders",
        NodeGroupCount=3,
        ApplyImmediately=True,
    )
    seen = {
        NodeGroupId("0001"): parse_slots("0-8000"),
        NodeGroupId("0002"): parse_slots("8192-16383"),
        NodeGroupId("0003"): parse_slots("8001-8191"),
    }
    await observe(ctx, group_key("orders"), slots=seen)

    answer = await explain(ctx)

    first, _, third = answer["NodeGroups"]
    assert (first["Slots"], first["TargetSlots"]) == ("0-8000", "0-5461")
    assert (third["Slots"], third["TargetSlots"]) == ("8001-8191", "5462-8191,13653-16383")
    assert answer["Resharding"] == {"MovedSlotCount": 191, "SlotCount": 5461, "RequestedAt": SECONDS}


async def test_two_primaries_are_both_told(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await observe_node(ctx, group_key("orders"), "orders-002", role=Role.PRIMARY)

    assert (await explain(ctx))["NodeGroups"][0]["Primaries"] == ["orders-001", "orders-002"]


async def test_a_node_is_told_alone_with_its_own_node_group_and_status(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)

    answer = await explain(ctx, "orders-0002-001")

    assert (answer["CacheId"], answer["NodeId"], answer["Form"]) == ("orders", "orders-0002-001", "replication-group")
    assert [each["NodeId"] for each in answer["Nodes"]] == ["orders-0002-001"]
    assert [each["NodeGroupId"] for each in answer["NodeGroups"]] == ["0002"]
    assert sentences(answer, "")[0] == "orders-0002-001 is a node of orders; as a cache cluster it is available"


async def test_of_two_with_the_same_id_the_form_decides(ctx: Context) -> None:
    await create_group(ctx, "orders")
    await create_cluster(ctx, "orders")

    whole, other = await explain(ctx), await explain(ctx, Form="cache-cluster")

    assert (whole["Form"], len(whole["Nodes"])) == ("replication-group", 2)
    assert (other["Form"], [each["NodeId"] for each in other["Nodes"]]) == ("cache-cluster", ["orders"])
    with pytest.raises(elastane_faults.ResourceNotFound):
        await explain(ctx, "orders-001", Form="replication-group")


async def test_who_is_not_there_is_named_and_nobody_else(ctx: Context) -> None:
    """Others' ids are for those who may list them."""
    await create_group(ctx, "orders")

    with pytest.raises(elastane_faults.ResourceNotFound) as refusal:
        await explain(ctx, "Order-001")

    assert refusal.value.message == "There is no cache and no node named order-001 in us-east-1."


async def test_the_newest_events_of_a_cache_are_told(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await call(
        ctx,
        "ModifyReplicationGroupShardConfiguration",
        ReplicationGroupId="orders",
        NodeGroupCount=3,
        ApplyImmediately=True,
    )

    told = sentences(await explain(ctx), "Recent events")

    assert told[-1].endswith("orders: Started to change the number of shards from 2 to 3")


async def test_events_of_others_with_the_same_id_are_not_told(ctx: Context) -> None:
    """A user, or a cache of the other form: who may see this cache need not be allowed to see them."""
    await create_group(ctx, "orders")
    await create_cluster(ctx, "orders")
    about = {
        SourceType.USER: "Created user orders",
        SourceType.REPLICATION_GROUP: "of the group",
        SourceType.CACHE_CLUSTER: "of the cluster",
    }
    told = [
        Event(region=REGION, source_type=kind, source_id="orders", message=message, at=NOW)
        for kind, message in about.items()
    ]
    await ctx.store.write(lambda tx: events.append_events(tx, told))

    whole, other = await explain(ctx), await explain(ctx, Form="cache-cluster")

    assert [line.rpartition(": ")[2] for line in sentences(whole, "Recent events")] == ["of the group"]
    assert [line.rpartition(": ")[2] for line in sentences(other, "Recent events")] == ["of the cluster"]


async def test_a_change_of_users_is_told_as_the_api_tells_it(ctx: Context) -> None:
    """The document alone does not say it: whoever shows a status without looking would say `available`."""
    await create_group(ctx)
    await settle(ctx)
    await observe(ctx, group_key("orders"), acl_revision="another one")

    answer = await explain(ctx)
    (described,) = (await call(ctx, "DescribeReplicationGroups", ReplicationGroupId="orders"))["ReplicationGroups"]

    assert answer["Status"] == described["Status"] == "modifying"
    assert sentences(answer, "")[0].endswith("it is modifying")


# --- Memcached clusters --------------------------------------------------------------------------


async def save_cluster(ctx: Context, cluster: MemcachedCluster, observed: ObservedMemcachedCluster) -> None:
    await ctx.store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, cluster))
    await ctx.store.write(lambda tx: memcached_clusters.save_observed(tx, cluster.key, observed))


async def test_of_a_memcached_cluster_the_list_its_teller_and_every_node_are_told(ctx: Context) -> None:
    published = memcached_cluster("sessions", published=4)
    cluster = replace(published, nodes=(*published.nodes, cache_node(3)))
    observed = observed_cluster(published, verdict=verdict("0003 is coming up"))
    await save_cluster(ctx, cluster, observed)

    answer = await explain(ctx, "sessions")

    assert (answer["CacheId"], answer["Form"], answer["Status"]) == ("sessions", "memcached-cluster", "available")
    assert (answer["Waiting"], answer["NodeGroups"]) == (["0003 is coming up"], [])
    assert answer["Publication"] == {"Version": 4, "NodeIds": ["0001", "0002"]}
    assert answer["ConfigurationEndpoint"] == {
        "Address": cluster.endpoint_address,
        "Port": 11211,
        "Version": 4,
        "Health": "ready",
        "Sentence": "answers",
    }
    assert node(answer, "0001") == {
        "NodeId": "0001",
        "Zone": "us-east-1a",
        "Address": "127.88.1.1",
        "Port": 11211,
        "IsLeaving": False,
        "IsPublished": True,
        "NodeType": "cache.t4g.micro",
        "Status": "available",
        "EngineVersion": "1.6.38",
        "Health": "ready",
        "Sentence": "answers",
    }
    third = node(answer, "0003")
    assert (third["Health"], third["Status"], third["IsPublished"]) == ("unknown", "creating", False)
    assert "EngineVersion" not in third
    assert sentences(answer, "What clients are told")[0] == "version 4 of the list: 0001, 0002"


async def test_a_node_that_is_down_is_told_so_with_what_it_ran(ctx: Context) -> None:
    cluster = memcached_cluster("sessions", published=1)
    observed = observed_cluster(cluster)
    lost = replace(observed.nodes[1], process=observed_process(NodeHealth.DOWN, "it ended with signal 9"))
    await save_cluster(ctx, cluster, replace(observed, nodes=(observed.nodes[0], lost)))

    found = node(await explain(ctx, "sessions"), "0002")

    assert (found["Health"], found["Sentence"], found["Status"], found["IsPublished"]) == (
        "down", "it ended with signal 9", "rebooting", True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("form", "found"),
    [
        (None, "replication-group"),
        ("replication-group", "replication-group"),
        ("cache-cluster", "memcached-cluster"),
        ("memcached-cluster", "memcached-cluster"),
    ],
)
async def test_a_memcached_cluster_beside_a_replication_group_of_its_id_is_told_by_its_form(
    ctx: Context, form: str | None, found: str
) -> None:
    await create_group(ctx)
    cluster = memcached_cluster("orders")
    await save_cluster(ctx, cluster, observed_cluster(cluster))

    answer = await explain(ctx, "orders", **({} if form is None else {"Form": form}))

    assert answer["Form"] == found


async def test_the_form_of_memcached_clusters_is_not_that_of_other_cache_clusters(ctx: Context) -> None:
    await create_cluster(ctx)

    with pytest.raises(elastane_faults.ResourceNotFound):
        await explain(ctx, "sessions", Form="memcached-cluster")
