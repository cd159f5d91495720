"""The loop that evaluates alarms: over a real store and real series, with a clock that a test moves."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.metrics.alarms import AlarmsLoop
from elastane.model.alarm_history import HistoryItem
from elastane.model.alarms import (
    Actions,
    Alarm,
    AlarmState,
    Comparison,
    LowSampleCount,
    MissingData,
    Rule,
    StateValue,
    WatchedExpression,
    WatchedMetric,
    WatchedQuery,
    initial_state,
    state_after,
)
from elastane.model.ids import Arn
from elastane.model.metrics import Listing, Metric, Point, Sample, Subject, Unit, dimensions
from elastane.model.topics import Subscription, SubscriptionProtocol, Topic
from elastane.store import MetricSeries, Store, StoreUnusable, Transaction, alarms, topics
from elastane.store.alarms import HistoryQuery
from elastane.store.deliveries import Due
from tests.kit.contexts import ACCOUNT_ID, NOW, REGION, StandingClock
from tests.kit.deliveries import list_due

SUBJECT = Subject(REGION, "Shop", dimensions({"Node": "a"}))
METRIC = Metric(SUBJECT, "Load")
WATCHED = WatchedMetric(metric=METRIC, statistic="Average", period_seconds=60)
RULE = Rule(comparison=Comparison.GREATER, threshold=50.0, evaluation_periods=1)
TOPIC = Topic(region=REGION, account_id=ACCOUNT_ID, name="alerts")
ALARM = Alarm(
    region=REGION,
    name="load",
    watched=WATCHED,
    rule=RULE,
    actions=Actions(alarm=(TOPIC.arn,), ok=(TOPIC.arn,)),
    updated_at=NOW,
)


class World:
    """A store, series and the loop over them."""

    def __init__(self, store: Store, series: MetricSeries) -> None:
        self.store = store
        self.series = series
        self.clock = StandingClock()
        self.clock.moment = NOW + timedelta(seconds=15)
        self.loop = AlarmsLoop(store, series, ACCOUNT_ID, self.clock)

    async def make(self, alarm: Alarm = ALARM) -> None:
        def save(tx: Transaction) -> None:
            alarms.save_alarm(tx, alarm)
            alarms.save_first_state(tx, alarm, initial_state(NOW))

        await self.store.write(save)

    async def subscribe(self) -> None:
        def save(tx: Transaction) -> None:
            topics.save_topic(tx, TOPIC)
            topics.save_subscription(
                tx,
                Subscription(
                    arn=Arn(f"{TOPIC.arn}:01234567-89ab-cdef-0123-456789abcdef"),
                    topic_arn=TOPIC.arn,
                    protocol=SubscriptionProtocol.LOG,
                    endpoint="alerts",
                    principal=Arn("arn:aws:iam::000000000000:root"),
                    made_at=NOW,
                    is_confirmed=True,
                ),
            )

        await self.store.write(save)

    async def measure(
        self, value: float, *, minutes_ago: float = 1, name: str = "Load", resolution_seconds: int = 60
    ) -> None:
        """In the stretch that began so long before the clock's present minute."""
        at = self.clock.moment.replace(second=0, microsecond=0) - timedelta(minutes=minutes_ago)
        await self.series.append(
            [Sample(SUBJECT, at, {name: value})], {name: Listing(Unit.PERCENT)}, resolution_seconds=resolution_seconds
        )

    async def pass_minute(self) -> None:
        self.clock.advance(minutes=1)
        await self.loop.look()

    async def state(self, name: str = "load") -> AlarmState:
        return (await self.store.read(lambda tx: alarms.get_state(tx, REGION, name))).body

    async def history(self) -> list[HistoryItem]:
        query = HistoryQuery(
            region=REGION,
            alarm_name=None,
            type=None,
            start=NOW - timedelta(days=365),
            end=NOW + timedelta(days=365),
            is_newest_first=False,
            beyond_number=None,
            limit=100,
        )
        return [item for _, item in await self.store.read(lambda tx: alarms.list_history(tx, query))]

    async def published(self) -> tuple[Due, ...]:
        return await self.store.read(
            lambda tx: list_due(tx, self.clock.moment + timedelta(days=1), per_subscription=100)
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(Store.open(tmp_path)) as store, closing(MetricSeries.open(tmp_path)) as series:
        yield World(store, series)


# --- from data to state --------------------------------------------------------------------------


async def test_a_breach_is_found_told_and_published_once(world: World) -> None:
    await world.subscribe()
    await world.make()
    await world.measure(90.0)

    for _ in range(3):
        await world.loop.look()

    state = await world.state()
    assert state.value is StateValue.ALARM
    assert "1 datapoint [90.0 (23/11/26 11:59:00)] was greater than the threshold (50.0)." in state.reason
    assert json.loads(state.reason_data or "")["recentDatapoints"] == [90.0]
    assert [item.summary for item in await world.history()] == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f"Successfully executed action {TOPIC.arn}",
    ]
    (due,) = await world.published()
    assert due.message.subject == 'ALARM: "load" in US East (N. Virginia)'
    assert json.loads(due.message.text)["OldStateValue"] == "INSUFFICIENT_DATA"


