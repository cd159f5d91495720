"""What is remembered of one node between looks, and the values that follow: of each stretch, and each minute. Pure.

A minute is the sum of its stretches, so a process that dies in it loses only what it counted after the last look. What
was not heard for a while within one minute is still counted in that minute, for all of it happened there, and in none
of the short stretches.
"""

from collections.abc import Mapping, Sequence

import msgspec

from elastane.metrics.counters import STATISTICS, Counted, Counters, bucket_increments, increments
from elastane.metrics.derivations import Definition
from elastane.metrics.samples import Value, latency_values, minute_values, node_values

MINUTE_SECONDS = 60
STRETCHES_MAX = 2
"""Looks further apart than so many stretches are not compared."""

_SLACK_SECONDS = 2.0
"""A look takes place a little after its moment."""


class Stretch(msgspec.Struct, frozen=True):
    """The time before a tick."""

    begin_seconds: int
    seconds: int

    @property
    def end_seconds(self) -> int:
        return self.begin_seconds + self.seconds

    @property
    def minute_seconds(self) -> int:
        """The beginning of the minute that it is a part of."""
        return self.begin_seconds // MINUTE_SECONDS * MINUTE_SECONDS

    @property
    def ends_a_minute(self) -> bool:
        return self.end_seconds % MINUTE_SECONDS == 0


class Baseline(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the next look is compared with: kept over a restart of ours."""

    counters: dict[str, Counted] = {}
    thorough: dict[str, Counted] = {}
    """Of the last full minute: statistics, and calls by how long they took."""


class Minute(msgspec.Struct, frozen=True):
    """All that a minute came to."""

    begin_seconds: int
    values: dict[str, Value]


class NodeSeries:
    """One node's, whose engine has these metrics. `baseline` is of the time before a restart of ours."""

    def __init__(self, definitions: Sequence[Definition], baseline: Baseline | None = None) -> None:
        self._definitions = definitions
        known = baseline or Baseline()
        self._last: Counters = dict(known.counters)
        self._thorough: dict[str, Counted] = dict(known.thorough)
        self._minute_seconds: int | None = None
        self._grown: dict[str, float] = {}
        self._levels: dict[str, float] = {}
        self._latencies: dict[str, Value] = {}

    @property
    def baseline(self) -> Baseline:
        return Baseline(dict(self._last), dict(self._thorough))

    def lacks_beginning(self, stretch: Stretch) -> bool:
        """Whether there is nothing of this minute yet to compare its latencies with."""
        begun = self._thorough.get(STATISTICS)
        return begun is None or begun.at_seconds < stretch.minute_seconds

    def begin(self, stretch: Stretch) -> Minute | None:
        """Answers the minute before, should nobody have asked for it at its end."""
        left = None
        if self._minute_seconds not in (None, stretch.minute_seconds):
            left = self.finish()
        self._minute_seconds = stretch.minute_seconds
        return left

    def note(
        self, stretch: Stretch, counters: Counters, levels: Mapping[str, float], *, is_heard: bool
    ) -> dict[str, Value]:
        """The stretch's own values. An engine that was not heard keeps its levels until the minute's end."""
        near_seconds = STRETCHES_MAX * stretch.seconds + _SLACK_SECONDS
        near = increments(self._last, counters, gap_seconds_max=near_seconds)
        grown = self._grown_within_the_minute(stretch, counters, beyond_seconds=near_seconds) | near
        for name, number in grown.items():
            self._grown[name] = self._grown.get(name, 0.0) + number
        self._last.update(counters)
        self._levels = dict(levels) if is_heard else {**self._levels, **levels}
        return node_values(self._definitions, near, levels)

    def _grown_within_the_minute(
        self, stretch: Stretch, counters: Counters, *, beyond_seconds: float
    ) -> dict[str, float]:
        """Of the parts that were last seen longer ago than that, and in this minute: rarely any."""
        later = {
            part: seen
            for part, seen in counters.items()
            if (last := self._last.get(part)) is not None
            and last.at_seconds >= stretch.minute_seconds
            and seen.at_seconds - last.at_seconds > beyond_seconds
        }
        earlier = {part: self._last[part] for part in later}
        return increments(earlier, later, gap_seconds_max=MINUTE_SECONDS + _SLACK_SECONDS)

    def note_thorough(self, statistics: Counted, buckets: Mapping[str, Counted]) -> None:
        """A look that asked for latencies: what they came to since the last one is the minute's, or nobody's where
        that was longer ago."""
        gap_seconds_max = MINUTE_SECONDS + _SLACK_SECONDS
        grown = increments(
            {part: last for part, last in self._thorough.items() if part == STATISTICS},
            {STATISTICS: statistics},
            gap_seconds_max=gap_seconds_max,
        )
        counted = {
            kind: bucket_increments(self._thorough.get(kind), seen, gap_seconds_max=gap_seconds_max)
            for kind, seen in buckets.items()
        }
        self._latencies = latency_values(grown, counted)
        self._thorough = {STATISTICS: statistics, **buckets}

    def finish(self) -> Minute | None:
        """The minute that ends here; None when nothing was seen in it."""
        if self._minute_seconds is None:
            return None
        values = minute_values(self._definitions, self._grown, self._levels) | self._latencies
        minute = Minute(self._minute_seconds, values) if values else None
        self._minute_seconds, self._grown, self._levels, self._latencies = None, {}, {}, {}
        return minute
