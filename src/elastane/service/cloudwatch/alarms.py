"""Alarms: made, changed, shown, deleted, and put into a state by hand.

Nothing is evaluated here: the doing stair looks at every alarm (`metrics/alarms.py`). What a caller changes is written
with its line of the history, in one transaction.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from elastane.model import alarm_history, cloudwatch_faults, faults, paging, sns_faults
from elastane.model.alarm_history import Change
from elastane.model.alarms import Alarm, AlarmState, StateValue, WatchedMetric, alarm_arn, initial_state, state_after
from elastane.service.cloudwatch.alarm_answers import answer_alarm
from elastane.service.cloudwatch.requested_alarm import requested_alarm, requested_dimensions
from elastane.service.cloudwatch.tags import requested_tags
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.parameters import Parameters
from elastane.store import Transaction, alarms, tags
from elastane.store.documents import Stored

ALARMS_PER_REGION = 5000
RECORDS_DEFAULT = 50
METRIC_ALARM = "MetricAlarm"


async def put_metric_alarm(ctx: Context, parameters: Parameters) -> Result:
    """A new configuration leaves the state as it is, and Tags are of a new alarm alone; as in AWS."""
    new_tags = requested_tags(ctx, parameters)
    now = ctx.now()
    alarm = requested_alarm(ctx, parameters, now)

    def put(tx: Transaction) -> Result:
        stored = alarms.find_alarm(tx, ctx.region, alarm.name)
        if stored is not None:
            _save_changed(tx, ctx, stored, alarm)
            return {}
        if alarms.count_alarms(tx, ctx.region) >= ALARMS_PER_REGION:
            raise cloudwatch_faults.LimitExceeded(f"There can be no more than {ALARMS_PER_REGION} alarms in a region.")
        state = initial_state(now)
        alarms.save_alarm(tx, alarm)
        alarms.save_first_state(tx, alarm, state)
        tags.save_tags(tx, alarm_arn(ctx.region, ctx.account_id, alarm.name), new_tags)
        _tell(tx, ctx, Change.CREATE, alarm, state)
        return {}

    return await decide(ctx.store, put)


async def delete_alarms(ctx: Context, parameters: Parameters) -> Result:
    """All of them, or none: one that is not there keeps the others. Raises ResourceNotFound."""
    names = tuple(dict.fromkeys(parameters.texts("AlarmNames") or ()))

    def delete(tx: Transaction) -> Result:
        found = [get_alarm(tx, ctx, name).body for name in names]
        for alarm in found:
            _tell(tx, ctx, Change.DELETE, alarm, _state(tx, alarm).body)
            alarms.remove_alarm(tx, ctx.region, alarm.name)
            tags.remove_tags(tx, alarm_arn(ctx.region, ctx.account_id, alarm.name))
        return {}

    return await decide(ctx.store, delete)


async def set_alarm_state(ctx: Context, parameters: Parameters) -> Result:
    """Until the next evaluation says otherwise. What the new state sets off is set off. Raises ResourceNotFound."""
    value = StateValue(parameters.required_text("StateValue"))
    reason, reason_data = parameters.required_text("StateReason"), parameters.text("StateReasonData")
    if reason_data is not None:
        _refuse_other_than_json(reason_data)
    now = ctx.now()

    def change(tx: Transaction) -> Result:
        alarm = get_alarm(tx, ctx, parameters.required_text("AlarmName")).body
        before = _state(tx, alarm)
        after = state_after(before.body, value, reason=reason, reason_data=reason_data or None, now=now)
        alarms.change_state(tx, alarm, before, after, ctx.account_id)
        return {}

    return await decide(ctx.store, change)


async def enable_alarm_actions(ctx: Context, parameters: Parameters) -> Result:
    return await _switch_actions(ctx, parameters, is_enabled=True)


async def disable_alarm_actions(ctx: Context, parameters: Parameters) -> Result:
    return await _switch_actions(ctx, parameters, is_enabled=False)


async def _switch_actions(ctx: Context, parameters: Parameters, *, is_enabled: bool) -> Result:
    """Names that no alarm has are passed over: the model declares no fault for them."""
    now = ctx.now()

    def switch(tx: Transaction) -> Result:
        for name in dict.fromkeys(parameters.texts("AlarmNames") or ()):
            stored = alarms.find_alarm(tx, ctx.region, name)
            if stored is not None and stored.body.actions.is_enabled is not is_enabled:
                actions = msgspec.structs.replace(stored.body.actions, is_enabled=is_enabled)
                _save_changed(tx, ctx, stored, msgspec.structs.replace(stored.body, actions=actions, updated_at=now))
        return {}

    return await decide(ctx.store, switch)


# --- shown ---------------------------------------------------------------------------------------


async def describe_alarms(ctx: Context, parameters: Parameters) -> Result:
    """Composite alarms are not built, so there are none of these, and no alarm has parents or children."""
    names, prefix = parameters.texts("AlarmNames"), parameters.text("AlarmNamePrefix")
    if names is not None and prefix is not None:
        raise faults.InvalidParameterCombination("AlarmNames and AlarmNamePrefix are mutually exclusive.")
    types = parameters.texts("AlarmTypes")
    is_of_family = "ChildrenOfAlarmName" in parameters or "ParentsOfAlarmName" in parameters
    if is_of_family or (types and METRIC_ALARM not in types):
        return {"MetricAlarms": [], "CompositeAlarms": []}
    after_name = parse_page_token(parameters)
    limit = parameters.integer("MaxRecords") or RECORDS_DEFAULT
    is_wanted = _filter(parameters)

    def find(tx: Transaction) -> Iterator[Alarm]:
        if not names:
            listed = alarms.list_alarms_from(tx, ctx.region, name_prefix=prefix or "", after_name=after_name)
            yield from (stored.body for stored in listed)
        for name in sorted(set(names or ())):
            if name > after_name and (stored := alarms.find_alarm(tx, ctx.region, name)) is not None:
                yield stored.body

    def describe(tx: Transaction) -> Result:
        page: list[Result] = []
        last = None
        for alarm, state in _with_states(tx, find(tx)):
            if is_wanted(alarm, state) and len(page) == limit:
                return {"MetricAlarms": page, "CompositeAlarms": [], "NextToken": paging.render_marker(last or "")}
            if is_wanted(alarm, state):
                page.append(answer_alarm(ctx, alarm, state))
                last = alarm.name
        return {"MetricAlarms": page, "CompositeAlarms": []}

    return await ctx.store.read(describe)


async def describe_alarms_for_metric(ctx: Context, parameters: Parameters) -> Result:
    """Those that watch the metric itself, not by metric math."""
    wanted_dimensions = requested_dimensions(parameters)
    wanted_name = (parameters.required_text("Namespace"), parameters.required_text("MetricName"))
    statistic = parameters.text("ExtendedStatistic") or parameters.text("Statistic")
    period_seconds, unit = parameters.integer("Period"), parameters.text("Unit")

    def watches(alarm: Alarm) -> bool:
        watched = alarm.watched
        if not isinstance(watched, WatchedMetric):
            return False
        subject = watched.metric.subject
        return (
            (subject.namespace, watched.metric.name) == wanted_name
            and subject.dimensions == wanted_dimensions
            and statistic in (None, watched.statistic)
            and period_seconds in (None, watched.period_seconds)
            and unit in (None, watched.unit)
        )

    def describe(tx: Transaction) -> Result:
        found = (stored.body for stored in alarms.list_alarms(tx, ctx.region) if watches(stored.body))
        return {"MetricAlarms": [answer_alarm(ctx, alarm, state) for alarm, state in _with_states(tx, found)]}

    return await ctx.store.read(describe)


def get_alarm(tx: Transaction, ctx: Context, name: str) -> Stored[Alarm]:
    """Raises ResourceNotFound."""
    stored = alarms.find_alarm(tx, ctx.region, name)
    if stored is None:
        raise sns_faults.ResourceNotFound(f"Unknown alarm: {name}")
    return stored


def parse_page_token(parameters: Parameters) -> str:
    """What the page before ended with; empty on the first. Raises InvalidPageToken."""
    token = parameters.text("NextToken")
    try:
        return paging.parse_marker(token) if token else ""
    except faults.InvalidParameterValue:
        raise cloudwatch_faults.InvalidPageToken("The token is not valid: it is not one of a page before.") from None


def _filter(parameters: Parameters) -> Callable[[Alarm, AlarmState], bool]:
    value, action_prefix = parameters.text("StateValue"), parameters.text("ActionPrefix")

    def is_wanted(alarm: Alarm, state: AlarmState) -> bool:
        arns = (*alarm.actions.ok, *alarm.actions.alarm, *alarm.actions.insufficient_data)
        has_action = action_prefix is None or any(arn.startswith(action_prefix) for arn in arns)
        return has_action and value in (None, state.value)

    return is_wanted


def _with_states(tx: Transaction, found: Iterable[Alarm]) -> Iterable[tuple[Alarm, AlarmState]]:
    return ((alarm, _state(tx, alarm).body) for alarm in found)


def _state(tx: Transaction, alarm: Alarm) -> Stored[AlarmState]:
    return alarms.get_state(tx, alarm.region, alarm.name)


# --- written -------------------------------------------------------------------------------------


def _save_changed(tx: Transaction, ctx: Context, stored: Stored[Alarm], changed: Alarm) -> None:
    alarms.save_alarm(tx, changed, revision=stored.revision)
    _tell(tx, ctx, Change.UPDATE, changed, _state(tx, changed).body)


def _tell(tx: Transaction, ctx: Context, change: Change, alarm: Alarm, state: AlarmState) -> None:
    item = alarm_history.configuration_changed(change, alarm, state, ctx.account_id, ctx.now())
    alarms.append_history(tx, [item])


def _refuse_other_than_json(text: str) -> None:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise cloudwatch_faults.InvalidFormat("StateReasonData is not valid JSON.") from None
