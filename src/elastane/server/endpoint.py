"""The API's endpoint: what an action has at hand, and who answers those that sign nothing."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from elastane import api
from elastane.console_endpoint import answer_console
from elastane.metrics.exposed import observe_exposition
from elastane.metrics.exposition import Exposition
from elastane.metrics_endpoint import answer_metrics
from elastane.model.callers import Caller
from elastane.model.ids import Region
from elastane.pki.message_signing import LateSigner
from elastane.server import engines, running_loops
from elastane.server.parts import Parts
from elastane.service.context import Aside, Context, Value
from elastane.service.sns.unsigned import answer_links
from elastane.service.unsigned import AnswerUnsigned, UnsignedAnswer, UnsignedRequest
from elastane.wire.sigv4 import Signature

CONSOLE_FILES = Path(api.__file__).with_name("console_files")
"""Made by `console/build.py`, and contained in the wheel."""

ASIDE_THREAD_COUNT = 2
"""As many as reckon at once. They have no others' threads: with those of the event loop, engines are started."""


def endpoint(parts: Parts, signer: LateSigner) -> api.Endpoint:
    def note_use(caller: Caller, signature: Signature) -> None:
        parts.callers.note_use(caller, region=signature.region, service=signature.service)

    aside = _aside_in(ThreadPoolExecutor(ASIDE_THREAD_COUNT, "aside"))
    return api.Endpoint(
        find_caller=parts.callers.find,
        context=functools.partial(_context, parts, aside),
        now=parts.world.now,
        note_use=note_use,
        audit_trail=parts.files.trail,
        answer_unsigned=_answer_unsigned(parts, signer),
        find_reason_for_reading_only=lambda: parts.confirmation.find_reason() or parts.files.trail.find_failure(),
        aside=aside,
    )


def _aside_in(threads: Executor) -> Aside:
    async def aside(work: Callable[[], Value], /) -> Value:
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    return aside


def _context(parts: Parts, aside: Aside, signature: Signature, caller: Caller) -> Context:
    world, usable = parts.world, parts.found.usable
    return Context(
        store=world.store,
        now=world.now,
        account_id=world.account_id,
        region=Region(signature.region),
        caller_arn=caller.arn,
        access_key_id=caller.access_key_id,
        user_id=caller.user_id,
        limits=parts.limits,
        address_block=world.address_block,
        offered_engines=lambda: tuple((one.engine, one.version) for one in usable()),
        metric_series=parts.files.metric_series,
        log_events=parts.files.log_events,
        installable_engines=lambda: tuple((one.engine, one.version) for one in engines.installable(parts.installer)),
        accepts_any_subnet_ids=parts.config.accepts_any_subnet_ids,
        encrypting_engines=lambda: tuple((one.engine, one.version) for one in usable() if one.has_tls),
        defragmenting_engines=lambda: tuple((one.engine, one.version) for one in usable() if one.can_defragment),
        search_calls=parts.files.trail.search,
        aside=aside,
        measured_nodes=functools.partial(running_loops.measured_nodes, parts),
        running_loops=functools.partial(running_loops.running_loops, parts),
    )


def _answer_unsigned(parts: Parts, signer: LateSigner) -> AnswerUnsigned:
    world = parts.world
    links = answer_links(world.store, world.now, functools.partial(_find_certificate, signer))
    metrics = answer_metrics(parts.files.metrics_token, functools.partial(_observe_exposition, parts), world.now)
    console = answer_console(CONSOLE_FILES)

    async def answer(request: UnsignedRequest) -> UnsignedAnswer | None:
        return await metrics(request) or await console(request) or await links(request)

    return answer


async def _find_certificate(signer: LateSigner, name: str) -> str | None:
    opened = await asyncio.to_thread(signer.open)
    return opened.certificate_pem if opened.certificate_name == name else None


async def _observe_exposition(parts: Parts) -> Exposition:
    collector = parts.collector
    return await observe_exposition(
        parts.world.store,
        collector.latest(),
        parts.world.now(),
        version=version("elastane"),
        round_seconds=collector.round_seconds(),
        measured_at_seconds=collector.measured_at_seconds(),
    )
