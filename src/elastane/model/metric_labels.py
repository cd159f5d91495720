"""Labels of results: those that nobody gave, and dynamic ones such as ``${PROP('MetricName')}: ${LAST}``.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html

What is relative to now (FIRST_TIME_RELATIVE and the like) and what is not known of a result is left as it is written.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone

from elastane.model.metrics import Metric

_PLACEHOLDER = re.compile(r"\$\{\s*(?:PROP\(\s*['\"]([^'\"}]{1,300})['\"]\s*\)|([A-Z_]{1,40}))\s*\}")
_TIMEZONE = re.compile(r"([+-])(\d{2})(\d{2})\Z")

Points = Sequence[tuple[int, float]]
"""Seconds and values, oldest first."""


def default_labels(metrics: Sequence[Metric]) -> tuple[str, ...]:
    """What tells the metrics of one request apart: their names, or where those are one, their dimensions' values."""
    if len(metrics) > 1 and len({metric.name for metric in metrics}) == 1:
        return tuple(" ".join(value for _, value in metric.subject.dimensions) or metric.name for metric in metrics)
    return tuple(metric.name for metric in metrics)


def parse_timezone(text: str) -> timezone | None:
    """Of ``+0130``; None where it is no such thing."""
    matched = _TIMEZONE.match(text)
    if matched is None or int(matched[2]) > 23 or int(matched[3]) > 59:
        return None
    offset = timedelta(hours=int(matched[2]), minutes=int(matched[3]))
    return timezone(-offset if matched[1] == "-" else offset)


def render_label(
    text: str, *, default: str, points: Points, properties: Mapping[str, str], zone: timezone = UTC
) -> str:
    def told(matched: re.Match[str]) -> str:
        name, word = matched[1], matched[2]
        if name is not None:
            return properties.get(name, matched[0])
        if word == "LABEL":
            return default
        return _told(word, points, zone) or matched[0]

    return _PLACEHOLDER.sub(told, text)


def _told(word: str, points: Points, zone: timezone) -> str | None:
    if word in _COUNTED:
        return _number(_COUNTED[word](points))
    if not points:
        # AWS shows two dashes where there is nothing to show.
        return "--" if word in _VALUES or word in _MOMENTS else None
    if word in _VALUES:
        return _number(_VALUES[word](points))
    if word in _MOMENTS:
        at = datetime.fromtimestamp(_MOMENTS[word](points), zone)
        return at.strftime("%Y-%m-%d %H:%M:%S ") + ("UTC" if zone == UTC else at.strftime("UTC%z"))
    return None


def _values(points: Points) -> list[float]:
    return [value for _, value in points]


def _lowest(points: Points) -> tuple[int, float]:
    return min(points, key=lambda point: point[1])


def _highest(points: Points) -> tuple[int, float]:
    return max(points, key=lambda point: point[1])


_COUNTED: dict[str, Callable[[Points], float]] = {"DATAPOINT_COUNT": len}
_VALUES: dict[str, Callable[[Points], float]] = {
    "AVG": lambda points: sum(_values(points)) / len(points),
    "MIN": lambda points: min(_values(points)),
    "MAX": lambda points: max(_values(points)),
    "SUM": lambda points: sum(_values(points)),
    "FIRST": lambda points: points[0][1],
    "LAST": lambda points: points[-1][1],
    "FIRST_LAST_RANGE": lambda points: points[-1][1] - points[0][1],
    "MIN_MAX_RANGE": lambda points: _highest(points)[1] - _lowest(points)[1],
}
_MOMENTS: dict[str, Callable[[Points], int]] = {
    "FIRST_TIME": lambda points: points[0][0],
    "LAST_TIME": lambda points: points[-1][0],
    "MIN_TIME": lambda points: _lowest(points)[0],
    "MAX_TIME": lambda points: _highest(points)[0],
}


def _number(value: float) -> str:
    """As people read it: not more than six digits that say something."""
    return f"{value:.6g}"
