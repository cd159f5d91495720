"""Why an alarm is in its state, in CloudWatch's sentences and in its JSON.

The sentences are matched on by people's scripts, so they are AWS's to the letter, as its notifications and its user
guide show them. Of many data points both name the newest few: a reason has at most 1,023 characters, its data 4,000.
"""

from datetime import datetime

import msgspec

from elastane.model.alarm_evaluation import DataPoint, Evaluated
from elastane.model.alarms import Alarm, Comparison, MissingData, Rule, StateValue, WatchedMetric, render_moment

POINTS_IN_SENTENCE_MAX = 5
POINTS_IN_DATA_MAX = 10
DATA_VERSION = "1.0"

_WORDS = {
    Comparison.GREATER_OR_EQUAL: "greater than or equal to",
    Comparison.GREATER: "greater than",
    Comparison.LESS: "less than",
    Comparison.LESS_OR_EQUAL: "less than or equal to",
}
_TREATED_AS = {MissingData.BREACHING: "Breaching", MissingData.NOT_BREACHING: "NonBreaching"}


def render_reason(rule: Rule, evaluated: Evaluated) -> str:
    if evaluated.value is StateValue.INSUFFICIENT_DATA:
        count = len(evaluated.filled)
        return f"Insufficient Data: {_counted(count)} {_was(count)} unknown."
    is_alarm = evaluated.value is StateValue.ALARM
    decisive = [
        point for point in evaluated.points if point.value is not None and rule.is_breached_by(point.value) is is_alarm
    ]
    filled = _render_filled(rule, evaluated)
    if not decisive:
        received = _counted(len(evaluated.points)) if evaluated.points else "no datapoints"
        periods = f"{rule.evaluation_periods} period{'' if rule.evaluation_periods == 1 else 's'}"
        return f"Threshold Crossed: {received} {_was(len(evaluated.points))} received for {periods}{filled}."
    return f"Threshold Crossed: {_render_decisive(rule, decisive, is_alarm=is_alarm, filled=filled)}"


def render_reason_data(alarm: Alarm, evaluated: Evaluated, now: datetime) -> str:
    watched = alarm.watched
    recent = evaluated.points[:POINTS_IN_DATA_MAX]
    periods = sorted((*evaluated.points, *evaluated.filled), key=lambda point: point.at, reverse=True)
    data: dict[str, object] = {"version": DATA_VERSION, "queryDate": render_moment(now)}
    if evaluated.points:
        data["startDate"] = render_moment(evaluated.points[-1].at)
    if isinstance(watched, WatchedMetric):
        if watched.unit is not None:
            data["unit"] = watched.unit
        data["statistic"] = watched.statistic
    data["period"] = watched.period_seconds
    data["recentDatapoints"] = [point.value for point in reversed(recent)]
    data["threshold"] = alarm.rule.threshold
    data["evaluatedDatapoints"] = [_answer_point(point) for point in periods[:POINTS_IN_DATA_MAX]]
    return msgspec.json.encode(data).decode()


def _render_decisive(rule: Rule, decisive: list[DataPoint], *, is_alarm: bool, filled: str) -> str:
    """The data points that made the state: those that breach, or those that do not."""
    count = len(decisive)
    words = f"{'' if is_alarm else 'not '}{_WORDS[rule.comparison]} the threshold ({rule.threshold!r})"
    listed = ", ".join(f"{point.value!r} ({point.at:%d/%m/%y %H:%M:%S})" for point in decisive[:POINTS_IN_SENTENCE_MAX])
    counted = _counted(count)
    minimum = ""
    if rule.datapoints_to_alarm is not None:
        counted = f"{count} out of the last {_counted(rule.evaluation_periods, is_plural=True)}"
        minimum = f" ({_render_minimum(rule, is_alarm=is_alarm)})"
    if count <= POINTS_IN_SENTENCE_MAX:
        return f"{counted} [{listed}] {_was(count)} {words}{filled}{minimum}."
    crossed = "which crossed the threshold" if is_alarm else "which did not cross the threshold"
    return f"{counted} {_was(count)} {words}{filled}. The most recent datapoints {crossed}: [{listed}]{minimum}."


def _render_minimum(rule: Rule, *, is_alarm: bool) -> str:
    if is_alarm:
        return f"minimum {_counted(rule.needed_count)} for OK -> ALARM transition"
    return f"minimum {_counted(rule.evaluation_periods - rule.needed_count + 1)} for ALARM -> OK transition"


def _render_filled(rule: Rule, evaluated: Evaluated) -> str:
    count = len(evaluated.filled)
    treated_as = _TREATED_AS.get(rule.missing_data or MissingData.MISSING)
    if not count or treated_as is None:
        return ""
    return f" and {count} missing datapoint{'' if count == 1 else 's'} {_was(count)} treated as [{treated_as}]"


def _answer_point(point: DataPoint) -> dict[str, object]:
    answer: dict[str, object] = {"timestamp": render_moment(point.at)}
    if point.value is not None and point.sample_count is not None:
        answer["sampleCount"] = point.sample_count
    if point.value is not None:
        answer["value"] = point.value
    return answer


def _counted(count: int, *, is_plural: bool = False) -> str:
    return f"{count} datapoint{'s' if is_plural or count != 1 else ''}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
