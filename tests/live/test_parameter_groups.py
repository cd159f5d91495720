"""A parameter group's values, asked of the engines: at once on everything attached, or after a reboot."""

from typing import Any

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.live.live_clusters import make_cluster
from tests.live.live_groups import (
    control_user,
    event_messages,
    fill,
    key_count,
    make_group,
    pid_of,
    until_everywhere,
    until_settled,
)

VALKEY = "valkey9"


def make_parameter_group(elastane: RunningElastane, name: str, family: str = VALKEY, **values: str) -> None:
    elastane.client().create_cache_parameter_group(
        CacheParameterGroupName=name, CacheParameterGroupFamily=family, Description="of the live tests"
    )
    if values:
        modify(elastane, name, **values)


def modify(elastane: RunningElastane, name: str, **values: str) -> None:
    """Underscores stand for hyphens."""
    elastane.client().modify_cache_parameter_group(
        CacheParameterGroupName=name,
        ParameterNameValues=[
            {"ParameterName": parameter.replace("_", "-"), "ParameterValue": value}
            for parameter, value in values.items()
        ],
    )


def said(elastane: RunningElastane, node_id: str, address: str, parameter: str) -> str:
    """What the engine itself says."""
    with control_user(elastane, node_id, address) as engine:
        return str(engine.config_get(parameter)[parameter])


def all_said(elastane: RunningElastane, addresses: dict[str, str], parameter: str) -> set[str]:
    return {said(elastane, node_id, address, parameter) for node_id, address in addresses.items()}


def cluster_answer(elastane: RunningElastane, node_id: str) -> Any:
    (answer,) = elastane.client().describe_cache_clusters(CacheClusterId=node_id, ShowCacheNodeInfo=True)[
        "CacheClusters"
    ]
    return answer


def status(elastane: RunningElastane, node_id: str) -> tuple[str, list[str]]:
    group = cluster_answer(elastane, node_id)["CacheParameterGroup"]
    return group["ParameterApplyStatus"], group["CacheNodeIdsToReboot"]


async def until_status(elastane: RunningElastane, node_id: str, wanted: str) -> None:
    """`in-sync`, or `pending-reboot` with the node named as one to reboot."""
    expected = (wanted, ["0001"] if wanted == "pending-reboot" else [])

    def check() -> None:
        assert status(elastane, node_id) == expected, f"{node_id}: {status(elastane, node_id)}"

    await eventually(check, timeout_seconds=30, message=f"{node_id} is {wanted}")


async def until_available(elastane: RunningElastane, node_id: str) -> None:
    await eventually(lambda: cluster_answer(elastane, node_id)["CacheClusterStatus"] == "available", timeout_seconds=30)


async def reboot(elastane: RunningElastane, node_id: str) -> None:
    """RebootCacheCluster, until another process runs."""
    pid = pid_of(elastane, node_id)
    elastane.client().reboot_cache_cluster(CacheClusterId=node_id, CacheNodeIdsToReboot=["0001"])
    await eventually(lambda: pid_of(elastane, node_id) not in (0, pid), message=f"{node_id} is rebooted")


async def until_said(elastane: RunningElastane, addresses: dict[str, str], parameter: str, value: str) -> None:
    await eventually(
        lambda: all_said(elastane, addresses, parameter) == {value}, message=f"{parameter} is {value} everywhere"
    )


