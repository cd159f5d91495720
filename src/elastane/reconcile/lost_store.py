"""A new store beside nodes that are not new: filled from what they left, and read-only until an operator confirms.

Called by the server, before anything runs and then once a second until the confirmation comes. What is rebuilt from
what is decided in `recovery`; here files are read and the store is written. Nothing here starts, stops, promotes or
writes to an engine: at the confirmation they are asked who is primary, and that is all.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from elastane.catalog import encryption
from elastane.clock import Now
from elastane.configuration_endpoint import configuration
from elastane.engines import rendered_config
from elastane.engines.valkey import CONFIG_FILE
from elastane.hosts import HostError, NotOurs, directories, identity
from elastane.model import events
from elastane.model.access import TransitEncryption
from elastane.model.events import Event
from elastane.model.ids import CacheNodeId, NodeGroupId, NodeId
from elastane.model.memcached_clusters import Publication
from elastane.model.replication_groups import GroupKey, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.reconcile import recovery
from elastane.reconcile.observe import observe
from elastane.reconcile.passes import Work, load_work
from elastane.reconcile.plan.users import has_users
from elastane.reconcile.recovery import Rebuilt, Recovery, as_seen, remains
from elastane.reconcile.recovery.remains import Remains, Unreadable
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.transitions import event_of_group
from elastane.reconcile.world import World
from elastane.store import (
    Store,
    StoreError,
    StoreUnusable,
    Transaction,
    caches,
    credentials,
    memcached_clusters,
    parameter_groups,
    replication_groups,
    settings,
)
from elastane.store import events as event_rows

log = logging.getLogger("elastane.reconcile")

LOOK_SECONDS = 1.0
"""How often the server calls `Confirmation.look`."""

_DECODER = msgspec.json.Decoder(Recovery)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")

ADVICE = (
    "Move it away, with the files beside it that begin with its name, and start again: the caches are rebuilt from "
    "what their nodes have left, and nothing is done to them until you confirm that with `elastane recover`."
)


class Confirmation:
    """Whether a person has yet to look at what was rebuilt. Holds what the passes and the API ask at every turn."""

    def __init__(self, found: Recovery | None, data_dir: Path) -> None:
        self._recovery = found
        self._file = data_dir / recovery.CONFIRMATION_FILE
        self._is_trouble_told = False

    def find_reason(self) -> str | None:
        """Why nothing may be done at the moment; None when all may."""
        is_awaited = self._recovery is not None and self._recovery.confirmed_at is None
        return recovery.UNCONFIRMED if is_awaited else None

    async def look(self, world: World) -> None:
        """Takes up the confirmation once it is there. Trouble with the store is told once and tried again."""
        awaited = self._recovery
        if awaited is None or awaited.confirmed_at is not None or not _is_confirmed(self._file, awaited):
            return
        try:
            self._recovery = await confirm(world, awaited)
        except StoreError as error:
            if not self._is_trouble_told:
                log.error("recovery not confirmed reason=%s", error)
            self._is_trouble_told = True
            return
        self._file.unlink(missing_ok=True)
        log.warning("recovery confirmed groups=%d", len(awaited.documents))


async def rebuild_if_lost(store: Store, nodes_directory: Path, now: Now) -> Recovery | None:
    """Fills a new store from the nodes there are. Answers what was rebuilt, now or earlier; None when nothing was.

    All in one transaction, by which the store stops being new. Raises StoreUnusable.
    """
    is_new, earlier = await store.read(_look)
    if not is_new:
        return earlier
    left = await asyncio.to_thread(read_remains, nodes_directory)
    if not left:
        return None
    rebuilt = recovery.rebuild(left, now=now())
    await store.write(lambda tx: _save(tx, rebuilt))
    for loss in rebuilt.recovery.losses:
        log.warning("not rebuilt reason=%s", loss)
    log.warning("store rebuilt groups=%d next=%s", len(rebuilt.recovery.documents), recovery.UNCONFIRMED)
    return rebuilt.recovery


async def confirm(world: World, found: Recovery) -> Recovery:
    """Makes what was rebuilt writable, with those who are primary now as their groups' targets. Raises StoreError.

    The engines are asked in this moment: a role that was seen before may have changed hands since.
    """
    stored = await world.store.read(replication_groups.list_replication_groups)
    seen = {group.body.key: await _ask(world, group.body.key) for group in stored}
    confirmed = replace(found, confirmed_at=world.now())
    await world.store.write(lambda tx: _save_confirmed(tx, confirmed, seen))
    return confirmed


def find_recovery(tx: Transaction) -> Recovery | None:
    text = settings.find_setting(tx, settings.RECOVERY)
    return None if text is None else _DECODER.decode(text)


def read_remains(nodes_directory: Path) -> tuple[Remains | Unreadable, ...]:
    """What every node's directory says. Blocking; raises nothing: who cannot be read is told as such."""
    keys = directories.list_node_keys(nodes_directory)
    return tuple(_read_node(directories.node_directory(nodes_directory, key), key) for key in keys)


