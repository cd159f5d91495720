"""Memcached clusters: created, described, changed, rebooted and deleted by AWS's own SDK, over engines that run."""

import socket
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from tests.conformance.caches import Caches, refused
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.live_groups import maintenance_window

_NUMBERS = count(1)

SECONDS = 5
LARGER = "cache.t3.small"
ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
TOPIC = "arn:aws:sns:us-east-1:000000000000:news"


@pytest.fixture(scope="module")
def memcached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    """A control plane of its own, with a memcached that has TLS."""
    environment = engine_environment(stored_engine("memcached", "1.6"))
    with running_elastane(tmp_path_factory.mktemp("memcached") / "data", environment=environment) as running:
        yield running
        assert "Traceback" not in running.log()


@pytest.fixture
def caches(memcached: RunningElastane) -> Iterator[Caches]:
    """Makes clusters, and deletes at the end whatever has a name of this test's."""
    made = Caches(memcached.client(), prefix=f"m{next(_NUMBERS)}")
    yield made
    made.delete_all()


def ask_for(caches: Caches, suffix: str = "cluster", **parameters: Any) -> Any:
    return caches.ask_for_cluster(suffix, **{"Engine": "memcached", "NumCacheNodes": 2} | parameters)


def make(caches: Caches, suffix: str = "cluster", **parameters: Any) -> str:
    return caches.make_cluster(suffix, **{"Engine": "memcached", "NumCacheNodes": 2} | parameters)


def change(caches: Caches, cluster_id: str, **parameters: Any) -> Any:
    """Modifies, waits, and answers what then reads back."""
    caches.client.modify_cache_cluster(CacheClusterId=cluster_id, **parameters)
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)
    return caches.cluster(cluster_id)


def ask(endpoint: Mapping[str, Any], request: bytes, end: bytes) -> bytes:
    """One request of memcached's text protocol, and all up to the end of its answer."""
    with socket.create_connection((endpoint["Address"], endpoint["Port"]), timeout=SECONDS) as connection:
        connection.sendall(request)
        answer = b""
        while not answer.endswith(end):
            part = connection.recv(65536)
            assert part, f"the connection was closed after {answer!r}"
            answer += part
        return answer


def put(endpoint: Mapping[str, Any], key: str, value: bytes) -> None:
    assert ask(endpoint, b"set %b 0 0 %d\r\n%b\r\n" % (key.encode(), len(value), value), b"\r\n") == b"STORED\r\n"


def find(endpoint: Mapping[str, Any], key: str) -> bool:
    return ask(endpoint, f"get {key}\r\n".encode(), b"END\r\n") != b"END\r\n"


def listed(cluster: Mapping[str, Any]) -> tuple[int, list[str]]:
    """What clients are told: the version, and the nodes' addresses."""
    text = ask(cluster["ConfigurationEndpoint"], b"config get cluster\r\n", b"\r\nEND\r\n").decode()
    _, version, nodes, *_ = text.splitlines()
    return int(version), [node.split("|")[0] for node in nodes.split()]


def endpoints(cluster: Mapping[str, Any]) -> list[Any]:
    return [node["Endpoint"] for node in cluster["CacheNodes"]]


def addresses(cluster: Mapping[str, Any]) -> list[str]:
    return [endpoint["Address"] for endpoint in endpoints(cluster)]


# --- made and shown ------------------------------------------------------------------------------


def test_a_cluster_is_as_many_engines_as_are_asked_for_and_a_list_of_them(caches: Caches) -> None:
    asked = ask_for(caches, NumCacheNodes=3)
    caches.wait("cache_cluster_available", CacheClusterId=asked["CacheClusterId"])

    cluster = caches.cluster(asked["CacheClusterId"])
    for number, endpoint in enumerate(endpoints(cluster)):
        put(endpoint, f"key-{number}", b"value")
    held = [[find(endpoint, f"key-{number}") for number in range(3)] for endpoint in endpoints(cluster)]
    assert (asked["CacheClusterStatus"], asked["NumCacheNodes"]) == ("creating", 3)
    assert held == [[True, False, False], [False, True, False], [False, False, True]]
    assert listed(cluster) == (1, addresses(cluster))
    assert find(cluster["ConfigurationEndpoint"], "nothing") is False


