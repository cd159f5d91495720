"""What the doing stair itself writes into a group's document, and takes out of it: each one transaction.

Called by `execute`. Whatever was decided from a whole document is saved against the revision that was read: a customer
who changed it meanwhile wins, and the next pass decides anew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network

from msgspec.structs import replace

from elastane.catalog import network
from elastane.model import events, ids
from elastane.model.events import Event
from elastane.model.ids import NodeGroupId, NodeId, temporary_node_id
from elastane.model.replication_groups import Form, Node, NodeGroup, ReplicationGroup, Software
from elastane.model.slots import Slots
from elastane.model.software import full_name
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import RecordPrimary
from elastane.reconcile.transitions import group_event, node_event
from elastane.reconcile.world import World
from elastane.store import Transaction, claims, credentials, replication_groups, subnets, tags
from elastane.store import events as event_rows


class NoAddressFree(Exception):
    """The subnet of a zone has no address left for another node."""


def record_primaries(tx: Transaction, situation: Situation, records: Iterable[RecordPrimary], revision: int) -> None:
    """Before anybody is promoted."""
    ordered = {record.node_group_id: record for record in records}

    def recorded(node_group: NodeGroup) -> NodeGroup:
        record = ordered.get(node_group.id)
        return node_group if record is None else _with_primary(node_group, record)

    _save(tx, _with_node_groups(situation.group, recorded), revision)


def _with_primary(node_group: NodeGroup, record: RecordPrimary) -> NodeGroup:
    ordered = replace(node_group, target_primary=record.node_id, ordered_primary=record.node_id, epoch=record.epoch)
    if record.failed_over_at is None:
        return ordered
    return replace(ordered, failed_over_at=record.failed_over_at, failover_count=ordered.failover_count + 1)


def settle_slots(
    tx: Transaction, situation: Situation, slots: Mapping[NodeGroupId, Slots], reason: str, revision: int
) -> None:
    """What each node group owns becomes what it shall own; one that was to leave and still owns some stays."""

    def settled(node_group: NodeGroup) -> NodeGroup:
        return replace(
            node_group,
            slots=slots.get(node_group.id, node_group.slots),
            is_leaving=node_group.is_leaving and not slots.get(node_group.id),
        )

    _save(tx, _with_node_groups(situation.group, settled), revision)
    _tell(tx, situation, events.resharding_given_up(reason))


def add_temporary_node(tx: Transaction, world: World, situation: Situation, part: NodeGroupId, revision: int) -> None:
    """In its primary's subnet. Raises NoAddressFree."""
    group = situation.group
    node_group = next(one for one in group.node_groups if one.id == part)
    node_id = temporary_node_id(group.id, part)
    if any(node.id == node_id for node in node_group.nodes):
        return
    primary = next((node for node in node_group.nodes if node.id == node_group.target_primary), node_group.nodes[0])
    address = next(claims.free_addresses(tx, _addresses_beside(tx, world, group, primary)), None)
    if address is None:
        raise NoAddressFree(f"no address is free in the subnet of {primary.id} for a temporary replica")
    added = Node(id=node_id, zone=primary.zone, address=address, created_at=world.now(), is_temporary=True)
    changed = replace(node_group, nodes=(*node_group.nodes, added))
    _save(tx, _with_node_groups(group, lambda one: changed if one is node_group else one), revision)


def _addresses_beside(tx: Transaction, world: World, group: ReplicationGroup, node: Node) -> Iterator[str]:
    """Those of the subnet that a node lives in."""
    address = IPv4Address(node.address)
    made = next((subnet for subnet in subnets.list_subnets(tx) if address in IPv4Network(subnet.cidr)), None)
    if made is not None:
        return network.made_subnet_addresses(made.cidr)
    return network.node_addresses(world.address_block, network.zones(group.region).index(node.zone))


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


# --- what is gone --------------------------------------------------------------------------------


def forget_node(tx: Transaction, world: World, situation: Situation, node_id: NodeId) -> None:
    """Read anew inside the transaction: several nodes may leave in one pass, each saves a new revision."""
    stored = replication_groups.find_replication_group(tx, situation.group.key)
    if stored is None or all(node.id != node_id for node in stored.body.nodes):
        return
    node_groups = (
        replace(node_group, nodes=tuple(node for node in node_group.nodes if node.id != node_id))
        for node_group in stored.body.node_groups
        if not (node_group.is_leaving and {node.id for node in node_group.nodes} == {node_id})
    )
    group = replace(stored.body, node_groups=tuple(node_groups))
    _save(tx, group, stored.revision)
    tags.remove_tags(tx, ids.arn(group.region, world.account_id, "cluster", node_id))
    if situation.get(node_id).node.is_temporary:
        return  # customers were never told of it
    event_rows.append_events(
        tx,
        (
            node_event(situation, node_id, events.cache_nodes_removed()),
            node_event(situation, node_id, events.cache_cluster_deleted()),
        ),
    )


def forget_group(tx: Transaction, world: World, situation: Situation) -> None:
    stored = replication_groups.find_replication_group(tx, situation.group.key)
    if stored is None or stored.body.deletion is None:
        return
    group = stored.body
    lines: list[Event] = []
    for node in group.own_nodes:
        tags.remove_tags(tx, ids.arn(group.region, world.account_id, "cluster", node.id))
        lines.append(node_event(situation, node.id, events.cache_cluster_deleted()))
    if group.form is Form.REPLICATION_GROUP:
        tags.remove_tags(tx, ids.arn(group.region, world.account_id, "replicationgroup", group.id))
        lines.append(group_event(situation, events.replication_group_deleted(group.id)))
    event_rows.append_events(tx, lines)
    replication_groups.remove_replication_group(tx, group.key)
    credentials.remove_control_secret(tx, group.credential_id)


# --- below ---------------------------------------------------------------------------------------


def _with_node_groups(group: ReplicationGroup, change: Callable[[NodeGroup], NodeGroup]) -> ReplicationGroup:
    return replace(group, node_groups=tuple(change(node_group) for node_group in group.node_groups))


def _save(tx: Transaction, group: ReplicationGroup, revision: int) -> None:
    replication_groups.save_replication_group(tx, group, revision=revision)


def _tell(tx: Transaction, situation: Situation, message: str) -> None:
    event_rows.append_events(tx, (group_event(situation, message),))
