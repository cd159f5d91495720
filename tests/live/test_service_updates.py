"""A newer patch is found, told as a service update, and rolled out under load to those that ask for it."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.service_updates import ServiceUpdate
from elastane.store import Store, Transaction, service_updates
from elastane.store.documents import Kind
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, RunningElastane, running_elastane
from tests.kit.patches import NEW, OLD, install_newer_patch, older_patch
from tests.kit.writers import RETRYING, customer, writing
from tests.live.live_groups import (
    Group,
    event_messages,
    fill,
    key_count,
    maintenance_window,
    make_group,
    snapshot_window_apart,
    until_settled,
)

FOUND_SECONDS = 40.0
ROLLOUT_SECONDS = 90.0
KEY_COUNT = 2000
MANY_KEYS = 300_000
"""A replica needs a while to copy them."""
NAME = "valkey-9-1-2"
LARGER = "cache.t3.small"
TAGS = [{"Key": "team", "Value": "checkout"}]


@pytest.fixture
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    with running_elastane(tmp_path_factory.mktemp("updates") / "data", environment=older_patch()) as running:
        yield running
        assert "Traceback" not in running.log()


def patch_at(address: str) -> str:
    """By its own word."""
    with customer(address) as client:
        return str(client.info("server")["valkey_version"])


def actions(elastane: RunningElastane, **parameters: Any) -> dict[str, Any]:
    """By the cache's id."""
    listed = elastane.client().describe_update_actions(ServiceUpdateName=NAME, **parameters)["UpdateActions"]
    return {action.get("ReplicationGroupId") or action.get("CacheClusterId"): action for action in listed}


def tags_of(elastane: RunningElastane, kind: str, name: str) -> Any:
    arn = f"arn:aws:elasticache:{REGION}:000000000000:{kind}:{name}"
    return elastane.client().list_tags_for_resource(ResourceName=arn)["TagList"]


async def until_found(elastane: RunningElastane) -> None:
    def check() -> None:
        names = [each["ServiceUpdateName"] for each in elastane.client().describe_service_updates()["ServiceUpdates"]]
        assert names == [NAME], f"{names}\n{elastane.log_tail()}"

    await eventually(check, timeout_seconds=FOUND_SECONDS, message="the update is found")


async def until_status(elastane: RunningElastane, cache_id: str, status: str) -> dict[str, Any]:
    def check() -> dict[str, Any]:
        action: dict[str, Any] = actions(elastane)[cache_id]
        assert action["UpdateActionStatus"] == status, f"{action}\n{elastane.log_tail()}"
        return action

    return await eventually(check, timeout_seconds=ROLLOUT_SECONDS, message=f"{cache_id} is {status}")


async def until_larger(elastane: RunningElastane, group_id: str) -> Group:
    def check() -> None:
        answer = elastane.client().describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"][0]
        assert (answer["Status"], answer["CacheNodeType"]) == ("available", LARGER), f"{answer}"

    await eventually(check, timeout_seconds=ROLLOUT_SECONDS, message=f"{group_id} has nodes of {LARGER}")
    return await until_settled(elastane, group_id, 3)


