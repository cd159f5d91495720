"""What `status`, `explain`, `top` and `recover` say of Memcached clusters, and by which names their processes go."""

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console
from typer.testing import CliRunner

from elastane.cli import app
from elastane.cli.explain import explanation, find_subjects
from elastane.cli.installation import observe_installation
from elastane.cli.recover import recovery_text
from elastane.cli.refusals import CommandError
from elastane.cli.status import status_text
from elastane.cli.status_rows import report
from elastane.cli.top_rows import Measured, Sort, top_report
from elastane.cli.top_screen import screen
from elastane.model.enforcement import Enforcement
from elastane.model.events import Event, SourceType
from elastane.model.ids import cache_node_id
from elastane.model.memcached_clusters import MemcachedCluster, PendingChange, Rollout, Scaling
from elastane.model.metrics import NAMESPACE, Sample, Subject, dimensions
from elastane.model.observed_memcached_clusters import NOTHING_OBSERVED, ObservedMemcachedCluster
from elastane.model.observed_replication_groups import Failure, NodeHealth, ObservedVerdict, VerdictKind
from elastane.model.seen_memcached_clusters import MemcachedSubject
from elastane.reconcile.recovery import Recovery
from elastane.store import Store, events, memcached_clusters
from tests.kit import groups
from tests.kit.groups import CREATED_AT, REGION
from tests.kit.memcached_clusters import (
    cache_node,
    memcached_cluster,
    observed_cache_node,
    observed_cluster,
    observed_process,
)
from tests.unit.cli.installations import installation, seen_group, seen_memcached_cluster

NOW = CREATED_AT + timedelta(seconds=90)
SESSIONS = memcached_cluster("sessions", published=3)


def explained(
    desired: MemcachedCluster = SESSIONS, observed: ObservedMemcachedCluster | None = None, *, node: int | None = None
) -> str:
    node_id = None if node is None else cache_node_id(node)
    return explanation(MemcachedSubject(cluster=seen_memcached_cluster(desired, observed), node_id=node_id), (), NOW)


def section(shown: str, title: str) -> list[str]:
    return [line.removeprefix("  ") for line in shown.split(f"{title}\n")[1].split("\n\n")[0].splitlines()]


def row(shown: str, name: str) -> list[str]:
    """The cells of the first row that begins with this name."""
    line = next(line for line in shown.splitlines() if line.startswith(name + " "))
    return [cell.strip() for cell in line.split("   ") if cell.strip()]


# --- explain -------------------------------------------------------------------------------------


def test_it_begins_with_what_the_cluster_is_and_says_what_it_shall_be() -> None:
    shown = explained()

    assert shown.startswith("sessions is a Memcached cluster in us-east-1; it is available\n")
    assert section(shown, "What it shall be") == [
        "memcached 1.6.22 on cache.t4g.micro, port 11211",
        "2 nodes, single-az, in us-east-1a",
        "with the parameters of default.memcached1.6",
        "generation 1, which grows with every change that is to be made true",
    ]


def test_what_waits_for_the_maintenance_window_is_said() -> None:
    software = replace(SESSIONS.software, node_type="cache.t4g.small")
    pending = PendingChange(software=software, added=(cache_node(3),), removed_ids=(cache_node_id(1),))

    lines = section(explained(replace(SESSIONS, pending=pending)), "What it shall be")

    assert (
        "from the maintenance window on (sun:05:00-sun:06:00): memcached 1.6.22 on cache.t4g.small; "
        "1 node more (0003); without 0001"
    ) in lines


def test_encryption_and_a_rollout_that_is_under_way_are_said() -> None:
    rollout = Rollout(scaling=Scaling(percentage=50, interval_minutes=5), batch_at=CREATED_AT)
    changing = replace(SESSIONS, is_encrypted=True, rollout=rollout, generation=2)

    lines = section(explained(changing, observed_cluster(SESSIONS)), "What it shall be")

    assert "encryption in transit required: TLS alone, at nodes and at the configuration endpoint" in lines
    assert (
        "nodes are replaced in batches, 50 % of the nodes at once, 5 min apart: "
        "the last at 2026-11-23 12:00:00 UTC (90 s ago)"
    ) in lines


