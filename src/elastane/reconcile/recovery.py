"""A lost store, rebuilt from what its nodes left on their host: which groups there are, and what is missing. Pure.

Every start of a node writes the group's desired document, as it was at that moment, beside the node: `orders`.
`lost_store` reads those back when the store is new and the nodes are not, hands them to `rebuild`, and saves the
answer. What is rebuilt is read-only until an operator has looked at it: see docs/how-to/recover-a-lost-store.md.

In the order of what decides:

1. The newest document of a group speaks for the group: by its creation, then its generation, then its epoch.
2. Groups are rebuilt in the order of how lately their documents were written, the last one first. What a newer one
   names is taken: a node that changed hands since, or an address that was given to another.
3. A node that the document names and that has no directory is kept: it is built anew. A directory that no document
   names is left alone.

Roles are in no document that could be trusted: they are observed, and written down when the operator confirms. So is
what engines offer of encryption in transit, which is changed without a start.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Network

import msgspec
from msgspec.structs import replace

from elastane.catalog import families
from elastane.model.access import Access, TransitEncryption
from elastane.model.ids import NodeGroupId, NodeId, node_key
from elastane.model.observed_replication_groups import NodeHealth, ObservedNode, ObservedReplicationGroup
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import GroupKey, Node, NodeGroup, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, Slots, union
from elastane.model.subnet_groups import DEFAULT_SUBNET_GROUP_NAME

DOCUMENT = "document"
"""The part of a node's identity that holds the group's desired document, as JSON."""

PARAMETERS = "parameter_group"
"""The part that holds the customer's own parameter group, as JSON, if the group uses one."""

CONFIRMATION_FILE = "recovery-confirmed"
"""Below the data directory: how a person who has looked says so to the control plane, naming which recovery."""

UNCONFIRMED = "the store was rebuilt from the nodes' own files; confirm with: elastane recover --confirm"
"""Why nothing is done and nothing may be changed meanwhile."""

NOT_LOOKED_AT = "not looked at since the store was rebuilt"

_GROUP_DECODER = msgspec.json.Decoder(ReplicationGroup)
_PARAMETERS_DECODER = msgspec.json.Decoder(ParameterGroup)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Remains(msgspec.Struct, frozen=True, kw_only=True):
    """What one node left in its directory."""

    node_key: str
    document: ReplicationGroup
    """Its group as it was desired when the node was started."""
    started_at: datetime | None
    """When that was; None when its process never came to be."""
    secret: Secret | None
    """The control user's, from the node's configuration."""
    parameter_group: ParameterGroup | None = None
    """The customer's own, as it was then."""


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A node's directory that says nothing we understand."""

    node_key: str
    reason: str


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is told about a store that was rebuilt; kept in the store."""

    rebuilt_at: datetime
    documents: dict[str, datetime | None]
    """Group → when the document it was rebuilt from was written."""
    losses: tuple[str, ...]
    """What could not be brought back or looks unlike before, each as a sentence."""
    confirmed_at: datetime | None = None

    @property
    def mark(self) -> str:
        """What a confirmation of this recovery, and of no earlier one, says."""
        return self.rebuilt_at.isoformat()


class RebuiltGroup(msgspec.Struct, frozen=True, kw_only=True):
    group: ReplicationGroup
    observed: ObservedReplicationGroup
    secret: Secret


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything to be saved in a new store."""

    groups: tuple[RebuiltGroup, ...]
    parameter_groups: tuple[ParameterGroup, ...]
    """The customer's own that these use, as they were when the node was started that was started last."""
    address_block: str | None
    """Where the nodes live; None when there is no group to tell by."""
    recovery: Recovery


def parse_remains(
    node_key: str, identity: dict[str, str], *, started_at: datetime | None, secret: Secret | None
) -> Remains | Unreadable:
    """What a node's identity tells of its group."""
    if DOCUMENT not in identity:
        return Unreadable(node_key=node_key, reason="it was started by an older version, which wrote no document there")
    try:
        document = _GROUP_DECODER.decode(identity[DOCUMENT])
        parameters = identity.get(PARAMETERS)
        parameter_group = None if parameters is None else _PARAMETERS_DECODER.decode(parameters)
    except msgspec.DecodeError as error:
        return Unreadable(node_key=node_key, reason=f"its document cannot be read ({error})")
    return Remains(
        node_key=node_key,
        document=document,
        started_at=started_at,
        secret=secret,
        parameter_group=parameter_group,
    )


