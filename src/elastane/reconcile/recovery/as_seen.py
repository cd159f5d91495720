"""What becomes of a replication group's document at the confirmation: what its engines say is written down. Pure.

Roles are in no document that could be trusted, and no more is what changes without a start. Of a Memcached cluster
nothing is to be asked: what its nodes run with is on their command lines, and what clients were told is in a file.
"""

from msgspec.structs import replace

from elastane.model.access import Access, TransitEncryption
from elastane.model.ids import NodeGroupId, NodeId
from elastane.model.replication_groups import NodeGroup, ReplicationGroup
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, Slots, union


def with_primaries(group: ReplicationGroup, primaries: dict[NodeGroupId, NodeId]) -> ReplicationGroup:
    """The group with those who are primary written down as those who shall be, each change under a new epoch.

    A document names the primary of its own time. Left so, the role would be handed back to it.
    """
    return replace(group, node_groups=tuple(_with_primary(part, primaries.get(part.id)) for part in group.node_groups))


def with_encryption(group: ReplicationGroup, offered: frozenset[TransitEncryption]) -> ReplicationGroup:
    """The group with what its engines offer as what they shall offer: a document is as old as a node's start.

    Believed, it would be looked for where nobody listens, or customers' connections would be closed. Of engines that
    differ, some were on the way to what the document says, or none was, and then both kinds of connections are right.
    Who offers no encryption has no access control any more either, which goes before it.
    """
    present = group.access.transit_encryption
    if not offered or present in offered:
        return group
    (mode,) = offered if len(offered) == 1 else (TransitEncryption.PREFERRED,)
    if mode is TransitEncryption.DISABLED:
        return replace(group, access=Access())
    return replace(group, access=replace(group.access, transit_encryption=mode))


def with_access(group: ReplicationGroup, *, is_seen: bool) -> ReplicationGroup:
    """The group with who may sign in as the document has it, if engines were seen to let in just those.

    A document is as old as its node's start, and users, passwords and tokens change without one. Taken as it is, a
    cache that was closed since would be opened to everybody.
    """
    return replace(group, access=replace(group.access, is_remembered=not is_seen))


def with_slots(group: ReplicationGroup, owned: dict[NodeGroupId, Slots]) -> ReplicationGroup:
    """The group with the slots that its node groups own written down as those they shall own.

    A document names the owners of its own time. Left so, slots would be moved back, or from node groups it asks to go.
    """
    if union(*owned.values()) != ALL_SLOTS:
        return group  # not all owners are known: then a document is the better guess
    return replace(
        group,
        node_groups=tuple(
            replace(part, slots=owned.get(part.id, NO_SLOTS), is_leaving=part.is_leaving and not owned.get(part.id))
            for part in group.node_groups
        ),
    )


def _with_primary(part: NodeGroup, primary: NodeId | None) -> NodeGroup:
    is_known = any(node.id == primary for node in part.nodes)
    if primary is None or primary == part.target_primary or not is_known:
        return part
    return replace(part, target_primary=primary, epoch=part.epoch + 1)
