"""A lost store, rebuilt from what its nodes left on their host: which caches there are, and what is missing. Pure.

Every start of a process writes its cache's desired document, as it was at that moment, beside the process (`remains`).
`lost_store` reads those back when the store is new and the nodes are not, hands them to `rebuild`, and saves the
answer. What is rebuilt is read-only until an operator has looked at it: see docs/how-to/recover-a-lost-store.md.

In the order of what decides:

1. The newest document of a cache speaks for it: by its creation, then its generation, then its epoch or publication.
2. Caches are rebuilt in the order of how lately their documents were written, the last one first. What a newer one
   names is taken: a node that changed hands since, or an address that was given to another.
3. A node that the document names and that has no directory is kept: it is built anew. Only one of a Memcached cluster
   that was leaving has left. A directory that no document names is left alone.

What changes without a start is observed, and written down when the operator confirms (`as_seen`). What clients of a
Memcached cluster were told is in a file, and the first list after this has a number that none of them has seen.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv4Network

import msgspec
from msgspec.structs import replace

from elastane.model.memcached_clusters import MemcachedCluster, Publication
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import GroupKey, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.reconcile.recovery import documents, losses
from elastane.reconcile.recovery.documents import Taken
from elastane.reconcile.recovery.first_records import record_of_cluster, record_of_group
from elastane.reconcile.recovery.remains import LONG_AGO, Document, Remains, Unreadable

CONFIRMATION_FILE = "recovery-confirmed"
"""Below the data directory: how a person who has looked says so to the control plane, naming which recovery."""

LISTS_UNSEEN_MAX = 1000
"""Of a configuration endpoint that has left nothing: it told more lists than nodes were started, but not so many."""

UNCONFIRMED = "the store was rebuilt from the nodes' own files; confirm with: elastane recover --confirm"
"""Why nothing is done and nothing may be changed meanwhile."""


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is told about a store that was rebuilt; kept in the store."""

    rebuilt_at: datetime
    documents: dict[str, datetime | None]
    """Cache → when the document it was rebuilt from was written."""
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


class RebuiltCluster(msgspec.Struct, frozen=True, kw_only=True):
    cluster: MemcachedCluster
    observed: ObservedMemcachedCluster


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything to be saved in a new store."""

    groups: tuple[RebuiltGroup, ...]
    clusters: tuple[RebuiltCluster, ...]
    parameter_groups: tuple[ParameterGroup, ...]
    """The customer's own that these use, as they were when the node was started that was started last."""
    address_block: str | None
    """Where the nodes live; None when there is no cache to tell by."""
    recovery: Recovery


def rebuild(found: Iterable[Remains | Unreadable], *, now: datetime) -> Rebuilt:
    """What can be known again of all caches, from what all their processes left."""
    left = tuple(found)
    by_key = {remains.node_key: remains for remains in left if isinstance(remains, Remains)}
    groups: list[RebuiltGroup] = []
    clusters: list[RebuiltCluster] = []
    kept_documents: list[Document] = []
    written: dict[str, datetime | None] = {}
    lost: list[str] = []
    taken: Taken = {}
    for source in _newest_documents(by_key.values()):
        document = source.document
        kept = documents.without_gone(documents.without_taken(document, taken), by_key)
        rebuilt = _rebuilt(kept, by_key, taken)
        if isinstance(rebuilt, str):
            lost.append(f"{document.key} was not rebuilt: {rebuilt}")
            continue
        lost += losses.changes(document, kept, {remains.node_key for remains in left}, taken)
        taken |= dict.fromkeys(documents.claims(kept), document.key)
        written[str(document.key)] = source.written_at
        kept_documents.append(kept)
        if isinstance(rebuilt, RebuiltGroup):
            groups.append(rebuilt)
        else:
            clusters.append(rebuilt)
    lost += (line for remains in left for line in losses.left_alone(remains, taken))
    kept_documents.sort(key=lambda document: document.key)
    own = _find_parameter_groups(kept_documents, by_key.values())
    lost += losses.parameter_losses(kept_documents, own)
    return Rebuilt(
        groups=tuple(sorted(groups, key=lambda one: one.group.key)),
        clusters=tuple(sorted(clusters, key=lambda one: one.cluster.key)),
        parameter_groups=own,
        address_block=_find_block(kept_documents),
        recovery=Recovery(rebuilt_at=now, documents=written, losses=tuple(lost)),
    )


