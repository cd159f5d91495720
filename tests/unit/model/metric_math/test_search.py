"""Which metrics a SEARCH means: the examples of AWS's page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.ids import Region
from elastane.model.metric_math.search import parse_search
from elastane.model.metric_math.syntax import MathError
from elastane.model.metrics import Metric, Subject, dimensions


def metric(name: str, namespace: str = "MyNamespace", **labels: str) -> Metric:
    return Metric(Subject(Region("us-east-1"), namespace, dimensions(labels)), name)


HITS = metric("CacheHits", "AWS/ElastiCache", CacheClusterId="orders-001", CacheNodeId="0001")
HITS_OF_CLUSTER = metric("CacheHits", "AWS/ElastiCache", CacheClusterId="orders-001")


@pytest.mark.parametrize(
    ("term", "name", "is_found"),
    [
        ("count", "CustomCount1", True),
        ("Count", "CustomCount1", True),
        ("COUNT", "CustomCount1", True),
        ("couNT", "CustomCount1", False),
        ("CustomCount", "CustomCount1", True),
        ("Count1", "CustomCount1", True),
        ("customcount", "CustomCount1", False),
        ("count1", "CustomCount1", False),
        ("sdb", "SDBFailure", True),
        ("failure", "SDBFailure", True),
        ("333", "Project2-trial333", True),
        ("network/errors", "Network-Errors-2", True),
        ("network+errors", "NetworkErrors2", True),
        ("network-errors", "NetworkErrors2", True),
        ("Network_Errors", "Network-Errors-2", True),
        ('"CustomCount1"', "CustomCount1", True),
        ('"customcount1"', "CustomCount1", False),
        ('"Custom"', "CustomCount1", False),
        ('"Network-Errors-2"', "Network-Errors-2", True),
        ('"Network_Errors_2"', "Network-Errors-2", False),
        (r'"Europe\\France Traffic\(Network\)"', r"Europe\France Traffic(Network)", True),
    ],
)
def test_a_term_is_matched_as_on_aws_s_page(term: str, name: str, is_found: bool) -> None:
    assert parse_search(f" {{MyNamespace}}, {term} ").matches(metric(name)) is is_found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("{AWS/ElastiCache,CacheClusterId,CacheNodeId}", True),
        ("{AWS/ElastiCache, CacheNodeId, CacheClusterId}", True),
        ('{"AWS/ElastiCache","CacheClusterId","CacheNodeId"} MetricName="CacheHits"', True),
        ("{AWS/ElastiCache,CacheClusterId}", False),
        ("{AWS/ElastiCache}", True),
        ("{AWS/EC2,CacheClusterId,CacheNodeId}", False),
        ('MetricName="CacheHits"', True),
        ('MetricName="CacheMisses"', False),
        ("MetricName=hits", True),
        ('CacheClusterId="orders-001"', True),
        ("CacheClusterId=orders", True),
        ('CacheClusterId="CacheHits"', False),
        ('Namespace="AWS/ElastiCache"', True),
        ("NOT Namespace=AWS", False),
        ("hits orders", True),
        ("hits AND users", False),
        ("(misses OR hits) AND orders", True),
        ("misses OR (hits orders)", True),
        ("hits NOT orders", False),
        ("hits NOT users NOT sessions", True),
        ('MetricName=("CacheHits" OR "CacheMisses")', True),
        ('"CacheClusterId"=("users-001" OR "orders-001")', True),
        ('MetricName=("A" OR "B")', False),
    ],
)
def test_a_search_is_narrowed_by_its_schema_and_its_terms(text: str, is_found: bool) -> None:
    assert parse_search(text).matches(HITS) is is_found


def test_a_schema_means_the_metrics_with_its_dimensions_and_no_others() -> None:
    search = parse_search('{AWS/ElastiCache,CacheClusterId} MetricName="CacheHits"')

    assert search.matches(HITS_OF_CLUSTER)
    assert not search.matches(HITS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "{AWS/EC2",
        "{}",
        "{,}",
        "a AND",
        "OR a",
        "(a",
        "a)",
        '"open',
        "MetricName=",
        "NOT",
        "x" * 1025,
        "(" * 90,
        "NOT " * 90 + "a",
        "a=" * 90 + "b",
    ],
)
def test_what_is_no_search_is_refused(text: str) -> None:
    with pytest.raises(MathError):
        parse_search(text)


@given(text=st.text(st.sampled_from('{},()"= aA1ORNDT\\'), max_size=100))
def test_any_text_is_a_search_or_refused(text: str) -> None:
    try:
        search = parse_search(text)
    except MathError as error:
        assert str(error)
    else:
        assert search.matches(HITS) in (True, False)