async def test_an_alarm_goes_and_comes_back_as_the_data_does(world: World) -> None:
    await world.make()
    seen = []
    for value in (90.0, 10.0, 20.0, 80.0):
        await world.measure(value, minutes_ago=0)
        await world.pass_minute()
        seen.append((await world.state()).value)

    assert seen == [StateValue.ALARM, StateValue.OK, StateValue.OK, StateValue.ALARM]


async def test_data_that_stops_is_known_for_a_while_and_then_missing(world: World) -> None:
    await world.make()
    await world.measure(10.0)

    seen = []
    for _ in range(4):
        await world.loop.look()
        seen.append((await world.state()).value)
        world.clock.advance(minutes=1)

    assert seen == [StateValue.OK, StateValue.OK, StateValue.OK, StateValue.INSUFFICIENT_DATA]


async def test_a_short_period_sees_the_fine_series(world: World) -> None:
    await world.make(replace(ALARM, watched=replace(WATCHED, period_seconds=10)))
    for tenths in range(6):
        await world.measure(10.0 * tenths, minutes_ago=1 - tenths / 6, resolution_seconds=1)

    await world.loop.look()

    state = await world.state()
    # The newest ten seconds that have settled, at 12:00:15, began at 12:00:00 and have no data; those before have.
    assert state.value is StateValue.OK
    assert "[50.0 (23/11/26 11:59:50)]" in state.reason


async def test_two_different_lengths_and_an_extended_statistic_are_evaluated_side_by_side(world: World) -> None:
    await world.make(replace(ALARM, name="long", watched=replace(WATCHED, period_seconds=300, statistic="Maximum")))
    await world.make(replace(ALARM, name="tm", watched=replace(WATCHED, statistic="tm90")))
    await world.measure(90.0, minutes_ago=4)
    await world.measure(10.0)

    await world.loop.look()

    assert (await world.state("long")).value is StateValue.ALARM
    assert (await world.state("tm")).value is StateValue.OK


async def test_metric_math_is_evaluated_over_what_it_speaks_of(world: World) -> None:
    other = replace(WATCHED, metric=Metric(SUBJECT, "Limit"))
    lines = (
        WatchedQuery(id="ratio", asked="100 * load / limit", is_returned=True),
        WatchedQuery(id="load", asked=WATCHED, is_returned=False),
        WatchedQuery(id="limit", asked=other, is_returned=False),
    )
    await world.make(replace(ALARM, watched=WatchedExpression(queries=lines, period_seconds=60)))
    await world.measure(30.0)
    await world.measure(40.0, name="Limit")

    await world.loop.look()

    state = await world.state()
    assert state.value is StateValue.ALARM
    assert "[75.0 (" in state.reason
    assert "statistic" not in json.loads(state.reason_data or "")


