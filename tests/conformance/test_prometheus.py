"""/metrics as a Prometheus reads it: the real text, Prometheus' own linter and parser, and what the dashboard asks."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from elastane.metrics.definitions import DEFINITIONS, READS, WRITES
from elastane.metrics.exposition import ControlPlaneNumbers, ExposedNode, Exposition, Format, render
from elastane.metrics.latest import Histogram
from elastane.store.metrics_token import load_metrics_token
from tests.conformance.caches import Caches, connected, primary_endpoint
from tests.kit.asserts import eventually
from tests.kit.dashboards import as_asked, expressions, offered_names
from tests.kit.elastane import RunningElastane
from tests.kit.prometheus_tools import complaints_about_metrics, complaints_about_rules
from tests.repository import ROOT, text

MEASURED_SECONDS_MAX = 30
PAGE = ROOT / "docs" / "how-to" / "watch-with-prometheus.md"


def scrape(elastane: RunningElastane, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.Client(trust_env=False) as client:
        return client.get(f"{elastane.url}/metrics", headers=sent)


def value(told: str, name: str, **labels: str) -> float | None:
    parse: Callable[[str], Iterable[Metric]] = parse_text
    found = [
        sample.value
        for family in parse(told)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert len(found) <= 1
    return found[0] if found else None


async def until_measured(elastane: RunningElastane, node: str) -> str:
    """The text, once it tells of the node."""

    def look() -> str:
        told = scrape(elastane).text
        return told if value(told, "elastane_node_up", cache_cluster=node) == 1 else ""

    return await eventually(look, timeout_seconds=MEASURED_SECONDS_MAX, interval_seconds=0.5)


# --- the text ------------------------------------------------------------------------------------


async def test_prometheus_linter_has_nothing_against_what_is_really_told(
    elastane: RunningElastane, caches: Caches
) -> None:
    group = caches.make_group(NumCacheClusters=2)

    told = await until_measured(elastane, f"{group}-002")

    assert complaints_about_metrics(told.encode()) == ""


def test_the_linter_has_nothing_against_any_row_of_the_table() -> None:
    node = ExposedNode(
        region="us-east-1",
        cache_cluster="orders-001",
        cache_node="0001",
        replication_group="orders",
        shard="0001",
        attributes={"role": "primary"},
        is_measured=True,
        fields={definition.exposed.field: 3.0 for definition in DEFINITIONS if definition.exposed is not None},
        histograms={kind: Histogram(((8.0, 2.0),), 9.0) for kind in (READS, WRITES)},
    )
    numbers = ControlPlaneNumbers(
        version="0.1.0", group_counts={"available": 1}, cluster_counts={"available": 1}, collected_at_seconds=1.0
    )

    assert complaints_about_metrics(render(Exposition(control_plane=numbers, nodes=(node,)), Format.TEXT)) == ""


def test_the_linter_would_say_so() -> None:
    assert "no help text" in complaints_about_metrics(b"requests_milliseconds 1\n")


async def test_both_formats_are_read_again(elastane: RunningElastane, caches: Caches) -> None:
    node = f"{caches.make_group()}-001"
    await until_measured(elastane, node)

    plain = scrape(elastane)
    openmetrics = scrape(elastane, accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")

    parse: Callable[[str], Iterable[Metric]] = parse_openmetrics
    names = {family.name for family in parse(openmetrics.text)}
    assert plain.headers["content-type"] == Format.TEXT
    assert openmetrics.headers["content-type"] == Format.OPENMETRICS
    assert {"redis_keyspace_hits", "elastane_node", "elastane_build"} <= names


async def test_counters_are_what_the_engine_has_counted(elastane: RunningElastane, caches: Caches) -> None:
    group = caches.make_group()
    node = f"{group}-001"

    with connected(primary_endpoint(caches.group(group))) as cache:
        cache.mset({f"key{number}": "x" for number in range(10)})
        for number in range(17):
            cache.get(f"key{number}")

    def are_told() -> None:
        told = scrape(elastane).text
        assert value(told, "redis_keyspace_hits_total", cache_cluster=node) == 10
        assert value(told, "redis_keyspace_misses_total", cache_cluster=node) == 7
        assert value(told, "elastane_node_keys", cache_cluster=node) == 10
        assert value(told, "elastane_node_info", cache_cluster=node, role="primary", replication_group=group) == 1

    await eventually(are_told, timeout_seconds=MEASURED_SECONDS_MAX, interval_seconds=0.5)


async def test_a_cache_that_is_gone_is_not_told_of(elastane: RunningElastane, caches: Caches) -> None:
    group = caches.make_group()
    await until_measured(elastane, f"{group}-001")

    caches.delete_all()

    def is_gone() -> bool:
        return f'cache_cluster="{group}-001"' not in scrape(elastane).text

    await eventually(is_gone, timeout_seconds=MEASURED_SECONDS_MAX, interval_seconds=0.5)


# --- who may read it -----------------------------------------------------------------------------


def test_who_comes_through_a_proxy_needs_the_token_of_the_data_directory(elastane: RunningElastane) -> None:
    token = load_metrics_token(elastane.data_dir).reveal()

    without = scrape(elastane, x_forwarded_for="203.0.113.7")
    with_it = scrape(elastane, x_forwarded_for="203.0.113.7", authorization=f"Bearer {token}")
    with_another = scrape(elastane, authorization="Bearer another")

    assert (without.status_code, with_it.status_code, with_another.status_code) == (401, 200, 401)
    assert token not in without.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_but_reading_is_possible_there(elastane: RunningElastane, method: str) -> None:
    with httpx.Client(trust_env=False) as client:
        answer = client.request(method, f"{elastane.url}/metrics")

    assert answer.status_code == 403
    assert "MissingAuthenticationToken" in answer.text


def test_a_token_opens_nothing_else(elastane: RunningElastane) -> None:
    token = load_metrics_token(elastane.data_dir).reveal()

    with httpx.Client(trust_env=False) as client:
        answer = client.get(
            f"{elastane.url}/?Action=DescribeReplicationGroups&Version=2015-02-02",
            headers={"authorization": f"Bearer {token}"},
        )

    assert answer.status_code in (400, 403)
    assert "DescribeReplicationGroupsResult" not in answer.text


# --- what is asked of it -------------------------------------------------------------------------


def test_every_expression_of_the_dashboard_is_one_to_prometheus(tmp_path: Path) -> None:
    rules = "".join(
        f"  - record: dashboard:expression:{number}\n    expr: |\n      {as_asked(expression)}\n"
        for number, expression in enumerate(expressions())
    )
    file = tmp_path / "rules.yml"
    file.write_text(f"groups:\n- name: dashboard\n  rules:\n{rules}")

    assert complaints_about_rules(file) == ""


def test_the_alerts_of_the_documentation_are_rules_to_prometheus(tmp_path: Path) -> None:
    (rules,) = re.findall(r"^```yaml\n(groups:.*?)^```", text(PAGE), re.MULTILINE | re.DOTALL)
    file = tmp_path / "rules.yml"
    file.write_text(rules)

    assert complaints_about_rules(file) == ""


def test_the_documentation_names_only_what_is_told() -> None:
    named = set(re.findall(r"\b((?:elastane|redis|memcached)_[a-z_]+[a-z])(?:\b|_)", text(PAGE)))

    offered = {name.removesuffix("_bucket") for name in offered_names()}
    assert sorted(named - offered) == []


def test_prometheus_would_say_so(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text("groups:\n- name: wrong\n  rules:\n  - record: a:b\n    expr: sum(rate(x))\n")

    assert "expected type range vector" in complaints_about_rules(file)
