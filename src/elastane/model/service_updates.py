"""Service updates: a newer patch of an engine version that caches here run an older one of.

One comes into being when such a patch is first seen on the machine or where engines are fetched from, and is kept for
ever: that moment is its release date. All else that is told of it follows from that.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from elastane.model.engine_names import EngineName
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup, Software
from elastane.model.software import current_software
from elastane.model.versions import minor_version, version_numbers


class Severity(StrEnum):
    CRITICAL = "critical"
    IMPORTANT = "important"
    MEDIUM = "medium"
    LOW = "low"


class ServiceUpdateStatus(StrEnum):
    AVAILABLE = "available"
    CANCELLED = "cancelled"
    """A newer patch of the same version has taken its place: updates are cumulative."""
    EXPIRED = "expired"
    """AWS's; none of ours ever is."""


# AWS's, user guide, self-service updates.
DAYS_TO_APPLY = {Severity.CRITICAL: 14, Severity.IMPORTANT: 30, Severity.MEDIUM: 60, Severity.LOW: 90}


class PatchOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A full version that nodes could run: it is on the machine, or can be fetched."""

    engine: EngineName
    patch: str
    is_security_fix: bool = False
    """Where it is fetched from calls it one: Debian's suites for them end in ``-security``. Nobody else tells."""


class ServiceUpdate(msgspec.Struct, frozen=True, kw_only=True):
    engine: EngineName
    version: str
    """As AWS's API spells it: ``9.1``."""
    patch: str
    severity: Severity
    released_at: datetime
    """When it was first seen here."""

    @property
    def name(self) -> str:
        """``valkey-9-1-3``: AWS's have letters, digits and hyphens, too."""
        return f"{self.engine}-{self.patch.replace('.', '-')}"

    def is_for(self, software: Software) -> bool:
        """Whether that is of the version that this is an update of, whatever its patch."""
        return (software.engine, software.version) == (self.engine, self.version)

    @property
    def apply_by(self) -> datetime:
        return self.released_at + timedelta(days=DAYS_TO_APPLY[self.severity])


def find_superseded_at(update: ServiceUpdate, known: Iterable[ServiceUpdate]) -> datetime | None:
    """When a newer patch of the same version came; None while it is the newest."""
    return min((other.released_at for other in known if _supersedes(other, update)), default=None)


def service_update_status(update: ServiceUpdate, known: Iterable[ServiceUpdate]) -> ServiceUpdateStatus:
    is_superseded = find_superseded_at(update, known) is not None
    return ServiceUpdateStatus.CANCELLED if is_superseded else ServiceUpdateStatus.AVAILABLE


def is_of_version(group: ReplicationGroup, observed: ObservedReplicationGroup, update: ServiceUpdate) -> bool:
    """Whether the group runs, as customers are shown it, the version that this is an update of."""
    return update.is_for(current_software(group, observed))


def updated_count(group: ReplicationGroup, observed: ObservedReplicationGroup, update: ServiceUpdate) -> int:
    """How many of the customer's nodes were last seen to run that patch, or a newer one."""
    return sum(is_updated(version, update) for version in versions_seen(group, observed))


def versions_seen(group: ReplicationGroup, observed: ObservedReplicationGroup) -> tuple[str, ...]:
    """Of each of the customer's nodes that has ever answered. One that is being added begins with what it shall run."""
    seen = (observed.find_node(node.id) for node in group.staying_nodes)
    return tuple(one.engine_version for one in seen if one is not None and one.engine_version)


def is_updated(engine_version: str, update: ServiceUpdate) -> bool:
    return version_numbers(engine_version) >= version_numbers(update.patch)


# --- new ones ------------------------------------------------------------------------------------


Cache = tuple[ReplicationGroup, ObservedReplicationGroup]


def new_service_updates(
    known: Iterable[ServiceUpdate], caches: Iterable[Cache], offers: Iterable[PatchOffer], now: datetime
) -> tuple[ServiceUpdate, ...]:
    """For each version of which a cache runs an older patch than can be had: its newest one, unless it is known."""
    offered, names = tuple(offers), {update.name for update in known}
    found: dict[str, ServiceUpdate] = {}
    for group, observed in caches:
        newest = _find_newest(group, observed, offered)
        if newest is None:
            continue
        update = _service_update(newest, now)
        if update.name not in names and is_behind(group, observed, update):
            found.setdefault(update.name, update)
    return tuple(found.values())


def is_behind(group: ReplicationGroup, observed: ObservedReplicationGroup, update: ServiceUpdate) -> bool:
    """Whether the update would change a node. A cache that is being made, or deleted, has no nodes to update yet."""
    if group.deletion is not None or observed.available_since is None or not is_of_version(group, observed, update):
        return False
    return updated_count(group, observed, update) < len(versions_seen(group, observed))


def _find_newest(
    group: ReplicationGroup, observed: ObservedReplicationGroup, offers: tuple[PatchOffer, ...]
) -> PatchOffer | None:
    """Redis OSS 5 has none: there a patch is a version of its own, and is asked for as one."""
    current = current_software(group, observed)
    fitting = [one for one in offers if one.engine is current.engine and minor_version(one.patch) == current.version]
    return max(fitting, key=lambda one: (version_numbers(one.patch), one.is_security_fix), default=None)


def _service_update(offer: PatchOffer, now: datetime) -> ServiceUpdate:
    return ServiceUpdate(
        engine=offer.engine,
        version=minor_version(offer.patch),
        patch=offer.patch,
        severity=Severity.IMPORTANT if offer.is_security_fix else Severity.MEDIUM,
        released_at=now,
    )


def _supersedes(other: ServiceUpdate, update: ServiceUpdate) -> bool:
    is_same_version = (other.engine, other.version) == (update.engine, update.version)
    return is_same_version and version_numbers(other.patch) > version_numbers(update.patch)
