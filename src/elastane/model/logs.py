"""Where a cache's logs are to be delivered, and how that goes: values, in the wire's words.

What a customer reads as a delivery's status follows from two things: what is desired, and what the last look at the
group's logs came to. It is derived here and never stored.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

SLOW_LOG = "slow-log"
ENGINE_LOG = "engine-log"
CLOUDWATCH_LOGS = "cloudwatch-logs"
KINESIS_FIREHOSE = "kinesis-firehose"


class LogDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One for each type of log."""

    log_type: str
    """``slow-log`` or ``engine-log``."""
    destination_type: str
    """``cloudwatch-logs`` or ``kinesis-firehose``."""
    destination: str
    """The log group's name, or the delivery stream's."""
    log_format: str
    """``json`` or ``text``."""
    since: datetime | None = None
    """When it was switched on: what was said before is not delivered. None for one that was kept by a version of
    Elastane that delivered nothing."""


class ObservedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """What the last look at a group's logs of one type came to."""

    delivery: LogDelivery
    """As it was desired then."""
    failure: str | None = None
    """Why nothing could be delivered, as a sentence; it waits where it is. None when all is well."""


class ObservedDeliveries(msgspec.Struct, frozen=True, kw_only=True):
    """Of a whole group, by type."""

    deliveries: tuple[ObservedDelivery, ...] = ()

    def find(self, log_type: str) -> ObservedDelivery | None:
        return next((one for one in self.deliveries if one.delivery.log_type == log_type), None)


NOTHING_DELIVERED = ObservedDeliveries()


class DeliveryStatus(StrEnum):
    """The wire's spelling."""

    ACTIVE = "active"
    ENABLING = "enabling"
    MODIFYING = "modifying"
    DISABLING = "disabling"
    ERROR = "error"


class ShownDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as customers see it."""

    delivery: LogDelivery
    status: DeliveryStatus
    message: str | None = None


def shown_deliveries(desired: Sequence[LogDelivery], observed: ObservedDeliveries) -> tuple[ShownDelivery, ...]:
    """In the order of their types.

    | desired | seen at the last look   | status                      |
    |---------|-------------------------|-----------------------------|
    | yes     | nothing yet             | enabling                    |
    | yes     | as it was before        | modifying                   |
    | yes     | as it is                | active, or error and why    |
    | no      | as it was before        | disabling                   |
    """
    wanted = {delivery.log_type: delivery for delivery in desired}
    seen = {one.delivery.log_type: one for one in observed.deliveries}
    shown = []
    for log_type in sorted(wanted.keys() | seen.keys()):
        delivery, last = wanted.get(log_type), seen.get(log_type)
        if delivery is None:
            assert last is not None, "a type is in one of the two"
            shown.append(ShownDelivery(delivery=last.delivery, status=DeliveryStatus.DISABLING))
        elif last is None:
            shown.append(ShownDelivery(delivery=delivery, status=DeliveryStatus.ENABLING))
        elif last.delivery != delivery:
            shown.append(ShownDelivery(delivery=delivery, status=DeliveryStatus.MODIFYING))
        elif last.failure is not None:
            shown.append(ShownDelivery(delivery=delivery, status=DeliveryStatus.ERROR, message=last.failure))
        else:
            shown.append(ShownDelivery(delivery=delivery, status=DeliveryStatus.ACTIVE))
    return tuple(shown)
