"""What one tick saw of one node, before anything is made of it."""

import msgspec

from elastane.model.measurements import Measurements, ProcessUsage


class Look(msgspec.Struct, frozen=True, kw_only=True):
    at_seconds: float
    """Since 1970, when the answers were there."""
    seen: Measurements | None
    """None when the engine did not answer."""
    usage: ProcessUsage | None
    """None when no process lives, or the host cannot tell."""
