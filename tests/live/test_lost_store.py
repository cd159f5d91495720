"""The store is lost while engines serve: rebuilt from the nodes' own files, read-only until confirmed (F13)."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from elastane.reconcile.recovery import UNCONFIRMED
from elastane.store.database import FILE_NAME
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import writing
from tests.live.live_groups import (
    describe,
    explain,
    fill,
    key_count,
    lives,
    make_group,
    order_group,
    pid_of,
    run_elastane,
    signal_node,
    until_everywhere,
    until_settled,
)

KEY_COUNT = 500


async def test_a_lost_store_is_rebuilt_and_after_the_confirmation_everything_works_on(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "orders", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    before = lives(elastane, group)

    with writing(group.primary_address) as writers:
        await writers.write_more()
        lose_store(elastane)
        elastane.start()

        await eventually(lambda: describe(elastane, "orders").roles == group.roles, message="the roles are seen")
        rebuilt = describe(elastane, "orders")
        assert (rebuilt.primary_address, rebuilt.reader_address) == (group.primary_address, group.reader_address)
        assert (rebuilt.node_addresses, rebuilt.status) == (group.node_addresses, "modifying")
        assert UNCONFIRMED in explain(elastane, "orders")
        assert_changes_are_refused(elastane)
        shown = run_elastane(elastane, "recover").stdout
        assert group.primary_id in shown and "2 of 2 run" in shown and "--confirm" in shown

        await confirm(elastane)
        assert await until_settled(elastane, "orders", 2) == group
        assert lives(elastane, group) == before
        elastane.client().increase_replica_count(ReplicationGroupId="orders", NewReplicaCount=2, ApplyImmediately=True)
        grown = await until_settled(elastane, "orders", 3)

    assert writers.errors == ()
    assert writers.find_lost(grown.primary_address) == {}
    assert {node: life for node, life in lives(elastane, grown).items() if node in before} == before
    signal_node(elastane, grown.primary_id)
    await until_another_is_primary(elastane, grown.primary_id)
    healed = await until_settled(elastane, "orders", 3)
    assert key_count(healed.primary_address) >= KEY_COUNT


async def test_roles_that_changed_since_the_documents_were_written_stay_as_they_are(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "orders", 2, AutomaticFailoverEnabled=False)
    (replica,) = group.replica_ids
    elastane.client().modify_replication_group(
        ReplicationGroupId="orders", PrimaryClusterId=replica, ApplyImmediately=True
    )
    await until_another_is_primary(elastane, group.primary_id)
    swapped = await until_settled(elastane, "orders", 2)
    fill(swapped.primary_address, KEY_COUNT)
    before = lives(elastane, swapped)

    lose_store(elastane)
    elastane.start()
    await confirm(elastane)
    settled = await until_settled(elastane, "orders", 2)

    assert settled == swapped
    assert lives(elastane, settled) == before
    assert f"primary {replica} (epoch" in explain(elastane, "orders")
    await until_everywhere(settled, KEY_COUNT)


async def test_a_node_that_dies_before_the_confirmation_is_started_after_it(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "orders", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    (replica,) = group.replica_ids
    lose_store(elastane)
    elastane.start()

    signal_node(elastane, replica)
    await eventually(
        lambda: f"{replica}: role unknown, down" in explain(elastane, "orders"), message="the death is seen"
    )

    assert UNCONFIRMED in explain(elastane, "orders")
    assert "1 of 2 run" in run_elastane(elastane, "recover").stdout
    assert key_count(group.primary_address) == KEY_COUNT
    await confirm(elastane)
    await eventually(lambda: pid_of(elastane, replica), timeout_seconds=20, message=f"{replica} runs again")
    await until_everywhere(await until_settled(elastane, "orders", 2), KEY_COUNT)


async def test_a_control_plane_that_restarts_meanwhile_waits_on_and_finds_a_confirmation_given_while_it_was_away(
    elastane: RunningElastane,
) -> None:
    elastane.client().create_cache_cluster(
        CacheClusterId="sessions", Engine="valkey", CacheNodeType="cache.t3.micro", NumCacheNodes=1
    )
    await until_cluster(elastane, "sessions", "available")
    lose_store(elastane)
    elastane.start()

    elastane.restart()
    assert_changes_are_refused(elastane)
    await until_cluster(elastane, "sessions", "modifying")
    elastane.stop()
    confirmed = run_elastane(elastane, "recover", "--confirm")
    elastane.start()

    assert confirmed.stdout == "Confirmed. Elastane acts on it when it is next started.\n", confirmed.stderr
    await until_cluster(elastane, "sessions", "available")
    assert "Confirmed already" in run_elastane(elastane, "recover", "--confirm").stdout


async def test_a_damaged_store_is_refused_with_what_to_do_and_doing_it_brings_the_caches_back(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "orders", 1)
    fill(group.primary_address, KEY_COUNT)
    elastane.stop()  # and no kill: the journal of one that was killed would mend the file
    store = elastane.data_dir / FILE_NAME
    store.write_bytes(b"garbage" * 1000)

    refused = serve(elastane.data_dir)

    assert refused.returncode == 2
    assert refused.stderr.startswith(
        f"elastane: The store {store} cannot be opened: file is not a database. Move it away"
    )
    for file in elastane.data_dir.glob(f"{FILE_NAME}*"):
        file.rename(file.with_name(f"damaged-{file.name}"))
    elastane.start()
    await confirm(elastane)
    settled = await until_settled(elastane, "orders", 1)
    assert key_count(settled.primary_address) == KEY_COUNT


def test_a_store_that_was_never_lost_needs_no_confirmation(elastane: RunningElastane) -> None:
    shown = run_elastane(elastane, "recover")
    refused = run_elastane(elastane, "recover", "--confirm")

    assert (shown.returncode, refused.returncode) == (0, 2)
    assert "was never rebuilt" in shown.stdout and "nothing to confirm" in refused.stderr


# --- what these tests do and ask ------------------------------------------------------------------


def lose_store(elastane: RunningElastane) -> None:
    elastane.kill()
    for file in elastane.data_dir.glob(f"{FILE_NAME}*"):
        file.unlink()


async def confirm(elastane: RunningElastane) -> None:
    """By the command; returns when a change is refused for its own fault, and no longer for the recovery's sake."""
    finished = run_elastane(elastane, "recover", "--confirm")
    assert finished.returncode == 0, finished.stderr

    def is_taken_up() -> bool:
        return UNCONFIRMED not in refusal_of_a_change(elastane)

    await eventually(is_taken_up, message="changes are taken again")


