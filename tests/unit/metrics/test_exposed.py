"""What /metrics tells of which cache at a moment, before it is text."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from elastane.metrics.exposed import Caches, exposition_of
from elastane.metrics.exposition import ExposedNode, Exposition
from elastane.metrics.fields import Answer
from elastane.metrics.latest import LatestMeasurement
from elastane.model.engine_names import EngineName
from elastane.model.observations import Role
from elastane.model.observed_memcached_clusters import NOTHING_OBSERVED as NOTHING_OBSERVED_OF_CLUSTER
from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.model.replication_groups import ReplicationGroup
from tests.kit import groups, memcached_clusters

VALKEY = Answer(engine=EngineName.VALKEY, engine_version="9.1.2", role=Role.PRIMARY)
NOW = datetime(2026, 11, 29, 12, 31, 5, tzinfo=UTC)


def measured(key: str, answer: Answer = VALKEY, *, seconds_ago: float = 4) -> Mapping[str, LatestMeasurement]:
    one = LatestMeasurement(
        at_seconds=(NOW - timedelta(seconds=seconds_ago)).timestamp(),
        region=groups.REGION,
        answer=answer,
        is_published=True,
        numbers={"keyspace_hits": 7.0},
        histograms={},
    )
    return {f"{groups.REGION}/{key}": one}


def told(*desired: ReplicationGroup, latest: Mapping[str, LatestMeasurement] | None) -> Exposition:
    pairs = tuple((group, groups.observed(group)) for group in desired)
    return exposition_of(Caches(groups=pairs), None, latest, NOW, version="0.1.0")


def by_name(what: Exposition) -> dict[str, ExposedNode]:
    return {node.cache_cluster: node for node in what.nodes}


def test_every_node_of_every_cache_is_told_of_measured_or_not() -> None:
    nodes = by_name(told(groups.group("orders"), latest=measured("orders-001")))

    assert {name: node.is_measured for name, node in nodes.items()} == {"orders-001": True, "orders-002": False}
    assert nodes["orders-001"].fields == {"keyspace_hits": 7.0}
    assert nodes["orders-001"].attributes["role"] == "primary"
    assert nodes["orders-002"].fields == {}
    assert "role" not in nodes["orders-002"].attributes


def test_what_was_measured_a_while_ago_is_not_told_as_if_it_were_so_now() -> None:
    nodes = by_name(told(groups.group("orders"), latest=measured("orders-001", seconds_ago=16)))

    assert not nodes["orders-001"].is_measured
    assert nodes["orders-001"].fields == {}


def test_where_nobody_was_asked_it_is_not_known_who_answers() -> None:
    nodes = by_name(told(groups.group("orders"), latest=None))

    assert {name: node.is_measured for name, node in nodes.items()} == {"orders-001": None, "orders-002": None}
    assert nodes["orders-001"].fields == {}


def test_a_temporary_node_is_not_told_of() -> None:
    temporary = replace(groups.node("orders--0001"), is_temporary=True)

    what = told(groups.group("orders", groups.node("orders-001"), temporary), latest={})

    assert set(by_name(what)) == {"orders-001"}


def test_caches_are_counted_by_status_those_without_one_as_well() -> None:
    new, old = groups.group("carts"), groups.group("orders")

    pairs = ((new, NOTHING_OBSERVED), (old, groups.observed(old)))
    counts = exposition_of(Caches(groups=pairs), None, {}, NOW, version="0.1.0").control_plane.group_counts

    assert (counts["creating"], counts["available"], counts["deleting"]) == (1, 1, 0)


def test_every_node_of_a_memcached_cluster_is_told_of_by_its_number() -> None:
    cluster = memcached_clusters.memcached_cluster("sessions")
    caches = Caches(clusters=((cluster, NOTHING_OBSERVED_OF_CLUSTER),))
    answer = Answer(engine=EngineName.MEMCACHED, engine_version="1.6.38")

    what = exposition_of(caches, None, measured("sessions.0002", answer), NOW, version="0.1.0")

    lost, well = what.nodes
    assert [(node.cache_cluster, node.cache_node, node.replication_group) for node in what.nodes] == [
        ("sessions", "0001", "sessions"),
        ("sessions", "0002", "sessions"),
    ]
    assert (lost.is_measured, well.is_measured) == (False, True)
    assert well.attributes == {
        "zone": "us-east-1a", "node_type": "cache.t4g.micro", "engine": "memcached", "version": "1.6.38",
    }  # fmt: skip
    assert what.control_plane.cluster_counts["creating"] == 1
    assert what.control_plane.cluster_counts["available"] == 0
