"""How CONFIG GET says what was given; tests/live/catalog asks the engines themselves."""

import pytest

from elastane.engines import spelling


@pytest.mark.parametrize(
    ("given", "said"),
    [("", ""), ("KEA", "AKE"), ("tK$g", "g$tK"), ("Eg$lshzxetdK", "AKE"), ("nxKEm", "xnKEm"), ("mAEKx", "AKEm")],
)
def test_keyspace_events_are_said_in_the_engines_order(given: str, said: str) -> None:
    assert spelling.as_said("notify-keyspace-events", given) == said


def test_other_values_are_said_as_they_were_given() -> None:
    assert spelling.as_said("maxmemory-policy", "allkeys-lru") == "allkeys-lru"
