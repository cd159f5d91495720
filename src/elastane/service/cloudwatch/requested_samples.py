"""The measurements that PutMetricData brings, checked and sorted into what is written at once.

Entities (`EntityMetricData`) are looked at and not kept: there is nothing here that explores them.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from elastane.model import faults, statistic_sets
from elastane.model.metric_periods import MINUTE_SECONDS, start_of_period
from elastane.model.metrics import Listing, Sample, Subject, Unit
from elastane.model.statistic_sets import StatisticSet
from elastane.service.cloudwatch.named_metrics import refuse_unprintable, requested_dimensions, requested_unit
from elastane.service.context import Context
from elastane.service.parameters import Parameters
from elastane.store.metric_rows import Batch

DATA_MAX = 1000
VALUES_MAX = 150
ENTITIES_MAX = 2
VALUE_MAX = 2.0**360
OLDEST = timedelta(weeks=2)
NEWEST = timedelta(hours=2)
RESOLUTIONS_SECONDS = (1, MINUTE_SECONDS)
FINE_FOR = timedelta(hours=3)
"""What comes later than this is not kept to the second."""
RESERVED_PREFIX = "AWS/"

_KINDS = ("Value", "Values", "StatisticValues")


def requested_batches(ctx: Context, parameters: Parameters) -> Sequence[Batch]:
    """One for each resolution and unit. Raises InvalidParameterValue, InvalidParameterCombination, MissingParameter."""
    namespace = parameters.required_text("Namespace")
    if namespace.startswith(RESERVED_PREFIX):
        raise faults.InvalidParameterValue(f"The value {RESERVED_PREFIX} for parameter Namespace is invalid.")
    refuse_unprintable(namespace, "Namespace")
    now = ctx.now()
    gathered: dict[tuple[int, Unit], dict[tuple[Subject, datetime], dict[str, list[StatisticSet]]]] = {}
    for path, datum in _requested_data(parameters):
        name = datum.required_text("MetricName")
        refuse_unprintable(name, f"{path}.MetricName")
        subject = Subject(ctx.region, namespace, requested_dimensions(datum, f"{path}.Dimensions"))
        at = _requested_moment(datum, path, now)
        resolution = _requested_resolution(datum, path)
        if at < now - FINE_FOR:
            resolution = MINUTE_SECONDS
        key = (resolution, requested_unit(datum) or Unit.NONE)
        moments = gathered.setdefault(key, {})
        names = moments.setdefault((subject, start_of_period(at, resolution)), {})
        names.setdefault(name, []).append(_requested_set(datum, path))
    return tuple(
        Batch(
            samples=tuple(
                Sample(subject, at, {name: statistic_sets.merge(sets) for name, sets in names.items()})
                for (subject, at), names in moments.items()
            ),
            listings={name: Listing(unit) for names in moments.values() for name in names},
            resolution_seconds=resolution,
        )
        for (resolution, unit), moments in gathered.items()
    )


def _requested_data(parameters: Parameters) -> Iterator[tuple[str, Parameters]]:
    plain = parameters.structures("MetricData")
    entities = parameters.structures("EntityMetricData")
    if plain is None and entities is None:
        raise faults.MissingParameter("The parameter MetricData is required.")
    _refuse_entities(parameters, entities or ())
    found = [(f"MetricData.member.{number}", datum) for number, datum in enumerate(plain or (), start=1)]
    for entity_number, entity in enumerate(entities or (), start=1):
        path = f"EntityMetricData.member.{entity_number}.MetricData.member"
        data = entity.structures("MetricData") or ()
        found.extend((f"{path}.{number}", datum) for number, datum in enumerate(data, start=1))
    if len(found) > DATA_MAX:
        raise faults.InvalidParameterValue(f"The collection MetricData must not have a size greater than {DATA_MAX}.")
    yield from found


def _refuse_entities(parameters: Parameters, entities: Sequence[Parameters]) -> None:
    """Where the caller is not strict, AWS answers what is wrong with an entity in a header, and takes the data."""
    is_strict = parameters.flag("StrictEntityValidation")
    if entities and is_strict is None:
        raise faults.MissingParameter("The parameter StrictEntityValidation is required.")
    if is_strict and len(entities) > ENTITIES_MAX:
        raise faults.InvalidParameterValue(
            f"The collection EntityMetricData must not have a size greater than {ENTITIES_MAX}."
        )


def _requested_moment(datum: Parameters, path: str, now: datetime) -> datetime:
    at = datum.moment("Timestamp")
    if at is None:
        return now
    if at < now - OLDEST:
        raise faults.InvalidParameterValue(
            f"The parameter {path}.Timestamp must specify a time within the past two weeks."
        )
    if at > now + NEWEST:
        raise faults.InvalidParameterValue(
            f"The parameter {path}.Timestamp must specify a time no more than two hours in the future."
        )
    return at


def _requested_resolution(datum: Parameters, path: str) -> int:
    resolution = datum.integer("StorageResolution")
    if resolution is None:
        return MINUTE_SECONDS
    if resolution not in RESOLUTIONS_SECONDS:
        raise faults.InvalidParameterValue(f"The parameter {path}.StorageResolution must be 1 or 60.")
    return resolution


# --- what was measured ---------------------------------------------------------------------------


def _requested_set(datum: Parameters, path: str) -> StatisticSet:
    given = [name for name in _KINDS if name in datum]
    if not given:
        raise faults.InvalidParameterCombination(
            f"At least one of the parameters {path}.Value and {path}.StatisticValues must be specified."
        )
    if len(given) > 1:
        raise faults.InvalidParameterCombination(
            f"The parameters {path}.{given[0]} and {path}.{given[1]} are mutually exclusive "
            "and you have specified both."
        )
    if "Counts" in datum and given != ["Values"]:
        raise faults.InvalidParameterCombination(f"The parameter {path}.Counts can be given with Values only.")
    match given[0]:
        case "Value":
            return statistic_sets.of_value(_checked(datum.number("Value"), f"{path}.Value"))
        case "Values":
            return _requested_values(datum, path)
        case _:
            return _requested_statistics(datum, path)


def _requested_values(datum: Parameters, path: str) -> StatisticSet:
    values = datum.numbers("Values") or ()
    counts = datum.numbers("Counts")
    if not 0 < len(values) <= VALUES_MAX:
        raise faults.InvalidParameterValue(f"The collection {path}.Values must have 1 to {VALUES_MAX} values.")
    if counts is not None and len(counts) != len(values):
        raise faults.InvalidParameterCombination(
            f"The parameters {path}.Values and {path}.Counts must be of the same size."
        )
    for number, value in enumerate(values, start=1):
        _checked(value, f"{path}.Values.member.{number}")
    for number, count in enumerate(counts or (), start=1):
        if _checked(count, f"{path}.Counts.member.{number}") <= 0:
            raise faults.InvalidParameterValue(f"The parameter {path}.Counts.member.{number} must be greater than 0.")
    return statistic_sets.of_counts(zip(values, counts or [1.0] * len(values), strict=True))


def _requested_statistics(datum: Parameters, path: str) -> StatisticSet:
    given = datum.structure("StatisticValues")
    assert given is not None, "who calls this saw it"
    count, total, minimum, maximum = (
        _checked(given.number(name), f"{path}.StatisticValues.{name}")
        for name in ("SampleCount", "Sum", "Minimum", "Maximum")
    )
    if count <= 0:
        raise faults.InvalidParameterValue(f"The parameter {path}.StatisticValues.SampleCount must be greater than 0.")
    if minimum > maximum:
        raise faults.InvalidParameterCombination(
            f"The parameter {path}.StatisticValues.Maximum must be greater than or equal to Minimum."
        )
    return StatisticSet(sample_count=count, sum=total, minimum=minimum, maximum=maximum)


def _checked(value: float | None, path: str) -> float:
    if value is None:
        raise faults.MissingParameter(f"The parameter {path} is required.")
    if not math.isfinite(value) or abs(value) > VALUE_MAX:
        text = "NaN" if math.isnan(value) else f"{value:g}"
        raise faults.InvalidParameterValue(f"The value {text} for parameter {path} is invalid.")
    return value