def test_what_clients_are_told_is_the_published_list_and_whether_the_endpoint_tells_it_already() -> None:
    observed = observed_cluster(SESSIONS)
    assert observed.endpoint is not None
    late = replace(observed, endpoint=replace(observed.endpoint, version=2))

    assert section(explained(observed=late), "What clients are told") == [
        "version 3 of the list: 0001, 0002",
        "the configuration endpoint, 127.88.48.30:11211: ready, tells version 2; process: pid 101",
    ]


def test_of_a_configuration_endpoint_that_is_not_well_the_reason_is_told() -> None:
    observed = observed_cluster(SESSIONS)
    assert observed.endpoint is not None
    lost = observed_process(NodeHealth.DOWN, "it ended with signal 9")

    lines = section(
        explained(observed=replace(observed, endpoint=replace(observed.endpoint, process=lost))),
        "What clients are told",
    )

    assert lines[1:] == [
        "the configuration endpoint, 127.88.48.30:11211: down, has last told version 3; process: pid 101",
        "  it ended with signal 9",
    ]


def test_before_anybody_has_looked_nothing_is_told_and_nothing_claimed() -> None:
    shown = explained(memcached_cluster("sessions"), NOTHING_OBSERVED)

    assert shown.startswith("sessions is a Memcached cluster in us-east-1; it is creating\n")
    assert section(shown, "How far that is true") == [
        "generation 0 of 1: a change is still under way",
        "never available so far",
    ]
    assert section(shown, "What clients are told") == [
        "nothing yet: the first list is published when every node is ready",
        "the configuration endpoint, 127.88.48.30:11211: not looked at yet; process: pid 101",
    ]
    assert section(shown, "Nodes")[0] == (
        "0001: not looked at yet, not in the list; 127.88.1.1 in us-east-1a; process: pid 100"
    )


def test_each_node_has_its_health_place_engine_and_what_it_waits_for() -> None:
    leaving = cache_node(3, is_leaving=True, node_type="cache.t4g.small")
    cluster = replace(SESSIONS, nodes=(*SESSIONS.nodes, leaving))
    observed = observed_cluster(
        cluster,
        nodes=(
            observed_cache_node(cluster.nodes[0]),
            observed_cache_node(
                cluster.nodes[1],
                process=observed_process(NodeHealth.DOWN, "it ended with signal 9", failed_starts=2),
                awaited_parameters={"num_threads": "2", "maxbytes": "1"},
            ),
            observed_cache_node(leaving),
        ),
    )

    assert section(explained(cluster, observed), "Nodes") == [
        "0001: ready; 127.88.1.1 in us-east-1a; process: pid 100",
        "  runs memcached 1.6.38",
        "  answers",
        "0002: down; 127.88.1.2 in us-east-1a; process: pid 100",
        "  runs memcached 1.6.38",
        "  it ended with signal 9",
        "  its last 2 processes ended before they ever answered",
        "  does not run yet with maxbytes, num_threads as it shall; a reboot is needed",
        "0003: ready, leaving, not in the list; 127.88.1.3 in us-east-1a; process: pid 100",
        "  runs memcached 1.6.38",
        "  answers",
        "  is a cache.t4g.small until it is replaced",
    ]


def test_for_a_node_only_that_node_is_shown_and_its_own_status_comes_first() -> None:
    shown = explained(node=2)

    assert shown.startswith("0002 is a node of sessions; it is available\n")
    assert section(shown, "The node")[0].startswith("0002: ready;")
    assert "0001:" not in shown


def test_the_verdict_and_the_last_failure_are_those_of_the_last_pass() -> None:
    verdict = ObservedVerdict(kind=VerdictKind.WAIT, rule="nodes", sentence="0002 is coming up", since=CREATED_AT)
    failure = Failure(sentence="0002: it ended at once", generation=1, at=NOW, count=1, is_permanent=True)

    shown = explained(observed=observed_cluster(SESSIONS, verdict=verdict, failure=failure))

    assert section(shown, "What the last pass decided") == [
        "0002 is coming up",
        'the rule "nodes" waits, since 2026-11-23 12:00:00 UTC (90 s ago)',
    ]
    assert section(shown, "The last failure")[0] == "0002: it ended at once"