@pytest.mark.timeout(240)
async def test_a_newer_patch_is_offered_applied_and_complete_under_load(elastane: RunningElastane) -> None:
    client = elastane.client()
    group = await make_group(elastane, "orders", 3, Tags=TAGS)
    await make_group(elastane, "untouched", 1)
    fill(group.primary_address, KEY_COUNT)
    before = {patch_at(address) for address in group.node_addresses.values()}
    none_yet = client.describe_service_updates()["ServiceUpdates"]

    install_newer_patch(elastane)
    await until_found(elastane)
    offered = actions(elastane)
    with writing(group.primary_address, kind=RETRYING) as writers:
        await writers.write_more()
        applied = client.batch_apply_update_action(ServiceUpdateName=NAME, ReplicationGroupIds=["orders", "nobody"])
        complete = await until_status(elastane, "orders", "complete")
        after = await until_settled(elastane, "orders", 3, timeout_seconds=ROLLOUT_SECONDS)
        await writers.write_more()
        client.modify_replication_group(ReplicationGroupId="orders", CacheNodeType=LARGER, ApplyImmediately=True)
        larger = await until_larger(elastane, "orders")
        await writers.write_more()

    assert (before, none_yet) == ({OLD}, [])
    assert {name: (each["UpdateActionStatus"], each["NodesUpdated"]) for name, each in offered.items()} == {
        "orders": ("not-applied", "0/3"),
        "untouched": ("not-applied", "0/1"),
    }
    assert [(each["ReplicationGroupId"], each["UpdateActionStatus"]) for each in applied["ProcessedUpdateActions"]] == [
        ("orders", "waiting-to-start")
    ]
    assert [(each["ReplicationGroupId"], each["ErrorType"]) for each in applied["UnprocessedUpdateActions"]] == [
        ("nobody", "ReplicationGroupNotFoundFault")
    ]
    assert (complete["NodesUpdated"], complete["SlaMet"]) == ("3/3", "yes")
    assert actions(elastane)["untouched"]["UpdateActionStatus"] == "not-applied"
    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}
    assert (after.primary_address, after.node_addresses) == (group.primary_address, group.node_addresses)
    assert {patch_at(address) for address in after.node_addresses.values()} == {NEW}
    assert larger.node_addresses == group.node_addresses
    assert tags_of(elastane, "replicationgroup", "orders") == TAGS
    assert [tags_of(elastane, "cluster", node) for node in after.node_addresses] == [TAGS] * 3
    assert "Service update is available for cache node 0001." in event_messages(elastane, "orders-001")
    assert f"Finished changing the engine from valkey {OLD} to valkey {NEW}" in event_messages(elastane, "orders")


@pytest.mark.timeout(240)
async def test_a_stopped_update_leaves_finished_nodes_and_the_others_as_they_are(elastane: RunningElastane) -> None:
    client = elastane.client()
    group = await make_group(elastane, "orders", 6)
    fill(group.primary_address, MANY_KEYS)
    install_newer_patch(elastane)
    await until_found(elastane)

    client.batch_apply_update_action(ServiceUpdateName=NAME, ReplicationGroupIds=["orders"])

    def check_begun() -> None:
        assert not actions(elastane)["orders"]["NodesUpdated"].startswith("0/")

    await eventually(check_begun, timeout_seconds=ROLLOUT_SECONDS, message="the first node is updated")
    stopped = client.batch_stop_update_action(ServiceUpdateName=NAME, ReplicationGroupIds=["orders"])
    action = await until_status(elastane, "orders", "stopped")
    await until_settled(elastane, "orders", 6)
    left = {node: patch_at(address) for node, address in group.node_addresses.items()}
    finished = next(node for node in sorted(left, reverse=True) if left[node] == NEW)
    client.reboot_cache_cluster(CacheClusterId=finished, CacheNodeIdsToReboot=["0001"])
    await until_settled(elastane, "orders", 6)
    rebooted = {node: patch_at(address) for node, address in group.node_addresses.items()}
    client.batch_apply_update_action(ServiceUpdateName=NAME, ReplicationGroupIds=["orders"])
    complete = await until_status(elastane, "orders", "complete")

    assert stopped["UnprocessedUpdateActions"] == []
    assert set(left.values()) == {OLD, NEW}
    assert action["NodesUpdated"] == f"{list(left.values()).count(NEW)}/6"
    assert rebooted == left
    assert complete["NodesUpdated"] == "6/6"


