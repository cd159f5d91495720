"""Windows, retention and notices: asked for, chosen, changed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.catalog.limits import aws_limits
from elastane.model import faults, windows
from elastane.model.faults import Fault
from elastane.model.ids import Region
from elastane.model.replication_groups import Upkeep
from elastane.service.elasticache.requested_upkeep import changed_upkeep, new_upkeep
from elastane.service.parameters import Parameters

REGION = Region("us-east-1")
CURRENT = Upkeep(maintenance_window="sun:05:00-sun:06:00", snapshot_window="03:00-04:00")


def asked(**parameters: Any) -> Upkeep:
    return new_upkeep(Parameters(parameters), REGION, "orders", aws_limits())


def changed(**parameters: Any) -> Upkeep:
    return changed_upkeep(Parameters(parameters), CURRENT, aws_limits())


def test_windows_not_asked_for_are_chosen_and_the_same_every_time() -> None:
    assert asked() == asked()


@given(start=st.integers(min_value=0, max_value=24 * 60 - 1), duration=st.integers(min_value=60, max_value=22 * 60))
def test_a_window_asked_for_never_overlaps_the_one_chosen_beside_it(start: int, duration: int) -> None:
    snapshot = windows.SnapshotWindow(start_minute=start, duration_minutes=duration)
    text = windows.render_snapshot_window(snapshot)

    upkeep = asked(SnapshotWindow=text)

    assert upkeep.snapshot_window == text
    windows.refuse_overlap(windows.parse_maintenance_window(upkeep.maintenance_window), snapshot)


def test_what_is_not_sent_stays() -> None:
    assert changed() == CURRENT


def test_a_maintenance_window_reads_back_in_lower_case() -> None:
    assert changed(PreferredMaintenanceWindow="TUE:23:30-Wed:00:30").maintenance_window == "tue:23:30-wed:00:30"


def test_notices_are_switched_off_without_forgetting_their_topic() -> None:
    topic = "arn:aws:sns:us-east-1:000000000000:orders"

    upkeep = changed(NotificationTopicArn=topic, NotificationTopicStatus="inactive")

    assert (upkeep.notification_topic_arn, upkeep.is_notification_active) == (topic, False)


REFUSED: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"PreferredMaintenanceWindow": "whenever"}, faults.InvalidParameterValue, "ddd:hh24:mi"),
    ({"PreferredMaintenanceWindow": "sun:05:00-sun:05:30"}, faults.InvalidParameterValue, "at least 60 minutes"),
    ({"SnapshotWindow": "25:00-26:00"}, faults.InvalidParameterValue, "hh24:mi"),
    ({"SnapshotWindow": "05:30-06:30"}, faults.InvalidParameterCombination, "must not overlap"),
    ({"SnapshotRetentionLimit": -1}, faults.InvalidParameterValue, "between 0 and 35"),
    ({"SnapshotRetentionLimit": 36}, faults.InvalidParameterValue, "between 0 and 35"),
    ({"NotificationTopicArn": "arn:aws:sqs:us-east-1:0:q"}, faults.InvalidParameterValue, "no SNS topic"),
    ({"NotificationTopicStatus": "quiet"}, faults.InvalidParameterValue, "active, inactive"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED)
def test_upkeep_that_cannot_be_is_refused(parameters: dict[str, Any], fault: type[Fault], sentence: str) -> None:
    with pytest.raises(fault, match=sentence):
        changed(**parameters)