def test_its_security_groups_are_told_with_whether_they_are_enforced() -> None:
    enforced = Enforcement(is_enforced=True, sentence="Enforced by the kernel.", since=CREATED_AT)
    subject = MemcachedSubject(cluster=seen_memcached_cluster(SESSIONS), node_id=None)

    assert "  security groups the VPC's default: Enforced by the kernel.\n" in explanation(subject, (), NOW, enforced)


@pytest.mark.parametrize("named", ["sessions", "SESSIONS", "sessions.0001", "sessions.configuration-endpoint"])
def test_a_cluster_goes_by_its_id_and_by_those_of_its_processes(named: str) -> None:
    caches = (seen_group(groups.group("orders")), seen_memcached_cluster(SESSIONS))

    (found,) = find_subjects(caches, named, None)

    assert isinstance(found, MemcachedSubject)
    assert found.desired is SESSIONS
    assert found.node_id == ("0001" if named.endswith("0001") else None)


def test_who_asks_for_a_node_that_there_is_not_is_told_of_near_ones() -> None:
    with pytest.raises(CommandError, match=r"no node named sessions\.0003\. What there is: sessions\.0002, sessions"):
        find_subjects((seen_memcached_cluster(SESSIONS),), "sessions.0003", None)


def test_the_command_shows_the_cluster_s_own_events(tmp_path: Path) -> None:
    def event(name: str, kind: SourceType) -> Event:
        return Event(region=REGION, source_type=kind, source_id=name, message=f"of {kind}", at=CREATED_AT)

    store = Store.open(tmp_path)
    told = [event("sessions", SourceType.CACHE_CLUSTER), event("sessions", SourceType.REPLICATION_GROUP)]
    asyncio.run(store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, SESSIONS)))
    asyncio.run(store.write(lambda tx: events.append_events(tx, told)))
    store.close()

    result = CliRunner().invoke(app, ["explain", "sessions", "--data-dir", str(tmp_path)])

    assert result.exit_code == 0
    assert [line.split("  ")[-1] for line in section(result.stdout, "Recent events")] == ["sessions: of cache-cluster"]


# --- status --------------------------------------------------------------------------------------


def test_a_cluster_its_endpoint_and_its_nodes_are_rows() -> None:
    cluster = memcached_cluster("sessions", published=1)
    added = replace(cluster, nodes=(*cluster.nodes, cache_node(3)))
    observed = observed_cluster(cluster)

    found = installation(seen_memcached_cluster(added, observed))
    shown = status_text(found, (), columns=200)

    assert row(shown, "Cache") == ["Cache", "Form", "Status", "Engine", "Configuration endpoint"]
    assert row(shown, "sessions") == [
        "sessions", "memcached cluster", "available", "memcached 1.6.38", "127.88.48.30",
    ]  # fmt: skip
    assert row(shown, "sessions.configuration-endpoint") == [
        "sessions.configuration-endpoint", "-", "127.88.48.30:11211", "pid 101", "ready: answers",
    ]  # fmt: skip
    assert row(shown, "sessions.0001") == [
        "sessions.0001", "us-east-1a", "127.88.1.1:11211", "pid 100", "ready: answers",
    ]  # fmt: skip
    assert row(shown, "sessions.0003")[-1] == "unknown: has not been looked at yet (clients are not told of it)"


def test_beside_other_caches_it_has_the_columns_that_those_have() -> None:
    found = installation(seen_group(groups.group("orders")), seen_memcached_cluster(SESSIONS))

    shown = status_text(found, (), columns=200)

    assert row(shown, "sessions") == [
        "sessions", "memcached cluster", "available", "memcached 1.6.38", "-", "-", "127.88.48.30",
    ]  # fmt: skip
    assert row(shown, "sessions.0001")[:3] == ["sessions.0001", "-", "us-east-1a"]


