"""ModifyReplicationGroup and DeleteReplicationGroup, with what they do to real engines."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.conformance.caches import (
    ENGINES,
    OFTEN,
    SMALL,
    Caches,
    connected,
    frozen,
    own_endpoint,
    primary_endpoint,
    process_of,
    reader_endpoint,
    refused,
    roles,
)
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import writing

MISSING = "there-is-no-such-cache"

QUIET_REGION = "eu-central-1"
"""One of its zones is lost for a while, which no other test of this control plane may notice."""


# --- modification --------------------------------------------------------------------------------


def test_every_parameter_of_a_modification_is_read_back(caches: Caches, security_group_ids: list[str]) -> None:
    group_id = caches.make_group(NumCacheClusters=2)

    group = caches.change_group(
        group_id,
        ApplyImmediately=True,
        ReplicationGroupDescription="changed",
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        SnapshotWindow="03:00-04:00",
        SnapshotRetentionLimit=3,
        SnapshottingClusterId=f"{group_id}-002",
        PreferredMaintenanceWindow="mon:06:00-mon:07:00",
        NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:changed",
        NotificationTopicStatus="inactive",
        AutoMinorVersionUpgrade=False,
        SecurityGroupIds=security_group_ids[1:],
        Engine="valkey",
        EngineVersion="9.1",
        CacheNodeType=SMALL,
        CacheParameterGroupName="default.valkey9",
    )

    member = caches.cluster(f"{group_id}-002")
    assert group["Description"] == "changed"
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "enabled")
    assert (group["SnapshotWindow"], group["SnapshotRetentionLimit"]) == ("03:00-04:00", 3)
    assert group["SnapshottingClusterId"] == f"{group_id}-002"
    assert group["AutoMinorVersionUpgrade"] is member["AutoMinorVersionUpgrade"] is False
    assert member["PreferredMaintenanceWindow"] == "mon:06:00-mon:07:00"
    assert member["NotificationConfiguration"] == {
        "TopicArn": "arn:aws:sns:us-east-1:000000000000:changed",
        "TopicStatus": "inactive",
    }
    assert [each["SecurityGroupId"] for each in member["SecurityGroups"]] == security_group_ids[1:]


def test_what_a_modification_does_not_name_stays(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2, SnapshotRetentionLimit=5, AutomaticFailoverEnabled=True)
    before = caches.group(group_id)

    after = caches.change_group(group_id, ReplicationGroupDescription="only this")

    assert after == before | {"Description": "only this"}


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({}, "InvalidParameterCombination", 400, "No modifications"),
        ({"ReplicationGroupDescription": " "}, "InvalidParameterValue", 400, "blank"),
        ({"AutomaticFailoverEnabled": True}, "InvalidParameterCombination", 400, "at least 2"),
        ({"MultiAZEnabled": True}, "InvalidParameterCombination", 400, "automatic failover"),
        ({"PrimaryClusterId": MISSING}, "InvalidParameterValue", 400, "not a member"),
        ({"SnapshottingClusterId": MISSING}, "CacheClusterNotFound", 404, "snapshotting cluster"),
        ({"CacheNodeType": "cache.m3.medium"}, "InvalidParameterValue", 400, "previous generation"),
        ({"EngineVersion": "7.2"}, "InvalidParameterCombination", 400, "not on this machine"),
        ({"Engine": "redis"}, "InvalidParameterCombination", 400, "Cannot modify valkey"),
        ({"CacheParameterGroupName": MISSING}, "CacheParameterGroupNotFound", 404, MISSING),
        ({"SnapshotRetentionLimit": -1}, "InvalidParameterValue", 400, "between 0 and 35"),
        ({"NotificationTopicStatus": "asleep"}, "InvalidParameterValue", 400, "active, inactive"),
        ({"NodeGroupId": "7", "AutoMinorVersionUpgrade": False}, "InvalidParameterValue", 400, "invalid: [7]"),
        ({"ClusterMode": "compatible"}, "InvalidParameterCombination", 400, "automatic failover"),
        ({"TransitEncryptionEnabled": True}, "InvalidParameterCombination", 400, "to preferred first"),
        ({"UserGroupIdsToAdd": ["admins"]}, "UserGroupNotFound", 404, "admins"),
        ({"UserGroupIdsToRemove": ["admins"]}, "UserGroupNotFound", 404, "admins"),
        ({"AuthToken": "0123456789abcdef"}, "InvalidParameterCombination", 400, "encryption in transit"),
        ({"AuthToken": "too-short"}, "InvalidParameterValue", 400, "16 to 128"),
        ({"AuthTokenUpdateStrategy": "SET"}, "InvalidParameterCombination", 400, "together with AuthToken"),
        ({"AuthTokenUpdateStrategy": "DELETE"}, "InvalidParameterValue", 400, "not supported currently"),
        ({"SecurityGroupIds": ["default"]}, "InvalidParameterValue", 400, "security group"),
    ],
)
def test_a_modification_that_cannot_be_true_is_refused(
    standing_group: Caches, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    group_id = standing_group.name("standing")
    before = standing_group.group(group_id)

    with refused(code, status, words):
        standing_group.client.modify_replication_group(ReplicationGroupId=group_id, **parameters)

    assert standing_group.group(group_id) == before


def test_a_group_that_is_not_there_is_not_modified(client: Any) -> None:
    with refused("ReplicationGroupNotFoundFault", 404):
        client.modify_replication_group(ReplicationGroupId=MISSING, ReplicationGroupDescription="x")


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_promotion_switches_the_roles_and_loses_no_write(caches: Caches, engine: str) -> None:
    group_id = caches.make_group(Engine=engine, NumCacheClusters=2)
    before = caches.group(group_id)
    endpoint = primary_endpoint(before)

    with writing(endpoint["Address"], endpoint["Port"]) as writers:
        await writers.write_more()
        after = caches.change_group(group_id, PrimaryClusterId=f"{group_id}-002")
        await writers.write_more()

    assert roles(before) == {f"{group_id}-001": "primary", f"{group_id}-002": "replica"}
    assert roles(after) == {f"{group_id}-001": "replica", f"{group_id}-002": "primary"}
    assert primary_endpoint(after) == endpoint
    assert reader_endpoint(after) == reader_endpoint(before)
    assert process_of(endpoint) == process_of(own_endpoint(caches.cluster(f"{group_id}-002")))
    assert process_of(reader_endpoint(after)) == process_of(own_endpoint(caches.cluster(f"{group_id}-001")))
    assert writers.find_lost(endpoint["Address"], endpoint["Port"]) == {}
    with connected(endpoint) as primary:
        assert primary.set("written", "after the promotion")
        assert primary.wait(1, 2000) == 1


def test_a_promotion_among_three_leaves_every_node_following_the_new_primary(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=3)

    after = caches.change_group(group_id, PrimaryClusterId=f"{group_id}-003")

    assert roles(after) == {
        f"{group_id}-001": "replica",
        f"{group_id}-002": "replica",
        f"{group_id}-003": "primary",
    }
    with connected(primary_endpoint(after)) as primary:
        assert primary.set("written", "after the promotion")
        assert primary.wait(2, 2000) == 2


def test_a_promotion_under_way_is_told_as_pending(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    with frozen(process_of(primary_endpoint(caches.group(group_id)))):
        caches.client.modify_replication_group(ReplicationGroupId=group_id, PrimaryClusterId=f"{group_id}-002")

        group = caches.group(group_id)

        assert group["Status"] == "modifying"
        assert group["PendingModifiedValues"] == {"PrimaryClusterId": f"{group_id}-002"}
    caches.wait("replication_group_available", ReplicationGroupId=group_id)
    assert caches.group(group_id)["PendingModifiedValues"] == {}
    assert roles(caches.group(group_id))[f"{group_id}-002"] == "primary"


def test_a_promotion_by_hand_is_refused_while_automatic_failover_is_on(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2, AutomaticFailoverEnabled=True)

    with refused("InvalidParameterCombination", words="automatic failover"):
        caches.client.modify_replication_group(ReplicationGroupId=group_id, PrimaryClusterId=f"{group_id}-002")


async def test_an_engine_that_is_not_in_sync_is_not_promoted(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    replica = caches.cluster(f"{group_id}-002")
    with frozen(process_of(own_endpoint(replica))):
        await eventually(
            lambda: caches.cluster(f"{group_id}-002")["CacheClusterStatus"] != "available",
            message="the frozen replica is not available",
        )

        with refused("InvalidCacheClusterState", words="not in sync"):
            caches.client.modify_replication_group(ReplicationGroupId=group_id, PrimaryClusterId=f"{group_id}-002")


async def test_a_replica_is_promoted_by_hand_when_the_primary_and_its_zone_are_lost(elastane: RunningElastane) -> None:
    caches = Caches(elastane.client("elasticache", QUIET_REGION), prefix="lost")
    group_id = caches.make_group(NumCacheClusters=2)
    endpoint = primary_endpoint(caches.group(group_id))
    with connected(endpoint) as primary:
        primary.set("kept", "yes")
        assert primary.wait(1, 2000) == 1

    with lost_zone(elastane, f"{QUIET_REGION}a"):
        await eventually(lambda: caches.group(group_id)["Status"] == "modifying", message="nobody is primary")
        with refused("InvalidReplicationGroupState", words="available"):
            caches.client.modify_replication_group(ReplicationGroupId=group_id, AutoMinorVersionUpgrade=False)
        with refused("InvalidParameterCombination", words="in the same call"):
            caches.client.modify_replication_group(
                ReplicationGroupId=group_id, PrimaryClusterId=f"{group_id}-002", AutomaticFailoverEnabled=True
            )

        caches.client.modify_replication_group(ReplicationGroupId=group_id, PrimaryClusterId=f"{group_id}-002")

        await eventually(
            lambda: roles(caches.group(group_id))[f"{group_id}-002"] == "primary", message="the replica is promoted"
        )
        await eventually(lambda: takes_writes(endpoint), message="the primary endpoint has moved")
        with connected(endpoint) as primary:
            assert primary.get("kept") == "yes"
    caches.wait("replication_group_available", ReplicationGroupId=group_id)
    assert roles(caches.group(group_id)) == {f"{group_id}-001": "replica", f"{group_id}-002": "primary"}
    caches.delete_all()


@contextmanager
def lost_zone(elastane: RunningElastane, zone: str) -> Iterator[None]:
    """Its nodes are dead and cannot be started for as long as this lasts."""

    def turn(course: str) -> None:
        command = [sys.executable, "-m", "elastane", "fault", "zone", zone, course]
        subprocess.run([*command, "--data-dir", str(elastane.data_dir)], check=True, capture_output=True, timeout=30)

    turn("down")
    try:
        yield
    finally:
        turn("up")


def takes_writes(endpoint: Mapping[str, Any]) -> bool:
    with contextlib.suppress(redis.exceptions.RedisError), connected(endpoint) as primary:
        return bool(primary.set("written", "after the promotion"))
    return False


# --- deletion ------------------------------------------------------------------------------------


def test_a_deletion_takes_every_process_and_directory_away(caches: Caches, elastane: RunningElastane) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    pids = [process_of(own_endpoint(caches.cluster(f"{group_id}-00{number}"))) for number in (1, 2)]

    answer = caches.client.delete_replication_group(ReplicationGroupId=group_id)["ReplicationGroup"]
    caches.wait("replication_group_deleted", ReplicationGroupId=group_id)

    assert answer["Status"] == "deleting"
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not list((elastane.data_dir / "nodes").glob(f"*/{group_id}-*"))
    with refused("CacheClusterNotFound", 404):
        caches.cluster(f"{group_id}-001")


def test_a_group_reads_deleting_at_once_and_then_accepts_nothing_more(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    with frozen(process_of(own_endpoint(caches.cluster(f"{group_id}-001")))):
        caches.client.delete_replication_group(ReplicationGroupId=group_id)

        group = caches.group(group_id)

        assert group["Status"] == "deleting"
        assert "NodeGroups" not in group
        assert caches.cluster(f"{group_id}-002")["CacheClusterStatus"] == "deleting"
        with refused("InvalidReplicationGroupState", words="not valid for deletion"):
            caches.client.delete_replication_group(ReplicationGroupId=group_id)
        with refused("InvalidReplicationGroupState", words="available"):
            caches.client.modify_replication_group(ReplicationGroupId=group_id, AutoMinorVersionUpgrade=False)
        with refused("ReplicationGroupAlreadyExists"):
            caches.ask_for_group()
    caches.wait("replication_group_deleted", ReplicationGroupId=group_id)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_retained_primary_lives_on_as_a_cache_cluster_with_its_data(caches: Caches, engine: str) -> None:
    group_id = caches.make_group(Engine=engine, NumCacheClusters=3)
    member, endpoint = own_endpoint(caches.cluster(f"{group_id}-001")), primary_endpoint(caches.group(group_id))
    pid = process_of(member)
    with connected(member) as primary:
        primary.set("kept", "yes")

    caches.client.delete_replication_group(ReplicationGroupId=group_id, RetainPrimaryCluster=True)
    caches.wait("replication_group_deleted", ReplicationGroupId=group_id)
    caches.wait("cache_cluster_available", CacheClusterId=f"{group_id}-001")

    retained = caches.cluster(f"{group_id}-001")
    assert "ReplicationGroupId" not in retained
    assert own_endpoint(retained) == endpoint  # its customers go on where they were
    assert process_of(endpoint) == process_of(member) == pid
    with connected(endpoint) as primary:
        assert primary.get("kept") == "yes"
        assert primary.set("written", "afterwards")
    with refused("CacheClusterNotFound", 404):
        caches.cluster(f"{group_id}-002")


def test_a_final_snapshot_is_refused_and_the_group_stays(caches: Caches) -> None:
    group_id = caches.make_group()

    with refused("SnapshotFeatureNotSupportedFault", words="final snapshot"):
        caches.client.delete_replication_group(ReplicationGroupId=group_id, FinalSnapshotIdentifier="last")

    assert caches.group(group_id)["Status"] == "available"


def test_a_group_that_is_not_there_is_not_deleted(client: Any) -> None:
    with refused("ReplicationGroupNotFoundFault", 404):
        client.delete_replication_group(ReplicationGroupId=MISSING)


def test_an_id_can_be_used_again_after_its_deletion_and_the_new_group_is_empty(caches: Caches) -> None:
    group_id = caches.make_group()
    with connected(primary_endpoint(caches.group(group_id))) as primary:
        primary.set("left", "behind")
    caches.client.delete_replication_group(ReplicationGroupId=group_id)
    caches.client.get_waiter("replication_group_deleted").wait(ReplicationGroupId=group_id, WaiterConfig=OFTEN)

    caches.make_group()

    with connected(primary_endpoint(caches.group(group_id))) as primary:
        assert primary.dbsize() == 0