@pytest.mark.timeout(120)
async def test_a_cache_cluster_is_updated_with_its_data_and_told_of_by_the_aws_cli(elastane: RunningElastane) -> None:
    client = elastane.client()
    client.create_cache_cluster(
        CacheClusterId="sessions", Engine="valkey", CacheNodeType="cache.t3.micro", NumCacheNodes=1, Tags=TAGS
    )
    client.get_waiter("cache_cluster_available").wait(
        CacheClusterId="sessions", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    address = node_address(elastane, "sessions")
    fill(address, KEY_COUNT)
    install_newer_patch(elastane)
    await until_found(elastane)

    typed = elastane.run_aws(
        "elasticache", "batch-apply-update-action", "--service-update-name", NAME, "--cache-cluster-ids", "sessions"
    )
    await until_status(elastane, "sessions", "complete")
    shown = elastane.run_aws(
        "elasticache", "describe-update-actions", "--cache-cluster-ids", "sessions", "--show-node-level-update-status"
    )

    assert typed.returncode == shown.returncode == 0, typed.stderr + shown.stderr
    (action,) = json.loads(shown.stdout)["UpdateActions"]
    (node,) = action["CacheNodeUpdateStatus"]
    assert (action["CacheClusterId"], action["NodesUpdated"], action["Engine"]) == ("sessions", "1/1", "valkey")
    assert (node["NodeUpdateStatus"], node["NodeUpdateInitiatedBy"]) == ("complete", "customer")
    assert (node_address(elastane, "sessions"), patch_at(address), key_count(address)) == (address, NEW, KEY_COUNT)
    assert tags_of(elastane, "cluster", "sessions") == TAGS


def node_address(elastane: RunningElastane, cluster_id: str) -> str:
    answer = elastane.client().describe_cache_clusters(CacheClusterId=cluster_id, ShowCacheNodeInfo=True)
    return str(answer["CacheClusters"][0]["CacheNodes"][0]["Endpoint"]["Address"])


@pytest.mark.timeout(180)
async def test_after_its_date_an_update_waits_for_the_window_by_itself_and_is_done_in_it(
    elastane: RunningElastane,
) -> None:
    client = elastane.client()
    group = await make_group(
        elastane,
        "orders",
        2,
        PreferredMaintenanceWindow=maintenance_window(opens_in=timedelta(hours=48), hours=3),
        SnapshotWindow=snapshot_window_apart(),
    )
    await make_group(elastane, "never", 1, AutoMinorVersionUpgrade=False)
    install_newer_patch(elastane)
    await until_found(elastane)

    elastane.stop()
    await age_update(elastane, timedelta(days=61))
    elastane.start()
    scheduled = await until_status(elastane, "orders", "scheduled")
    before = {patch_at(address) for address in group.node_addresses.values()}
    client.modify_replication_group(
        ReplicationGroupId="orders",
        PreferredMaintenanceWindow=maintenance_window(opens_in=timedelta(hours=-1), hours=3),
        ApplyImmediately=True,
    )
    await until_status(elastane, "orders", "complete")
    members = actions(elastane, ShowNodeLevelUpdateStatus=True)["orders"]["NodeGroupUpdateStatus"][0]

    assert (scheduled["NodesUpdated"], before) == ("0/2", {OLD})
    assert {each["NodeUpdateInitiatedBy"] for each in members["NodeGroupMemberUpdateStatus"]} == {"system"}
    assert {patch_at(address) for address in group.node_addresses.values()} == {NEW}
    assert actions(elastane)["never"]["UpdateActionStatus"] == "not-applied"


async def age_update(elastane: RunningElastane, age: timedelta) -> None:
    """As if it had been found so long ago. Nobody else has the store open meanwhile."""
    kept = Kind("service-update", ServiceUpdate)

    def change(tx: Transaction) -> None:
        (found,) = service_updates.list_service_updates(tx)
        kept.remove(tx, found.name)
        service_updates.save_new_service_update(tx, replace(found, released_at=found.released_at - age))

    with closing(Store.open(elastane.data_dir)) as store:
        await store.write(change)
