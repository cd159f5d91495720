"""Alarms by the hundred, which must keep neither the event loop nor the store from others."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from elastane.metrics.alarms import EVALUATED_AT_ONCE, AlarmsLoop
from elastane.model.alarms import StateValue
from elastane.model.metrics import Metric, Point
from elastane.store import MetricSeries, Store, alarms
from tests.kit.contexts import ACCOUNT_ID, REGION
from tests.unit.metrics.test_alarms import ALARM, METRIC, WATCHED, World


class Counted:
    """Series that notice how many are asked for at once, and in which threads what they found is looked at."""

    def __init__(self, series: MetricSeries) -> None:
        self._series = series
        self.find_unit = series.find_unit
        self.counts: list[int] = []
        self.threads: set[threading.Thread] = set()

    async def read_many(
        self, metrics: Sequence[Metric], start: datetime, end: datetime, period_seconds: int
    ) -> Mapping[Metric, Sequence[Point]]:
        self.counts.append(len(metrics))
        found = await self._series.read_many(metrics, start, end, period_seconds)
        threads = self.threads

        class Noticed(dict[Metric, Sequence[Point]]):
            def get(self, key: Metric, default: object = None) -> Any:
                threads.add(threading.current_thread())
                return super().get(key, default)

        return Noticed(found)


async def test_many_alarms_are_evaluated_so_many_at_a_time_and_beside_the_event_loop(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path)) as store, closing(MetricSeries.open(tmp_path)) as opened:
        await _look_at_many(World(store, opened))


async def _look_at_many(world: World) -> None:
    count = EVALUATED_AT_ONCE + 1
    for number in range(count):
        metric = replace(METRIC, name=f"Load{number}")
        await world.make(replace(ALARM, name=metric.name, watched=replace(WATCHED, metric=metric)))
        await world.measure(90.0, name=metric.name)
    series = Counted(world.series)

    await AlarmsLoop(world.store, series, ACCOUNT_ID, world.clock).look()

    assert series.counts == [EVALUATED_AT_ONCE, 1]
    assert threading.current_thread() not in series.threads
    found = await world.store.read(lambda tx: [alarms.get_state(tx, REGION, f"Load{each}") for each in range(count)])
    assert {state.body.value for state in found} == {StateValue.ALARM}
