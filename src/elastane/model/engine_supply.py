"""Whether the engine a cache shall run is on its machine, or on its way there."""

from datetime import datetime

import msgspec


class Present(msgspec.Struct, frozen=True):
    """It is here."""


class Installable(msgspec.Struct, frozen=True, kw_only=True):
    """It is not here, and can be fetched."""

    failure_count: int = 0
    """Tries that failed, the last ones in a row."""
    failed_at: datetime | None = None
    reason: str = ""
    """Why the last one failed."""


class Installing(msgspec.Struct, frozen=True, kw_only=True):
    """It was ordered."""

    progress: str
    """``40 % of 9 MB``, in round numbers: a sentence that changes is written down."""


class NotToBeHad(msgspec.Struct, frozen=True):
    """It is not here, and nothing is known that brings it."""


EngineSupply = Present | Installable | Installing | NotToBeHad

PRESENT = Present()
NOT_TO_BE_HAD = NotToBeHad()
