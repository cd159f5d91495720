"""Two clocks, compared: when our sense of time is not to be trusted, and for how long."""

from datetime import datetime, timedelta

import pytest

from elastane.reconcile.steadiness import GAP_SECONDS_MAX, REST_SECONDS, Steadiness
from tests.kit.situations import NOW


class Clocks:
    """The loop's and the system's: passing together unless one is moved."""

    def __init__(self) -> None:
        self.seconds = 5000.0
        self.moment = NOW

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.moment

    def passes(self, seconds: float) -> None:
        self.seconds += seconds
        self.moment += timedelta(seconds=seconds)

    def jumps(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def steadiness(clocks: Clocks) -> Steadiness:
    """It has looked once."""
    made = Steadiness(clocks.now, clocks.monotonic)
    assert made.reason() is None
    return made


def test_while_both_clocks_pass_together_there_is_no_reason(clocks: Clocks, steadiness: Steadiness) -> None:
    for _ in range(50):
        clocks.passes(GAP_SECONDS_MAX)

        assert steadiness.reason() is None


@pytest.mark.parametrize(
    ("paused_seconds", "jump_seconds", "sentence"),
    [
        pytest.param(7.25, 0, "the control plane was paused for 7.2 s", id="a process or a machine that stood still"),
        pytest.param(0.1, 3600, "the clock jumped by +3600.0 s", id="a clock put forward, or a machine that slept"),
        pytest.param(0.1, -3600, "the clock jumped by -3600.0 s", id="a clock put back"),
        pytest.param(9.0, 20, "the control plane was paused for 9.0 s", id="both at once"),
    ],
)
def test_who_was_paused_or_whose_clock_moved_must_not_act_for_a_moment(
    clocks: Clocks, steadiness: Steadiness, paused_seconds: float, jump_seconds: float, sentence: str
) -> None:
    clocks.passes(paused_seconds)
    clocks.jumps(jump_seconds)

    assert steadiness.reason() == f"{sentence}: it looks, and does nothing for a moment"


def test_the_reason_stays_the_same_while_it_lasts_and_ends(clocks: Clocks, steadiness: Steadiness) -> None:
    clocks.jumps(60)
    first = steadiness.reason()
    clocks.passes(REST_SECONDS - 0.1)
    meanwhile = steadiness.reason()
    clocks.passes(0.1)

    assert first is not None and first == meanwhile
    assert steadiness.reason() is None


def test_another_jump_begins_another_rest(clocks: Clocks, steadiness: Steadiness) -> None:
    clocks.jumps(60)
    steadiness.reason()
    clocks.passes(REST_SECONDS - 0.1)
    clocks.jumps(-60)
    steadiness.reason()
    clocks.passes(REST_SECONDS - 0.1)

    assert steadiness.reason() == "the clock jumped by -60.0 s: it looks, and does nothing for a moment"


def test_a_correction_that_is_small_is_none(clocks: Clocks, steadiness: Steadiness) -> None:
    for jump_seconds in (0.9, -0.9, 0.5, -0.5):
        clocks.passes(0.1)
        clocks.jumps(jump_seconds)

        assert steadiness.reason() is None


def test_what_was_before_the_first_look_is_nobody_s_pause(clocks: Clocks) -> None:
    made = Steadiness(clocks.now, clocks.monotonic)
    clocks.passes(3600)

    assert made.reason() is None


async def test_without_another_clock_it_asks_the_event_loop(clocks: Clocks) -> None:
    made = Steadiness(clocks.now)
    assert made.reason() is None

    clocks.jumps(60)

    assert made.reason() is not None
