"""Replication groups: what is desired, and what was observed. Saving one claims its ids and addresses (`claims`)."""

from elastane.model.ids import Region
from elastane.model.observed_replication_groups import NOTHING_OBSERVED, ObservedReplicationGroup
from elastane.model.replication_groups import Form, GroupKey, ReplicationGroup
from elastane.store import claims
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_DESIRED = Kind("replication-group", ReplicationGroup)
_OBSERVED = Kind("observed-replication-group", ObservedReplicationGroup)


def find_replication_group(tx: Transaction, key: GroupKey) -> Stored[ReplicationGroup] | None:
    return _DESIRED.find(tx, str(key))


def list_replication_groups(
    tx: Transaction, region: Region | None = None, form: Form | None = None
) -> tuple[Stored[ReplicationGroup], ...]:
    """All groups of a region (of every region without one), in the order of their ids."""
    assert form is None or region is not None, "keys begin with the region"
    prefix = "" if region is None else f"{region}/" if form is None else f"{region}/{form}/"
    return tuple(_DESIRED.list_all(tx, key_prefix=prefix))


def save_replication_group(tx: Transaction, group: ReplicationGroup, *, revision: int = NEW) -> None:
    """Saves the group, claims its node ids and addresses, and rings its bell. Raises Conflict."""
    _DESIRED.save(tx, str(group.key), group, revision=revision)
    held = claims.held_addresses(tx, group.key)
    addresses = (*(node.address for node in group.nodes), *group.network.endpoint_addresses)
    claims.claim(tx, group.key, (node.id for node in group.nodes), addresses)
    if group.is_cluster:
        claims.remember_left(tx, held.difference(addresses))
    tx.ring(group.key)


def remove_replication_group(tx: Transaction, key: GroupKey) -> None:
    """Forgets the group and all it holds. Idempotent."""
    _DESIRED.remove(tx, str(key))
    _OBSERVED.remove(tx, str(key))
    claims.release(tx, key)
    tx.ring(key)


def count_nodes(tx: Transaction, region: Region) -> int:
    row = tx.connection.execute(
        """SELECT count(*) FROM nodes WHERE region = ? AND group_form != ?""", (region, Form.MEMCACHED_CLUSTER)
    ).fetchone()
    return int(row[0])


def get_observed(tx: Transaction, key: GroupKey) -> ObservedReplicationGroup:
    """What the last pass saw; NOTHING_OBSERVED before the first one."""
    stored = _OBSERVED.find(tx, str(key))
    return NOTHING_OBSERVED if stored is None else stored.body


def save_observed(tx: Transaction, key: GroupKey, observed: ObservedReplicationGroup) -> None:
    """Written only by the one pass of that group, so the last one wins. Rings no bell: nobody acts on it."""
    stored = _OBSERVED.find(tx, str(key))
    _OBSERVED.save(tx, str(key), observed, revision=NEW if stored is None else stored.revision)
