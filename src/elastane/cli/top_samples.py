"""The newest samples of every node, read from outside: what `elastane top` shows.

A look while a control plane runs reads the last seconds only; the first one goes further back, and so do all while none
runs, for what it measured last is then all there is. Minutes are read for what is measured once in one.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from elastane.cli.top_rows import Measured, NodeName
from elastane.metrics.collect import FINE_SECONDS
from elastane.model.metrics import NAMESPACE, Sample, Subject
from elastane.store.metric_rows import Tier
from elastane.store.metric_series import read_from_outside

FIRST_LOOK = timedelta(minutes=10)
NEXT_LOOKS = timedelta(seconds=30)
LAST_MINUTES = timedelta(minutes=3)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(seconds=10)
"""Samples of the present moment count as well, and so does a clock that was put back a little."""

NODE_DIMENSIONS = ("CacheClusterId", "CacheNodeId")


class NewestSamples:
    """Of one data directory. Remembers what it has read, so that a node that is measured no more keeps its last one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._fine: dict[NodeName, Sample] = {}
        self._minute: dict[NodeName, Sample] = {}

    def look(self, now: datetime, *, is_running: bool) -> Measured:
        """Blocking. Raises StoreError."""
        window = NEXT_LOOKS if self._fine else FIRST_LOOK
        start, minutes_start = (now - window, now - LAST_MINUTES) if is_running else (LONG_AGO, LONG_AGO)
        self._fine.update(self._read(start, now, Tier.FINE))
        self._minute.update(self._read(minutes_start, now, Tier.MINUTE))
        minute = {name: sample for name, sample in self._minute.items() if not _is_over(sample, self._fine.get(name))}
        return Measured(fine=dict(self._fine), minute=minute, fine_seconds=FINE_SECONDS)

    def _read(self, start: datetime, now: datetime, tier: Tier) -> Mapping[NodeName, Sample]:
        found = read_from_outside(self._directory, NAMESPACE, start, now + AHEAD, tier=tier) or {}
        return dict(_newest(found.items()))


def _newest(found: Iterable[tuple[Subject, tuple[Sample, ...]]]) -> Iterable[tuple[NodeName, Sample]]:
    """Of nodes; groups have numbers of their own, and are no nodes."""
    for subject, samples in found:
        if tuple(name for name, _ in subject.dimensions) == NODE_DIMENSIONS and samples:
            cluster_id, cache_node_id = (value for _, value in subject.dimensions)
            yield (subject.region, cluster_id, cache_node_id), samples[-1]


def _is_over(minute: Sample, fine: Sample | None) -> bool:
    """What a minute long ago was like says nothing about now."""
    return fine is None or fine.at - minute.at > LAST_MINUTES
