"""The logs of real engines, delivered: every slow command and every line once, whatever becomes of who writes and who
reads them."""

import json
import re
from datetime import UTC, datetime
from itertools import count
from typing import Any

import redis

from elastane.hosts import directories
from elastane.model.ids import NodeId
from elastane.model.log_lines import parse_engine_log, render_engine_log
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.live.live_groups import (
    Group,
    exists,
    make_group,
    node_directory,
    pid_of,
    signal_node,
    until_failed_over,
    until_healed,
    until_rebuilt,
)
from tests.live.test_parameter_groups import make_parameter_group

ENGINE = "valkey"
SLOW_GROUP = "/live/slow"
ENGINE_STREAM = "live-engines"
PORT = 6379
DELIVERED_SECONDS = 20


class Workload:
    """Slow commands that can be told from one another by how many words they have, and who was sent which."""

    def __init__(self) -> None:
        self.sent: dict[str, list[int]] = {}
        self._numbers = count(2)

    def run(self, group: Group, node_id: str, times: int = 3) -> None:
        with redis.Redis(group.node_addresses[node_id], PORT) as engine:
            for _ in range(times):
                number = next(self._numbers)
                engine.mget([f"key{each}" for each in range(number)])
                self.sent.setdefault(node_id, []).append(number)


def delivered_commands(elastane: RunningElastane, node_id: str) -> list[int]:
    """Of those of the workload, by how many words they had."""
    client = elastane.client("logs")
    name = f"elasticache/{ENGINE}/{node_id}/0001/slow-log"
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=SLOW_GROUP, logStreamNamePrefix=name, filterPattern='{ $.Command = "MGET*" }'
    )
    found = [json.loads(event["message"])["Command"] for page in pages for event in page["events"]]
    return [int(re.sub(r"\D", "", command)) for command in found]


async def until_delivered(elastane: RunningElastane, workload: Workload, *node_ids: str) -> None:
    def check() -> None:
        for node_id in node_ids or workload.sent:
            assert delivered_commands(elastane, node_id) == workload.sent[node_id], node_id

    await eventually(check, timeout_seconds=DELIVERED_SECONDS)


def written_lines(elastane: RunningElastane, node_id: str) -> list[str]:
    """What the node's log has, as it is to be delivered."""
    directory = node_directory(elastane, node_id)
    texts = [
        path.read_text()
        for path in (directory / f"{directories.LOG_NAME}.1", directory / directories.LOG_NAME)
        if path.exists()
    ]
    entries, _ = parse_engine_log("".join(texts).splitlines(), None, datetime.now(UTC))
    return [render_engine_log(entry, NodeId(node_id), "text").message for entry in entries]


def delivered_lines(elastane: RunningElastane, node_id: str) -> list[str]:
    path = elastane.data_dir / "log-deliveries" / f"{ENGINE_STREAM}.log"
    return [line for line in path.read_text().splitlines() if line.startswith(f"{node_id}/0001:")]


async def until_lines_are_delivered(elastane: RunningElastane, group: Group) -> None:
    def check() -> None:
        for node_id in group.node_addresses:
            assert written_lines(elastane, node_id) == delivered_lines(elastane, node_id), node_id

    await eventually(check, timeout_seconds=DELIVERED_SECONDS)


def delivery(log_type: str, **changes: Any) -> dict[str, Any]:
    details: dict[str, Any] = {"CloudWatchLogsDetails": {"LogGroup": SLOW_GROUP}}
    return {
        "LogType": log_type,
        "DestinationType": "cloudwatch-logs",
        "DestinationDetails": details,
        "LogFormat": "json",
    } | changes


async def make_logging_group(elastane: RunningElastane, group_id: str) -> Group:
    elastane.client("logs").create_log_group(logGroupName=SLOW_GROUP)
    make_parameter_group(elastane, "all-is-slow", slowlog_log_slower_than="0", slowlog_max_len="10000")
    to_file = {
        "DestinationType": "kinesis-firehose",
        "DestinationDetails": {"KinesisFirehoseDetails": {"DeliveryStream": ENGINE_STREAM}},
        "LogFormat": "text",
    }
    return await make_group(
        elastane,
        group_id,
        CacheParameterGroupName="all-is-slow",
        LogDeliveryConfigurations=[delivery("slow-log"), delivery("engine-log", **to_file)],
    )


