"""A node, its metrics, and samples of them."""

from datetime import UTC, datetime

from elastane.model.ids import Region
from elastane.model.metrics import NAMESPACE, Listing, Metric, Sample, Subject, Unit, dimensions

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REGION = Region("us-east-1")
OWN = dimensions({"CacheClusterId": "orders-001", "CacheNodeId": "0001"})
ALIAS = dimensions({"CacheClusterId": "orders-001"})
NODE = Subject(REGION, NAMESPACE, OWN)
HITS = Metric(NODE, "CacheHits")
LISTINGS = {"CacheHits": Listing(Unit.COUNT, (ALIAS,))}
CUSTOM = Subject(REGION, "App", dimensions({"Shop": "one"}))


def sample(at: datetime, value: float, subject: Subject = NODE) -> Sample:
    return Sample(subject, at, {"CacheHits": float(value)})
