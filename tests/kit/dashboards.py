"""The dashboard for Grafana, as its file has it, and the names that it may use."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from elastane.metrics.derivations import ExposedType
from elastane.metrics.exposition import exposed_families
from tests.repository import ROOT

FILE = ROOT / "dashboards" / "elastane.json"

VARIABLES = {"$__rate_interval": "5m", "$region": ".*", "$cache": ".*", "$node": ".*"}
"""What Grafana puts in their places, for whoever reads an expression as Prometheus does."""


@cache
def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dashboard()["panels"]
    return found


def expressions() -> list[str]:
    """All that Prometheus is asked, as it is written: of panels and of annotations."""
    of_panels = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    of_annotations = [entry["expr"] for entry in dashboard()["annotations"]["list"] if "expr" in entry]
    return [*of_panels, *of_annotations]


def as_asked(expression: str) -> str:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


_OTHERS = {
    "elastane_build_info",
    "elastane_replication_groups",
    "elastane_memcached_clusters",
    "elastane_collection_duration_seconds",
    "elastane_collection_last_success_timestamp_seconds",
    "elastane_deliveries_pending",
    "elastane_deliveries_total",
    "elastane_deliveries_given_up_total",
    "elastane_node_info",
    "elastane_node_up",
}


def offered_names() -> Iterator[str]:
    """All that /metrics may tell of."""
    yield from _OTHERS
    for family in exposed_families():
        is_histogram = family[0].type is ExposedType.HISTOGRAM
        yield from (f"{family[0].name}{end}" for end in (("_bucket", "_sum", "_count") if is_histogram else ("",)))
