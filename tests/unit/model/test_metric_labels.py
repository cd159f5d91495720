"""Labels: those that nobody gave, and what is put into dynamic ones."""

from datetime import UTC, timedelta, timezone

import pytest

from elastane.model import metric_labels
from elastane.model.ids import Region
from elastane.model.metrics import Metric, Subject, dimensions

POINTS = [(1_795_435_200, 3.0), (1_795_435_260, 1.0), (1_795_435_320, 2.0)]
"""At noon of 2026-11-23, and the two minutes after."""


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("plain", "plain"),
        ("${AVG}", "2"),
        ("${MIN} ${MAX} ${SUM}", "1 3 6"),
        ("${FIRST} ${LAST}", "3 2"),
        ("${DATAPOINT_COUNT}", "3"),
        ("${FIRST_LAST_RANGE} ${MIN_MAX_RANGE}", "-1 2"),
        ("${FIRST_TIME}", "2026-11-23 12:00:00 UTC"),
        ("${MIN_TIME}", "2026-11-23 12:01:00 UTC"),
        ("${LAST_TIME}, ${MAX_TIME}", "2026-11-23 12:02:00 UTC, 2026-11-23 12:00:00 UTC"),
        ("[max: ${MAX} of ${LABEL}]", "[max: 3 of Orders]"),
        ("${PROP('MetricName')} ${PROP(\"Dim.Shop\")}", "Orders north"),
        (
            "${PROP('Dim.Unknown')} ${LAST_TIME_RELATIVE} ${NOPE}",
            "${PROP('Dim.Unknown')} ${LAST_TIME_RELATIVE} ${NOPE}",
        ),
    ],
)
def test_placeholders_are_replaced_by_what_they_stand_for(text: str, label: str) -> None:
    properties = {"MetricName": "Orders", "Dim.Shop": "north"}

    found = metric_labels.render_label(text, default="Orders", points=POINTS, properties=properties)

    assert found == label


def test_where_there_is_nothing_to_tell_there_are_dashes() -> None:
    found = metric_labels.render_label("${MAX} ${LAST_TIME} ${DATAPOINT_COUNT}", default="", points=[], properties={})

    assert found == "-- -- 0"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("+0130", timezone(timedelta(hours=1, minutes=30))),
        ("-0800", timezone(-timedelta(hours=8))),
        ("+0000", UTC),
        ("0130", None),
        ("+2500", None),
        ("+0160", None),
        ("+01:30", None),
    ],
)
def test_a_timezone_is_a_sign_and_four_digits(text: str, zone: timezone | None) -> None:
    assert metric_labels.parse_timezone(text) == zone


def test_metrics_of_one_name_are_labelled_by_their_dimensions() -> None:
    north, south, refunds = (
        Metric(Subject(Region("us-east-1"), "Shop", dimensions({"Shop": shop})), name)
        for shop, name in (("north", "Orders"), ("south", "Orders"), ("north", "Refunds"))
    )

    assert metric_labels.default_labels([north, south]) == ("north", "south")
    assert metric_labels.default_labels([north, refunds]) == ("Orders", "Refunds")
    assert metric_labels.default_labels([north]) == ("Orders",)