def rebuild(found: Iterable[Remains | Unreadable], *, now: datetime) -> Rebuilt:
    """What can be known again of all groups, from what all nodes left."""
    left = tuple(found)
    by_key = {remains.node_key: remains for remains in left if isinstance(remains, Remains)}
    groups: list[RebuiltGroup] = []
    documents: dict[str, datetime | None] = {}
    losses: list[str] = []
    taken: dict[str, GroupKey] = {}
    for source in _newest_documents(by_key.values()):
        document = source.document
        kept = _without_taken_nodes(document, taken)
        secret = _find_secret(document, by_key)
        obstacle = _find_obstacle(document, kept, secret, by_key, taken)
        if obstacle is not None or secret is None:
            losses.append(f"{document.key} was not rebuilt: {obstacle}")
            continue
        losses += _changes(document, kept, {remains.node_key for remains in left}, taken)
        taken |= dict.fromkeys((*_node_keys(kept), *_addresses(kept)), document.key)
        groups.append(RebuiltGroup(group=kept, observed=_first_record(kept, by_key), secret=secret))
        documents[str(document.key)] = source.started_at
    losses += (line for remains in left for line in _left_alone(remains, taken))
    rebuilt = tuple(sorted(groups, key=lambda rebuilt: rebuilt.group.key))
    own = _find_parameter_groups(rebuilt, by_key.values())
    losses += _parameter_losses(rebuilt, own)
    recovery = Recovery(rebuilt_at=now, documents=documents, losses=tuple(losses))
    return Rebuilt(groups=rebuilt, parameter_groups=own, address_block=_find_block(rebuilt), recovery=recovery)


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


# --- which documents count ------------------------------------------------------------------------


def _newest_documents(remains: Iterable[Remains]) -> list[Remains]:
    """One for each group, the one that was written last of all first."""
    newest: dict[GroupKey, Remains] = {}
    for candidate in remains:
        key = candidate.document.key
        if key not in newest or _age(candidate) > _age(newest[key]):
            newest[key] = candidate
    return sorted(newest.values(), key=lambda source: source.started_at or _LONG_AGO, reverse=True)


def _age(remains: Remains) -> tuple[datetime, int, int, datetime]:
    """A group that was deleted and made again under its name begins with generation 1 again, so its creation counts."""
    document = remains.document
    epoch = max((part.epoch for part in document.node_groups), default=0)
    return document.created_at, document.generation, epoch, remains.started_at or _LONG_AGO


def _without_taken_nodes(document: ReplicationGroup, taken: dict[str, GroupKey]) -> ReplicationGroup:
    parts = []
    for part in document.node_groups:
        nodes = tuple(node for node in part.nodes if _find_owner(document, node, taken) is None)
        is_target_kept = any(node.id == part.target_primary for node in nodes)
        target = part.target_primary if is_target_kept or not nodes else nodes[0].id
        parts.append(replace(part, nodes=nodes, target_primary=target))
    return replace(document, node_groups=tuple(parts))


def _find_owner(document: ReplicationGroup, node: Node, taken: dict[str, GroupKey]) -> GroupKey | None:
    return taken.get(_node_key(document, node)) or taken.get(node.address)


def _find_obstacle(
    document: ReplicationGroup,
    kept: ReplicationGroup,
    secret: Secret | None,
    by_key: dict[str, Remains],
    taken: dict[str, GroupKey],
) -> str | None:
    """Why a group cannot be rebuilt, as the end of a sentence."""
    owner = next((taken[address] for address in _endpoint_addresses(document) if address in taken), None)
    if owner is not None:
        return f"an endpoint's address of it is {owner}'s now"
    if not all(part.nodes for part in kept.node_groups) or not any(key in by_key for key in _node_keys(kept)):
        return "none of its nodes is left to it"
    if secret is None:
        return "no node's configuration holds the secret of its control user"
    return None


def _find_secret(document: ReplicationGroup, by_key: dict[str, Remains]) -> Secret | None:
    """All nodes of a group have the same one."""
    left = (by_key[key] for key in _node_keys(document) if key in by_key)
    return next((remains.secret for remains in left if remains.secret is not None), None)


# --- what is told ---------------------------------------------------------------------------------


