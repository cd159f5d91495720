"""Subnet groups that customers made. The built-in one is in the catalog, not here."""

from elastane.model.ids import Region
from elastane.model.subnet_groups import SubnetGroup
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_SUBNET_GROUPS = Kind("subnet-group", SubnetGroup)


def find_subnet_group(tx: Transaction, region: Region, name: str) -> Stored[SubnetGroup] | None:
    return _SUBNET_GROUPS.find(tx, f"{region}/{name}")


def list_subnet_groups(tx: Transaction, region: Region) -> tuple[SubnetGroup, ...]:
    return tuple(stored.body for stored in _SUBNET_GROUPS.list_all(tx, key_prefix=f"{region}/"))


def save_subnet_group(tx: Transaction, group: SubnetGroup, *, revision: int = NEW) -> None:
    """Raises Conflict."""
    _SUBNET_GROUPS.save(tx, f"{group.region}/{group.name}", group, revision=revision)


def remove_subnet_group(tx: Transaction, region: Region, name: str) -> None:
    _SUBNET_GROUPS.remove(tx, f"{region}/{name}")
