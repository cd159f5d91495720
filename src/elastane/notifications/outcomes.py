"""What came of one try to deliver."""

import msgspec


class Delivered(msgspec.Struct, frozen=True):
    """It was taken."""


class Failed(msgspec.Struct, frozen=True):
    """It may be taken another time."""

    reason: str


class Refused(msgspec.Struct, frozen=True):
    """It will never be taken."""

    reason: str


Outcome = Delivered | Failed | Refused
