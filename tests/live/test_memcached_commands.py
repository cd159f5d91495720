"""The commands beside a running Memcached cluster: what they show, hurt and end; and the names that it has in DNS."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from elastane.catalog import endpoint_names
from elastane.catalog.endpoint_names import Naming
from elastane.model.ids import AccountId, Region, ReplicationGroupId, cache_node_id
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.test_endpoints import resolve

SESSIONS = ReplicationGroupId("sessions")
AVAILABLE_SECONDS, MEASURED_SECONDS = 40, 40
TOLD_SECONDS = 40
"""Every look is a command, which takes a busy machine seconds to begin."""
PROCESSES = ["sessions.configuration-endpoint", "sessions.0001", "sessions.0002"]


@pytest.fixture
def dns() -> str:
    """Where its DNS server shall listen."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def elastane(tmp_path: Path, dns: str) -> Iterator[RunningElastane]:
    memcached = engine_environment(stored_engine("memcached", "1.6"))
    with running_elastane(tmp_path / "data", environment=memcached, arguments=("--dns", dns)) as running:
        yield running


@pytest.fixture
async def cluster(elastane: RunningElastane) -> Any:
    """Of two nodes, available."""
    client = elastane.client()
    client.create_cache_cluster(
        CacheClusterId=SESSIONS, Engine="memcached", CacheNodeType="cache.t3.micro", NumCacheNodes=2
    )

    def check() -> Any:
        (found,) = client.describe_cache_clusters(CacheClusterId=SESSIONS, ShowCacheNodeInfo=True)["CacheClusters"]
        assert found["CacheClusterStatus"] == "available", elastane.log_tail(SESSIONS)
        return found

    return await eventually(check, timeout_seconds=AVAILABLE_SECONDS, message="sessions is available")


def command(elastane: RunningElastane, *arguments: str) -> str:
    finished = elastane.run_command(*arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def pids(elastane: RunningElastane) -> dict[str, int | None]:
    """As `status` tells them."""
    (found,) = msgspec.json.decode(command(elastane, "status", "--json"))["groups"]
    return {one["id"]: one["pid"] for one in (found["endpoint_process"], *found["nodes"])}


@pytest.mark.parametrize("name", PROCESSES)
async def test_who_is_killed_by_name_is_alone_in_it_and_started_anew(
    elastane: RunningElastane, cluster: Any, name: str
) -> None:
    before = pids(elastane)

    killed = command(elastane, "fault", "kill", name)

    assert killed == f"Killed {name} (pid {before[name]}).\n"

    def is_back() -> None:
        after = pids(elastane)
        assert after[name] not in (None, before[name])
        assert {**after, name: None} == {**before, name: None}

    await eventually(is_back, timeout_seconds=TOLD_SECONDS, message=f"{name} runs again, and nobody else was hurt")
    await eventually(
        lambda: "is available" in command(elastane, "explain", SESSIONS).partition("\n")[0],
        timeout_seconds=TOLD_SECONDS,
    )


async def test_a_zone_takes_its_nodes_along_and_not_who_tells_of_them(elastane: RunningElastane, cluster: Any) -> None:
    zone = cluster["CacheNodes"][0]["CustomerAvailabilityZone"]
    before = pids(elastane)

    down = command(elastane, "fault", "zone", zone, "down")
    endpoint_survived = pids(elastane)[PROCESSES[0]] == before[PROCESSES[0]]

    def is_explained() -> str:
        explained = command(elastane, "explain", SESSIONS)
        assert f"its zone {zone} is down" in explained
        return explained

    explained = await eventually(is_explained, timeout_seconds=TOLD_SECONDS, message="it says why")
    command(elastane, "fault", "zone", zone, "up")

    assert down == f"{zone} is down: killed sessions.0001, sessions.0002.\n"
    assert endpoint_survived
    assert "version 1 of the list: 0001, 0002" in explained
    await eventually(
        lambda: None not in pids(elastane).values(), timeout_seconds=TOLD_SECONDS, message="both run again"
    )


async def test_top_shows_what_each_node_holds(elastane: RunningElastane, cluster: Any) -> None:
    def check() -> None:
        told = msgspec.json.decode(command(elastane, "top", SESSIONS, "--json"))
        assert [(node["node"], node["is_current"]) for node in told["nodes"]] == [
            ("sessions.0001", True),
            ("sessions.0002", True),
        ]
        assert {node["numbers"]["item_count"] for node in told["nodes"]} == {0}
        assert all(node["numbers"]["memory_bytes_max"] > 0 for node in told["nodes"])

    await eventually(check, timeout_seconds=MEASURED_SECONDS, message="both nodes are measured")


async def test_every_name_stands_for_the_address_that_the_api_answers(dns: str, cluster: Any) -> None:
    naming = Naming(account_id=AccountId("000000000000"), region=Region(REGION))
    expected = {
        endpoint_names.cache_node_name(naming, SESSIONS, cache_node_id(number)): node["Endpoint"]["Address"]
        for number, node in enumerate(cluster["CacheNodes"], 1)
    }
    expected[endpoint_names.memcached_configuration_name(naming, SESSIONS)] = cluster["ConfigurationEndpoint"][
        "Address"
    ]

    def check() -> None:
        assert {name: resolve(dns, name) for name in expected} == {name: {one} for name, one in expected.items()}

    await eventually(check, message="every name is known")


async def test_down_ends_every_process_of_it(elastane: RunningElastane, cluster: Any) -> None:
    before = pids(elastane)

    ended = command(elastane, "down")

    assert {f"Stopped us-east-1/{name} (pid {pid})." for name, pid in before.items()} <= set(ended.splitlines())
    assert set(pids(elastane).values()) == {None}
