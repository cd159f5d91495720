"""The text of /metrics: what Prometheus reads in it, in both formats."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from elastane.metrics.definitions import DEFINITIONS, READS, WRITES
from elastane.metrics.derivations import ExposedType
from elastane.metrics.exposition import (
    BUCKET_BOUNDS_MICROSECONDS,
    ControlPlaneNumbers,
    DeliveryCounts,
    ExposedNode,
    Exposition,
    Format,
    choose_format,
    cumulative_buckets,
    exposed_families,
    render,
)
from elastane.metrics.latest import Histogram

EVERY_FIELD = {definition.exposed.field: 3.0 for definition in DEFINITIONS if definition.exposed is not None}
EMPTY = Histogram((), 0.0)
CONTROL_PLANE = ControlPlaneNumbers(
    version="0.1.0",
    group_counts={"available": 2, "creating": 0},
    cluster_counts={"available": 1, "rebooting cluster nodes": 0},
    collection_seconds=0.2,
    collected_at_seconds=1_790_000_000.0,
    deliveries=DeliveryCounts(pending=1, delivered=7, given_up=0),
)


def node(name: str = "orders-001", **changes: Any) -> ExposedNode:
    default = ExposedNode(
        region="us-east-1",
        cache_cluster=name,
        cache_node="0001",
        replication_group="orders",
        shard="0001",
        attributes={"role": "primary", "zone": "us-east-1a", "engine": "valkey", "version": "9.1.2"},
        is_measured=True,
        fields=EVERY_FIELD,
        histograms={READS: EMPTY, WRITES: EMPTY},
    )
    return replace(default, **changes)


def exposition(*nodes: ExposedNode, control_plane: ControlPlaneNumbers = CONTROL_PLANE) -> Exposition:
    return Exposition(control_plane=control_plane, nodes=nodes)


def parsed(what: Exposition, wanted: Format) -> dict[str, Metric]:
    text = render(what, wanted).decode()
    parse: Callable[[str], Iterable[Metric]] = parse_text if wanted is Format.TEXT else parse_openmetrics
    return {family.name: family for family in parse(text)}


def value(what: Exposition, name: str, **labels: str) -> float | None:
    """Of the one sample of that name with these labels; None where there is none."""
    samples = [
        sample.value
        for family in parsed(what, Format.TEXT).values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert len(samples) <= 1
    return samples[0] if samples else None


def test_whether_a_node_is_up_is_told_of_those_that_were_asked() -> None:
    unasked = exposition(node(is_measured=None, fields={}))

    assert value(exposition(node()), "elastane_node_up") == 1
    assert value(exposition(node(is_measured=False, fields={})), "elastane_node_up") == 0
    assert "elastane_node_up" not in parsed(unasked, Format.TEXT)
    assert value(unasked, "elastane_node_info") == 1


# --- the formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", list(Format))
def test_every_row_of_the_table_is_read_again_with_its_type_and_help(wanted: Format) -> None:
    found = parsed(exposition(node()), wanted)

    for family in exposed_families():
        row = family[0]
        name = row.name.removesuffix("_total") if row.type is ExposedType.COUNTER else row.name
        assert (found[name].type, found[name].documentation) == (row.type, row.help)


def test_both_formats_say_the_same() -> None:
    what = exposition(node(), node("orders-002"))
    text, openmetrics = (
        sorted(
            (sample.name, sorted(sample.labels.items()), sample.value)
            for one in found.values()
            for sample in one.samples
        )
        for found in (parsed(what, Format.TEXT), parsed(what, Format.OPENMETRICS))
    )

    assert text == openmetrics


def test_rows_of_one_name_agree_in_all_but_their_labels() -> None:
    for family in exposed_families():
        assert len({(row.type, row.help, tuple(name for name, _ in row.labels)) for row in family}) == 1
        assert len({row.labels for row in family}) == len(family)


def test_the_order_does_not_depend_on_the_order_of_what_is_told() -> None:
    first, second = node("orders-001"), node("orders-002")

    assert render(exposition(first, second), Format.TEXT) == render(exposition(second, first), Format.TEXT)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        ("text/html, */*;q=0.1", Format.TEXT),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", Format.OPENMETRICS),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.2", Format.OPENMETRICS),
        ("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5", Format.TEXT),
        ("application/openmetrics-text;version=0.0.1,text/plain;q=0.1", Format.TEXT),
        ("application/openmetrics-text;version=2.0.0", Format.TEXT),
        ("application/openmetrics-text;q=0", Format.TEXT),
        ("application/openmetrics-text;q=many", Format.TEXT),
        (";;;,,q=", Format.TEXT),
    ],
)  # fmt: skip
def test_the_format_is_the_one_that_is_liked_best(accept: str, wanted: Format) -> None:
    assert choose_format(accept) is wanted


# --- the values ----------------------------------------------------------------------------------


def test_a_sample_names_its_node_by_what_never_changes() -> None:
    found = parsed(exposition(node()), Format.TEXT)

    assert found["redis_keyspace_hits"].samples[0].labels == {
        "region": "us-east-1", "cache_cluster": "orders-001", "cache_node": "0001", "replication_group": "orders",
        "shard": "0001",
    }  # fmt: skip


def test_what_may_change_is_told_beside_it() -> None:
    what = exposition(node())

    assert value(what, "elastane_node_info", cache_cluster="orders-001", role="primary", version="9.1.2") == 1


def test_counters_are_told_raw_and_in_base_units() -> None:
    what = exposition(
        node(fields={"keyspace_hits": 1_234_567.0, "main_thread_nanoseconds": 2.5e9, "microseconds_of_hash": 1500.0})
    )

    assert value(what, "redis_keyspace_hits_total") == 1_234_567
    assert value(what, "elastane_node_main_thread_cpu_seconds_total") == 2.5
    assert value(what, "elastane_node_command_seconds_total", family="hash") == 0.0015


def test_nodes_of_a_memcached_cluster_are_told_apart_by_their_numbers_and_have_no_shard() -> None:
    fields = {"curr_items": 7.0, "get_hits": 2.0, "get_misses": 1.0}
    nodes = [
        node("sessions", cache_node=number, replication_group="sessions", shard="", fields=fields)
        for number in ("0001", "0002")
    ]

    found = parsed(exposition(*nodes), Format.OPENMETRICS)

    labels = [sample.labels for sample in found["memcached_current_items"].samples]
    assert [one["cache_node"] for one in labels] == ["0001", "0002"]
    assert not any(one.get("shard") for one in labels)
    what = exposition(nodes[0])
    assert value(what, "memcached_operations_total", operation="get", type="hit") == 2
    assert value(what, "memcached_operations_total", operation="get", type="miss") == 1


def test_what_was_not_measured_is_not_there_and_what_was_zero_is() -> None:
    what = exposition(node(fields={"evicted_keys": 0.0}))

    assert value(what, "redis_keys_evicted_total") == 0
    assert value(what, "elastane_node_replication_lag_seconds") is None
    assert "elastane_node_replication_lag_seconds" not in parsed(what, Format.TEXT)


def test_a_node_that_does_not_answer_is_not_up_and_tells_nothing_else() -> None:
    what = exposition(node(fields={}, histograms={}, is_measured=False, attributes={"zone": "us-east-1a"}))

    assert value(what, "elastane_node_up", cache_cluster="orders-001") == 0
    assert value(what, "elastane_node_info", cache_cluster="orders-001", zone="us-east-1a") == 1
    assert value(what, "redis_keyspace_hits_total") is None


def test_requests_are_a_histogram_in_seconds_with_the_same_buckets_whatever_was_called() -> None:
    reads = Histogram(((8.0, 2.0), (264.0, 5.0)), sum=700.0)

    what = exposition(node(histograms={READS: reads, WRITES: EMPTY}))

    name = "elastane_node_request_duration_seconds"
    assert value(what, f"{name}_count", kind=READS) == 5
    assert value(what, f"{name}_sum", kind=READS) == pytest.approx(0.0007)
    samples = parsed(what, Format.TEXT)[name].samples
    buckets = {one.labels["le"]: one.value for one in samples if one.labels.get("kind") == READS and "le" in one.labels}
    edges = ("0.000004", "0.000008", "0.000132", "0.000264", "+Inf")
    assert [buckets[edge] for edge in edges] == [0, 2, 2, 5, 5]
    assert len(buckets) == len(BUCKET_BOUNDS_MICROSECONDS) + 1


def test_an_engine_that_keeps_no_latencies_has_no_histogram_and_one_that_nobody_called_has() -> None:
    what = exposition(node(histograms={READS: Histogram((), sum=700.0), WRITES: EMPTY}))

    assert value(what, "elastane_node_request_duration_seconds_count", kind=READS) is None
    assert value(what, "elastane_node_request_duration_seconds_count", kind=WRITES) == 0


def test_a_step_that_no_engine_was_known_to_have_is_counted_in_the_next_one() -> None:
    buckets = dict(cumulative_buckets(Histogram(((9.0, 1.0), (5_000_000.0, 3.0)), sum=0.0)))

    assert (buckets["0.000008"], buckets["0.000016"], buckets["1.082130"], buckets["+Inf"]) == (0, 1, 1, 3)


def test_the_control_plane_tells_of_itself() -> None:
    what = exposition()

    assert value(what, "elastane_build_info", version="0.1.0") == 1
    assert value(what, "elastane_replication_groups", status="available") == 2
    assert value(what, "elastane_replication_groups", status="creating") == 0
    assert value(what, "elastane_memcached_clusters", status="available") == 1
    assert value(what, "elastane_memcached_clusters", status="rebooting cluster nodes") == 0
    assert value(what, "elastane_collection_duration_seconds") == 0.2
    assert value(what, "elastane_deliveries_pending") == 1
    assert value(what, "elastane_deliveries_total") == 7


def test_what_the_control_plane_does_not_know_it_does_not_tell() -> None:
    what = exposition(control_plane=ControlPlaneNumbers(version="0.1.0", group_counts={}, cluster_counts={}))

    assert set(parsed(what, Format.TEXT)) == {
        "elastane_build_info", "elastane_replication_groups", "elastane_memcached_clusters",
    }  # fmt: skip


def test_a_label_may_say_anything() -> None:
    what = exposition(node(attributes={"zone": 'a"b\\c\nd'}))

    assert value(what, "elastane_node_info", zone='a"b\\c\nd') == 1
