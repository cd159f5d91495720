"""The API's endpoint: what an action has at hand, and who answers those that sign nothing."""

import asyncio
import functools
from importlib.metadata import version

from elastane import api
from elastane.metrics.exposed import observe_exposition
from elastane.metrics.exposition import Exposition
from elastane.metrics_endpoint import answer_metrics
from elastane.model.callers import Caller
from elastane.model.ids import Region
from elastane.pki.message_signing import MessageSigner
from elastane.server import engines
from elastane.server.parts import Parts
from elastane.service.context import Context
from elastane.service.sns.unsigned import answer_links
from elastane.service.unsigned import AnswerUnsigned, UnsignedAnswer, UnsignedRequest
from elastane.wire.sigv4 import Signature


def endpoint(parts: Parts, signer: MessageSigner) -> api.Endpoint:
    def note_use(caller: Caller, signature: Signature) -> None:
        parts.callers.note_use(caller, region=signature.region, service=signature.service)

    return api.Endpoint(
        find_caller=parts.callers.find,
        context=functools.partial(_context, parts),
        now=parts.world.now,
        note_use=note_use,
        audit_trail=parts.files.trail,
        answer_unsigned=_answer_unsigned(parts, signer),
        find_reason_for_reading_only=lambda: parts.confirmation.find_reason() or parts.files.trail.find_failure(),
    )


def _context(parts: Parts, signature: Signature, caller: Caller) -> Context:
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
        offered_engines=lambda: engines.offered((one.engine, one.version) for one in usable()),
        metric_series=parts.files.metric_series,
        log_events=parts.files.log_events,
        installable_engines=lambda: engines.offered(
            (one.engine, one.version) for one in engines.installable(parts.installer)
        ),
        accepts_any_subnet_ids=parts.config.accepts_any_subnet_ids,
        encrypting_engines=lambda: tuple((one.engine, one.version) for one in usable() if one.has_tls),
        defragmenting_engines=lambda: tuple((one.engine, one.version) for one in usable() if one.can_defragment),
        search_calls=parts.files.trail.search,
        aside=asyncio.to_thread,
    )


def _answer_unsigned(parts: Parts, signer: MessageSigner) -> AnswerUnsigned:
    world = parts.world
    links = answer_links(
        world.store, world.now, certificate_name=signer.certificate_name, certificate_pem=signer.certificate_pem
    )
    metrics = answer_metrics(parts.files.metrics_token, functools.partial(_observe_exposition, parts), world.now)

    async def answer(request: UnsignedRequest) -> UnsignedAnswer | None:
        return await metrics(request) or await links(request)

    return answer


async def _observe_exposition(parts: Parts) -> Exposition:
    collector = parts.collector
    return await observe_exposition(
        parts.world.store,
        collector.latest(),
        parts.world.now(),
        version=version("elastane"),
        round_seconds=collector.round_seconds(),
    )
