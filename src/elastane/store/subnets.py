"""Subnets that customers made. The built-in ones are in the catalog, not here."""

from elastane.model.ids import Region, SubnetId
from elastane.model.subnets import Subnet
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind

_SUBNETS = Kind("subnet", Subnet)


def list_subnets(tx: Transaction, region: Region | None = None) -> tuple[Subnet, ...]:
    """A region's, or everybody's: regions share one block of addresses, so subnets of all must keep apart."""
    prefix = "" if region is None else f"{region}/"
    return tuple(stored.body for stored in _SUBNETS.list_all(tx, key_prefix=prefix))


def save_subnet(tx: Transaction, subnet: Subnet) -> None:
    """A new one: subnets are never changed. Raises Conflict."""
    _SUBNETS.save(tx, f"{subnet.region}/{subnet.subnet_id}", subnet, revision=NEW)


def remove_subnet(tx: Transaction, region: Region, subnet_id: SubnetId) -> None:
    _SUBNETS.remove(tx, f"{region}/{subnet_id}")
