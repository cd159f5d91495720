"""The status of a delivery, from what is desired and what was seen."""

from datetime import UTC, datetime

from elastane.model.logs import (
    NOTHING_DELIVERED,
    LogDelivery,
    ObservedDeliveries,
    ObservedDelivery,
    shown_deliveries,
)

SLOW = LogDelivery(log_type="slow-log", destination_type="cloudwatch-logs", destination="slow", log_format="json")
ENGINE = LogDelivery(log_type="engine-log", destination_type="cloudwatch-logs", destination="e", log_format="text")


def seen(delivery: LogDelivery, failure: str | None = None) -> ObservedDeliveries:
    return ObservedDeliveries(deliveries=(ObservedDelivery(delivery=delivery, failure=failure),))


def statuses(desired: tuple[LogDelivery, ...], observed: ObservedDeliveries) -> list[tuple[str, str, str | None]]:
    return [(one.delivery.log_type, one.status, one.message) for one in shown_deliveries(desired, observed)]


def test_a_delivery_that_nobody_looked_at_yet_is_being_enabled() -> None:
    assert statuses((SLOW,), NOTHING_DELIVERED) == [("slow-log", "enabling", None)]


def test_a_delivery_that_goes_well_is_active() -> None:
    assert statuses((SLOW,), seen(SLOW)) == [("slow-log", "active", None)]


def test_a_delivery_that_fails_says_why() -> None:
    assert statuses((SLOW,), seen(SLOW, "There is no group.")) == [("slow-log", "error", "There is no group.")]


def test_a_delivery_that_was_another_one_is_being_modified() -> None:
    before = LogDelivery(log_type="slow-log", destination_type="cloudwatch-logs", destination="x", log_format="json")

    assert statuses((SLOW,), seen(before, "There is no group.")) == [("slow-log", "modifying", None)]


def test_a_delivery_that_was_switched_on_again_meanwhile_is_being_modified() -> None:
    before = LogDelivery(
        log_type="slow-log",
        destination_type="cloudwatch-logs",
        destination="slow",
        log_format="json",
        since=datetime(2026, 1, 1, tzinfo=UTC),
    )

    assert statuses((SLOW,), seen(before)) == [("slow-log", "modifying", None)]


def test_a_delivery_that_is_wanted_no_more_is_shown_until_it_has_ended() -> None:
    assert statuses((ENGINE,), seen(SLOW)) == [("engine-log", "enabling", None), ("slow-log", "disabling", None)]
    assert statuses((), NOTHING_DELIVERED) == []
