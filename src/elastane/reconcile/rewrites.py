"""What the doing stair itself writes into a group's document, beside who is primary: each one transaction.

Called by `execute`. Whatever was decided from a whole document is saved against the revision that was read: a customer
who changed it meanwhile wins, and the next pass decides anew.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from elastane.catalog import network
from elastane.model import events
from elastane.model.ids import NodeGroupId, NodeId, temporary_node_id
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup, Software
from elastane.model.software import full_name
from elastane.reconcile.situation import Situation
from elastane.reconcile.transitions import group_event
from elastane.reconcile.world import World
from elastane.store import Transaction, replication_groups
from elastane.store import events as event_rows


class NoAddressFree(Exception):
    """The subnet of a zone has no address left for another node."""


def add_temporary_node(tx: Transaction, world: World, situation: Situation, part: NodeGroupId, revision: int) -> None:
    """In its primary's zone. Raises NoAddressFree."""
    group = situation.group
    node_group = next(one for one in group.node_groups if one.id == part)
    node_id = temporary_node_id(group.id, part)
    if any(node.id == node_id for node in node_group.nodes):
        return
    primary = next((node for node in node_group.nodes if node.id == node_group.target_primary), node_group.nodes[0])
    pool = network.node_addresses(world.address_block, network.zones(group.region).index(primary.zone))
    address = next(replication_groups.free_addresses(tx, pool), None)
    if address is None:
        raise NoAddressFree(f"no address is free in the subnet of zone {primary.zone} for a temporary replica")
    added = Node(id=node_id, zone=primary.zone, address=address, created_at=world.now(), is_temporary=True)
    changed = replace(node_group, nodes=(*node_group.nodes, added))
    _save(tx, _with_node_groups(group, lambda one: changed if one is node_group else one), revision)


def retire_nodes(tx: Transaction, situation: Situation, node_ids: Iterable[NodeId], revision: int) -> None:
    leaving = frozenset(node_ids)

    def retired(node_group: NodeGroup) -> NodeGroup:
        nodes = (replace(node, is_leaving=True) if node.id in leaving else node for node in node_group.nodes)
        return replace(node_group, nodes=tuple(nodes))

    _save(tx, _with_node_groups(situation.group, retired), revision)


def restore_software(tx: Transaction, situation: Situation, software: Software, reason: str, revision: int) -> None:
    wanted = situation.group.software
    _save(tx, replace(situation.group, software=software), revision)
    if wanted.node_type != software.node_type:
        _tell(tx, situation, events.node_type_given_up(wanted.node_type, reason))
    if full_name(wanted) != full_name(software):
        _tell(tx, situation, events.upgrade_given_up(full_name(wanted), full_name(software), reason))


def apply_pending(tx: Transaction, situation: Situation, revision: int) -> None:
    group = situation.group
    if group.pending is None:
        return
    changed = replace(group, software=group.pending, pending=None, generation=group.generation + 1)
    _save(tx, changed, revision)


def drop_pending(tx: Transaction, situation: Situation, reason: str, revision: int) -> None:
    _save(tx, replace(situation.group, pending=None), revision)
    _tell(tx, situation, events.pending_given_up(reason))


def _with_node_groups(group: ReplicationGroup, change: Callable[[NodeGroup], NodeGroup]) -> ReplicationGroup:
    return replace(group, node_groups=tuple(change(node_group) for node_group in group.node_groups))


def _save(tx: Transaction, group: ReplicationGroup, revision: int) -> None:
    replication_groups.save_replication_group(tx, group, revision=revision)


def _tell(tx: Transaction, situation: Situation, message: str) -> None:
    event_rows.append_events(tx, (group_event(situation, message),))