async def until_shown(elastane: RunningElastane, group_id: str, statuses: dict[str, str]) -> None:
    def check() -> None:
        (found,) = elastane.client().describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"]
        assert {one["LogType"]: one["Status"] for one in found["LogDeliveryConfigurations"]} == statuses

    await eventually(check, timeout_seconds=DELIVERED_SECONDS)


async def test_logs_come_once_through_reboots_kills_a_failover_and_a_new_log(elastane: RunningElastane) -> None:
    group = await make_logging_group(elastane, "logged")
    workload = Workload()
    replica, primary = group.replica_ids[0], group.primary_id
    for node_id in group.node_addresses:
        workload.run(group, node_id)
    await until_delivered(elastane, workload)
    await until_shown(elastane, "logged", {"slow-log": "active", "engine-log": "active"})

    # A reboot: what was slow right before it is read before the engine is stopped. Its log has grown large, so that
    # the start puts it aside. Lines have their millisecond, as engines' lines do: older than the cache, they would not
    # be delivered.
    at = datetime.now(UTC)
    with (node_directory(elastane, replica) / directories.LOG_NAME).open("a") as log:
        filler = f"1:S {at:%d %b %Y %H:%M:%S}.{at.microsecond // 1000:03d} * " + "x" * 1000 + "\n"
        log.write(filler * (directories.LOG_BYTES_MAX // len(filler) + 1))
    workload.run(group, replica)
    former_pid = pid_of(elastane, replica)
    elastane.client().reboot_cache_cluster(CacheClusterId=replica, CacheNodeIdsToReboot=["0001"])
    await until_rebuilt(elastane, replica, former_pid)
    group = await until_healed(elastane, group)
    assert (node_directory(elastane, replica) / f"{directories.LOG_NAME}.1").exists()
    workload.run(group, replica)
    await until_delivered(elastane, workload)

    # The control plane is killed twice, with entries that it has not seen.
    for _ in range(2):
        workload.run(group, primary)
        elastane.kill()
        workload.run(group, primary)
        elastane.start()
    await until_delivered(elastane, workload)

    # The primary dies; of a slow log whose engine is killed nothing is left, so it was read before.
    signal_node(elastane, primary)
    group = await until_failed_over(elastane, group)
    group = await until_healed(elastane, group)
    for node_id in group.node_addresses:
        workload.run(group, node_id)
    await until_delivered(elastane, workload)
    await until_lines_are_delivered(elastane, group)

    # What was slow right before the deletion is delivered, too.
    for node_id in group.node_addresses:
        workload.run(group, node_id)
    elastane.client().delete_replication_group(ReplicationGroupId="logged")
    await eventually(lambda: not exists(elastane, "logged"), timeout_seconds=30)
    await until_delivered(elastane, workload)
    assert any("bye bye" in line for line in delivered_lines(elastane, primary))
    assert "Traceback" not in elastane.log()


async def test_a_delivery_without_its_log_group_waits_for_it_and_loses_nothing(elastane: RunningElastane) -> None:
    engine_log = delivery("engine-log", LogFormat="text")
    group = await make_group(elastane, "waiting", LogDeliveryConfigurations=[engine_log])
    await until_shown(elastane, "waiting", {"engine-log": "error"})

    client = elastane.client("logs")
    client.create_log_group(logGroupName=SLOW_GROUP)
    await until_shown(elastane, "waiting", {"engine-log": "active"})

    def check() -> None:
        for node_id in group.node_addresses:
            name = f"elasticache/{ENGINE}/{node_id}/0001/engine-log"
            found = client.filter_log_events(logGroupName=SLOW_GROUP, logStreamNames=[name])["events"]
            assert [event["message"] for event in found] == written_lines(elastane, node_id)

    await eventually(check, timeout_seconds=DELIVERED_SECONDS)
