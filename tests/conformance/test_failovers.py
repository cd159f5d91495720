"""TestFailover over the wire, with what it does to real engines."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elastane.model.ids import AccountId
from elastane.store import Store, Transaction, failovers
from tests.conformance.caches import (
    ENGINES,
    Caches,
    connected,
    frozen,
    life_of,
    own_endpoint,
    primary_endpoint,
    process_of,
    reader_endpoint,
    refused,
    roles,
)
from tests.kit.asserts import eventually
from tests.kit.elastane import running_elastane
from tests.kit.writers import writing

ACCOUNT_ID = AccountId("000000000000")
MISSING = "there-is-no-such-cache"


@pytest.mark.parametrize("engine", ENGINES)
async def test_the_role_moves_without_a_lost_write_and_the_old_primary_comes_back(caches: Caches, engine: str) -> None:
    group_id = caches.make_group(Engine=engine, NumCacheClusters=2, AutomaticFailoverEnabled=True, MultiAZEnabled=True)
    before = caches.group(group_id)
    old, new = (own_endpoint(caches.cluster(f"{group_id}-00{number}")) for number in (1, 2))
    old_life, new_life = life_of(old), life_of(new)
    endpoint = primary_endpoint(before)
    statuses = {before["Status"]}

    def has_come_back() -> bool:
        statuses.add(caches.group(group_id)["Status"])
        assert roles(caches.group(group_id)) == {f"{group_id}-001": "replica", f"{group_id}-002": "primary"}
        assert caches.cluster(f"{group_id}-001")["CacheClusterStatus"] == "available"
        return True

    with writing(endpoint["Address"], endpoint["Port"]) as writers:
        await writers.write_more()
        answer = caches.client.test_failover(ReplicationGroupId=group_id, NodeGroupId="0001")["ReplicationGroup"]
        await eventually(has_come_back, timeout_seconds=20, message="the old primary is a replica in sync")
        await writers.write_more()

    after = caches.group(group_id)
    assert answer["Status"] == "available"
    assert statuses == {"available"}
    assert (primary_endpoint(after), reader_endpoint(after)) == (endpoint, reader_endpoint(before))
    assert process_of(endpoint) == process_of(new)
    assert life_of(old) != old_life
    assert life_of(new) == new_life
    assert writers.find_lost(endpoint["Address"], endpoint["Port"]) == {}
    with connected(endpoint) as primary:
        assert primary.set("written", "after the test")
        assert primary.wait(1, 2000) == 1


async def test_the_shard_that_is_named_fails_over_and_the_others_stay(caches: Caches) -> None:
    group_id = caches.make_group(NumNodeGroups=3, ReplicasPerNodeGroup=1, AutomaticFailoverEnabled=True)
    primaries = [own_endpoint(caches.cluster(f"{group_id}-000{number}-001")) for number in (1, 2, 3)]
    lives = [life_of(primary) for primary in primaries]

    caches.client.test_failover(ReplicationGroupId=group_id, NodeGroupId="0002")
    with refused("InvalidCacheClusterState", words=f"{group_id}-0002-001 is still being replaced"):
        caches.client.test_failover(ReplicationGroupId=group_id, NodeGroupId="0003")
    caches.wait("cache_cluster_available", CacheClusterId=f"{group_id}-0002-001")

    roles_now = []
    for primary in primaries:
        with connected(primary) as engine:
            roles_now.append(engine.role()[0])
    assert roles_now == ["master", "slave", "master"]
    assert [life_of(primary) == life for primary, life in zip(primaries, lives, strict=True)] == [True, False, True]
    with connected(own_endpoint(caches.cluster(f"{group_id}-0002-002"))) as heir:
        assert heir.role()[0] == "master"


async def test_it_is_told_in_aws_s_five_lines_and_their_order(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2, AutomaticFailoverEnabled=True)
    old, new = f"{group_id}-001", f"{group_id}-002"

    caches.client.test_failover(ReplicationGroupId=group_id, NodeGroupId="0001")

    called = (group_id, "Test Failover API called for node group 0001")
    failover = f"Failover from primary node {old} to replica node {new} completed"
    expected = [
        called,
        (new, failover),
        (group_id, failover),
        (old, "Recovering cache nodes 0001"),
        (old, "Finished recovery for cache nodes 0001"),
    ]
    await eventually(lambda: told_since(caches, group_id, called) == expected, message="all five are told")


def told_since(caches: Caches, group_id: str, first: tuple[str, str]) -> list[tuple[str, str]]:
    """Source and sentence of a group's events, oldest first."""
    newest_first = [
        (event["SourceIdentifier"], event["Message"])
        for event in caches.client.describe_events()["Events"]
        if event["SourceIdentifier"].startswith(group_id)
    ]
    return newest_first[newest_first.index(first) :: -1]