@pytest.mark.parametrize(
    ("unit", "value"), [(Unit.PERCENT, StateValue.ALARM), (Unit.BYTES, StateValue.INSUFFICIENT_DATA)]
)
async def test_an_alarm_that_names_a_unit_sees_that_one_alone(world: World, unit: Unit, value: StateValue) -> None:
    await world.make(replace(ALARM, watched=replace(WATCHED, unit=unit)))
    await world.make(replace(ALARM, name="any"))
    await world.measure(90.0)

    await world.loop.look()

    assert (await world.state()).value is value
    assert (await world.state("any")).value is StateValue.ALARM


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (replace(RULE, missing_data=MissingData.BREACHING), StateValue.ALARM),
        (replace(RULE, missing_data=MissingData.NOT_BREACHING), StateValue.OK),
        (replace(RULE, missing_data=MissingData.IGNORE), StateValue.INSUFFICIENT_DATA),
    ],
)
async def test_what_nobody_measures_is_what_missing_data_counts_as(world: World, rule: Rule, value: StateValue) -> None:
    await world.make(replace(ALARM, rule=rule))

    await world.loop.look()

    assert (await world.state()).value is value


async def test_a_percentile_of_few_measurements_changes_nothing_where_it_shall_not(world: World) -> None:
    rule = replace(RULE, low_sample_count=LowSampleCount.IGNORE)
    await world.make(replace(ALARM, watched=replace(WATCHED, statistic="p99"), rule=rule))
    await world.measure(90.0)

    await world.loop.look()

    assert (await world.state()).value is StateValue.INSUFFICIENT_DATA


# --- when ----------------------------------------------------------------------------------------


async def test_a_state_that_was_set_by_hand_lasts_until_there_is_a_new_period(world: World) -> None:
    await world.make()
    await world.measure(90.0)
    await world.loop.look()
    await _set_state(world, StateValue.OK)

    world.clock.advance(seconds=20)
    await world.loop.look()
    within_the_minute = (await world.state()).value
    world.clock.advance(minutes=1)
    await world.loop.look()

    assert within_the_minute is StateValue.OK
    assert (await world.state()).value is StateValue.ALARM


async def test_a_new_configuration_is_evaluated_at_once(world: World) -> None:
    await world.make()
    await world.measure(90.0)
    await world.loop.look()

    await _save_changed(world, replace(ALARM, rule=replace(RULE, threshold=95.0), updated_at=world.clock.moment))
    await world.loop.look()

    assert (await world.state()).value is StateValue.OK


async def test_actions_that_are_disabled_are_not_done(world: World) -> None:
    await world.subscribe()
    await world.make(replace(ALARM, actions=replace(ALARM.actions, is_enabled=False)))
    await world.measure(90.0)

    await world.loop.look()

    assert (await world.state()).value is StateValue.ALARM
    assert await world.published() == ()


async def test_a_restart_tells_nothing_twice(world: World) -> None:
    await world.subscribe()
    await world.make()
    await world.measure(90.0)
    await world.loop.look()

    await AlarmsLoop(world.store, world.series, ACCOUNT_ID, world.clock).look()

    assert len(await world.published()) == 1
    assert len(await world.history()) == 2


# --- somebody else was first ---------------------------------------------------------------------


Meanwhile = Callable[[], Awaitable[None]]


class Overtaken:
    """Series whose reader is overtaken: `meanwhile` happens while they are read."""

    def __init__(self, series: MetricSeries, meanwhile: Meanwhile) -> None:
        self._meanwhile = meanwhile
        self._series = series
        self.find_unit = series.find_unit

    async def read_many(
        self, metrics: Sequence[Metric], start: datetime, end: datetime, period_seconds: int
    ) -> Mapping[Metric, Sequence[Point]]:
        found = await self._series.read_many(metrics, start, end, period_seconds)
        await self._meanwhile()
        return found


async def _look_overtaken(world: World, meanwhile: Meanwhile) -> None:
    await AlarmsLoop(world.store, Overtaken(world.series, meanwhile), ACCOUNT_ID, world.clock).look()


async def test_a_state_that_was_set_meanwhile_is_not_overwritten(world: World) -> None:
    await world.make()
    await world.measure(90.0)

    await _look_overtaken(world, lambda: _set_state(world, StateValue.OK))

    assert (await world.state()).value is StateValue.OK


