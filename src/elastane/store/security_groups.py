"""Security groups that customers made or changed, and whether the last look found them enforced.

A VPC's group `default` is in the catalog until somebody changes it; who lists groups hands it in.
"""

from elastane.model.enforcement import UNKNOWN, Enforcement
from elastane.model.ids import Region, SecurityGroupId
from elastane.model.security_groups import SecurityGroup
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_SECURITY_GROUPS = Kind("security-group", SecurityGroup)
_ENFORCEMENT = Kind("security-group-enforcement", Enforcement)
_ONLY = "machine"


def find_security_group(
    tx: Transaction, built_in: SecurityGroup, security_group_id: SecurityGroupId
) -> Stored[SecurityGroup] | None:
    """`built_in` is the region's default group, as it is while nobody has changed it."""
    stored = _SECURITY_GROUPS.find(tx, f"{built_in.region}/{security_group_id}")
    if stored is None and security_group_id == built_in.id:
        return Stored(built_in, NEW)
    return stored


def list_security_groups(tx: Transaction, built_in: SecurityGroup) -> tuple[SecurityGroup, ...]:
    """All of the region's, its default group among them."""
    stored = {found.body.id: found.body for found in _SECURITY_GROUPS.list_all(tx, key_prefix=f"{built_in.region}/")}
    return tuple(({built_in.id: built_in} | stored).values())


def save_security_group(tx: Transaction, group: SecurityGroup, *, revision: int = NEW) -> None:
    """Rings for everybody who has it: what may reach their caches changes. Raises Conflict."""
    _SECURITY_GROUPS.save(tx, f"{group.region}/{group.id}", group, revision=revision)
    tx.ring_network()


def remove_security_group(tx: Transaction, region: Region, security_group_id: SecurityGroupId) -> None:
    _SECURITY_GROUPS.remove(tx, f"{region}/{security_group_id}")
    tx.ring_network()


# --- what was observed ---------------------------------------------------------------------------


def get_enforcement(tx: Transaction) -> Enforcement:
    """What the last look found; UNKNOWN before the first one."""
    stored = _ENFORCEMENT.find(tx, _ONLY)
    return UNKNOWN if stored is None else stored.body


def save_enforcement(tx: Transaction, enforcement: Enforcement) -> None:
    """Written by the one loop that enforces, so the last one wins. Rings no bell: nobody acts on it."""
    stored = _ENFORCEMENT.find(tx, _ONLY)
    _ENFORCEMENT.save(tx, _ONLY, enforcement, revision=NEW if stored is None else stored.revision)
