"""Where a cache's logs are to go, as a call asks for it, and as Describe shows it: how that goes is what the last look
at the logs came to (`elastane.model.logs`)."""

import re
from collections.abc import Sequence
from datetime import datetime

from elastane.model import faults
from elastane.model.log_groups import is_group_name
from elastane.model.logs import (
    CLOUDWATCH_LOGS,
    ENGINE_LOG,
    KINESIS_FIREHOSE,
    SLOW_LOG,
    LogDelivery,
    ObservedDeliveries,
    shown_deliveries,
)
from elastane.service.context import Result
from elastane.service.parameters import Parameters

_DETAILS = {
    CLOUDWATCH_LOGS: ("CloudWatchLogsDetails", "LogGroup"),
    KINESIS_FIREHOSE: ("KinesisFirehoseDetails", "DeliveryStream"),
}
"""Destination type → the structure that names the destination, and the member in it."""

_TYPES = (SLOW_LOG, ENGINE_LOG)
_FORMATS = ("json", "text")
_STREAM_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,64}\Z")
"""AWS's rule for delivery streams."""


def requested_logs(
    parameters: Parameters, now: datetime, current: Sequence[LogDelivery] = ()
) -> tuple[LogDelivery, ...]:
    """The deliveries after the call, in the order of their types. A type that is not named stays as it was.

    What was said before a delivery is switched on is not delivered; a change of its destination or format changes
    nothing in that. Raises InvalidParameterValue and InvalidParameterCombination.
    """
    deliveries = {delivery.log_type: delivery for delivery in current}
    named: set[str] = set()
    for asked in parameters.structures("LogDeliveryConfigurations") or ():
        log_type = asked.text("LogType")
        if log_type not in _TYPES:
            raise faults.InvalidParameterValue(
                f"Invalid value {log_type} for LogType. Must be one of slow-log, engine-log."
            )
        if log_type in named:
            raise faults.InvalidParameterCombination(f"LogDeliveryConfigurations may name {log_type} once.")
        named.add(log_type)
        if asked.flag("Enabled") is False:
            deliveries.pop(log_type, None)
        else:
            before = deliveries.get(log_type)
            deliveries[log_type] = _delivery(log_type, asked, since=now if before is None else before.since)
    return tuple(deliveries[log_type] for log_type in sorted(deliveries))


def refuse_to_wait(parameters: Parameters) -> None:
    """AWS: a change of log delivery is only ever made at once."""
    if parameters.structures("LogDeliveryConfigurations") and parameters.flag("ApplyImmediately") is not True:
        raise faults.InvalidParameterCombination(
            "LogDeliveryConfigurations can only be modified with ApplyImmediately set to true."
        )


def answer_logs(deliveries: Sequence[LogDelivery], observed: ObservedDeliveries) -> list[Result]:
    """Shaped as `LogDeliveryConfiguration` in the published model."""
    return [
        {
            "LogType": shown.delivery.log_type,
            "DestinationType": shown.delivery.destination_type,
            "DestinationDetails": _answer_details(shown.delivery),
            "LogFormat": shown.delivery.log_format,
            "Status": shown.status,
            "Message": shown.message,
        }
        for shown in shown_deliveries(deliveries, observed)
    ]


def _delivery(log_type: str, asked: Parameters, since: datetime | None) -> LogDelivery:
    destination_type = asked.text("DestinationType") or ""
    if destination_type not in _DETAILS:
        raise faults.InvalidParameterValue(
            f"Invalid value {destination_type} for DestinationType. Must be one of cloudwatch-logs, kinesis-firehose."
        )
    log_format = asked.text("LogFormat") or "json"
    if log_format not in _FORMATS:
        raise faults.InvalidParameterValue(f"Invalid value {log_format} for LogFormat. Must be one of json, text.")
    structure, member = _DETAILS[destination_type]
    details = asked.structure("DestinationDetails")
    named = None if details is None else details.structure(structure)
    destination = None if named is None else named.text(member)
    if not destination:
        raise faults.InvalidParameterCombination(
            f"DestinationType {destination_type} needs DestinationDetails.{structure}.{member}."
        )
    _refuse_unusual_name(destination_type, destination)
    return LogDelivery(
        log_type=log_type,
        destination_type=destination_type,
        destination=destination,
        log_format=log_format,
        since=since,
    )


def _refuse_unusual_name(destination_type: str, name: str) -> None:
    """A log group or a stream of such a name can never be there."""
    is_usual = is_group_name(name) if destination_type == CLOUDWATCH_LOGS else _STREAM_NAME.match(name) is not None
    if not is_usual:
        structure, member = _DETAILS[destination_type]
        raise faults.InvalidParameterValue(f"Invalid value {name} for DestinationDetails.{structure}.{member}.")


def _answer_details(delivery: LogDelivery) -> Result:
    structure, member = _DETAILS[delivery.destination_type]
    return {structure: {member: delivery.destination}}
