"""VPCs that customers made, and the attributes that they gave to any. The default VPC is in the catalog, not here."""

from elastane.model.ids import Region, VpcId
from elastane.model.vpcs import Vpc, VpcAttributes
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_VPCS = Kind("vpc", Vpc)
_ATTRIBUTES = Kind("vpc-attributes", VpcAttributes)


def list_vpcs(tx: Transaction, region: Region | None = None) -> tuple[Vpc, ...]:
    """A region's, or everybody's: regions share one block of addresses, so VPCs of all must keep apart."""
    prefix = "" if region is None else f"{region}/"
    return tuple(stored.body for stored in _VPCS.list_all(tx, key_prefix=prefix))


def save_vpc(tx: Transaction, vpc: Vpc) -> None:
    """A new one: VPCs are never changed. Rings, because it is kept apart from now on. Raises Conflict."""
    _VPCS.save(tx, f"{vpc.region}/{vpc.vpc_id}", vpc, revision=NEW)
    tx.ring_network()


def remove_vpc(tx: Transaction, region: Region, vpc_id: VpcId) -> None:
    _VPCS.remove(tx, f"{region}/{vpc_id}")
    _ATTRIBUTES.remove(tx, f"{region}/{vpc_id}")
    tx.ring_network()


def find_attributes(tx: Transaction, region: Region, vpc_id: VpcId) -> Stored[VpcAttributes] | None:
    """None for a VPC whose attributes nobody has changed."""
    return _ATTRIBUTES.find(tx, f"{region}/{vpc_id}")


def save_attributes(
    tx: Transaction, region: Region, vpc_id: VpcId, attributes: VpcAttributes, *, revision: int
) -> None:
    """Raises Conflict."""
    _ATTRIBUTES.save(tx, f"{region}/{vpc_id}", attributes, revision=revision)
