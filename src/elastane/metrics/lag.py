"""How far a replica is behind its primary, in seconds: when its primary was where the replica is now. Pure.

No engine says it. A primary's offset in its stream is remembered with the moment of each look, so a replica's offset
can be turned into a moment: between two looks the stream is taken to have grown evenly. A replica that has come as far
as its primary was when that was asked is behind by nothing.
"""

from collections import deque
from collections.abc import Iterable
from itertools import pairwise

from elastane.model.measurements import Measurements

FIELD = "replication_lag_seconds"
"""What it is called among a node's numbers."""

POINTS_MAX = 720
"""An hour at one look in five seconds. Who is behind by more is behind by at least that."""


class StreamHistory:
    """Where the stream of one node group was, and when. A failover goes on with it: offsets do."""

    def __init__(self, points_max: int = POINTS_MAX) -> None:
        self._points: deque[tuple[float, int]] = deque(maxlen=points_max)
        self._ids: frozenset[str] = frozenset()

    def note(self, at_seconds: float, primary: Measurements) -> None:
        """A history that has nothing to do with the one before begins anew."""
        ids = frozenset({primary.replication_id, primary.previous_replication_id} - {""})
        if self._ids.isdisjoint(ids):
            self._points.clear()
        self._ids = ids
        self.note_offset(at_seconds, primary.offset_bytes)

    def note_offset(self, at_seconds: float, offset_bytes: int) -> None:
        while self._points and (self._points[-1][0] >= at_seconds or self._points[-1][1] > offset_bytes):
            self._points.pop()
        self._points.append((at_seconds, offset_bytes))

    def knows(self, replica: Measurements) -> bool:
        """Whether what the replica has is a part of this stream."""
        return replica.replication_id in self._ids

    def lag_seconds(self, offset_bytes: int, now_seconds: float) -> float | None:
        """None before anything was noted."""
        return lag_seconds(self._points, offset_bytes, now_seconds)


def lag_seconds(points: Iterable[tuple[float, int]], offset_bytes: int, now_seconds: float) -> float | None:
    """`points` are moments and offsets, both ascending."""
    known = tuple(points)
    if not known:
        return None
    if offset_bytes >= known[-1][1]:
        return 0.0
    if offset_bytes < known[0][1]:
        return round(max(0.0, now_seconds - known[0][0]), 3)
    for (earlier, lower), (later, upper) in pairwise(known):
        if lower <= offset_bytes < upper:
            passed = earlier + (later - earlier) * (offset_bytes - lower) / (upper - lower)
            return round(max(0.0, now_seconds - passed), 3)
    raise AssertionError("offsets ascend")
