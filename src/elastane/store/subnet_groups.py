"""Subnet groups that customers made. The built-in one is in the catalog, not here."""

from collections.abc import Mapping

from elastane.model.ids import Region, Zone
from elastane.model.subnet_groups import SubnetGroup
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_SUBNET_GROUPS = Kind("subnet-group", SubnetGroup)
_SUBNET_ZONES = Kind("subnet-zones", dict[str, Zone])


def find_subnet_group(tx: Transaction, region: Region, name: str) -> Stored[SubnetGroup] | None:
    return _SUBNET_GROUPS.find(tx, f"{region}/{name}")


def list_subnet_groups(tx: Transaction, region: Region) -> tuple[SubnetGroup, ...]:
    return tuple(stored.body for stored in _SUBNET_GROUPS.list_all(tx, key_prefix=f"{region}/"))


def save_subnet_group(tx: Transaction, group: SubnetGroup, *, revision: int = NEW) -> None:
    """Raises Conflict."""
    _SUBNET_GROUPS.save(tx, f"{group.region}/{group.name}", group, revision=revision)


def remove_subnet_group(tx: Transaction, region: Region, name: str) -> None:
    _SUBNET_GROUPS.remove(tx, f"{region}/{name}")


# --- subnets made elsewhere ----------------------------------------------------------------------


def get_subnet_zones(tx: Transaction, region: Region) -> dict[str, Zone]:
    """The zones given to subnets that are not the built-in network's, by subnet id. Empty unless any were accepted."""
    stored = _SUBNET_ZONES.find(tx, region)
    return {} if stored is None else stored.body


def save_subnet_zones(tx: Transaction, region: Region, zones: Mapping[str, Zone]) -> None:
    stored = _SUBNET_ZONES.find(tx, region)
    _SUBNET_ZONES.save(tx, region, dict(sorted(zones.items())), revision=NEW if stored is None else stored.revision)
