"""What our own service says beforehand and meanwhile, against what real engines then do."""

import signal
from typing import Any

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.live.live_clusters import (
    SETTLING_SECONDS,
    describe_cluster,
    fill_cluster,
    make_cluster,
    reshard,
    until_cluster_settled,
)
from tests.live.live_groups import signal_node

KEY_COUNT = 20_000
"""So many that a move lasts longer than some looks at it."""


def resharding(elastane: RunningElastane, cache_id: str) -> dict[str, Any]:
    """AssertionError while none is told."""
    told: dict[str, Any] = explained(elastane, cache_id).get("Resharding", {})
    assert told
    return told


def explained(elastane: RunningElastane, cache_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = elastane.client("elastane").explain_cache(CacheId=cache_id)
    return answer


def preview(elastane: RunningElastane, group_id: str, shard_count: int, *, remove: list[str]) -> dict[str, Any]:
    named = {"NodeGroupsToRemove": remove} if remove else {}
    answer: dict[str, Any] = elastane.client("elastane").preview_shard_configuration(
        ReplicationGroupId=group_id, NodeGroupCount=shard_count, **named
    )
    return answer


async def test_a_preview_is_what_then_happens_and_how_far_it_is_is_told_meanwhile(
    shared_elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(shared_elastane, "previewed", 2, 1)
    fill_cluster(cluster.endpoint, KEY_COUNT)

    for shard_count, remove, node_count in ((3, [], 6), (2, ["0001"], 4)):
        told = preview(shared_elastane, cluster.id, shard_count, remove=remove)
        before = describe_cluster(shared_elastane, cluster.id)
        assert {part["NodeGroupId"]: part["SlotsBefore"] for part in told["NodeGroups"] if not part["IsNew"]} == (
            before.slots
        )
        reshard(shared_elastane, cluster, shard_count, remove=remove)
        moving = await eventually(lambda: resharding(shared_elastane, cluster.id), message="the move is told")
        assert moving["SlotCount"] == told["MovedSlotCount"]
        assert 0 <= moving["MovedSlotCount"] < moving["SlotCount"]

        after = await until_cluster_settled(shared_elastane, cluster.id, shard_count, node_count)

        staying = [part for part in told["NodeGroups"] if not part["IsLeaving"]]
        assert after.slots == {part["NodeGroupId"]: part["SlotsAfter"] for part in staying}
        assert {shard: len(nodes) for shard, nodes in after.shards.items()} == {
            part["NodeGroupId"]: part["NodeCount"] for part in staying
        }
        seen = explained(shared_elastane, cluster.id)
        assert {part["NodeGroupId"]: part["Slots"] for part in seen["NodeGroups"]} == after.slots
        assert "Resharding" not in seen


async def test_a_shard_whose_primary_is_killed_says_who_follows_whom_now(shared_elastane: RunningElastane) -> None:
    cluster = await make_cluster(shared_elastane, "followed", 2, 1)
    lost = cluster.primary_of("0001")
    (heir,) = cluster.replicas_of("0001")

    signal_node(shared_elastane, lost, signal.SIGKILL)

    def has_taken_over() -> None:
        nodes = {node["NodeId"]: node for node in explained(shared_elastane, cluster.id)["Nodes"]}
        assert nodes[heir]["Role"] == "primary"
        assert (nodes[lost].get("Role"), nodes[lost].get("Follows")) == ("replica", heir)
        assert nodes[lost]["IsLinkUp"]

    await eventually(has_taken_over, timeout_seconds=SETTLING_SECONDS)
    seen = explained(shared_elastane, cluster.id)
    assert seen["NodeGroups"][0]["Primaries"] == [heir]
    assert any(heir in line for section in seen["Sections"] for line in section["Sentences"])
