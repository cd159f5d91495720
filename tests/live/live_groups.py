"""Replication groups of a running Elastane as the live tests need them: made, waited for, looked into, hurt.

What is asked of the product goes through the AWS API and the command line; what is true is asked of the
engines and the kernel, never of the control plane.
"""

import asyncio
import os
import random
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import redis
from botocore.exceptions import ClientError

from elastane.config import NODES_DIRECTORY
from elastane.engines import CONTROL_USER
from elastane.engines.valkey import CONFIG_FILE
from elastane.hosts import pidfd
from elastane.hosts.identity import NodeIdentity, find_identity, is_alive
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, RunningElastane
from tests.kit.writers import customer

NODE_TYPE = "cache.t3.micro"
CREATION_SECONDS = 30
HEALING_SECONDS = 20


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group as DescribeReplicationGroups shows it."""

    id: str
    status: str
    primary_address: str
    reader_address: str
    node_addresses: dict[str, str]
    """Node id → its own address."""
    roles: dict[str, str]
    """Node id → the role the API says."""
    zones: dict[str, str]
    """Node id → its zone."""

    @property
    def primary_id(self) -> str:
        return next(node for node, role in self.roles.items() if role == "primary")

    @property
    def replica_ids(self) -> tuple[str, ...]:
        return tuple(node for node, role in self.roles.items() if role == "replica")


class Life(msgspec.Struct, frozen=True):
    """What tells one life of an engine from the next, and what it is at the moment."""

    pid: int
    run_id: str
    role: str


# --- asked of the product ------------------------------------------------------------------------


def order_group(elastane: RunningElastane, group_id: str, node_count: int = 2, **parameters: Any) -> None:
    """CreateReplicationGroup, not waited for."""
    defaults = {"Engine": "valkey", "CacheNodeType": NODE_TYPE, "AutomaticFailoverEnabled": node_count > 1}
    elastane.client().create_replication_group(
        ReplicationGroupId=group_id,
        ReplicationGroupDescription="of the live tests",
        NumCacheClusters=node_count,
        **{**defaults, **parameters},
    )


async def make_group(elastane: RunningElastane, group_id: str, node_count: int = 2, **parameters: Any) -> Group:
    """A group with every node ready."""
    order_group(elastane, group_id, node_count, **parameters)
    return await until_settled(elastane, group_id, node_count, timeout_seconds=CREATION_SECONDS)


def maintenance_window(*, opens_in: timedelta, hours: int = 1) -> str:
    """As AWS writes it."""
    return _window("%a:%H:%M", opens_in=opens_in, hours=hours).lower()


def snapshot_window_apart() -> str:
    """Half a day from now: given where a maintenance window shall be about now, which must not overlap with it."""
    return _window("%H:%M", opens_in=timedelta(hours=12), hours=1)


def _window(moment_format: str, *, opens_in: timedelta, hours: int) -> str:
    start = datetime.now(UTC) + opens_in
    return "-".join(f"{moment:{moment_format}}" for moment in (start, start + timedelta(hours=hours)))


def ask_for_primary(elastane: RunningElastane, group_id: str, node_id: str) -> None:
    """ModifyReplicationGroup: a promotion by hand, not waited for."""
    elastane.client().modify_replication_group(
        ReplicationGroupId=group_id, PrimaryClusterId=node_id, ApplyImmediately=True
    )


async def until_settled(
    elastane: RunningElastane, group_id: str, node_count: int, *, timeout_seconds: float = HEALING_SECONDS
) -> Group:
    """The group once the API calls it and each of its nodes available, and the engines agree about their roles."""

    def check() -> Group:
        group = describe(elastane, group_id)
        statuses = node_statuses(elastane, group_id)
        assert group.status == "available" and set(statuses.values()) == {"available"}, (
            f"{group.status}, {statuses}\n{elastane.log_tail(group_id)}"
        )
        assert len(group.node_addresses) == len(statuses) == node_count, f"{sorted(group.node_addresses)}"
        told = engine_roles(group)
        assert told == group.roles, f"the API says {group.roles}, the engines {told}"
        return group

    return await eventually(check, timeout_seconds=timeout_seconds, message=f"{group_id} is settled")


async def until_healed(elastane: RunningElastane, group: Group) -> Group:
    """Settled again, which a group may also seem to be in the instant before its loss is seen.

    And with its endpoints where they shall be: an address that moves between two engines cannot be reached meanwhile.
    """

    def check() -> bool:
        return all(pid_of(elastane, node) for node in describe(elastane, group.id).node_addresses)

    await eventually(check, timeout_seconds=HEALING_SECONDS, message="every engine runs")
    settled = await until_settled(elastane, group.id, len(group.node_addresses))
    await until_well(elastane, group.id)
    return settled


async def until_failed_over(elastane: RunningElastane, group: Group) -> Group:
    """Settled again, with another primary. The API is asked first: an engine that hangs would be waited for."""

    def check() -> None:
        roles = describe(elastane, group.id).roles
        others = {node for node, role in roles.items() if role == "primary"} - {group.primary_id}
        assert others, f"no failover yet: {roles}\n{elastane.log_tail(group.id)}"

    await eventually(check, timeout_seconds=HEALING_SECONDS, message=f"{group.id} fails over")
    return await until_healed(elastane, group)


def describe(elastane: RunningElastane, group_id: str) -> Group:
    answer = elastane.client().describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"][0]
    (node_group,) = answer.get("NodeGroups") or [{}]
    members = node_group.get("NodeGroupMembers", [])
    return Group(
        id=group_id,
        status=answer["Status"],
        primary_address=node_group.get("PrimaryEndpoint", {}).get("Address", ""),
        reader_address=node_group.get("ReaderEndpoint", {}).get("Address", ""),
        node_addresses={
            member["CacheClusterId"]: member.get("ReadEndpoint", {}).get("Address", "") for member in members
        },
        roles={member["CacheClusterId"]: member.get("CurrentRole", "") for member in members},
        zones={member["CacheClusterId"]: member.get("PreferredAvailabilityZone", "") for member in members},
    )


def exists(elastane: RunningElastane, group_id: str) -> bool:
    try:
        elastane.client().describe_replication_groups(ReplicationGroupId=group_id)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ReplicationGroupNotFoundFault", error
        return False
    return True


def node_statuses(elastane: RunningElastane, group_id: str) -> dict[str, str]:
    """What the API says of each node as a cache cluster."""
    clusters = elastane.client().describe_cache_clusters()["CacheClusters"]
    return {
        cluster["CacheClusterId"]: cluster["CacheClusterStatus"]
        for cluster in clusters
        if cluster.get("ReplicationGroupId") == group_id
    }


def event_messages(elastane: RunningElastane, source_id: str | None = None) -> list[str]:
    """Oldest first."""
    return [message for source, message in _events(elastane) if source_id in (None, source)]


def history(elastane: RunningElastane, group: Group) -> list[tuple[str, str]]:
    """Source and message of every event of the group and its nodes, oldest first."""
    sources = {group.id, *group.node_addresses}
    return [event for event in _events(elastane) if event[0] in sources]


def _events(elastane: RunningElastane) -> list[tuple[str, str]]:
    pages = elastane.client().get_paginator("describe_events").paginate(Duration=120)
    newest_first = [event for page in pages for event in page["Events"]]
    return [(event["SourceIdentifier"], event["Message"]) for event in reversed(newest_first)]


def run_elastane(
    elastane: RunningElastane, *arguments: str, data_dir: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """An ``elastane`` command about the running one's data directory."""
    return elastane.run_command(*arguments, data_dir=data_dir)


