"""GetMetricStatistics: one metric, up to ten statistics of it, by periods that are counted from the StartTime on."""

from datetime import timedelta

from elastane.model import faults, metric_periods
from elastane.model.extended_statistics import Simple, Statistic, UnknownStatistic, compute, parse_statistic
from elastane.model.metrics import Point, Unit
from elastane.service.cloudwatch.named_metrics import requested_metric, requested_unit
from elastane.service.cloudwatch.requested_samples import NEWEST
from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters

DATAPOINTS_MAX = 1440


async def get_metric_statistics(ctx: Context, parameters: Parameters) -> Result:
    """Raises InvalidParameterValue, InvalidParameterCombination."""
    metric = requested_metric(ctx, parameters)
    statistics = _requested_statistics(parameters)
    period_seconds = requested_period(parameters.integer("Period"), "Period")
    assert period_seconds is not None, "the model says Period is required"
    start, end = parameters.moment("StartTime"), parameters.moment("EndTime")
    assert start is not None and end is not None, "the model says both are required"
    if start >= end:
        raise faults.InvalidParameterCombination("The parameter StartTime must be less than the parameter EndTime.")
    start = metric_periods.rounded_start(start, period_seconds, ctx.now())
    count = -((start - end) // timedelta(seconds=period_seconds))
    if count > DATAPOINTS_MAX:
        raise faults.InvalidParameterCombination(
            f"You have requested up to {count} datapoints, which exceeds the limit of {DATAPOINTS_MAX}. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )

    unit = await ctx.metric_series.find_unit(metric) or Unit.NONE
    asked_unit = requested_unit(parameters)
    points: tuple[Point, ...] = ()
    # CloudWatch converts no units: asked for another than the metric's, it has no data.
    if asked_unit in (None, unit):
        resolution_seconds = metric_periods.shared_resolution_seconds(start, period_seconds)
        # The last period is told as a whole, as by GetMetricData: of an hour that is packed there are no parts.
        count = -((start - min(end, ctx.now() + NEWEST)) // timedelta(seconds=period_seconds))
        end = start + timedelta(seconds=count * period_seconds)
        points = await ctx.metric_series.read(metric, start, end, resolution_seconds)

    def answer_points() -> list[Result]:
        periods = metric_periods.aggregate(points, start, period_seconds)
        answers = (_answer(point, statistics, unit) for point in periods)
        return [answer for answer in answers if answer is not None]

    return {"Label": metric.name, "Datapoints": await ctx.aside(answer_points)}


def requested_period(period_seconds: int | None, path: str) -> int | None:
    """Raises InvalidParameterValue."""
    if period_seconds is not None and not metric_periods.is_period(period_seconds):
        raise faults.InvalidParameterValue(f"The parameter {path} must be 1, 5, 10, 20, 30, or a multiple of 60.")
    return period_seconds


def _requested_statistics(parameters: Parameters) -> dict[str, Statistic]:
    simple, extended = parameters.texts("Statistics") or (), parameters.texts("ExtendedStatistics") or ()
    if not simple and not extended:
        raise faults.InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics.")
    if simple and extended:
        raise faults.InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics, but not both.")
    found: dict[str, Statistic] = {name: Simple(name) for name in simple}
    for text in extended:
        try:
            statistic = parse_statistic(text)
        except UnknownStatistic:
            statistic = Simple.SUM
        if isinstance(statistic, Simple):
            raise faults.InvalidParameterValue(f"The value {text} for parameter ExtendedStatistics is invalid.")
        found[text] = statistic
    return found


def _answer(point: Point, statistics: dict[str, Statistic], unit: Unit) -> Result | None:
    """None where nothing of what is asked can be told."""
    simple: dict[str, float] = {}
    extended: dict[str, float] = {}
    for name, statistic in statistics.items():
        value = compute(statistic, point.measured)
        if value is not None:
            (simple if isinstance(statistic, Simple) else extended)[name] = value
    if not simple and not extended:
        return None
    answer: dict[str, object] = {"Timestamp": point.at, **simple, "Unit": str(unit)}
    return answer | ({"ExtendedStatistics": extended} if extended else {})
