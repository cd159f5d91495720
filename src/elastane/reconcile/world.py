"""Everything outside that a pass touches, in one value: the seams of the doing stair.

Tests and the simulation build one of fakes; nothing else of the room knows the difference.
"""

from collections.abc import Callable
from dataclasses import dataclass

from elastane.clock import Now
from elastane.engines import Engines
from elastane.engines.discovery import EngineBinary
from elastane.hosts import Host
from elastane.model.ids import AccountId
from elastane.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    store: Store
    host: Host
    engines: Engines
    binaries: Callable[[], tuple[EngineBinary, ...]]
    """The engines this machine has now: looked up anew, so that one installed later is found."""
    now: Now
    account_id: AccountId