def explain(elastane: RunningElastane, group_id: str) -> str:
    finished = run_elastane(elastane, "explain", group_id)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


async def until_well(elastane: RunningElastane, group_id: str) -> None:
    """Returns once a pass has found nothing to do, which says more than that all nodes answer."""

    def check() -> bool:
        return "everything is as it shall be" in explain(elastane, group_id)

    await eventually(check, timeout_seconds=HEALING_SECONDS, message=f"all is well with {group_id}")


# --- asked of the engines and the kernel ---------------------------------------------------------


def engine_roles(group: Group) -> dict[str, str]:
    """What each engine says of itself, in the API's words."""
    return {node: engine_role(address) for node, address in group.node_addresses.items()}


def engine_role(address: str) -> str:
    """One engine's word for itself, in the API's. While it is away AssertionError: "not yet" to `eventually`."""
    words = {"master": "primary", "slave": "replica"}
    with customer(address) as client:
        try:
            return words[client.role()[0]]
        except redis.ConnectionError as error:
            raise AssertionError(f"{address} does not answer: {error}") from error


def run_id_at(address: str) -> str:
    with customer(address) as client:
        return str(client.info("server")["run_id"])


def holder_of(group: Group, address: str) -> str:
    """Which node answers at an endpoint."""
    run_id = run_id_at(address)
    return next(node for node, own in group.node_addresses.items() if run_id_at(own) == run_id)


def lives(elastane: RunningElastane, group: Group) -> dict[str, Life]:
    """Every engine's pid, run id and role."""
    roles = engine_roles(group)
    found = {}
    for node, address in group.node_addresses.items():
        with customer(address) as client:
            run_id = client.info("server")["run_id"]
        found[node] = Life(pid_of(elastane, node), run_id, roles[node])
    return found


def primaries_followed(group: Group) -> set[str]:
    """Whom the replicas follow, in their own words."""
    followed = set()
    for replica in group.replica_ids:
        with customer(group.node_addresses[replica]) as client:
            followed.add(client.info("replication")["master_host"])
    return followed


