"""Alarms evaluated: what was measured is compared with what customers want to be told of, and they are told.

One loop over all alarms. It remembers nothing that matters: after a restart every alarm is evaluated once more, and
that changes nothing. A state that changes is saved with its history and its news in one transaction, and only if
neither the alarm nor its state is another one by then: who put an alarm into a state by hand, or changed what it
watches, is never overwritten by an evaluation that began before.

Alarms can be thousands. They are evaluated so many at a time, beside the event loop and each time in a transaction of
their own: a failover waits neither for the reckoning nor for the store.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

from elastane.clock import Now
from elastane.model.alarm_evaluation import DataPoint, EvaluationRange, evaluate, evaluation_range, has_too_few_samples
from elastane.model.alarm_expressions import expression_points, metric_points
from elastane.model.alarm_history import HISTORY_KEPT
from elastane.model.alarm_reasons import render_reason, render_reason_data
from elastane.model.alarms import Alarm, AlarmState, WatchedMetric, state_after
from elastane.model.ids import AccountId, Region
from elastane.model.metric_math.syntax import MathError
from elastane.model.metrics import Metric, Point, Unit
from elastane.store import Store, StoreUnusable, Transaction, alarms
from elastane.store.documents import Stored

log = logging.getLogger("elastane.metrics")

LOOK_SECONDS = 10.0
EVALUATED_AT_ONCE = 100
PRUNE_INTERVAL = timedelta(hours=1)

_Key = tuple[Region, str]


class _Measured(msgspec.Struct, frozen=True, kw_only=True):
    points: Mapping[EvaluationRange, Mapping[Metric, Sequence[Point]]]
    units: Mapping[Metric, Unit | None]
    """Of the metrics whose alarms name one."""

    def find_points(self, watched: WatchedMetric, span: EvaluationRange) -> Sequence[Point]:
        """An alarm that names a unit sees nothing of a metric that has another one, as in AWS."""
        if watched.unit is not None and self.units[watched.metric] not in (None, watched.unit):
            return ()
        return self.points[span].get(watched.metric, ())


class _Known(msgspec.Struct, frozen=True):
    alarm: Stored[Alarm]
    state: Stored[AlarmState]

    @property
    def key(self) -> _Key:
        return self.alarm.body.region, self.alarm.body.name


class _Change(msgspec.Struct, frozen=True):
    known: _Known
    after: AlarmState


class Series(Protocol):
    """`store.MetricSeries`, or a test's. Both raise StoreUnusable."""

    async def read_many(
        self, metrics: Sequence[Metric], start: datetime, end: datetime, period_seconds: int
    ) -> Mapping[Metric, Sequence[Point]]: ...

    async def find_unit(self, metric: Metric) -> Unit | None: ...


class AlarmsLoop:
    """`look` is one round: the server calls it every LOOK_SECONDS."""

    def __init__(self, store: Store, series: Series, account_id: AccountId, now: Now) -> None:
        self._store = store
        self._series = series
        self._account_id = account_id
        self._now = now
        self._seen: dict[_Key, tuple[datetime, datetime]] = {}
        """Of each alarm, since when it is as it was evaluated, and up to which moment that was."""
        self._pruned_at = datetime.min.replace(tzinfo=UTC)
        self._is_blind = False

    async def look(self) -> None:
        """Evaluates whatever has new periods. An alarm of a minute or more has them each minute, others sooner."""
        try:
            await self._look(self._now())
            self._is_blind = False
        except StoreUnusable as error:
            if not self._is_blind:
                log.error("alarms not evaluated reason=%s", error)
            self._is_blind = True
        except Exception:
            log.exception("alarms not evaluated by a bug of ours")

    async def _look(self, now: datetime) -> None:
        if now - self._pruned_at >= PRUNE_INTERVAL:
            while await self._store.write(lambda tx: alarms.prune_history(tx, before=now - HISTORY_KEPT)):
                pass
            self._pruned_at = now
        known = await self._store.read(_load)
        marks = await asyncio.to_thread(_marks, known, now)
        due = [each for each in known if self._seen.get(each.key) != marks[each.key]]
        for first in range(0, len(due), EVALUATED_AT_ONCE):
            for key in await self._evaluate(due[first : first + EVALUATED_AT_ONCE], now):
                del marks[key]
        self._seen = marks

    async def _evaluate(self, due: Sequence[_Known], now: datetime) -> frozenset[_Key]:
        """Answers whose change was dropped."""
        measured = await self._read([each.alarm.body for each in due], now)
        changes = await asyncio.to_thread(_find_changes, due, measured, now)
        return await self._store.write(lambda tx: _write(tx, changes, self._account_id)) if changes else frozenset()

    async def _read(self, found: Sequence[Alarm], now: datetime) -> _Measured:
        """What alarms watch, read once for all that look at the same stretch of time."""
        wanted: dict[EvaluationRange, dict[Metric, None]] = {}
        units: dict[Metric, Unit | None] = {}
        for alarm in found:
            for watched in _watched_metrics(alarm):
                wanted.setdefault(evaluation_range(alarm, now), {})[watched.metric] = None
                if watched.unit is not None and watched.metric not in units:
                    units[watched.metric] = await self._series.find_unit(watched.metric)
        points = {
            span: await self._series.read_many(tuple(metrics), span.start, span.end, span.step_seconds)
            for span, metrics in wanted.items()
        }
        return _Measured(points=points, units=units)


