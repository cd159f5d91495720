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


class InstallerState(msgspec.Struct, frozen=True, kw_only=True):
    """What is on its way to this machine, by engine and version as ``valkey-9.1``."""

    ordered: dict[str, str] = {}
    """How far each is."""
    failures: dict[str, Installable] = {}
    """Those whose last try failed a moment ago."""
    installable_count: int = 0
    """What the mirror was last seen to have."""
    refreshed_at: datetime | None = None
    """When all of it was last asked for."""
