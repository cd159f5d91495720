"""Log groups, their streams and events: CloudWatch Logs' nouns, as values. Moments are milliseconds since 1970."""

import re
from datetime import timedelta

import msgspec

from elastane.model.ids import AccountId, Arn, Region

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""What a customer may choose from; without a choice events are kept for ever, within the store's bounds."""

EVENT_OVERHEAD_BYTES = 26
"""What AWS counts for an event beside its message."""
EVENT_BYTES_MAX = 1024 * 1024
BATCH_BYTES_MAX = 1024 * 1024
BATCH_SPAN = timedelta(hours=24)
AGE_MAX = timedelta(days=14)
FUTURE_MAX = timedelta(hours=2)
"""Limits of PutLogEvents."""

TAG_COUNT_MAX = 50
GROUP_COUNT_MAX = 1_000_000
"""Per region, as on AWS."""

_GROUP_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}\Z")


class LogGroup(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    """Names the group in its file; one made later under the same name has another."""
    region: Region
    name: str
    created_at_milliseconds: int
    retention_days: int | None
    log_class: str
    stored_bytes: int


class LogStream(msgspec.Struct, frozen=True, kw_only=True):
    """The three moments are None while there was no event."""

    number: int
    name: str
    created_at_milliseconds: int
    first_event_milliseconds: int | None
    last_event_milliseconds: int | None
    ingested_at_milliseconds: int | None


class LogEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`number` grows with each event that is taken in."""

    number: int
    stream_name: str
    at_milliseconds: int
    ingested_at_milliseconds: int
    message: str


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    at_milliseconds: int
    message: str


class Place(msgspec.Struct, frozen=True, order=True):
    """Where an event is in the order in which events are read: by their moment, then as they came."""

    at_milliseconds: int
    number: int


BEGINNING = Place(-1, 0)


def place_of(event: LogEvent) -> Place:
    return Place(event.at_milliseconds, event.number)


def is_group_name(text: str) -> bool:
    return _GROUP_NAME.match(text) is not None


def group_arn(account_id: AccountId, region: Region, name: str) -> Arn:
    """As IAM and tags name it: without the ``:*`` that stands for its streams."""
    return Arn(f"arn:aws:logs:{region}:{account_id}:log-group:{name}")


def stream_arn(account_id: AccountId, region: Region, group_name: str, name: str) -> Arn:
    return Arn(f"{group_arn(account_id, region, group_name)}:log-stream:{name}")