def _load(tx: Transaction) -> tuple[_Known, ...]:
    return tuple(
        _Known(stored, alarms.get_state(tx, stored.body.region, stored.body.name)) for stored in alarms.list_alarms(tx)
    )


def _marks(known: Sequence[_Known], now: datetime) -> dict[_Key, tuple[datetime, datetime]]:
    return {each.key: (each.alarm.body.updated_at, evaluation_range(each.alarm.body, now).end) for each in known}


# --- one alarm -----------------------------------------------------------------------------------


def _find_changes(due: Sequence[_Known], measured: _Measured, now: datetime) -> list[_Change]:
    return [change for each in due if (change := _find_change(each, measured, now)) is not None]


def _find_change(known: _Known, measured: _Measured, now: datetime) -> _Change | None:
    """None where the state stays. A bug of ours in one alarm's evaluation leaves the others theirs."""
    try:
        after = _find_state_after(known.alarm.body, known.state.body, measured, now)
    except Exception:
        log.exception("alarm not evaluated by a bug of ours region=%s alarm=%s", *known.key)
        return None
    return None if after is None else _Change(known, after)


def _find_state_after(alarm: Alarm, before: AlarmState, measured: _Measured, now: datetime) -> AlarmState | None:
    points = _points(alarm, measured, now)
    if isinstance(alarm.watched, WatchedMetric) and has_too_few_samples(alarm.rule, alarm.watched.statistic, points):
        return None
    evaluated = evaluate(alarm.rule, points)
    if evaluated is None or evaluated.value is before.value:
        return None
    return state_after(
        before,
        evaluated.value,
        reason=render_reason(alarm.rule, evaluated),
        reason_data=render_reason_data(alarm, evaluated, now),
        now=now,
    )


def _points(alarm: Alarm, measured: _Measured, now: datetime) -> tuple[DataPoint, ...]:
    span = evaluation_range(alarm, now)
    if isinstance(alarm.watched, WatchedMetric):
        return metric_points(alarm.watched, span, measured.find_points(alarm.watched, span))
    try:
        return expression_points(alarm.watched, span, lambda watched: measured.find_points(watched, span))
    except MathError:
        # It could be worked out when the alarm was made; of this data it cannot be, so there is none.
        return tuple(DataPoint(at, None) for at in span.beginnings)


def _watched_metrics(alarm: Alarm) -> tuple[WatchedMetric, ...]:
    return (alarm.watched,) if isinstance(alarm.watched, WatchedMetric) else alarm.watched.metrics


# --- what has changed ----------------------------------------------------------------------------


def _write(tx: Transaction, changes: Sequence[_Change], account_id: AccountId) -> frozenset[_Key]:
    """Answers whose change was dropped, because the alarm or its state is another one by now."""
    dropped: set[_Key] = set()
    for change in changes:
        known = change.known
        # Whole documents are compared: one that is made anew begins with the same revision.
        is_same = alarms.find_alarm(tx, *known.key) == known.alarm
        if is_same and alarms.get_state(tx, *known.key) == known.state:
            alarms.change_state(tx, known.alarm.body, known.state, change.after, account_id)
        else:
            dropped.add(known.key)
    return frozenset(dropped)
