"""The AWS endpoint: an ASGI application that turns a signed request into an action and its answer.

Read top-down, a request's way is: bounded body → whose access key → signature → service and region from
the signature's scope → the protocol it is written in → action and parameters by the published model
→ the caller's policy → the action → the same protocol → the audit trail. A fault anywhere becomes AWS's
error document; anything else is our bug, logged once with its request id and answered as InternalFailure
without a word of detail. A GET or HEAD that is not signed at all is first shown to `service/unsigned`'s function.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from elastane.catalog import network
from elastane.clock import Now
from elastane.model import faults
from elastane.model.audit_trail import Chain, Origin
from elastane.model.callers import Caller, Surroundings
from elastane.model.faults import Fault
from elastane.model.secrets import AccessKeyId
from elastane.service import audit_trail, authorization, cloudtrail, cloudwatch, ec2, elasticache, logs, sns, sts
from elastane.service import elastane as own
from elastane.service.audit_trail import KnownCall
from elastane.service.context import Action, Aside, Context, at_once
from elastane.service.parameters import Parameters
from elastane.service.unsigned import UNSIGNED_ACTIONS, AnswerUnsigned, UnsignedRequest, answer_nobody
from elastane.store import AuditTrail, StoreUnusable
from elastane.wire import claims, content_encoding, models, protocols, query, sigv4
from elastane.wire.models import SIGNING_NAMES, Service
from elastane.wire.protocols import Headers, Protocol
from elastane.wire.sigv4 import Signature, SignedRequest

log = logging.getLogger("elastane.api")

BODY_BYTES_MAX = 1024 * 1024
BODIES_BYTES_MAX = 64 * 1024 * 1024
"""Of all bodies that are arriving: a body is read before it is known whose it is."""
BODY_TIMEOUT_SECONDS = 10.0
ACTION_TIMEOUT_SECONDS = 30.0
HEALTH_PATH = "/_elastane/health"

SERVICES: Mapping[Service, Mapping[str, Action]] = {
    models.ELASTICACHE: elasticache.ACTIONS,
    models.STS: sts.ACTIONS,
    models.CLOUDTRAIL: cloudtrail.ACTIONS,
    models.EC2: ec2.ACTIONS,
    models.CLOUDWATCH: cloudwatch.ACTIONS,
    models.SNS: sns.ACTIONS,
    models.LOGS: logs.ACTIONS,
    models.ELASTANE: own.ACTIONS,
}

OF_MUCH = frozenset({models.CLOUDWATCH, models.LOGS})
"""Whose requests and answers may hold a hundred thousand numbers: they are read and written beside the event loop."""

REFUSALS: Mapping[Service, Mapping[str, str]] = {models.EC2: ec2.REFUSALS}
"""Why an action is not built, where there is more to say than that it is not."""

Scope = Mapping[str, Any]
"""ASGI's own untyped mapping: the wire's edge."""
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What the endpoint needs of the rest of the house; handed over by the server."""

    find_caller: Callable[[AccessKeyId], Awaitable[Caller | None]]
    """Asked anew for every request: a key that was revoked meanwhile is nobody's."""
    context: Callable[[Signature, Caller], Context]
    now: Now
    audit_trail: AuditTrail
    note_use: Callable[[Caller, Signature], None] = lambda caller, signature: None
    find_reason_for_reading_only: Callable[[], str | None] = lambda: None
    """Why nothing may be changed at the moment; None when it may."""
    answer_unsigned: AnswerUnsigned = answer_nobody
    """Asked about every GET and HEAD that claims no signature at all."""
    aside: Aside = at_once
    """How requests and answers of `OF_MUCH` are read and written."""