async def until_another_is_primary(elastane: RunningElastane, former: str) -> None:
    """For an instant the API may know of no primary at all."""

    def check() -> bool:
        return any(role == "primary" and node != former for node, role in describe(elastane, "orders").roles.items())

    await eventually(check, message=f"another primary than {former}")


def refusal_of_a_change(elastane: RunningElastane) -> str:
    with pytest.raises(ClientError) as refusal:
        order_group(elastane, "no-such-engine", 1, Engine="memcached")
    return str(refusal.value)


def assert_changes_are_refused(elastane: RunningElastane) -> None:
    with pytest.raises(ClientError) as refusal:
        order_group(elastane, "another", 1)
    assert refusal.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert (
        refusal.value.response["Error"]["Message"]
        == f"CreateReplicationGroup is not possible at the moment: {UNCONFIRMED}"
    )
    assert elastane.client("sts").get_caller_identity()["Account"] == "000000000000"


async def until_cluster(elastane: RunningElastane, cluster_id: str, status: str) -> None:
    def check() -> None:
        (cluster,) = elastane.client().describe_cache_clusters(CacheClusterId=cluster_id)["CacheClusters"]
        assert cluster["CacheClusterStatus"] == status, cluster["CacheClusterStatus"]

    await eventually(check, timeout_seconds=30, message=f"{cluster_id} is {status}")


def serve(data_dir: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "elastane", "serve", "--data-dir", str(data_dir), "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=20,
    )