async def test_a_changed_value_reaches_every_node_of_every_cache_that_uses_the_group(
    shared_elastane: RunningElastane,
) -> None:
    make_parameter_group(shared_elastane, "shared-by-two", maxmemory_policy="allkeys-lru")
    make_parameter_group(shared_elastane, "clustered", cluster_enabled="yes")
    first = await make_group(shared_elastane, "first", 3, CacheParameterGroupName="shared-by-two")
    second = await make_group(shared_elastane, "second", 1, CacheParameterGroupName="shared-by-two")
    cluster = await make_cluster(shared_elastane, "third", 2, 1, CacheParameterGroupName="clustered")
    plain = first.node_addresses | second.node_addresses
    assert all_said(shared_elastane, plain, "maxmemory-policy") == {"allkeys-lru"}  # from their start on

    modify(
        shared_elastane,
        "shared-by-two",
        maxmemory_policy="noeviction",
        notify_keyspace_events="KEA",
        reserved_memory_percent="50",
        client_output_buffer_limit_pubsub_hard_limit="67108864",
        repl_backlog_size="2097152",
    )
    modify(shared_elastane, "clustered", cluster_allow_reads_when_down="yes", timeout="3600")

    await until_said(shared_elastane, plain, "maxmemory-policy", "noeviction")
    await until_said(shared_elastane, plain, "notify-keyspace-events", "AKE")
    await until_said(shared_elastane, plain, "maxmemory", str(536_870_912 // 2))
    await until_said(shared_elastane, plain, "repl-backlog-size", "2097152")
    (limits,) = all_said(shared_elastane, plain, "client-output-buffer-limit")
    assert limits.endswith("pubsub 67108864 8388608 60")
    await until_said(shared_elastane, cluster.addresses, "cluster-allow-reads-when-down", "yes")
    await until_said(shared_elastane, cluster.addresses, "timeout", "3600")
    for node_id in plain | cluster.addresses:
        assert status(shared_elastane, node_id) == ("in-sync", [])
    told = event_messages(shared_elastane, "first-002")
    assert "Updated to use a CacheParameterGroup shared-by-two" in told
    assert "Updated parameter maxmemory-policy to noeviction" in told


async def test_a_reset_reaches_the_engines_too(shared_elastane: RunningElastane) -> None:
    make_parameter_group(shared_elastane, "taken-back", timeout="600", slowlog_max_len="5")
    group = await make_group(shared_elastane, "reset", 2, CacheParameterGroupName="taken-back")
    assert all_said(shared_elastane, group.node_addresses, "timeout") == {"600"}

    shared_elastane.client().reset_cache_parameter_group(CacheParameterGroupName="taken-back", ResetAllParameters=True)

    await until_said(shared_elastane, group.node_addresses, "timeout", "0")
    await until_said(shared_elastane, group.node_addresses, "slowlog-max-len", "128")


async def test_what_needs_a_reboot_is_pending_until_each_node_has_had_one_and_no_key_is_lost(
    shared_elastane: RunningElastane,
) -> None:
    make_parameter_group(shared_elastane, "more-databases")
    group = await make_group(shared_elastane, "wider", 3, CacheParameterGroupName="more-databases")
    fill(group.primary_address, 100)
    await until_everywhere(group, 100)

    modify(shared_elastane, "more-databases", databases="32")

    for node_id in group.node_addresses:
        await until_status(shared_elastane, node_id, "pending-reboot")
    assert all_said(shared_elastane, group.node_addresses, "databases") == {"16"}

    for node_id in group.node_addresses:
        if status(shared_elastane, node_id)[0] == "pending-reboot":
            await reboot(shared_elastane, node_id)
            await until_settled(shared_elastane, "wider", 3)

    await until_said(shared_elastane, group.node_addresses, "databases", "32")
    for node_id in group.node_addresses:
        await until_status(shared_elastane, node_id, "in-sync")
    settled = await until_settled(shared_elastane, "wider", 3)
    assert key_count(settled.primary_address) == 100
    await until_everywhere(settled, 100)
    assert "Updated parameter databases to 32" in event_messages(shared_elastane, "wider-001")


async def test_fewer_databases_wait_while_a_primary_has_more(shared_elastane: RunningElastane) -> None:
    make_parameter_group(shared_elastane, "fewer-databases")
    group = await make_group(shared_elastane, "narrower", 2, CacheParameterGroupName="fewer-databases")
    (replica_id,) = group.replica_ids
    modify(shared_elastane, "fewer-databases", databases="4")

    await reboot(shared_elastane, replica_id)

    await until_settled(shared_elastane, "narrower", 2)
    assert all_said(shared_elastane, group.node_addresses, "databases") == {"16"}
    await until_status(shared_elastane, replica_id, "pending-reboot")


async def test_a_node_on_its_own_has_fewer_databases_after_its_reboot(shared_elastane: RunningElastane) -> None:
    make_parameter_group(shared_elastane, "alone-with-four", databases="4")
    client = shared_elastane.client()
    client.create_cache_cluster(
        CacheClusterId="lonely",
        Engine="valkey",
        CacheNodeType="cache.t3.micro",
        CacheParameterGroupName="alone-with-four",
    )
    await until_available(shared_elastane, "lonely")
    address = cluster_answer(shared_elastane, "lonely")["CacheNodes"][0]["Endpoint"]["Address"]
    assert said(shared_elastane, "lonely", address, "databases") == "4"

    modify(shared_elastane, "alone-with-four", databases="2")
    await until_status(shared_elastane, "lonely", "pending-reboot")
    client.reboot_cache_cluster(CacheClusterId="lonely", CacheNodeIdsToReboot=["0001"])

    await until_status(shared_elastane, "lonely", "in-sync")
    await until_available(shared_elastane, "lonely")  # its address comes last
    assert said(shared_elastane, "lonely", address, "databases") == "2"


async def test_in_cluster_mode_what_needs_a_new_process_comes_with_a_test_failover(
    shared_elastane: RunningElastane,
) -> None:
    make_parameter_group(shared_elastane, "clustered-databases", cluster_enabled="yes")
    cluster = await make_cluster(shared_elastane, "sharded", 1, 1, CacheParameterGroupName="clustered-databases")
    modify(shared_elastane, "clustered-databases", databases="20")
    first = "sharded-0001-001"
    await until_status(shared_elastane, first, "pending-reboot")

    shared_elastane.client().test_failover(ReplicationGroupId="sharded", NodeGroupId="0001")

    await until_status(shared_elastane, first, "in-sync")
    assert said(shared_elastane, first, cluster.addresses[first], "databases") == "20"
    assert status(shared_elastane, "sharded-0001-002") == ("pending-reboot", ["0001"])
