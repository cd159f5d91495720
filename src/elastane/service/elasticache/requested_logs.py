"""Where a cache's logs are to go, as a call asks for it, and as Describe shows it.

Stored and read back. Nothing is delivered yet, and that is what the status says.
"""

from collections.abc import Sequence

from elastane.model import faults
from elastane.model.logs import LogDelivery
from elastane.service.context import Result
from elastane.service.parameters import Parameters

_DETAILS = {
    "cloudwatch-logs": ("CloudWatchLogsDetails", "LogGroup"),
    "kinesis-firehose": ("KinesisFirehoseDetails", "DeliveryStream"),
}
"""Destination type → the structure that names the destination, and the member in it."""

_TYPES = ("slow-log", "engine-log")
_FORMATS = ("json", "text")

NOT_DELIVERED = "The setting is kept. This version of Elastane does not deliver logs yet."


def requested_logs(parameters: Parameters, current: Sequence[LogDelivery] = ()) -> tuple[LogDelivery, ...]:
    """The deliveries after the call, in the order of their types. A type that is not named stays as it was.

    Raises InvalidParameterValue and InvalidParameterCombination.
    """
    deliveries = {delivery.log_type: delivery for delivery in current}
    for asked in parameters.structures("LogDeliveryConfigurations") or ():
        log_type = asked.text("LogType")
        if log_type not in _TYPES:
            raise faults.InvalidParameterValue(
                f"Invalid value {log_type} for LogType. Must be one of slow-log, engine-log."
            )
        if asked.flag("Enabled") is False:
            deliveries.pop(log_type, None)
        else:
            deliveries[log_type] = _delivery(log_type, asked)
    return tuple(deliveries[log_type] for log_type in sorted(deliveries))


def refuse_to_wait(parameters: Parameters) -> None:
    """AWS: a change of log delivery is only ever made at once."""
    if parameters.structures("LogDeliveryConfigurations") and parameters.flag("ApplyImmediately") is not True:
        raise faults.InvalidParameterCombination(
            "LogDeliveryConfigurations can only be modified with ApplyImmediately set to true."
        )


def answer_logs(deliveries: Sequence[LogDelivery]) -> list[Result]:
    """Shaped as `LogDeliveryConfiguration` in the published model."""
    return [
        {
            "LogType": delivery.log_type,
            "DestinationType": delivery.destination_type,
            "DestinationDetails": _answer_details(delivery),
            "LogFormat": delivery.log_format,
            "Status": "error",
            "Message": NOT_DELIVERED,
        }
        for delivery in deliveries
    ]


def _delivery(log_type: str, asked: Parameters) -> LogDelivery:
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
    return LogDelivery(
        log_type=log_type, destination_type=destination_type, destination=destination, log_format=log_format
    )


def _answer_details(delivery: LogDelivery) -> Result:
    structure, member = _DETAILS[delivery.destination_type]
    return {structure: {member: delivery.destination}}