def application(endpoint: Endpoint) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The ASGI application."""
    arriving = _Arriving()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "the server is told to speak nothing else"
        if scope["path"] == HEALTH_PATH:
            await _send(send, 200, b"ok\n", "text/plain")
            return
        call = KnownCall(request_id=str(uuid.uuid4()), origin=_origin(scope))
        answer = await _answer_unsigned(endpoint, scope, call)
        if answer is None:
            answer = await _answer(endpoint, scope, arriving.read(receive), call)
        if answer.is_recorded:
            answer = await _recorded(endpoint, call, answer)
        headers = (("x-amzn-requestid", call.request_id), *answer.headers)
        await _send(send, answer.status, answer.body, answer.content_type, headers)

    return serve


class _Arriving:
    """The bodies that are arriving at this moment, over all connections."""

    def __init__(self) -> None:
        self._byte_count = 0

    async def read(self, receive: Receive) -> bytes:
        """One whole body. Raises faults, ServiceUnavailable where all together are too large."""
        body = bytearray()
        more = True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise faults.IncompleteBody("The connection was closed before the whole request had arrived.")
                piece = message.get("body", b"")
                body += piece
                self._byte_count += len(piece)
                if len(body) > BODY_BYTES_MAX:
                    raise faults.RequestEntityTooLarge(f"A request's body may have {BODY_BYTES_MAX} bytes at most.")
                if self._byte_count > BODIES_BYTES_MAX:
                    raise faults.ServiceUnavailable("Too many large requests are arriving at this moment.")
                more = message.get("more_body", False)
            return bytes(body)
        finally:
            self._byte_count -= len(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    protocol: Protocol
    service: Service
    status: int
    body: bytes
    content_type: str
    headers: Headers = ()
    fault: Fault | None = None
    is_recorded: bool = True


async def _answer(endpoint: Endpoint, scope: Scope, arriving: Awaitable[bytes], call: KnownCall) -> _Answer:
    heading = _heading(scope)
    service, protocol = models.ELASTICACHE, protocols.likely_protocol(heading)
    try:
        call.claims(claims.find_access_key_id(heading))
        request = await _read(heading, arriving)
        if (claimed := sigv4.claimed_service(request, SIGNING_NAMES)) is not None:
            service = SIGNING_NAMES[claimed]
            protocol = protocols.protocol_of(service, request)
        caller, signature = await _verify(endpoint, request)
        if not network.is_region(signature.region):
            raise faults.SignatureDoesNotMatch("Credential should be scoped to a valid region.")
        context = endpoint.context(signature, caller)
        call.is_proven(
            arn=context.caller_arn, access_key_id=signature.access_key_id, region=signature.region, service=service
        )
        asked = protocol.read_request(service, content_encoding.decoded(service, request, BODY_BYTES_MAX))
        call.action = asked.action
        action = _action(service, asked.action)
        _refuse_change(endpoint, asked.action)
        aside = endpoint.aside if service in OF_MUCH else at_once
        said = await aside(asked.parameters)
        call.asks_with(said)
        parameters = Parameters(said)
        async with asyncio.timeout(ACTION_TIMEOUT_SECONDS):
            surroundings = _surroundings(scope, request, context)
            await authorization.refuse_unauthorized(context, caller, service, asked.action, parameters, surroundings)
            result = await action(context, parameters)
        body = await aside(lambda: protocol.encode_result(service, asked.action, result, call.request_id))
        return _Answer(
            protocol=protocol,
            service=service,
            status=200,
            body=body,
            content_type=protocol.content_type,
            headers=protocol.headers,
        )
    except Exception as error:
        return _told(error, protocol, service, call)


async def _answer_unsigned(endpoint: Endpoint, scope: Scope, call: KnownCall) -> _Answer | None:
    """None for whatever has to be signed, which is nearly everything; the body is not even looked at here."""
    request = _unsigned(scope)
    if request is None:
        return None
    protocol, service = protocols.QUERY, models.SNS
    try:
        async with asyncio.timeout(ACTION_TIMEOUT_SECONDS):
            if (action := request.parameters.get("Action")) in UNSIGNED_ACTIONS:
                _refuse_change(endpoint, action)
            answer = await endpoint.answer_unsigned(request)
    except Exception as error:
        return _told(error, protocol, service, call)
    if answer is None:
        return None
    if answer.call is not None:
        call.service, call.action, call.region = Service(answer.call.service), answer.call.action, answer.call.region
    return _Answer(
        protocol=protocol,
        service=service,
        status=answer.status,
        body=answer.body,
        content_type=answer.content_type,
        headers=answer.headers,
        is_recorded=answer.call is not None,
    )


def _unsigned(scope: Scope) -> UnsignedRequest | None:
    """A GET that claims no signature, or a HEAD, which is asked only for what is shown and never for what is done.

    One whose parameters cannot be read is told to sign, as any other.
    """
    heading = _heading(scope)
    if heading.method not in ("GET", "HEAD") or claims.is_claimed(heading):
        return None
    try:
        parameters = query.parse_form(heading.query.encode("latin-1"))
    except Fault:
        return None
    named = dict(parameters)
    if len(named) != len(parameters) or (heading.method == "HEAD" and "Action" in named):
        return None
    return UnsignedRequest(
        path=heading.path,
        parameters=named,
        source_ip=_address(scope),
        headers={name.lower(): value for name, value in heading.headers},
    )


async def _verify(endpoint: Endpoint, request: SignedRequest) -> tuple[Caller, Signature]:
    """Who has signed. Raises faults, and StoreUnusable where keys cannot be looked up."""
    caller = await endpoint.find_caller(sigv4.named_access_key(request, services=SIGNING_NAMES))
    secret = None if caller is None else caller.secret
    signature = sigv4.verify(request, find_secret=lambda _: secret, now=endpoint.now(), services=SIGNING_NAMES)
    assert caller is not None, "without a secret no signature holds"
    endpoint.note_use(caller, signature)
    return caller, signature


def _surroundings(scope: Scope, request: SignedRequest, ctx: Context) -> Surroundings:
    return Surroundings(
        now=ctx.now(),
        region=ctx.region,
        source_ip=_address(scope),
        is_encrypted=scope.get("scheme") == "https",
        user_agent=next((value for name, value in request.headers if name.lower() == "user-agent"), None),
    )


def _told(error: Exception, protocol: Protocol, service: Service, call: KnownCall) -> _Answer:
    """What is answered where an action came to no result. Called while the error is handled."""
    match error:
        case Fault():
            return _refusal(error, protocol, service, call)
        case StoreUnusable():
            log.error("store unusable request=%s reason=%s", call.request_id, error)
            return _refusal(faults.ServiceUnavailable(str(error)), protocol, service, call)
        case TimeoutError():
            return _refusal(faults.ServiceUnavailable("The request took too long."), protocol, service, call)
    return _failure(protocol, service, call)


def _failure(protocol: Protocol, service: Service, call: KnownCall) -> _Answer:
    """Of an exception that nobody meant to raise."""
    log.exception("request failed by a bug of ours request=%s", call.request_id)
    fault = Fault("An internal failure occurred. The operator's log names this request id.")
    return _refusal(fault, protocol, service, call)


def _refusal(fault: Fault, protocol: Protocol, service: Service, call: KnownCall) -> _Answer:
    return _Answer(
        protocol=protocol,
        service=service,
        status=protocol.fault_status(fault, service),
        body=protocol.encode_fault(fault, call.request_id, service),
        content_type=protocol.content_type,
        headers=(*protocol.headers, *protocol.fault_headers(fault, service)),
        fault=fault,
    )


async def _recorded(endpoint: Endpoint, call: KnownCall, answer: _Answer) -> _Answer:
    """The answer, once what it is about is in the audit trail: a change on the disk, a question within a second.

    A change that cannot be written down is answered with a 503, which says that it may have been made; the next one is
    refused before it is made (`find_reason_for_reading_only`), for as long as the trail cannot be written.
    """
    try:
        record = call.record(
            event_id=str(uuid.uuid4()),
            at=endpoint.now(),
            status=answer.status,
            code=None if answer.fault is None else answer.protocol.fault_code(answer.fault, answer.service),
            sentence=None if answer.fault is None else answer.fault.message,
        )
        if record.chain is Chain.CHANGES:
            await endpoint.audit_trail.write(record)
        else:
            endpoint.audit_trail.note(record)
    except StoreUnusable as error:
        if answer.fault is not None:
            return answer  # nothing was changed, and the record waits for the disk
        fault = faults.ServiceUnavailable(f"{error} What was asked for may have been done.")
        return _refusal(fault, answer.protocol, answer.service, call)
    except Exception:
        return _failure(answer.protocol, answer.service, call)
    return answer


def _action(service: Service, name: str) -> Action:
    action = SERVICES[service].get(name)
    if action is None:
        # parse_action has checked the name against the model, so this is one of AWS's that is not built.
        reason = REFUSALS.get(service, {}).get(name, "docs/parity.toml lists what is.")
        raise faults.NotImplementedByThisVersion(
            f"{name} is an action of AWS's API that is not implemented by this version of Elastane; {reason}"
        )
    return action


def _refuse_change(endpoint: Endpoint, name: str) -> None:
    reason = endpoint.find_reason_for_reading_only()
    if reason is not None and not audit_trail.is_reading(name):
        raise faults.ServiceUnavailable(f"{name} is not possible at the moment: {reason}")


def _origin(scope: Scope) -> Origin:
    agents = [value.decode("latin-1") for name, value in scope["headers"] if name == b"user-agent"]
    return audit_trail.origin(_address(scope), agents[0] if agents else None)


def _address(scope: Scope) -> str | None:
    client = scope.get("client")
    return None if client is None else str(client[0])


def _heading(scope: Scope) -> SignedRequest:
    """The request without its body, which has not been read yet."""
    return SignedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=b"",
    )


async def _read(heading: SignedRequest, arriving: Awaitable[bytes]) -> SignedRequest:
    """The whole request, bounded in size and time."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            body = await arriving
    except TimeoutError:
        sentence = f"The request did not arrive within {BODY_TIMEOUT_SECONDS:.0f} seconds."
        raise faults.RequestTimeout(sentence) from None
    return replace(heading, body=body)


async def _send(send: Send, status: int, body: bytes, content_type: str, more: Headers = ()) -> None:
    """Of no body there is no type: Smithy's CBOR forbids one, and other answers have a body."""
    kind = (("content-type", content_type),) if body else ()
    headers = (*kind, ("content-length", str(len(body))), *more)
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def warm_up() -> None:
    """Reads the published models before the first request needs them; but for EC2's, which is forty times the others'
    size and read when it is first asked for (60 ms and 24 MiB)."""
    for service in SERVICES.keys() - {models.EC2}:
        models.action_names(service)