@contextmanager
def advised() -> Iterator[None]:
    """Adds to the refusal of a damaged store what to do about it."""
    try:
        yield
    except StoreUnusable as error:
        if not getattr(error.__cause__, "sqlite_errorname", "").startswith(_DAMAGED):
            raise
        raise StoreUnusable(f"{error} {ADVICE}") from error


# --- reading --------------------------------------------------------------------------------------


def _look(tx: Transaction) -> tuple[bool, Recovery | None]:
    """Whether no control plane has ever begun to use this store, and what was rebuilt into it before.

    Every cache is read, so that a damaged store is found before anything runs.
    """
    caches.list_caches(tx)
    return settings.find_setting(tx, settings.ADDRESS_BLOCK) is None, find_recovery(tx)


def _read_node(directory: Path, node_key: str) -> Remains | Unreadable:
    try:
        found = identity.find_identity(directory, node_key)
    except NotOurs as error:
        return Unreadable(node_key=node_key, reason=error.sentence)
    if found is None:
        return Unreadable(node_key=node_key, reason="its identity file went while it was read")
    parts, told_at = _read_newer_parts(directory)
    return remains.parse_remains(
        node_key,
        {**found.identity, **parts},
        started_at=None if found.process is None else found.process.started_at,
        secret=_read_secret(directory),
        told_at=told_at,
        told=_read_told(directory),
    )


def _read_secret(directory: Path) -> Secret | None:
    try:
        return rendered_config.read_secret((directory / CONFIG_FILE).read_text())
    except (OSError, UnicodeError):
        return None


def _read_newer_parts(directory: Path) -> tuple[dict[str, str], datetime | None]:
    """What was written beside a configuration endpoint that runs, and when; nothing where there is none."""
    file = directory / remains.DOCUMENT_FILE
    try:
        return remains.parse_file(file.read_text()), datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, ValueError):
        return {}, None


def _read_told(directory: Path) -> Publication | None:
    try:
        told = configuration.parse((directory / configuration.FILE).read_text())
    except (OSError, ValueError):
        return None
    return Publication(version=told.discovery.version, node_ids=tuple(map(CacheNodeId, told.node_ids)))


def _is_confirmed(file: Path, awaited: Recovery) -> bool:
    """A confirmation that names an earlier recovery is none of this one."""
    try:
        return file.read_text().strip() == awaited.mark
    except (OSError, UnicodeError):
        return False


class _Seen(NamedTuple):
    """What a group's engines say in the moment of the confirmation."""

    primaries: dict[NodeGroupId, NodeId]
    has_remembered_users: bool
    """All that answer let in just those whom the document names, and somebody answers."""
    offered: frozenset[TransitEncryption] = frozenset()
    """What encryption those that answer listen for."""