def test_scripts_read_the_same_of_it_as_of_other_caches_and_its_list() -> None:
    told = report(installation(seen_memcached_cluster(SESSIONS)), ())

    (found,) = msgspec.to_builtins(told)["groups"]
    assert (found["form"], found["configuration_endpoint"]) == ("memcached-cluster", "127.88.48.30")
    assert [(node["id"], node["role"], node["is_published"]) for node in found["nodes"]] == [
        ("sessions.0001", None, True),
        ("sessions.0002", None, True),
    ]
    assert (found["endpoint_process"]["published_version"], found["endpoint_process"]["told_version"]) == (3, 3)


def test_what_is_stored_is_observed_from_outside_with_every_process(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    asyncio.run(store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, SESSIONS)))
    asyncio.run(store.write(lambda tx: memcached_clusters.save_observed(tx, SESSIONS.key, observed_cluster(SESSIONS))))
    store.close()

    (seen,) = observe_installation(tmp_path).memcached_clusters

    assert (seen.desired, seen.observed) == (SESSIONS, observed_cluster(SESSIONS))
    assert [process.sentence for process in seen.processes.values()] == ["never started", "never started"]
    assert seen.endpoint_process is not None and seen.endpoint_process.pid is None


# --- top -----------------------------------------------------------------------------------------


def measured(*nodes: str, **values: float) -> Measured:
    def sample(node: str) -> Sample:
        named = dimensions({"CacheClusterId": "sessions", "CacheNodeId": node})
        return Sample(Subject(REGION, NAMESPACE, named), NOW - timedelta(seconds=7), dict(values))

    return Measured(fine={(REGION, "sessions", node): sample(node) for node in nodes}, minute={}, fine_seconds=5)


def test_each_node_has_its_own_numbers_out_of_what_memcached_counts() -> None:
    what = measured(
        "0002", CmdGet=500.0, CmdSet=100.0, DeleteHits=20.0, DeleteMisses=5.0, GetHits=450.0, GetMisses=50.0,
        BytesUsedForCacheItems=1024.0, UnusedMemory=3072.0, CurrItems=7.0, CurrConnections=3.0, Evictions=10.0,
    )  # fmt: skip

    shown = top_report(
        installation(seen_memcached_cluster(SESSIONS)), what, NOW, cache="sessions", sort=Sort.OPERATIONS
    )

    second, first = shown.nodes
    assert (second.node, second.is_current, first.node, first.is_current) == (
        "sessions.0002", True, "sessions.0001", False,
    )  # fmt: skip
    found = second.numbers
    assert (found.operations_per_second, found.hit_ratio, found.evictions_per_second) == (125, 0.9, 2)
    assert (found.memory_bytes, found.memory_bytes_max, found.memory_ratio) == (1024, 4096, 0.25)
    assert (found.item_count, found.client_count, found.cpu_ratio) == (7, 3, None)
    assert (shown.totals.cache_count, shown.totals.node_count, shown.totals.memory_bytes_max) == (1, 2, 4096)


def test_memcached_clusters_alone_have_no_columns_of_what_they_have_not() -> None:
    shown = top_report(
        installation(seen_memcached_cluster(SESSIONS)), measured("0001"), NOW, cache=None, sort=Sort.NAME
    )
    paper = Console(width=200, record=True)
    with paper.capture() as drawn:
        paper.print(screen(shown, columns=200))

    heads = next(line for line in drawn.get().splitlines() if "NODE" in line).split()
    assert {"ITEMS", "HITS", "MEMORY"} <= set(heads)
    assert not {"SHARD", "LAG"} & set(heads)


# --- recover -------------------------------------------------------------------------------------


def test_a_rebuilt_cluster_is_a_row_without_a_primary() -> None:
    recovery = Recovery(rebuilt_at=NOW, documents={str(SESSIONS.key): CREATED_AT}, losses=())

    shown = recovery_text(installation(seen_memcached_cluster(SESSIONS)), recovery, NOW, columns=200)

    assert row(shown, "us-east-1")[:6] == [
        "us-east-1", "sessions", "memcached cluster", "memcached 1.6.22", "2 of 2 run", "-",
    ]  # fmt: skip
