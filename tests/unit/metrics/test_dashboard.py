"""The dashboard for Grafana asks for nothing that is not exposed, and is laid out as Grafana lays out."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from tests.kit.dashboards import dashboard, expressions, offered_names, panels


def test_every_expression_uses_only_what_is_exposed() -> None:
    unknown = {
        name
        for expression in expressions()
        for name in re.findall(r"\b(?:elastane|redis|memcached)_\w+", expression)
        if name not in set(offered_names())
    }

    assert unknown == set()


def test_every_panel_can_be_narrowed_to_a_region_a_cache_and_a_node() -> None:
    narrow = 'region=~"$region", replication_group=~"$cache", cache_cluster=~"$node"'

    bare = [
        expression
        for expression in expressions()
        for name, selector in re.findall(r"\b((?:elastane_node|redis|memcached)_\w+)(\{[^}]*\})?", expression)
        if narrow not in selector
    ]

    assert bare == []


def test_the_prometheus_is_chosen_by_whoever_imports_it() -> None:
    def sources(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            source = part.get("datasource")
            if isinstance(source, dict) and source.get("type") == "prometheus":
                yield source["uid"]
            for below in part.values():
                yield from sources(below)
        elif isinstance(part, list):
            for below in part:
                yield from sources(below)

    assert set(sources(dashboard())) == {"${datasource}"}
    names = [variable["name"] for variable in dashboard()["templating"]["list"]]
    assert names == ["datasource", "region", "cache", "node"]


def test_every_panel_says_what_it_shows_and_no_two_overlap() -> None:
    places = []
    for panel in panels():
        assert panel["title"]
        assert panel["type"] == "row" or panel["description"]
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        places.append((place["x"], place["y"], place["x"] + place["w"], place["y"] + place["h"], panel["title"]))

    overlapping = [
        (one[4], other[4])
        for one, other in combinations(places, 2)
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    assert overlapping == []
    assert len({panel["id"] for panel in panels()}) == len(places)
