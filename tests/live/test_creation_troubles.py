"""A group that cannot be made says why, everywhere a person looks, and can be deleted without a trace."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Network
from itertools import islice
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from elastane.catalog import network
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live.disks import full_disk, mounted
from tests.live.live_groups import (
    CREATION_SECONDS,
    describe,
    engines_below,
    event_messages,
    exists,
    explain,
    fake_engine,
    make_group,
    node_directories,
    node_statuses,
    order_group,
    until_settled,
)

FAILURE_SECONDS = 40


async def test_an_address_that_somebody_else_listens_on_fails_the_creation_with_that_reason(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "pathfinder", 1)
    (address,) = group.node_addresses.values()
    block = IPv4Network(f"{address}/16", strict=False)

    with listening_in_every_zone(block):
        order_group(elastane, "blocked")
        reason = await until_create_failed(elastane, "blocked")

    assert "already listens at 127." in reason
    assert ":6379, the address of blocked-00" in reason
    await assert_leaves_nothing_behind(elastane, "blocked")


async def test_a_binary_that_ends_at_once_fails_the_creation_with_its_last_words(tmp_path: Path) -> None:
    binary = fake_engine(tmp_path, "echo the disk of dreams is broken; exit 7")

    with running_elastane(tmp_path / "data", environment={"ELASTANE_ENGINES": str(binary)}) as elastane:
        order_group(elastane, "broken")
        reason = await until_create_failed(elastane, "broken")

        assert "exit code 7" in reason and "the disk of dreams is broken" in reason
        await assert_leaves_nothing_behind(elastane, "broken")


async def test_a_binary_that_ends_a_little_later_fails_the_creation_after_a_few_tries(tmp_path: Path) -> None:
    binary = fake_engine(tmp_path, "sleep 0.2; echo the third floor fell down; exit 3")

    with running_elastane(tmp_path / "data", environment={"ELASTANE_ENGINES": str(binary)}) as elastane:
        order_group(elastane, "broken", 1)
        reason = await until_create_failed(elastane, "broken")

        assert "would not start (3 tries)" in reason and "the third floor fell down" in reason
        await assert_leaves_nothing_behind(elastane, "broken")


async def test_an_engine_that_is_gone_by_the_time_it_is_needed_fails_the_creation(tmp_path: Path) -> None:
    binary = tmp_path / "valkey-server"

    with running_elastane(tmp_path / "data", environment={"ELASTANE_ENGINES": str(binary)}) as elastane:
        await order_what_is_offered_and_gone(elastane, "engineless", tmp_path)
        reason = await until_create_failed(elastane, "engineless")

        assert "this machine has no such engine any more" in reason or f"there is no engine at {binary}" in reason
        await assert_leaves_nothing_behind(elastane, "engineless")


async def test_nodes_on_a_full_disk_fail_the_creation_and_leave_the_other_caches_alone(tmp_path: Path) -> None:
    nodes_disk = tmp_path / "data" / "nodes"

    with mounted(nodes_disk), running_elastane(tmp_path / "data") as elastane:
        await make_group(elastane, "early", 1)
        with full_disk(nodes_disk):
            order_group(elastane, "late")
            reason = await until_create_failed(elastane, "late")

        assert "nodes/us-east-1/late-00" in reason and "is full" in reason
        assert describe(elastane, "early").status == "available"
        await assert_leaves_nothing_behind(elastane, "late")


async def test_a_store_on_a_full_disk_refuses_with_a_sentence_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"

    with mounted(disk), running_elastane(disk / "data") as elastane:
        await make_group(elastane, "early", 1)
        with full_disk(disk), pytest.raises(ClientError) as refused:
            order_group(elastane, "late", 1)

        assert refused.value.response["Error"]["Code"] == "ServiceUnavailable"
        assert "database or disk is full" in refused.value.response["Error"]["Message"]
        assert not exists(elastane, "late")
        assert describe(elastane, "early").status == "available"
        await eventually(lambda: is_taken(elastane, "late"), message="orders are still refused")
        await until_settled(elastane, "late", 1, timeout_seconds=CREATION_SECONDS)


# --- what these tests ask ------------------------------------------------------------------------


def is_taken(elastane: RunningElastane, group_id: str) -> bool:
    """Ordered; False for as long as the audit trail, which tries once a second, has not been written again."""
    try:
        order_group(elastane, group_id, 1)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ServiceUnavailable", error
        return False
    return True


async def until_create_failed(elastane: RunningElastane, group_id: str) -> str:
    """The reason, which the group's history and `elastane explain` must both give."""

    def has_failed() -> None:
        status = describe(elastane, group_id).status
        assert status == "create-failed", f"{status}\n{elastane.log_tail(group_id)}"

    await eventually(has_failed, timeout_seconds=FAILURE_SECONDS, message=f"{group_id} has failed")
    assert set(node_statuses(elastane, group_id).values()) == {"incompatible-network"}
    told = [message for message in event_messages(elastane, group_id) if message.startswith("Failed to create: ")]
    assert len(told) == 1, event_messages(elastane)
    reason = told[0].removeprefix("Failed to create: ")
    explanation = explain(elastane, group_id)
    assert "create-failed" in explanation
    assert all(line in explanation for line in reason.splitlines()), explanation
    return reason


async def order_what_is_offered_and_gone(elastane: RunningElastane, group_id: str, directory: Path) -> None:
    """An order for an engine that is looked up every few seconds, and vanishes just before the order.

    It is refused, and tried again, in the rare case that it was looked up in between.
    """

    def is_ordered() -> bool:
        binary = fake_engine(directory, "exit 1", version="8.0.9")
        if "8.0" not in offered_versions(elastane):
            return False
        binary.unlink()
        try:
            order_group(elastane, group_id, 1, EngineVersion="8.0")
        except ClientError:
            return False
        return True

    await eventually(is_ordered, timeout_seconds=FAILURE_SECONDS, interval_seconds=0.5, message="ordered")


def offered_versions(elastane: RunningElastane) -> set[str]:
    offered = elastane.client().describe_cache_engine_versions(Engine="valkey")["CacheEngineVersions"]
    return {version["EngineVersion"] for version in offered}


async def assert_leaves_nothing_behind(elastane: RunningElastane, group_id: str) -> None:
    elastane.client().delete_replication_group(ReplicationGroupId=group_id)

    await eventually(lambda: not exists(elastane, group_id), message=f"{group_id} is gone")

    assert {name for name in node_directories(elastane) if name.startswith(group_id)} == set()
    assert engines_below(elastane.data_dir / "nodes" / "us-east-1" / f"{group_id}-001") == {}
    assert f"Replication group {group_id} deleted" in event_messages(elastane, group_id)


# --- troubles ------------------------------------------------------------------------------------


@contextmanager
def listening_in_every_zone(block: IPv4Network, port: int = 6379) -> Iterator[None]:
    """Somebody else's sockets at the first free addresses of each zone: one of them is the next node's."""
    with ExitStack() as stack:
        for zone_index in range(network.ZONE_COUNT):
            for address in islice(network.node_addresses(block, zone_index), 3):
                # The node that exists already listens at its own.
                with socket.socket() as probe:
                    if probe.connect_ex((address, port)) == 0:
                        continue
                stack.enter_context(socket.create_server((address, port)))
        yield