def test_the_node_that_is_replaced_reads_modifying_and_a_second_call_waits_for_it(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=3, AutomaticFailoverEnabled=True)

    caches.client.test_failover(ReplicationGroupId=group_id.upper(), NodeGroupId="1")
    with refused("InvalidCacheClusterState", words=f"{group_id}-001 is still being replaced"):
        caches.client.test_failover(ReplicationGroupId=group_id, NodeGroupId="0001")
    during = caches.cluster(f"{group_id}-001")
    caches.wait("cache_cluster_available", CacheClusterId=f"{group_id}-001")
    caches.client.test_failover(ReplicationGroupId=group_id, NodeGroupId="0001")

    assert during["CacheClusterStatus"] == "modifying"
    answer = caches.client.describe_events(SourceType="replication-group", SourceIdentifier=group_id)
    told = [event["Message"] for event in answer["Events"]]
    assert told.count("Test Failover API called for node group 0001") == 2


async def test_a_primary_without_a_replica_in_sync_is_not_tested(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2, AutomaticFailoverEnabled=True)
    with frozen(process_of(own_endpoint(caches.cluster(f"{group_id}-002")))):
        await eventually(
            lambda: caches.cluster(f"{group_id}-002")["CacheClusterStatus"] != "available",
            message="the frozen replica is not available",
        )

        with refused("TestFailoverNotAvailableFault", words="no replica in sync"):
            caches.client.test_failover(ReplicationGroupId=group_id, NodeGroupId="0001")


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({"ReplicationGroupId": MISSING}, "ReplicationGroupNotFoundFault", 404, MISSING),
        ({"ReplicationGroupId": ""}, "ReplicationGroupNotFoundFault", 404, "not found"),
        ({"NodeGroupId": "0002"}, "NodeGroupNotFoundFault", 404, "0002"),
        ({"NodeGroupId": "first"}, "ValidationError", 400, "nodegroupid"),
    ],
)
def test_a_node_group_that_is_not_there_is_not_tested(
    standing_pair: Caches, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    named = {"ReplicationGroupId": standing_pair.name("pair"), "NodeGroupId": "0001"}

    with refused(code, status, words):
        standing_pair.client.test_failover(**named | parameters)


def test_a_group_without_automatic_failover_is_not_tested(standing_group: Caches) -> None:
    with refused("TestFailoverNotAvailableFault", words="automatic failover"):
        standing_group.client.test_failover(ReplicationGroupId=standing_group.name("standing"), NodeGroupId="0001")


def test_a_group_that_is_being_made_is_not_tested(caches: Caches) -> None:
    group = caches.ask_for_group(NumCacheClusters=2, AutomaticFailoverEnabled=True)

    with refused("InvalidReplicationGroupState", words="available"):
        caches.client.test_failover(ReplicationGroupId=group["ReplicationGroupId"], NodeGroupId="0001")


async def test_the_quota_of_a_day_is_kept_and_can_be_raised(tmp_path: Path) -> None:
    raised = {"ELASTANE_LIMITS": "test_failovers_per_day=16"}
    with running_elastane(tmp_path / "data", environment=raised) as elastane:
        caches = Caches(elastane.client(), prefix="quota")
        await use_up_quota(elastane.data_dir, 15)
        names = [
            caches.ask_for_group(suffix, NumCacheClusters=2, AutomaticFailoverEnabled=True)["ReplicationGroupId"]
            for suffix in ("first", "second")
        ]
        for name in names:
            caches.wait("replication_group_available", ReplicationGroupId=name)

        caches.client.test_failover(ReplicationGroupId=names[0], NodeGroupId="0001")
        with refused("APICallRateForCustomerExceeded", words="16 node groups"):
            caches.client.test_failover(ReplicationGroupId=names[1], NodeGroupId="0001")


async def use_up_quota(data_dir: Path, count: int) -> None:
    """As so many calls would have, each of them minutes of waiting for a node to come back."""
    now = datetime.now(UTC)

    def append(tx: Transaction) -> None:
        for _ in range(count):
            failovers.append_test_failover(tx, ACCOUNT_ID, now, forget_until=now - timedelta(days=1))

    with closing(Store.open(data_dir)) as store:
        await store.write(append)