def _changes(
    document: ReplicationGroup, kept: ReplicationGroup, directories: set[str], taken: dict[str, GroupKey]
) -> Iterator[str]:
    """In what a rebuilt group is not what its document says."""
    for node in document.nodes:
        owner = _find_owner(document, node, taken)
        if owner is not None:
            yield f"{node.id} was left out of {document.key}: {owner} has it, or its address, by now"
    for node in kept.nodes:
        if _node_key(kept, node) not in directories:
            yield f"{node.id} of {kept.key} has no directory any more: it is built anew"
    if kept.network.subnet_group_name != DEFAULT_SUBNET_GROUP_NAME:
        name = kept.network.subnet_group_name
        yield f"the subnet group {name} of {kept.key} is lost: make it again before nodes are added"


def _parameter_losses(groups: Iterable[RebuiltGroup], own: Iterable[ParameterGroup]) -> Iterator[str]:
    for group in own:
        yield (
            f"the parameter group {group.region}/{group.name} is as it was when a node that uses it was last started: "
            "look at its values"
        )
    known = {(group.region, group.name) for group in own}
    for rebuilt in groups:
        name = rebuilt.group.software.parameter_group_name
        is_own = families.find_default_parameter_group(name) is None
        if is_own and (rebuilt.group.region, name) not in known:
            yield f"the parameter group {name} of {rebuilt.group.key} is lost: its nodes get the family's defaults"


def _left_alone(left: Remains | Unreadable, taken: dict[str, GroupKey]) -> Iterator[str]:
    match left:
        case Unreadable(node_key=node_key, reason=reason):
            yield f"the directory of {node_key} says nothing: {reason}"
        case Remains(node_key=node_key, document=document) if node_key not in taken:
            yield f"the directory of {node_key} is left alone: it was a node of {document.key}, and is of no group now"


# --- what is saved --------------------------------------------------------------------------------


def _first_record(group: ReplicationGroup, by_key: dict[str, Remains]) -> ObservedReplicationGroup:
    """As if a pass had seen it available long ago: a group that serves must not be taken for one being created.

    Nothing is said to have converged, so it reads as `modifying` until a pass has found all of it true.
    """
    started = {node: by_key[key].started_at for node in group.nodes if (key := _node_key(group, node)) in by_key}
    return ObservedReplicationGroup(
        available_since=group.created_at,
        transit_encryption=group.access.transit_encryption,
        nodes=tuple(
            ObservedNode(
                id=node.id,
                health=NodeHealth.UNKNOWN,
                role=None,
                sentence=NOT_LOOKED_AT,
                started_at=started_at,
                answered_process_started_at=started_at,  # it may hang now, and is not one that is coming up
                was_ready=True,
            )
            for node, started_at in started.items()
            if started_at is not None
        ),
    )


def _find_parameter_groups(groups: Iterable[RebuiltGroup], left: Iterable[Remains]) -> tuple[ParameterGroup, ...]:
    """Of all nodes that name one, the one started last knows best."""
    used = {(rebuilt.group.region, rebuilt.group.software.parameter_group_name) for rebuilt in groups}
    found: dict[tuple[str, str], ParameterGroup] = {}
    for remains in sorted(left, key=lambda remains: remains.started_at or _LONG_AGO):
        own = remains.parameter_group
        if own is not None and (own.region, own.name) in used:
            found[own.region, own.name] = own
    return tuple(found[key] for key in sorted(found))


def _find_block(groups: Iterable[RebuiltGroup]) -> str | None:
    """The /16 of the nodes' addresses: all are in one."""
    blocks = Counter(
        IPv4Network((node.address, 16), strict=False) for rebuilt in groups for node in rebuilt.group.nodes
    )
    return str(blocks.most_common(1)[0][0]) if blocks else None


def _node_key(group: ReplicationGroup, node: Node) -> str:
    return node_key(group.region, node.id)


def _node_keys(group: ReplicationGroup) -> tuple[str, ...]:
    return tuple(_node_key(group, node) for node in group.nodes)


def _addresses(group: ReplicationGroup) -> tuple[str, ...]:
    return (*(node.address for node in group.nodes), *_endpoint_addresses(group))


def _endpoint_addresses(group: ReplicationGroup) -> tuple[str, ...]:
    return group.network.endpoint_addresses
