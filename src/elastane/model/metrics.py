"""What is measured, in CloudWatch's words: subjects, metrics, samples.

A *subject* is whom a number is about: a region's namespace and dimensions. A *metric* is one number of a subject. What
AWS lists under several sets of dimensions (a node under its cluster alone, and with its node id) is measured and kept
once, under one subject, and listed under the others.

What could not be measured is not in a sample: absent, never zero.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from elastane.model.ids import Region
from elastane.model.statistic_sets import StatisticSet

NAMESPACE = "AWS/ElastiCache"

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, in the order of names: see `dimensions`."""


def dimensions(values: Mapping[str, str]) -> Dimensions:
    return tuple(sorted(values.items()))


class Subject(msgspec.Struct, frozen=True, order=True):
    """Whom numbers are about."""

    region: Region
    namespace: str
    dimensions: Dimensions


class Metric(msgspec.Struct, frozen=True, order=True):
    """One number of a subject, by its CloudWatch name."""

    subject: Subject
    name: str


class Unit(StrEnum):
    """The wire's spelling; CloudWatch's `StandardUnit`."""

    SECONDS = "Seconds"
    MICROSECONDS = "Microseconds"
    MILLISECONDS = "Milliseconds"
    BYTES = "Bytes"
    KILOBYTES = "Kilobytes"
    MEGABYTES = "Megabytes"
    GIGABYTES = "Gigabytes"
    TERABYTES = "Terabytes"
    BITS = "Bits"
    KILOBITS = "Kilobits"
    MEGABITS = "Megabits"
    GIGABITS = "Gigabits"
    TERABITS = "Terabits"
    PERCENT = "Percent"
    COUNT = "Count"
    BYTES_PER_SECOND = "Bytes/Second"
    KILOBYTES_PER_SECOND = "Kilobytes/Second"
    MEGABYTES_PER_SECOND = "Megabytes/Second"
    GIGABYTES_PER_SECOND = "Gigabytes/Second"
    TERABYTES_PER_SECOND = "Terabytes/Second"
    BITS_PER_SECOND = "Bits/Second"
    KILOBITS_PER_SECOND = "Kilobits/Second"
    MEGABITS_PER_SECOND = "Megabits/Second"
    GIGABITS_PER_SECOND = "Gigabits/Second"
    TERABITS_PER_SECOND = "Terabits/Second"
    COUNT_PER_SECOND = "Count/Second"
    NONE = "None"


class Listing(msgspec.Struct, frozen=True):
    """How a metric of a subject is listed: its unit, and under which other dimensions besides the subject's own."""

    unit: Unit
    also_under: tuple[Dimensions, ...] = ()


class Sample(msgspec.Struct, frozen=True):
    """All numbers of one subject for the stretch of time that begins at `at`.

    A plain number is one measurement; a set is several.
    """

    subject: Subject
    at: datetime
    values: dict[str, float | StatisticSet]


class Point(msgspec.Struct, frozen=True, gc=False):
    """One metric's measurements within the stretch of time that begins at `at`."""

    at: datetime
    measured: StatisticSet
