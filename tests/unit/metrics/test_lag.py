"""A replica is behind by the time since its primary was where it is."""

import pytest

from elastane.metrics.lag import StreamHistory, lag_seconds
from elastane.model.engine_names import EngineName
from elastane.model.measurements import Measurements
from elastane.model.observations import Role


def measured(
    offset_bytes: int, *, replication_id: str = "a", previous: str = "", role: Role = Role.PRIMARY
) -> Measurements:
    return Measurements(
        run_id="one",
        uptime_seconds=100,
        engine=EngineName.VALKEY,
        engine_version="9.1.2",
        role=role,
        is_link_up=True,
        replication_id=replication_id,
        previous_replication_id=previous,
        offset_bytes=offset_bytes,
        replica_offsets={},
        numbers={},
        commands={},
        kinds={},
    )


POINTS = ((0.0, 100), (5.0, 100), (10.0, 200), (15.0, 300))


@pytest.mark.parametrize(
    ("offset_bytes", "seconds"),
    [
        (300, 0.0),
        (301, 0.0),
        (250, 3.5),
        (200, 6.0),
        (100, 11.0),  # what it lacks was written from then on
        (99, 16.0),  # at least
    ],
)
def test_the_moment_is_found_between_two_looks(offset_bytes: int, seconds: float) -> None:
    assert lag_seconds(POINTS, offset_bytes, 16.0) == seconds


def test_before_anything_is_known_nothing_is_told() -> None:
    assert lag_seconds((), 5, 16.0) is None


def test_it_is_told_to_the_millisecond() -> None:
    assert lag_seconds(((0.0, 0), (5.0, 3)), 1, 5.0) == 3.333


def test_a_history_goes_on_through_a_failover() -> None:
    stream = StreamHistory()
    stream.note(0.0, measured(100))
    stream.note(5.0, measured(200))

    stream.note(10.0, measured(300, replication_id="b", previous="a"))

    assert stream.lag_seconds(150, 10.0) == 7.5


def test_another_history_begins_anew() -> None:
    stream = StreamHistory()
    stream.note(0.0, measured(100))

    stream.note(10.0, measured(300, replication_id="c"))

    assert stream.lag_seconds(150, 12.0) == 2.0


def test_what_a_failover_has_cut_off_is_forgotten() -> None:
    stream = StreamHistory()
    stream.note(0.0, measured(100))
    stream.note(5.0, measured(200))

    stream.note(10.0, measured(150, replication_id="b", previous="a"))

    assert stream.lag_seconds(150, 10.0) == 0.0
    assert stream.lag_seconds(125, 10.0) == 5.0


@pytest.mark.parametrize(("replication_id", "is_known"), [("b", True), ("a", True), ("other", False)])
def test_only_a_replica_of_the_same_history_has_a_lag(replication_id: str, is_known: bool) -> None:
    stream = StreamHistory()
    stream.note(0.0, measured(100, replication_id="b", previous="a"))

    assert stream.knows(measured(50, replication_id=replication_id, role=Role.REPLICA)) == is_known