def _newest_documents(remains: Iterable[Remains]) -> list[Remains]:
    """One for each cache, the one that was written last of all first."""
    newest: dict[GroupKey, Remains] = {}
    for candidate in remains:
        key = candidate.document.key
        if key not in newest or documents.age(candidate) > documents.age(newest[key]):
            newest[key] = candidate
    return sorted(newest.values(), key=lambda source: source.written_at or LONG_AGO, reverse=True)


def _rebuilt(kept: Document, by_key: dict[str, Remains], taken: Taken) -> RebuiltGroup | RebuiltCluster | str:
    """The cache, or why it cannot be rebuilt, as the end of a sentence."""
    lost = next((claim for claim in documents.own_claims(kept) if claim in taken), None)
    if lost is not None:
        what = "its id" if "/" in lost else "an endpoint's address of it"
        return f"{what} is {taken[lost]}'s now"
    if not documents.has_nodes(kept) or not any(key in by_key for key in documents.process_keys(kept)):
        return "none of its nodes is left to it"
    if isinstance(kept, MemcachedCluster):
        cluster = _with_new_publication(kept, by_key)
        return RebuiltCluster(cluster=cluster, observed=record_of_cluster(cluster, by_key))
    secret = _find_secret(kept, by_key)
    if secret is None:
        return "no node's configuration holds the secret of its control user"
    return RebuiltGroup(group=kept, observed=record_of_group(kept, by_key), secret=secret)


def _find_secret(document: Document, by_key: dict[str, Remains]) -> Secret | None:
    """All nodes of a group have the same one."""
    left = (by_key[key] for key in documents.process_keys(document) if key in by_key)
    return next((remains.secret for remains in left if remains.secret is not None), None)


def _with_new_publication(cluster: MemcachedCluster, by_key: dict[str, Remains]) -> MemcachedCluster:
    """The list that clients were told last, under a number that none of them knows: it may be another list by now.

    A client never goes back to a lower number, and the same one would never make it look again. A node's document knows
    the lists until its own start alone.
    """
    endpoint = by_key.get(cluster.endpoint_key)
    told = None if endpoint is None else endpoint.told
    newest = max(filter(None, (cluster.publication, told)), key=lambda one: one.version)
    if newest.version == 0:
        return cluster
    staying = tuple(node.id for node in cluster.staying_nodes if node.id in newest.node_ids)
    version = newest.version + (LISTS_UNSEEN_MAX if told is None else 1)
    return replace(cluster, publication=Publication(version=version, node_ids=staying))


def _find_parameter_groups(rebuilt: Iterable[Document], left: Iterable[Remains]) -> tuple[ParameterGroup, ...]:
    """Of all nodes that name one, the one started last knows best."""
    used = {(document.region, document.software.parameter_group_name) for document in rebuilt}
    found: dict[tuple[str, str], ParameterGroup] = {}
    for remains in sorted(left, key=lambda remains: remains.written_at or LONG_AGO):
        own = remains.parameter_group
        if own is not None and (own.region, own.name) in used:
            found[own.region, own.name] = own
    return tuple(found[key] for key in sorted(found))


def _find_block(rebuilt: Iterable[Document]) -> str | None:
    """The /16 of the nodes' addresses: all are in one."""
    blocks = Counter(
        IPv4Network((member.address, 16), strict=False)
        for document in rebuilt
        for member in documents.members(document)
    )
    return str(blocks.most_common(1)[0][0]) if blocks else None
