"""What a memcached and a configuration endpoint count, sorted into what grows and what is."""

import pytest

from elastane.metrics.counters import CONFIGURATION, STATISTICS
from elastane.metrics.memcached_counters import (
    cache_node_counters,
    cache_node_levels,
    configuration_counters,
    configuration_levels,
)
from elastane.model.ids import cache_node_id
from elastane.model.measurements import ProcessUsage
from elastane.model.memcached_measurements import EndpointMeasurements
from tests.kit.fake_meter import cache_node_measurements

USAGE = ProcessUsage(processor_nanoseconds=0, process_nanoseconds=0, major_fault_count=0, start_ticks=77)


def endpoint(**changes: int) -> EndpointMeasurements:
    defaults = {"version": 3, "change_count": 2, "connection_count": 0}
    return EndpointMeasurements(**{**defaults, **changes}, config_gets={cache_node_id(1): 5})


def test_what_grows_is_kept_apart_from_what_is_and_from_what_nobody_asks_for() -> None:
    seen = cache_node_measurements(get_hits=4, curr_items=2, threads=4)

    assert cache_node_counters(100.0, seen)[STATISTICS].numbers["get_hits"] == 4
    assert cache_node_levels(seen) == {"curr_items": 2, "bytes": 0, "limit_maxbytes": 1000}
    assert "threads" not in cache_node_counters(100.0, seen)[STATISTICS].numbers


@pytest.mark.parametrize(("uptime", "age_seconds"), [(2, 0), (3, 1), (62, 60), (0, 0)])
def test_a_process_says_that_it_is_two_seconds_old_when_it_starts(uptime: int, age_seconds: float) -> None:
    assert cache_node_counters(100.0, cache_node_measurements(uptime=uptime))[STATISTICS].age_seconds == age_seconds


def test_a_process_is_the_same_while_it_grows_older_and_another_one_with_another_start() -> None:
    def identity(**counters: int) -> str:
        return cache_node_counters(100.0, cache_node_measurements(**counters))[STATISTICS].identity

    assert identity(pid=5, uptime=10, time=1000) == identity(pid=5, uptime=70, time=1060)
    assert identity(pid=5, uptime=10, time=1000) != identity(pid=6, uptime=10, time=1000)
    assert identity(pid=5, uptime=10, time=1000) != identity(pid=5, uptime=3, time=1060)


def test_questions_are_those_of_the_node_that_is_meant_and_changes_are_everybodys() -> None:
    asked = configuration_counters(100.0, endpoint(), USAGE, cache_node_id(1))[CONFIGURATION]
    untold = configuration_counters(100.0, endpoint(), USAGE, cache_node_id(2))[CONFIGURATION]

    assert (asked.identity, asked.numbers) == ("77", {"config_changes": 2, "config_gets": 5})
    assert untold.numbers == {"config_changes": 2}


def test_there_is_one_configuration_once_something_was_published() -> None:
    assert configuration_levels(endpoint()) == {"configurations": 1}
    assert configuration_levels(endpoint(version=0)) == {"configurations": 0}