async def test_an_alarm_that_was_changed_meanwhile_is_evaluated_as_it_is_now(world: World) -> None:
    await world.make()
    await world.measure(90.0)
    changed = replace(ALARM, rule=replace(RULE, threshold=95.0), updated_at=world.clock.moment)

    await _look_overtaken(world, lambda: _save_changed(world, changed))

    assert (await world.state()).value is StateValue.INSUFFICIENT_DATA
    await world.loop.look()
    assert (await world.state()).value is StateValue.OK


async def test_an_alarm_that_was_deleted_meanwhile_stays_deleted(world: World) -> None:
    await world.make()
    await world.measure(90.0)

    await _look_overtaken(world, lambda: world.store.write(lambda tx: alarms.remove_alarm(tx, REGION, "load")))

    assert await world.store.read(lambda tx: alarms.list_alarms(tx)) == ()
    assert await world.history() == []


async def test_an_alarm_that_was_made_anew_meanwhile_is_not_the_one_that_was_looked_at(world: World) -> None:
    await world.make()
    await world.measure(90.0)

    async def make_anew() -> None:
        await world.store.write(lambda tx: alarms.remove_alarm(tx, REGION, "load"))
        await world.make(replace(ALARM, rule=replace(RULE, threshold=95.0), updated_at=world.clock.moment))

    await _look_overtaken(world, make_anew)

    assert (await world.state()).value is StateValue.INSUFFICIENT_DATA


# --- upkeep and trouble --------------------------------------------------------------------------


async def test_history_is_pruned_once_an_hour(world: World) -> None:
    await world.make()
    await world.measure(90.0)
    await world.loop.look()

    world.clock.advance(days=31)
    await world.loop.look()

    assert [item.summary for item in await world.history()] == ["Alarm updated from ALARM to INSUFFICIENT_DATA"]


async def test_a_series_that_cannot_be_read_is_told_once_and_looked_at_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    is_broken = True

    async def break_where_it_shall() -> None:
        if is_broken:
            raise StoreUnusable("The metrics cannot be read: disk I/O error.")

    loop = AlarmsLoop(world.store, Overtaken(world.series, break_where_it_shall), ACCOUNT_ID, world.clock)
    await world.make()
    await world.measure(90.0)

    await loop.look()
    await loop.look()
    is_broken = False
    await loop.look()

    assert [record.message for record in caplog.records if "alarms not evaluated" in record.message] == [
        "alarms not evaluated reason=The metrics cannot be read: disk I/O error."
    ]
    assert (await world.state()).value is StateValue.ALARM


async def test_a_bug_in_one_alarm_s_evaluation_leaves_the_others_theirs(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.make(replace(ALARM, name="broken", watched=replace(WATCHED, statistic="unheard of")))
    await world.make()
    await world.measure(90.0)

    await world.loop.look()

    assert (await world.state()).value is StateValue.ALARM
    assert (await world.state("broken")).value is StateValue.INSUFFICIENT_DATA
    assert "alarm=broken" in caplog.text


async def test_a_bug_of_ours_does_not_end_the_loop(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async def break_otherwise() -> None:
        raise RuntimeError("nobody has thought of this")

    await world.make()

    await _look_overtaken(world, break_otherwise)

    assert "nobody has thought of this" in caplog.text


async def _set_state(world: World, value: StateValue) -> None:
    def change(tx: Transaction) -> None:
        stored = alarms.find_alarm(tx, REGION, "load")
        assert stored is not None
        before = alarms.get_state(tx, REGION, "load")
        after = state_after(before.body, value, reason="by hand", reason_data=None, now=_later(world))
        alarms.change_state(tx, stored.body, before, after, ACCOUNT_ID)

    await world.store.write(change)


async def _save_changed(world: World, alarm: Alarm) -> None:
    def save(tx: Transaction) -> None:
        stored = alarms.find_alarm(tx, alarm.region, alarm.name)
        assert stored is not None
        alarms.save_alarm(tx, alarm, revision=stored.revision)

    await world.store.write(save)


def _later(world: World) -> datetime:
    return world.clock.moment + timedelta(seconds=1)
