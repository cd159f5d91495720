"""Who holds which cache cluster id and which address: no two caches can ever hold the same, whoever saves first.

Used by the modules of replication groups and of Memcached clusters, which keep these tables true to their documents.
What is asked of both kinds alike is asked here.
"""

import ipaddress
import sqlite3
from collections.abc import Iterable, Iterator

from elastane.model.ids import NodeId, Region, ReplicationGroupId
from elastane.model.replication_groups import Form, GroupKey
from elastane.store.database import Transaction
from elastane.store.errors import Conflict


def find_key_of_node(tx: Transaction, region: Region, node_id: NodeId) -> GroupKey | None:
    """The group, or the Memcached cluster, that a cache cluster of AWS's API belongs to."""
    row = tx.connection.execute(
        """SELECT group_form, group_id FROM nodes WHERE region = ? AND node_id = ?""", (region, node_id)
    ).fetchone()
    return None if row is None else GroupKey(region, Form(row[0]), ReplicationGroupId(row[1]))


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


def claim(tx: Transaction, key: GroupKey, node_ids: Iterable[NodeId], addresses: Iterable[str]) -> None:
    """Makes these, and no others, the cache's. Raises Conflict for one that is another's."""
    release(tx, key)
    try:
        tx.connection.executemany(
            """INSERT INTO nodes (region, node_id, group_form, group_id) VALUES (?, ?, ?, ?)""",
            [(key.region, node_id, key.form, key.id) for node_id in node_ids],
        )
    except sqlite3.IntegrityError as error:
        raise Conflict(f"A node id of {key} belongs to another cache.") from error
    try:
        tx.connection.executemany(
            """INSERT INTO addresses (address, number, owner) VALUES (?, ?, ?)""",
            [(address, int(ipaddress.IPv4Address(address)), str(key)) for address in addresses],
        )
    except sqlite3.IntegrityError as error:
        raise Conflict(f"An address of {key} belongs to another cache.") from error


def release(tx: Transaction, key: GroupKey) -> None:
    """Idempotent."""
    tx.connection.execute(
        """DELETE FROM nodes WHERE region = ? AND group_form = ? AND group_id = ?""", (key.region, key.form, key.id)
    )
    tx.connection.execute("""DELETE FROM addresses WHERE owner = ?""", (str(key),))


def held_addresses(tx: Transaction, key: GroupKey) -> frozenset[str]:
    rows = tx.connection.execute("""SELECT address FROM addresses WHERE owner = ?""", (str(key),))
    return frozenset(row[0] for row in rows)


def remember_left(tx: Transaction, addresses: Iterable[str]) -> None:
    """These are given to others last: see `free_addresses`."""
    tx.connection.executemany(
        """INSERT OR REPLACE INTO left_addresses (address) VALUES (?)""", [(address,) for address in sorted(addresses)]
    )
