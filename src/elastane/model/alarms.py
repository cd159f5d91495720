"""Metric alarms, in CloudWatch's words: what is watched, when it is too much, who is told, and the state it is in.

An alarm is what a customer asked for. Its state is kept apart (`AlarmState`): it is written by every evaluation that
changes it and by SetAlarmState, and a new configuration leaves it as it is.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from elastane.model.ids import AccountId, Arn, Region
from elastane.model.metrics import Metric, Unit

INITIAL_REASON = "Unchecked: Initial alarm creation"


class StateValue(StrEnum):
    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Comparison(StrEnum):
    """Of a value with the threshold. The three that compare with a band belong to anomaly detection."""

    GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    GREATER = "GreaterThanThreshold"
    LESS = "LessThanThreshold"
    LESS_OR_EQUAL = "LessThanOrEqualToThreshold"


class MissingData(StrEnum):
    """What a period without data counts as."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class LowSampleCount(StrEnum):
    """What becomes of a percentile of few measurements."""

    EVALUATE = "evaluate"
    IGNORE = "ignore"


class WatchedMetric(msgspec.Struct, frozen=True, kw_only=True, tag="metric"):
    """One statistic of one metric, over periods of one length."""

    metric: Metric
    statistic: str
    """As GetMetricData spells it: ``Average``, ``p99.9``, ``TM(10%:90%)``."""
    period_seconds: int
    unit: Unit | None = None


class WatchedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One line of metric math: a metric by a name of its own, or an expression over such names."""

    id: str
    asked: WatchedMetric | str
    """An expression, or what it is called for."""
    is_returned: bool
    label: str | None = None
    period_seconds: int | None = None


class WatchedExpression(msgspec.Struct, frozen=True, kw_only=True, tag="expression"):
    """Metric math: exactly one of its lines is returned, and is watched."""

    queries: tuple[WatchedQuery, ...]
    period_seconds: int

    @property
    def metrics(self) -> tuple[WatchedMetric, ...]:
        return tuple(query.asked for query in self.queries if isinstance(query.asked, WatchedMetric))


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """M of the last N periods have to breach the threshold. None is what the caller did not say."""

    comparison: Comparison
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int | None = None
    missing_data: MissingData | None = None
    low_sample_count: LowSampleCount | None = None

    @property
    def needed_count(self) -> int:
        return self.datapoints_to_alarm or self.evaluation_periods

    def is_breached_by(self, value: float) -> bool:
        match self.comparison:
            case Comparison.GREATER_OR_EQUAL:
                return value >= self.threshold
            case Comparison.GREATER:
                return value > self.threshold
            case Comparison.LESS:
                return value < self.threshold
            case Comparison.LESS_OR_EQUAL:
                return value <= self.threshold


class Actions(msgspec.Struct, frozen=True, kw_only=True):
    """The topics that are told when the alarm comes into a state."""

    is_enabled: bool = True
    ok: tuple[Arn, ...] = ()
    alarm: tuple[Arn, ...] = ()
    insufficient_data: tuple[Arn, ...] = ()

    def on(self, value: StateValue) -> tuple[Arn, ...]:
        """Whether or not they are enabled."""
        return {
            StateValue.OK: self.ok,
            StateValue.ALARM: self.alarm,
            StateValue.INSUFFICIENT_DATA: self.insufficient_data,
        }[value]


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    region: Region
    name: str
    description: str | None = None
    watched: WatchedMetric | WatchedExpression
    rule: Rule
    actions: Actions
    updated_at: datetime
    """When its configuration was last written."""


class AlarmState(msgspec.Struct, frozen=True, kw_only=True):
    value: StateValue
    reason: str
    reason_data: str | None = None
    """JSON; of an evaluation always, of SetAlarmState what the caller gave."""
    updated_at: datetime
    transitioned_at: datetime
    """When the value last became another one."""


def initial_state(now: datetime) -> AlarmState:
    return AlarmState(value=StateValue.INSUFFICIENT_DATA, reason=INITIAL_REASON, updated_at=now, transitioned_at=now)


def state_after(
    before: AlarmState, value: StateValue, *, reason: str, reason_data: str | None, now: datetime
) -> AlarmState:
    return AlarmState(
        value=value,
        reason=reason,
        reason_data=reason_data,
        updated_at=now,
        transitioned_at=before.transitioned_at if value is before.value else now,
    )


def alarm_arn(region: Region, account_id: AccountId, name: str) -> Arn:
    return Arn(f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{name}")


def render_moment(at: datetime) -> str:
    """As CloudWatch writes moments inside its JSON: ``2022-10-18T20:15:10.941+0000``."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"
