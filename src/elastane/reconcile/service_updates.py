"""The look for service updates: newer patches of what caches run, and those that are to be applied by themselves.

Run by the server beside the passes, a few times a minute. It changes what waits for a maintenance window and nothing
that runs; the rules `maintenance` and `rollout` do the rest.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from elastane.model import events
from elastane.model.events import Event, SourceType
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.service_updates import Cache, PatchOffer, ServiceUpdate, is_behind, new_service_updates
from elastane.model.update_actions import scheduled_by_itself
from elastane.reconcile.world import World
from elastane.store import Transaction, replication_groups, service_updates
from elastane.store import events as event_rows
from elastane.store.documents import Stored

LOOK_SECONDS = 10.0


async def look(world: World, offers: Callable[[], Iterable[PatchOffer]]) -> None:
    """Writes only when there is something to write. Does nothing while the store is not to be believed."""
    if world.unsteady() is not None:
        return
    offered, now = tuple(offers()), world.now()
    if await world.store.read(lambda tx: _is_due(tx, offered, now)):
        await world.store.write(lambda tx: _write(tx, offered, now))


def _is_due(tx: Transaction, offers: tuple[PatchOffer, ...], now: datetime) -> bool:
    found, scheduled = _find(tx, offers, now)
    return bool(found or scheduled)


def _write(tx: Transaction, offers: tuple[PatchOffer, ...], now: datetime) -> None:
    found, scheduled = _find(tx, offers, now)
    caches = _caches(tx) if found else []
    for update in found:
        service_updates.save_new_service_update(tx, update)
        for _, cache in caches:
            event_rows.append_events(tx, _told(cache, update, now))
    for stored, changed in scheduled:
        replication_groups.save_replication_group(tx, changed, revision=stored.revision)


def _find(
    tx: Transaction, offers: tuple[PatchOffer, ...], now: datetime
) -> tuple[tuple[ServiceUpdate, ...], list[tuple[Stored[ReplicationGroup], ReplicationGroup]]]:
    """New updates, and the caches that get something to wait for."""
    caches, known = _caches(tx), service_updates.list_service_updates(tx)
    found = new_service_updates(known, (cache for _, cache in caches), offers, now)
    changes = (
        (stored, scheduled_by_itself(group, observed, (*known, *found), offers, now))
        for stored, (group, observed) in caches
    )
    return found, [(stored, changed) for stored, changed in changes if changed != stored.body]


def _caches(tx: Transaction) -> list[tuple[Stored[ReplicationGroup], Cache]]:
    return [
        (stored, (stored.body, replication_groups.get_observed(tx, stored.body.key)))
        for stored in replication_groups.list_replication_groups(tx)
    ]


def _told(cache: Cache, update: ServiceUpdate, now: datetime) -> tuple[Event, ...]:
    group, observed = cache
    if not is_behind(group, observed, update):
        return ()
    return tuple(
        Event(
            region=group.region,
            source_type=SourceType.CACHE_CLUSTER,
            source_id=node.id,
            message=events.service_update_available(),
            at=now,
            topic_arn=group.upkeep.told_topic_arn,
        )
        for node in group.staying_nodes
    )