def test_every_parameter_of_a_creation_is_read_back(caches: Caches) -> None:
    cluster_id = make(
        caches,
        EngineVersion="1.6.12",
        Port=11300,
        AZMode="cross-az",
        PreferredAvailabilityZones=[ZONES[2], ZONES[0]],
        PreferredMaintenanceWindow="tue:03:00-tue:04:00",
        NotificationTopicArn=TOPIC,
        AutoMinorVersionUpgrade=False,
        CacheParameterGroupName="default.memcached1.6",
        CacheSubnetGroupName="default",
        Tags=[{"Key": "team", "Value": "shop"}],
    )

    cluster = caches.cluster(cluster_id)
    tags = caches.client.list_tags_for_resource(ResourceName=cluster["ARN"])["TagList"]
    assert (cluster["Engine"], cluster["EngineVersion"]) == ("memcached", "1.6.12")
    assert {endpoint["Port"] for endpoint in (cluster["ConfigurationEndpoint"], *endpoints(cluster))} == {11300}
    assert cluster["PreferredAvailabilityZone"] == "Multiple"
    assert [node["CustomerAvailabilityZone"] for node in cluster["CacheNodes"]] == [ZONES[2], ZONES[0]]
    assert cluster["PreferredMaintenanceWindow"] == "tue:03:00-tue:04:00"
    assert cluster["NotificationConfiguration"] == {"TopicArn": TOPIC, "TopicStatus": "active"}
    assert cluster["AutoMinorVersionUpgrade"] is False
    assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "default.memcached1.6"
    assert tags == [{"Key": "team", "Value": "shop"}]


def test_what_a_creation_leaves_open_reads_back_as_on_aws(caches: Caches) -> None:
    cluster = caches.cluster(make(caches, NumCacheNodes=1))

    assert cluster["AutoMinorVersionUpgrade"] is True
    assert cluster["TransitEncryptionEnabled"] is False
    assert (cluster["NetworkType"], cluster["IpDiscovery"]) == ("ipv4", "ipv4")
    assert cluster["PendingModifiedValues"] == {}
    assert cluster["CacheSecurityGroups"] == []
    assert cluster["ConfigurationEndpoint"]["Port"] == 11211
    assert {"ReplicationGroupId", "SnapshotWindow", "SnapshotRetentionLimit"}.isdisjoint(cluster)


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"NumCacheNodes": 61}, "NodeQuotaForClusterExceeded", "no more than 60"),
        ({"NumCacheNodes": 0}, "InvalidParameterValue", "NumCacheNodes"),
        ({"EngineVersion": "1.4.5"}, "InvalidParameterCombination", "Cannot find version 1.4.5"),
        ({"CacheNodeType": "cache.r6gd.xlarge"}, "InvalidParameterCombination", "does not run memcached"),
        ({"AZMode": "cross-az", "NumCacheNodes": 1}, "InvalidParameterCombination", "at least 2 cache nodes"),
        ({"PreferredAvailabilityZones": ZONES}, "InvalidParameterCombination", "names 3 Availability Zones"),
        ({"ReplicationGroupId": "orders"}, "InvalidParameterCombination", "not supported for Memcached"),
        ({"SnapshotName": "monday"}, "InvalidParameterCombination", "not supported for Memcached"),
        ({"CacheParameterGroupName": "default.valkey9"}, "InvalidParameterCombination", "memcached1.6"),
        (
            {"TransitEncryptionEnabled": True, "CacheNodeType": "cache.t2.micro"},
            "InvalidParameterCombination",
            "encryption in transit",
        ),
    ],
)
def test_a_creation_that_cannot_be_true_is_refused_and_leaves_nothing(
    caches: Caches, parameters: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, 400, words):
        ask_for(caches, **parameters)

    with refused("CacheClusterNotFound", 404):
        caches.cluster(caches.name("cluster"))


def test_a_replication_group_of_memcached_is_refused(caches: Caches) -> None:
    with refused("InvalidParameterValue", 400, "Must be one of valkey, redis"):
        caches.ask_for_group(Engine="memcached")


# --- changed -------------------------------------------------------------------------------------


def test_nodes_come_and_go_and_clients_are_told(caches: Caches) -> None:
    cluster_id = make(caches)
    before = caches.cluster(cluster_id)

    more = change(caches, cluster_id, NumCacheNodes=4, NewAvailabilityZones=ZONES[:2], ApplyImmediately=True)
    told_more = listed(more)
    fewer = change(caches, cluster_id, NumCacheNodes=3, CacheNodeIdsToRemove=["0002"], ApplyImmediately=True)

    assert [node["CacheNodeId"] for node in more["CacheNodes"]] == ["0001", "0002", "0003", "0004"]
    assert more["CacheNodes"][:2] == before["CacheNodes"]
    assert told_more[1] == addresses(more)
    assert [node["CacheNodeId"] for node in fewer["CacheNodes"]] == ["0001", "0003", "0004"]
    assert listed(fewer)[1] == addresses(fewer)
    assert listed(fewer)[0] > told_more[0] > 1


def test_what_waits_for_the_window_is_shown_and_taken_back(caches: Caches) -> None:
    cluster_id = make(caches, PreferredMaintenanceWindow=maintenance_window(opens_in=timedelta(hours=3)))

    waiting = change(caches, cluster_id, NumCacheNodes=3, CacheNodeType=LARGER)
    none = change(caches, cluster_id, NumCacheNodes=2, CacheNodeType=waiting["CacheNodeType"])

    assert waiting["PendingModifiedValues"] == {
        "NumCacheNodes": 3,
        "CacheNodeType": LARGER,
    }
    assert (waiting["NumCacheNodes"], len(waiting["CacheNodes"])) == (2, 2)
    assert none["PendingModifiedValues"] == {}