def full_sync_count(address: str) -> int:
    """How many copies of everything this engine has made for replicas in its life."""
    with customer(address) as client:
        return int(client.info("stats")["sync_full"])


def fill(address: str, key_count: int, prefix: str = "key") -> None:
    with customer(address) as client:
        client.mset({f"{prefix}:{number}": f"value {number}" for number in range(key_count)})


def key_count(address: str) -> int:
    with customer(address) as client:
        return int(client.dbsize())


def key_counts(group: Group) -> dict[str, int]:
    """Node id → its number of keys."""
    return {node: key_count(address) for node, address in group.node_addresses.items()}


async def until_everywhere(group: Group, count: int) -> None:
    """Returns once each node has that many keys."""

    def check() -> None:
        assert set(key_counts(group).values()) == {count}, f"{key_counts(group)}"

    await eventually(check, message=f"every node has {count} keys")


def node_directory(elastane: RunningElastane, node_id: str) -> Path:
    return elastane.data_dir / NODES_DIRECTORY / REGION / node_id


def identity_of(elastane: RunningElastane, node_id: str) -> NodeIdentity:
    identity = find_identity(node_directory(elastane, node_id), f"{REGION}/{node_id}")
    assert identity is not None, f"{node_id} has no identity file"
    return identity


def pid_of(elastane: RunningElastane, node_id: str) -> int:
    """The pid of a node's living process."""
    mark = identity_of(elastane, node_id).process
    assert mark is not None and is_alive(mark), f"{node_id} does not run"
    return mark.pid


async def until_rebuilt(elastane: RunningElastane, node_id: str, former_pid: int) -> None:
    """Another process runs in the place of one that was killed. Before that a group may look as if nothing had been."""

    def check() -> None:
        assert pid_of(elastane, node_id) != former_pid, f"{node_id} is still the process that was killed"

    await eventually(check, timeout_seconds=HEALING_SECONDS, message=f"{node_id} runs again")


def signal_node(elastane: RunningElastane, node_id: str, number: signal.Signals = signal.SIGKILL) -> int:
    """Signals a node's process through a handle, which can mean no other process; answers its pid."""
    mark = identity_of(elastane, node_id).process
    assert mark is not None
    handle = pidfd.open_living(mark)
    assert handle is not None, f"{node_id} does not run"
    try:
        pidfd.send_signal(handle.pidfd, number)
    finally:
        os.close(handle.pidfd)
    return mark.pid


def control_user(elastane: RunningElastane, node_id: str, address: str) -> AbstractContextManager[Any]:
    """A client with the control plane's own rights, to cause what no customer may."""
    config = (node_directory(elastane, node_id) / CONFIG_FILE).read_text()
    found = re.search(r'^masterauth "(.+)"$', config, re.MULTILINE)
    assert found is not None, f"{CONFIG_FILE} of {node_id} names no secret"
    return customer(address, username=CONTROL_USER, password=found[1])


def engines_below(directory: Path) -> dict[int, str]:
    """Every process of this machine that works in the directory, or whose command line names a file there."""
    return {pid: command for pid, command in _processes(directory) if pid != os.getpid()}


def node_directories(elastane: RunningElastane) -> set[str]:
    nodes = elastane.data_dir / NODES_DIRECTORY / REGION
    return {path.name for path in nodes.iterdir()} if nodes.is_dir() else set()


def fake_engine(directory: Path, script: str, version: str = "9.1.2") -> Path:
    """A program that says it is Valkey and does something else when it shall serve."""
    binary = directory / "valkey-server"
    binary.write_text(
        "#!/bin/bash\n"
        f'if [ "$1" = --version ]; then echo "Valkey server v={version} sha=00000000:0"; exit 0; fi\n'
        'if [ "$1" = - ]; then exit 1; fi\n'  # how we find out about TLS
        f"{script}\n"
    )
    binary.chmod(0o755)
    return binary


# --- done to the control plane -------------------------------------------------------------------


async def let_pass(seconds: float) -> None:
    """Returns when so much time has passed: for faults that are a length of time, and never to wait for an effect."""
    loop = asyncio.get_running_loop()
    moment = loop.time() + seconds
    await eventually(
        lambda: loop.time() >= moment,
        timeout_seconds=seconds + 10,
        interval_seconds=0.005,
        message="the moment has come",
    )


async def crash(elastane: RunningElastane, moments: random.Random, within_seconds: float) -> None:
    """A SIGKILL after a moment that follows from the seed, and another control plane."""
    await let_pass(moments.uniform(0, within_seconds))
    elastane.kill()
    elastane.start()


def _processes(directory: Path) -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            works_in = (entry / "cwd").readlink()
        except OSError:
            continue  # it went meanwhile, or is somebody else's
        if f"{directory}/" in f"{works_in}/ {command}/":
            yield int(entry.name), command
