"""What is done now and then, and at the end: old things given up, certificates renewed, an ephemeral end."""

import asyncio
import logging
from datetime import timedelta

from elastane.config import Config
from elastane.hosts import HostError
from elastane.hosts.local import LocalHost
from elastane.hosts.packet_filter import NoFilter, PacketFilter
from elastane.pki.authorities import Pki, PkiError
from elastane.reconcile.step_failures import STOP_GRACE_SECONDS
from elastane.server.parts import Parts
from elastane.service.callers import Callers
from elastane.store import StoreUnusable, events

log = logging.getLogger("elastane.server")

AUTHORITY_SECONDS = 24 * 3600.0


async def prune(parts: Parts) -> None:
    """AWS keeps a customer's events for fourteen days; so do we. What was asked of the API is kept longer."""
    world = parts.world
    before = world.now() - timedelta(days=parts.limits.event_retention_days)
    await parts.files.trail.prune(world.now())
    await parts.files.metric_series.prune(world.now())
    try:
        await world.store.write(lambda tx: events.prune_events(tx, before=before))
    except StoreUnusable as error:
        log.error("events not pruned reason=%s", error)


def renewal_seconds(config: Config) -> float:
    """Our own certificates live as long as nodes' do."""
    return min(AUTHORITY_SECONDS, config.certificate_lifetime.total_seconds() / 3)


async def renew_authority(pki: Pki) -> None:
    try:
        await asyncio.to_thread(pki.renew)
        pki.serve_renewed()
    except PkiError as error:
        log.error("authority not renewed reason=%s", error)


async def save_uses(callers: Callers) -> None:
    """When access keys were last used is worth no failure."""
    try:
        await callers.save_uses()
    except StoreUnusable as error:
        log.error("last uses of access keys not saved reason=%s", error)


async def take_down(host: LocalHost, packet_filter: PacketFilter | NoFilter) -> None:
    """Ends every node of this data directory, then what guards them."""
    nodes = await host.list_nodes()
    await asyncio.gather(*(host.stop_process(node, grace_seconds=STOP_GRACE_SECONDS) for node in nodes))
    if isinstance(packet_filter, PacketFilter):
        try:
            await packet_filter.remove()
        except HostError as error:
            log.error("packet filter left behind table=%s reason=%s", packet_filter.table, error)