async def _ask(world: World, key: GroupKey) -> _Seen:
    """Who calls itself primary now, and where nobody can be asked, who did when last heard."""
    work = await load_work(world, key)
    if work is None:
        return _Seen({}, has_remembered_users=False)
    try:
        situation = await _observe_wherever_they_listen(world, work)
    except HostError:  # the group's own passes tell it, every time
        return _Seen(work.before.primaries, has_remembered_users=False)
    found = ((part.id, situation.find_primary(part)) for part in work.group.node_groups)
    primaries = {part_id: seen.id for part_id, seen in found if seen is not None}
    answering = [seen for seen in situation.nodes if seen.answer is not None]
    return _Seen(
        primaries=work.before.primaries | primaries,
        has_remembered_users=bool(answering) and all(has_users(seen, situation) for seen in answering),
        offered=_offered(work.group, answering),
    )


async def _observe_wherever_they_listen(world: World, work: Work) -> Situation:
    """By the document's encryption, and where somebody is silent by that, by all the ways there are. Raises HostError.

    An engine that goes from one encryption to another is looked for in every way, so that is what is looked for.
    """
    situation = await observe(world, work.group, work.before, work.secret, {}, users=work.users)
    if all(seen.answer is not None or not seen.is_running for seen in situation.nodes):
        return situation
    access = replace(work.group.access, transit_encryption=TransitEncryption.PREFERRED)
    group = replace(work.group, access=access)
    return await observe(world, group, work.before, work.secret, {}, users=work.users)


def _offered(group: ReplicationGroup, answering: Iterable[SeenNode]) -> frozenset[TransitEncryption]:
    port = group.software.port
    answers = (seen.answer for seen in answering if seen.answer is not None)
    modes = (encryption.current_listeners(answer.parameters, port) for answer in answers)
    return frozenset(mode for mode in modes if mode is not None)


# --- saving ---------------------------------------------------------------------------------------


def _save(tx: Transaction, rebuilt: Rebuilt) -> None:
    for group in rebuilt.groups:
        replication_groups.save_replication_group(tx, group.group)
        replication_groups.save_observed(tx, group.group.key, group.observed)
        credentials.save_control_secret(tx, group.group.credential_id, group.secret)
    for cluster in rebuilt.clusters:
        memcached_clusters.save_memcached_cluster(tx, cluster.cluster)
        memcached_clusters.save_observed(tx, cluster.cluster.key, cluster.observed)
    for parameter_group in rebuilt.parameter_groups:
        parameter_groups.save_parameter_group(tx, parameter_group)
    if rebuilt.address_block is not None:
        settings.save_setting(tx, settings.ADDRESS_BLOCK, rebuilt.address_block)
    _save_recovery(tx, rebuilt.recovery)


def _save_confirmed(tx: Transaction, confirmed: Recovery, asked: dict[GroupKey, _Seen]) -> None:
    nothing = _Seen({}, has_remembered_users=False)
    for stored in replication_groups.list_replication_groups(tx):
        owned = replication_groups.get_observed(tx, stored.body.key).slots
        group = as_seen.with_slots(stored.body, owned)
        seen = asked.get(stored.body.key, nothing)
        group = as_seen.with_primaries(group, seen.primaries)
        group = as_seen.with_encryption(group, seen.offered)
        group = as_seen.with_access(group, is_seen=seen.has_remembered_users)
        if group.access.is_remembered:
            log.warning("users unknown group=%s next=say anew who may sign in", group.key)
            event_rows.append_events(tx, (_attention(group, confirmed),))
        if group != stored.body:
            replication_groups.save_replication_group(tx, group, revision=stored.revision)
        tx.ring(group.key)
    for cluster in memcached_clusters.list_memcached_clusters(tx):
        tx.ring(cluster.body.key)
    _save_recovery(tx, confirmed)


def _attention(group: ReplicationGroup, confirmed: Recovery) -> Event:
    assert confirmed.confirmed_at is not None, "it is being confirmed"
    message = events.attention(
        "who may sign in was lost with the store; engines that run go on as they are, and those that start let in "
        "nobody, until an AUTH token, a user group or RemoveUserGroups says it anew"
    )
    return event_of_group(group, message, confirmed.confirmed_at)


def _save_recovery(tx: Transaction, kept: Recovery) -> None:
    settings.save_setting(tx, settings.RECOVERY, msgspec.json.encode(kept).decode())