def test_a_node_type_is_changed_in_one_batch(caches: Caches) -> None:
    cluster_id = make(caches)

    changed = change(
        caches, cluster_id, CacheNodeType=LARGER, ScaleConfig={"ScalePercentage": 100}, ApplyImmediately=True
    )

    assert (changed["CacheNodeType"], changed["PendingModifiedValues"]) == (LARGER, {})


async def test_a_changed_parameter_waits_for_each_node_s_reboot(caches: Caches) -> None:
    group = caches.name("group")
    caches.client.create_cache_parameter_group(
        CacheParameterGroupName=group, CacheParameterGroupFamily="memcached1.6", Description="of a test"
    )
    cluster_id = make(caches, CacheParameterGroupName=group)
    for endpoint in endpoints(caches.cluster(cluster_id)):
        put(endpoint, "key", b"value")

    caches.client.modify_cache_parameter_group(
        CacheParameterGroupName=group,
        ParameterNameValues=[{"ParameterName": "max_item_size", "ParameterValue": "2097152"}],
    )

    def waiting_nodes() -> bool:
        node_ids: list[str] = caches.cluster(cluster_id)["CacheParameterGroup"]["CacheNodeIdsToReboot"]
        return node_ids == ["0001", "0002"]

    await eventually(waiting_nodes, message="both nodes wait for their reboot")
    waiting = caches.cluster(cluster_id)
    caches.client.reboot_cache_cluster(CacheClusterId=cluster_id, CacheNodeIdsToReboot=["0002"])
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)

    after = caches.cluster(cluster_id)
    assert waiting["CacheParameterGroup"]["ParameterApplyStatus"] == "pending-reboot"
    assert after["CacheParameterGroup"]["CacheNodeIdsToReboot"] == ["0001"]
    assert [find(endpoint, "key") for endpoint in endpoints(after)] == [True, False]
    settings = ask(endpoints(after)[1], b"stats settings\r\n", b"END\r\n")
    assert b"STAT item_size_max 2097152\r\n" in settings
    caches.client.delete_cache_cluster(CacheClusterId=cluster_id)
    caches.wait("cache_cluster_deleted", CacheClusterId=cluster_id)
    caches.client.delete_cache_parameter_group(CacheParameterGroupName=group)


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({}, "InvalidParameterCombination", "No modifications"),
        ({"NumCacheNodes": 1}, "InvalidParameterCombination", "CacheNodeIdsToRemove must name"),
        ({"NumCacheNodes": 1, "CacheNodeIdsToRemove": ["0009"]}, "InvalidParameterValue", "no cache node 0009"),
        ({"EngineVersion": "1.6.6"}, "InvalidParameterCombination", "Cannot modify memcached from"),
        ({"ScaleConfig": {"ScalePercentage": 20}}, "InvalidParameterCombination", "CacheNodeType"),
        ({"SnapshotRetentionLimit": 1}, "InvalidParameterCombination", "not supported for Memcached"),
    ],
)
def test_a_modification_that_cannot_be_true_is_refused(
    caches: Caches, parameters: dict[str, Any], code: str, words: str
) -> None:
    cluster_id = make(caches)
    before = caches.cluster(cluster_id)

    with refused(code, 400, words):
        caches.client.modify_cache_cluster(CacheClusterId=cluster_id, **parameters)

    assert caches.cluster(cluster_id) == before


# --- rebooted and deleted ------------------------------------------------------------------------


def test_a_reboot_empties_the_nodes_that_are_named_and_no_others(caches: Caches) -> None:
    cluster_id = make(caches)
    before = caches.cluster(cluster_id)
    for endpoint in endpoints(before):
        put(endpoint, "key", b"value")

    answer = caches.client.reboot_cache_cluster(CacheClusterId=cluster_id, CacheNodeIdsToReboot=["0001"])
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)

    after = caches.cluster(cluster_id)
    assert answer["CacheCluster"]["CacheClusterStatus"] == "rebooting cluster nodes"
    assert addresses(after) == addresses(before)
    assert [find(endpoint, "key") for endpoint in endpoints(after)] == [False, True]
    with refused("InvalidParameterValue", 400, "are 0001, 0002"):
        caches.client.reboot_cache_cluster(CacheClusterId=cluster_id, CacheNodeIdsToReboot=["0003"])


def test_a_deleted_cluster_is_gone_and_its_id_is_free(caches: Caches) -> None:
    cluster_id = make(caches)

    answer = caches.client.delete_cache_cluster(CacheClusterId=cluster_id)
    caches.wait("cache_cluster_deleted", CacheClusterId=cluster_id)

    assert answer["CacheCluster"]["CacheClusterStatus"] == "deleting"
    assert make(caches) == cluster_id
