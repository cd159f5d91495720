"""Replication groups: what is desired, what was observed, and which node belongs to which.

Saving a group keeps the `nodes` and `addresses` tables true to it: two groups can never hold one
node id or one address, whoever saves first.
"""

import ipaddress
import sqlite3
from collections.abc import Iterable, Iterator

from elastane.model.ids import NodeId, Region, ReplicationGroupId
from elastane.model.observed_replication_groups import NOTHING_OBSERVED, ObservedReplicationGroup
from elastane.model.replication_groups import Form, GroupKey, ReplicationGroup
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored
from elastane.store.errors import Conflict

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
    held = _held_addresses(tx, group.key)
    _release(tx, group.key)
    _claim_nodes(tx, group)
    _claim_addresses(tx, group)
    if group.is_cluster:
        _remember_left(tx, held - _held_addresses(tx, group.key))
    tx.ring(group.key)


def remove_replication_group(tx: Transaction, key: GroupKey) -> None:
    """Forgets the group and all it holds. Idempotent."""
    _DESIRED.remove(tx, str(key))
    _OBSERVED.remove(tx, str(key))
    _release(tx, key)
    tx.ring(key)


def find_key_of_node(tx: Transaction, region: Region, node_id: NodeId) -> GroupKey | None:
    """The group that a node (a cache cluster, in AWS's words) belongs to."""
    row = tx.connection.execute(
        """SELECT group_form, group_id FROM nodes WHERE region = ? AND node_id = ?""", (region, node_id)
    ).fetchone()
    return None if row is None else GroupKey(region, Form(row[0]), ReplicationGroupId(row[1]))


def count_nodes(tx: Transaction, region: Region) -> int:
    row = tx.connection.execute("""SELECT count(*) FROM nodes WHERE region = ?""", (region,)).fetchone()
    return int(row[0])


def count_addresses(tx: Transaction, first: str, last: str) -> int:
    """How many of a range nodes and endpoints hold."""
    numbers = (int(ipaddress.IPv4Address(first)), int(ipaddress.IPv4Address(last)))
    row = tx.connection.execute("""SELECT count(*) FROM addresses WHERE number BETWEEN ? AND ?""", numbers).fetchone()
    return int(row[0])


def free_addresses(tx: Transaction, candidates: Iterable[str]) -> Iterator[str]:
    """The candidates that nobody holds, in their order; at the end those that a cluster's node has left, oldest first.

    For some time after a node has left, members of its cluster may still want to meet somebody at its address. A node
    of another cluster that has it by then would be met, and the two become one.

    Candidates must ascend. Of one pool of 4,096 addresses a few hundred are used, so the walk is short.
    """
    rows = tx.connection.execute("""SELECT address FROM left_addresses ORDER BY sequence""")
    left = dict.fromkeys(row[0] for row in rows)  # in their order, and quickly asked
    seen: set[str] = set()
    for candidate in candidates:
        row = tx.connection.execute("""SELECT 1 FROM addresses WHERE address = ?""", (candidate,)).fetchone()
        if row is None and candidate not in left:
            yield candidate
        elif row is None:
            seen.add(candidate)
    yield from (address for address in left if address in seen)


def get_observed(tx: Transaction, key: GroupKey) -> ObservedReplicationGroup:
    """What the last pass saw; NOTHING_OBSERVED before the first one."""
    stored = _OBSERVED.find(tx, str(key))
    return NOTHING_OBSERVED if stored is None else stored.body


def save_observed(tx: Transaction, key: GroupKey, observed: ObservedReplicationGroup) -> None:
    """Written only by the one pass of that group, so the last one wins. Rings no bell: nobody acts on it."""
    stored = _OBSERVED.find(tx, str(key))
    _OBSERVED.save(tx, str(key), observed, revision=NEW if stored is None else stored.revision)


def _release(tx: Transaction, key: GroupKey) -> None:
    tx.connection.execute(
        """DELETE FROM nodes WHERE region = ? AND group_form = ? AND group_id = ?""", (key.region, key.form, key.id)
    )
    tx.connection.execute("""DELETE FROM addresses WHERE owner = ?""", (str(key),))


def _held_addresses(tx: Transaction, key: GroupKey) -> set[str]:
    rows = tx.connection.execute("""SELECT address FROM addresses WHERE owner = ?""", (str(key),))
    return {row[0] for row in rows}


def _remember_left(tx: Transaction, addresses: Iterable[str]) -> None:
    tx.connection.executemany(
        """INSERT OR REPLACE INTO left_addresses (address) VALUES (?)""", [(address,) for address in sorted(addresses)]
    )


def _claim_nodes(tx: Transaction, group: ReplicationGroup) -> None:
    try:
        tx.connection.executemany(
            """INSERT INTO nodes (region, node_id, group_form, group_id) VALUES (?, ?, ?, ?)""",
            [(group.region, node.id, group.form, group.id) for node in group.nodes],
        )
    except sqlite3.IntegrityError as error:
        raise Conflict(f"A node id of {group.key} belongs to another group.") from error


def _claim_addresses(tx: Transaction, group: ReplicationGroup) -> None:
    addresses = [*(node.address for node in group.nodes), *group.network.endpoint_addresses]
    try:
        tx.connection.executemany(
            """INSERT INTO addresses (address, number, owner) VALUES (?, ?, ?)""",
            [(address, int(ipaddress.IPv4Address(address)), str(group.key)) for address in addresses],
        )
    except sqlite3.IntegrityError as error:
        raise Conflict(f"An address of {group.key} belongs to another group.") from error
