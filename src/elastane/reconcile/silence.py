"""How long a running engine has not answered, and whether its process got anywhere meanwhile.

Called by observe, once for each silent node; the rules and the record use what it answers. Pure.

Counted in looks as well as in seconds: a clock that jumps adds seconds and no look, and a pass that comes early
adds a look and hardly a second. Both must agree before anybody acts on it.
"""

from datetime import datetime, timedelta

from elastane.model.observations import Activity
from elastane.model.observed_replication_groups import Silence
from elastane.model.rests import is_within

LOOK_SECONDS = 0.2
"""How long a look waits for an engine's answer; none within it is *silent*, never *dead*."""

GAP_SECONDS_MAX = 3.0
"""A silent node is looked at once a second at least."""


def lengthened(before: Silence | None, activity: Activity | None, now: datetime, *, is_steady: bool) -> Silence:
    """The silence after one more look without an answer.

    It begins anew when we cannot know what was between two looks: while our sense of time is not to be trusted, and
    after a time without looks, because we were away or the clock was moved.
    """
    mark = 0 if activity is None else activity.processor_mark
    is_still = activity is not None and not activity.is_able_to_run
    if before is None or not is_steady or not is_within(now, before.looked_at, GAP_SECONDS_MAX):
        return Silence(
            since=now, look_count=1, still_count=int(is_still), still_since=now, processor_mark=mark, looked_at=now
        )
    goes_on = is_still and before.still_count > 0 and mark == before.processor_mark
    return Silence(
        since=before.since,
        look_count=before.look_count + 1,
        still_count=before.still_count + 1 if goes_on else int(is_still),
        still_since=before.still_since if goes_on else now,
        processor_mark=mark,
        looked_at=now,
    )


def is_long(silence: Silence, *, look_count: int) -> bool:
    """So many looks in a row, and as much time as they take at least."""
    return silence.look_count >= look_count and _is_spread(silence.looked_at - silence.since, look_count)


def is_still(silence: Silence, *, look_count: int) -> bool:
    """The last so many looks found the process where the one before had, and took as much time as looks do."""
    return silence.still_count >= look_count and _is_spread(silence.looked_at - silence.still_since, look_count)


def _is_spread(duration: timedelta, look_count: int) -> bool:
    """An engine that refuses at once can be looked at many times between two moments at which it has to wake."""
    return duration.total_seconds() >= LOOK_SECONDS * (look_count - 1)


def seconds(silence: Silence, now: datetime) -> float:
    return (now - silence.since).total_seconds()
