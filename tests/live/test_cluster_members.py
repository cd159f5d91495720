"""Nodes that lose what they know of their cluster: none serves with a foreign view, and each comes back (F10, F29).

What a node knows is in its `nodes.conf`, which Elastane writes anew at every start and engines write while they run.
"""

from pathlib import Path
from typing import Any

import pytest

from elastane.engines.cluster_config import NODES_FILE
from tests.kit.asserts import eventually
from tests.kit.cluster_writers import REDIS_PY
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live.disks import full_disk, mounted
from tests.live.live_clusters import (
    SOFTWARE,
    Cluster,
    cluster_nodes,
    cluster_writing,
    fill_cluster,
    make_cluster,
    own_member,
    until_copied,
    until_failed_over,
    until_healed,
    wrong_in_cluster,
)
from tests.live.live_groups import control_user, node_directory, pid_of, signal_node

KEY_COUNT = 1000
GARBLED = "this is no file of a cluster's nodes\n"


@pytest.mark.parametrize("left", [None, "", GARBLED], ids=["deleted", "emptied", "garbled"])
async def test_a_node_whose_view_is_lost_with_its_process_comes_back_as_itself(
    shared_elastane: RunningElastane, left: str | None
) -> None:
    name = {None: "deleted", "": "emptied"}.get(left, "garbled")
    cluster = await make_cluster(shared_elastane, name, 2, 1)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)
    before = member_ids(cluster)
    lost = {"0001": cluster.primary_of("0001")}

    for node in cluster.addresses:
        spoil(node_directory(shared_elastane, node) / NODES_FILE, left)
    signal_node(shared_elastane, lost["0001"])
    after = await until_failed_over(shared_elastane, cluster, lost)

    assert member_ids(after) == before
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    await until_copied(after, KEY_COUNT)


async def test_views_that_are_lost_while_everything_is_down_keep_no_shard_from_coming_back(
    elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(elastane, "forgotten", 2, 1)
    before = member_ids(cluster)

    elastane.kill()
    for node in cluster.addresses:
        signal_node(elastane, node)
        spoil(node_directory(elastane, node) / NODES_FILE, GARBLED)
    elastane.start()
    after = await until_healed(elastane, cluster)

    assert (member_ids(after), after.slots) == (before, cluster.slots)
    keys = fill_cluster(after.endpoint, KEY_COUNT)
    assert wrong_in_cluster(after.endpoint, keys) == {}


@pytest.mark.parametrize("software", SOFTWARE)
async def test_a_replica_that_becomes_a_stranger_is_replaced_and_no_client_sees_it(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    cluster = await make_cluster(shared_elastane, f"stranger-{software['Engine']}", 2, 1, **software)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)
    before = member_ids(cluster)
    (replica,) = cluster.replicas_of("0001")
    process = pid_of(shared_elastane, replica)

    with cluster_writing(cluster.endpoint, REDIS_PY) as writers:
        await writers.write_more()
        with control_user(shared_elastane, replica, cluster.addresses[replica]) as control:
            control.execute_command("CLUSTER RESET", "HARD")
        await eventually(lambda: pid_of(shared_elastane, replica) != process, message="it is started anew")
        after = await until_healed(shared_elastane, cluster)
        await writers.write_more()

    assert member_ids(after) == before
    assert writers.errors == ()
    assert writers.find_lost(cluster.endpoint) == {}
    assert wrong_in_cluster(cluster.endpoint, keys) == {}


@pytest.mark.parametrize("software", SOFTWARE)
async def test_a_primary_that_becomes_a_stranger_is_replaced_and_its_shard_serves_again(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    cluster = await make_cluster(shared_elastane, f"turncoat-{software['Engine']}", 2, 1, **software)
    before = member_ids(cluster)
    primary = cluster.primary_of("0001")
    process = pid_of(shared_elastane, primary)

    with control_user(shared_elastane, primary, cluster.addresses[primary]) as control:
        control.execute_command("CLUSTER RESET", "HARD")  # which engines allow a primary only while it is empty
    await eventually(lambda: pid_of(shared_elastane, primary) != process, message="it is started anew")
    after = await until_healed(shared_elastane, cluster)

    assert (member_ids(after), after.slots) == (before, cluster.slots)
    keys = fill_cluster(after.endpoint, KEY_COUNT)
    assert wrong_in_cluster(after.endpoint, keys) == {}


@pytest.mark.parametrize("software", SOFTWARE)
async def test_a_full_disk_under_the_nodes_of_a_cluster_stops_neither_writes_nor_a_failover(
    tmp_path: Path, software: dict[str, Any]
) -> None:
    nodes_disk = tmp_path / "data" / "nodes"
    with mounted(nodes_disk), running_elastane(tmp_path / "data") as elastane:
        cluster = await make_cluster(elastane, "cramped", 2, 1, **software)
        keys = fill_cluster(cluster.endpoint, KEY_COUNT)
        await until_copied(cluster, KEY_COUNT)
        processes = {node: pid_of(elastane, node) for node in cluster.addresses}
        lost = cluster.primary_of("0001")
        (heir,) = cluster.replicas_of("0001")

        with cluster_writing(cluster.endpoint, REDIS_PY) as writers:
            with full_disk(nodes_disk):
                await writers.write_more()
                signal_node(elastane, lost)
                await eventually(
                    lambda: own_member(cluster_nodes(cluster.addresses[heir]))["slots"] != [],
                    message=f"{heir} owns the slots",
                )
                await writers.write_more()
            elastane.restart()
            after = await until_healed(elastane, cluster)

        assert {node: pid_of(elastane, node) for node in after.addresses if node != lost} == {
            node: process for node, process in processes.items() if node != lost
        }
        assert writers.find_lost(cluster.endpoint).keys() <= writers.in_flight
        assert wrong_in_cluster(cluster.endpoint, keys) == {}


# --- what these tests do -------------------------------------------------------------------------


def member_ids(cluster: Cluster) -> dict[str, str]:
    """Each node's name inside the cluster, by its own word."""
    return {node: own_member(cluster_nodes(address))["node_id"] for node, address in cluster.addresses.items()}


def spoil(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
