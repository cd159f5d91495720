"""Everything outside that a pass touches, in one value: the seams of the doing stair.

Tests and the simulation build one of fakes; nothing else of the room knows the difference.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Protocol

from elastane.clock import Now
from elastane.engines import Engines
from elastane.engines.discovery import EngineBinary
from elastane.engines.memcached_engines import MemcachedEngines
from elastane.hosts import Host
from elastane.model.callers import Caller
from elastane.model.engine_supply import NOT_TO_BE_HAD, EngineSupply
from elastane.model.failover_settings import FailoverSettings
from elastane.model.ids import AccountId, NodeId
from elastane.model.replication_groups import GroupKey
from elastane.pki.authorities import IssuedCertificate
from elastane.pki.certificates import CertificateRequest
from elastane.reconcile.token_digests import TokenDigests
from elastane.store import Store


class Supply(Protocol):
    """Brings engines that are not here, beside the passes."""

    def find(self, engine: str, version: str, patch: str = "") -> EngineSupply:
        """How it is with an engine that is not here, in that patch or a newer one; in any when it is empty."""

    def order(self, engine: str, version: str) -> None:
        """Begins to install it, and returns at once. Idempotent."""


class CertificateAuthority(Protocol):
    """Gives nodes certificates: `pki.authorities.Pki`."""

    def issuer_name(self) -> str:
        """Who issues now, as certificates name it."""

    def issue(self, request: CertificateRequest) -> IssuedCertificate:
        """A new one each time."""


class NoSupply:
    """Where nothing is fetched: what is not here is not to be had."""

    def find(self, engine: str, version: str, patch: str = "") -> EngineSupply:
        return NOT_TO_BE_HAD

    def order(self, engine: str, version: str) -> None:
        """Nobody orders what is not to be had."""


NO_SUPPLY = NoSupply()


async def collect_nothing(key: GroupKey, node_id: NodeId) -> None:
    """Where no logs are delivered."""


DEFAULT_SETTINGS = FailoverSettings()

OPEN_FILES_MAX = 1024 * 1024
"""Where the system sets no limit: Linux's own, by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    store: Store
    host: Host
    engines: Engines
    memcached: MemcachedEngines
    binaries: Callable[[], tuple[EngineBinary, ...]]
    """The engines this machine has now: looked up anew, so that one installed later is found."""
    supply: Supply = NO_SUPPLY
    now: Now
    unsteady: Callable[[], str | None] = lambda: None
    """Why to look and do nothing at this moment, as a sentence: time does not pass as it should, or the store was lost
    and what was rebuilt is not confirmed yet. None when all is well."""
    failover_settings: FailoverSettings = DEFAULT_SETTINGS
    account_id: AccountId
    address_block: IPv4Network
    """Where temporary replicas get their addresses from."""
    pki: CertificateAuthority
    """Gives nodes with encryption in transit their certificates."""
    root: Caller | None = None
    """Who holds the root access key: it may sign in as every user of IAM. None where there is none."""
    token_digests: TokenDigests = field(default_factory=TokenDigests)
    """Of the tokens of users of IAM."""
    collect_last: Callable[[GroupKey, NodeId], Awaitable[None]] = collect_nothing
    """Reads a node's logs once more, for a moment and without failing, before it is stopped or removed."""
    io_threads_max: int = 1
    """How many threads of one engine may serve customers, on this machine."""
    open_files_max: int = OPEN_FILES_MAX
    """By one process on this machine, each connection among them."""
