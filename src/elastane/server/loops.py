"""Everything that runs beside the API, by name: the table of loops, each handed what it needs."""

import asyncio
import functools
from collections.abc import Coroutine, Iterator

from elastane.clock import every
from elastane.metrics.alarms import LOOK_SECONDS as ALARMS_SECONDS
from elastane.metrics.alarms import AlarmsLoop
from elastane.model.notifications import Signing
from elastane.notifications.deliver import Deliverer
from elastane.notifications.files import Files
from elastane.notifications.posting import Poster
from elastane.pki.message_signing import LateSigner
from elastane.reconcile import lost_store, service_updates
from elastane.reconcile.loop import Reconciler
from elastane.reconcile.security_groups import SecurityGroupsLoop
from elastane.server import engines, upkeep
from elastane.server.parts import Parts
from elastane.store.audit_trail import FLUSH_SECONDS

ENGINES_REFRESH_SECONDS = 5.0
PRUNE_SECONDS = 3600.0
PRUNE_LOGS_SECONDS = 60.0
ROLL_UP_SECONDS = 60.0
USES_SECONDS = 10.0

Loop = tuple[str, Coroutine[object, object, None]]


def loops(parts: Parts, guard: SecurityGroupsLoop, signer: LateSigner, url: str) -> Iterator[Loop]:
    """Each goes on until it is cancelled."""
    config, world, now = parts.config, parts.world, parts.world.now
    alarms = AlarmsLoop(world.store, parts.files.metric_series, world.account_id, now)
    look_for_updates = functools.partial(
        service_updates.look, world, lambda: engines.patch_offers(parts.found, parts.installer)
    )

    yield "reconcile", Reconciler(world).run()
    yield "steadiness", parts.steadiness.run()
    yield "security-groups", guard.run()
    yield "notifications", _deliver(parts, signer, url)
    yield "logs", parts.log_deliveries.run()
    if config.collects_metrics:
        yield "metrics", parts.collector.run()
    yield "alarms", every(ALARMS_SECONDS, alarms.look)
    yield "engines", every(ENGINES_REFRESH_SECONDS, parts.found.refresh)
    yield "service-updates", every(service_updates.LOOK_SECONDS, look_for_updates)
    if parts.installer is not None:
        yield "installer", parts.installer.run()
        yield "installable", every(ENGINES_REFRESH_SECONDS, parts.installer.look)
    yield "pki", every(upkeep.renewal_seconds(config), lambda: upkeep.renew_authority(parts.pki))
    yield "audit-trail", every(FLUSH_SECONDS, parts.files.trail.flush)
    yield "access-key-uses", every(USES_SECONDS, lambda: upkeep.save_uses(parts.callers))
    yield "metrics-roll-up", every(ROLL_UP_SECONDS, lambda: parts.files.metric_series.roll_up(now()))
    yield "prune", every(PRUNE_SECONDS, lambda: upkeep.prune(parts))
    yield "prune-logs", every(PRUNE_LOGS_SECONDS, lambda: parts.files.log_events.prune(now()))
    if parts.confirmation.find_reason() is not None:
        yield "confirmation", every(lost_store.LOOK_SECONDS, lambda: parts.confirmation.look(world))


def security_groups(parts: Parts) -> SecurityGroupsLoop:
    world = parts.world
    return SecurityGroupsLoop(
        world.store,
        parts.packet_filter,
        world.account_id,
        world.address_block,
        world.now,
        opens_unknown=parts.config.accepts_any_subnet_ids,
        find_reason_to_wait=parts.confirmation.find_reason,
    )


async def _deliver(parts: Parts, signer: LateSigner, url: str) -> None:
    opened = await asyncio.to_thread(signer.open)
    poster = await asyncio.to_thread(Poster)  # which reads whom this machine believes
    signing = Signing(
        sign=opened.sign, endpoint_url=parts.config.public_url or url, certificate_name=opened.certificate_name
    )
    await Deliverer(parts.world.store, parts.world.now, signing, Files(parts.config.data_dir), poster).run()
