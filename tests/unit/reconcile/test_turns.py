"""Turns: every group is looked at once in each idle interval, and not all of them at the same moment."""

from hypothesis import given
from hypothesis import strategies as st

from elastane.model.ids import ReplicationGroupId
from elastane.model.replication_groups import Form, GroupKey
from elastane.reconcile.patience import IDLE_SECONDS
from elastane.reconcile.turns import TURN_COUNT, TURN_SECONDS, last_turn_before
from tests.kit.groups import REGION

MOMENTS = st.floats(min_value=0, max_value=1e7)


def key(number: int) -> GroupKey:
    return GroupKey(REGION, Form.REPLICATION_GROUP, ReplicationGroupId(f"group-{number}"))


@given(number=st.integers(min_value=0), due_seconds=MOMENTS)
def test_a_turn_is_never_an_idle_interval_early_and_hardly_late(number: int, due_seconds: float) -> None:
    turn = last_turn_before(key(number), due_seconds)

    assert due_seconds - IDLE_SECONDS < turn <= due_seconds + TURN_SECONDS / 2


@given(number=st.integers(min_value=0), began_at=MOMENTS, lateness_seconds=st.floats(-0.002, TURN_SECONDS / 3))
def test_a_group_is_looked_at_once_an_interval_whether_the_clock_wakes_it_early_or_late(
    number: int, began_at: float, lateness_seconds: float
) -> None:
    turn = last_turn_before(key(number), began_at)

    following = last_turn_before(key(number), turn + lateness_seconds + IDLE_SECONDS)

    assert abs(following - turn - IDLE_SECONDS) < 1e-6


def test_many_groups_share_all_the_turns() -> None:
    turns = {round(last_turn_before(key(number), 100.0), 3) for number in range(100)}

    assert len(turns) == TURN_COUNT
