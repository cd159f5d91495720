"""What is written down of every call to the API: who asked what, when, from where, and what came of it.

`service.audit_trail` makes the records, the store keeps them, `elastane audit` and CloudTrail's LookupEvents show
them. A record holds no secret: its parameters were masked before it was made.
"""

import hashlib
from datetime import datetime
from enum import StrEnum

import msgspec

from elastane.model.ids import Arn, Region


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked. Without a proof the access key is only what was claimed, and there is no ARN."""

    arn: Arn | None = None
    access_key_id: str | None = None
    is_proven: bool = False

    @property
    def name(self) -> str | None:
        """As CloudTrail names callers: the user's, the role session's, or ``root``."""
        if self.arn is None:
            return None
        return self.arn.rpartition(":")[2].rpartition("/")[2]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    address: str | None
    """Of whoever is connected to us; a proxy's word about somebody behind it is not believed."""
    user_agent: str | None


class NamedResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that a call names. `type` is AWS's: ``AWS::ElastiCache::ReplicationGroup``."""

    type: str
    name: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, as far as it could be read: nothing of a request that nobody has proven."""

    service: str | None = None
    action: str | None = None
    is_reading: bool = True
    is_data: bool = False
    """It brought measurements, messages or lines, and changed nothing that is kept of this installation."""
    parameters: dict[str, object] | None = None
    """With AWS's names, secrets masked; None where they could not be read as the published model has them, and of data.
    """
    resources: tuple[NamedResource, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`code` and `sentence` are the fault's; None for a success. There is no sentence without parameters."""

    status: int
    code: str | None = None
    sentence: str | None = None


class Chain(StrEnum):
    """Records are kept in two chains, so that nobody can wash out those of changes by asking a million questions."""

    CHANGES = "changes"
    """What a proven caller asked to be changed, granted or refused."""
    QUESTIONS = "questions"
    """All else: what only reads, what only brings data, and whatever nobody has proven."""


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    event_id: str
    request_id: str
    at: datetime
    """When the answer was ready, as CloudTrail has it."""
    region: Region | None
    caller: Caller
    origin: Origin
    asked: Asked
    outcome: Outcome

    @property
    def chain(self) -> Chain:
        # What was done for a link that nobody had to sign is a change; what anybody is merely refused is none.
        is_taken_seriously = self.caller.is_proven or self.outcome.status == 200
        is_change = is_taken_seriously and not self.asked.is_reading and not self.asked.is_data
        return Chain.CHANGES if is_change else Chain.QUESTIONS


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """A record and its place in the trail, counted from 1 over both chains."""

    number: int
    record: CallRecord


class CallSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which records are wanted: those that meet all that is given. Both ends of the time belong to it."""

    start: datetime | None = None
    end: datetime | None = None
    region: Region | None = None
    caller: str | None = None
    """An ARN, a name or an access key's id."""
    event_id: str | None = None
    action: str | None = None
    service: str | None = None
    is_reading: bool | None = None
    is_proven: bool | None = None
    name: str | None = None
    """The caller's, as CloudTrail has it."""
    access_key_id: str | None = None
    resource_type: str | None = None
    resource_name: str | None = None
    outcome: str | None = None
    """A fault's code, ``success`` or ``fault``."""
    before_number: int | None = None
    after_number: int | None = None
    is_oldest_first: bool = False
    limit: int = 50


SUCCESS = "success"
FAULT = "fault"

CHAIN_BEGINNING = bytes(32)
"""What the first record of a chain follows."""


def chained_hash(previous: bytes, number: int, record: bytes) -> bytes:
    """SHA-256 over the hash before, the record's number and the record as it is kept: whoever changes, removes or adds
    one in the middle has to write anew every one that follows it, and the head that somebody may have noted."""
    return hashlib.sha256(previous + number.to_bytes(8, "big") + record).digest()
