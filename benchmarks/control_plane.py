"""A real `elastane serve` for a benchmark: on a directory of its own, asked by AWS's SDK, taken down at the end.

Called by every benchmark that measures a running control plane. However the benchmark ends, the control plane, its
engines and its directory are gone afterwards.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from botocore.exceptions import ClientError

from elastane.config import shared_engines
from elastane.engines import discovery
from elastane.engines.discovery import EngineBinary, Places
from elastane.model.engine_names import WITH_ROLES
from tests.kit.elastane import RunningElastane, running_elastane

NODE_TYPE = "cache.t4g.micro"
POLL_SECONDS = 0.005
SECONDS_MAX = 120.0


@contextmanager
def control_plane(environment: Mapping[str, str] | None = None) -> Iterator[RunningElastane]:
    """One on a fresh data directory, already answering."""
    with tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory:
        with running_elastane(Path(directory) / "data", environment=environment) as elastane:
            elastane.client()  # made now: reading AWS's model takes longer than most of what is measured
            yield elastane


def engines_here() -> tuple[EngineBinary, ...]:
    """One binary of each engine that groups run, on this machine: the one that `elastane serve` would choose."""
    here = discovery.find_engines(Places(path=os.environ.get("PATH", "")))
    found = [binary for binary in here if binary.engine in WITH_ROLES]
    first = {binary.engine: binary for binary in reversed(found)}
    return tuple(first[engine] for engine in sorted(first, reverse=True))


def find_engine(engine: str, version: str) -> EngineBinary | None:
    """One of that minor version, from the shared engine store if it is there."""
    places = Places(path=os.environ.get("PATH", ""), shared_directory=shared_engines(os.environ))
    return discovery.choose(discovery.find_engines(places), engine, version)


def create_group(
    elastane: RunningElastane,
    group_id: str,
    node_count: int,
    *,
    engine: str = "valkey",
    version: str | None = None,
    node_type: str = NODE_TYPE,
) -> None:
    """CreateReplicationGroup, not waited for."""
    elastane.client().create_replication_group(
        ReplicationGroupId=group_id,
        ReplicationGroupDescription="of a benchmark",
        Engine=engine,
        CacheNodeType=node_type,
        NumCacheClusters=node_count,
        AutomaticFailoverEnabled=node_count > 1,
        **({} if version is None else {"EngineVersion": version}),
    )


def create_cluster(
    elastane: RunningElastane,
    group_id: str,
    shard_count: int,
    replica_count: int,
    *,
    engine: str = "valkey",
    version: str | None = None,
    node_type: str = NODE_TYPE,
) -> None:
    """CreateReplicationGroup with cluster mode enabled, not waited for."""
    elastane.client().create_replication_group(
        ReplicationGroupId=group_id,
        ReplicationGroupDescription="of a benchmark",
        Engine=engine,
        CacheNodeType=node_type,
        ClusterMode="enabled",
        NumNodeGroups=shard_count,
        ReplicasPerNodeGroup=replica_count,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=replica_count > 0,
        **({} if version is None else {"EngineVersion": version}),
    )


def find_status(elastane: RunningElastane, group_id: str) -> str | None:
    """As DescribeReplicationGroups says; None when there is no such group (any more)."""
    try:
        answer = elastane.client().describe_replication_groups(ReplicationGroupId=group_id)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ReplicationGroupNotFoundFault":
            return None
        raise
    return str(answer["ReplicationGroups"][0]["Status"])


def seconds_until(
    is_done: Callable[[], bool], *, began_at: float, log: Callable[[], str], ask_seconds: float = POLL_SECONDS
) -> float:
    """Raises TimeoutError with the end of the log after two minutes."""
    while not is_done():
        if perf_counter() - began_at > SECONDS_MAX:
            raise TimeoutError(f"Not done within {SECONDS_MAX:g} s:\n{log()[-2000:]}")
        time.sleep(ask_seconds)
    return perf_counter() - began_at


def create_groups(elastane: RunningElastane, group_ids: Sequence[str], node_count: int) -> None:
    """All of them, and waits until each is available."""
    for group_id in group_ids:
        create_group(elastane, group_id, node_count)
    for group_id in group_ids:
        until_available(elastane, group_id)


def until_available(elastane: RunningElastane, group_id: str) -> float:
    """Returns, with the seconds it took, once Describe says so."""
    return seconds_until(
        lambda: find_status(elastane, group_id) == "available", began_at=perf_counter(), log=elastane.log
    )


# --- what the kernel knows of a process ----------------------------------------------------------


def cpu_seconds(pid: int) -> float:
    """User and system time that the process has used so far, all its threads together; a tick is 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """Physical memory that the process holds, shared pages of libraries included."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kibibytes) / 1024
