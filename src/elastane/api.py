"""The AWS endpoint: an ASGI application that turns a signed request into an action and its answer.

Read top-down, a request's way is: bounded body → signature → service and region from the signature's
scope → action and parameters by the published model → the action → XML. A fault anywhere becomes
AWS's error document; anything else is our bug, logged once with its request id and answered as
InternalFailure without a word of detail.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from elastane.catalog import network
from elastane.clock import Now
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import Arn
from elastane.model.secrets import AccessKeyId, Secret
from elastane.service import ec2, elasticache, sts
from elastane.service.context import Action, Context
from elastane.service.parameters import Parameters
from elastane.store import StoreUnusable
from elastane.wire import models, query, sigv4, xml
from elastane.wire.models import Service
from elastane.wire.sigv4 import Signature, SignedRequest

log = logging.getLogger("elastane.api")

BODY_BYTES_MAX = 1024 * 1024
BODY_TIMEOUT_SECONDS = 10.0
ACTION_TIMEOUT_SECONDS = 30.0
FORM_TYPE = "application/x-www-form-urlencoded"
HEALTH_PATH = "/_elastane/health"
READING_PREFIXES = ("Describe", "Get", "List")

SERVICES: Mapping[Service, Mapping[str, Action]] = {
    models.ELASTICACHE: elasticache.ACTIONS,
    models.STS: sts.ACTIONS,
    models.EC2: ec2.ACTIONS,
}

REFUSALS: Mapping[Service, Mapping[str, str]] = {models.EC2: ec2.REFUSALS}
"""Why an action is not built, where there is more to say than that it is not."""

Scope = Mapping[str, Any]
"""ASGI's own untyped mapping: the wire's edge."""
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What the endpoint needs of the rest of the house; handed over by the server."""

    find_secret: Callable[[AccessKeyId], Secret | None]
    context: Callable[[Signature], Context]
    now: Now
    find_reason_for_reading_only: Callable[[], str | None] = lambda: None
    """Why nothing may be changed at the moment; None when it may."""


def application(endpoint: Endpoint) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The ASGI application."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "the server is told to speak nothing else"
        if scope["path"] == HEALTH_PATH:
            await _send(send, 200, b"ok\n", "text/plain", None)
            return
        request_id = str(uuid.uuid4())
        status, body = await _answer(endpoint, scope, receive, request_id)
        await _send(send, status, body, "text/xml", request_id)

    return serve


async def _answer(endpoint: Endpoint, scope: Scope, receive: Receive, request_id: str) -> tuple[int, bytes]:
    service = models.ELASTICACHE
    try:
        request = await _read(scope, receive)
        service = Service(sigv4.claimed_service(request, SERVICES) or service)
        signature = sigv4.verify(request, find_secret=endpoint.find_secret, now=endpoint.now(), services=SERVICES)
        service = Service(signature.service)
        if not network.is_region(signature.region):
            raise faults.SignatureDoesNotMatch("Credential should be scoped to a valid region.")
        form = query.parse_form(_form(request))
        name = query.parse_action(service, form)
        action = _action(service, name)
        _refuse_change(endpoint, name)
        call = query.parse_call(service, form)
        async with asyncio.timeout(ACTION_TIMEOUT_SECONDS):
            result = await action(endpoint.context(signature), Parameters(call.parameters))
        return 200, xml.encode_result(service, call.action, result, request_id)
    except Fault as fault:
        return fault.status, xml.encode_fault(fault, request_id, service)
    except StoreUnusable as error:
        log.error("store unusable request=%s reason=%s", request_id, error)
        return _unavailable(str(error), request_id, service)
    except TimeoutError:
        return _unavailable("The request took too long.", request_id, service)
    except Exception:
        log.exception("request failed by a bug of ours request=%s", request_id)
        failure = Fault("An internal failure occurred. The operator's log names this request id.")
        return failure.status, xml.encode_fault(failure, request_id, service)


def _unavailable(sentence: str, request_id: str, service: Service) -> tuple[int, bytes]:
    fault = faults.ServiceUnavailable(sentence)
    return fault.status, xml.encode_fault(fault, request_id, service)


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
    """An action whose name does not say that it only reads is taken for one that changes something."""
    reason = endpoint.find_reason_for_reading_only()
    if reason is not None and not name.startswith(READING_PREFIXES):
        raise faults.ServiceUnavailable(f"{name} is not possible at the moment: {reason}")


async def _read(scope: Scope, receive: Receive) -> SignedRequest:
    """The whole request, bounded in size and time."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            body = await _read_body(receive)
    except TimeoutError:
        sentence = f"The request did not arrive within {BODY_TIMEOUT_SECONDS:.0f} seconds."
        raise faults.RequestTimeout(sentence) from None
    return SignedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
    )


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise faults.IncompleteBody("The connection was closed before the whole request had arrived.")
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise faults.RequestEntityTooLarge(f"A request's body may have {BODY_BYTES_MAX} bytes at most.")
        more = message.get("more_body", False)
    return bytes(body)


def _form(request: SignedRequest) -> bytes:
    """Where the parameters are: the body of a POST, the query of a GET."""
    if request.method == "POST":
        kind = next((value for name, value in request.headers if name.lower() == "content-type"), FORM_TYPE)
        if request.body and kind.partition(";")[0].strip().lower() != FORM_TYPE:
            raise faults.MalformedInput(f"The Query protocol's content type is {FORM_TYPE}; this request's is {kind}.")
        return request.body
    if request.method == "GET":
        return request.query.encode("latin-1")
    raise faults.InvalidAction(f"The method {request.method} is not valid for this endpoint; use POST or GET.")


async def _send(send: Send, status: int, body: bytes, kind: str, request_id: str | None) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    if request_id is not None:
        headers.append((b"x-amzn-requestid", request_id.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def caller_arn(account_id: str) -> Arn:
    """Whoever holds the root key is the account's root."""
    return Arn(f"arn:aws:iam::{account_id}:root")


def warm_up() -> None:
    """Reads the published models before the first request needs them; but for EC2's, which is forty times the others'
    size and read when it is first asked for (60 ms and 24 MiB)."""
    for service in SERVICES.keys() - {models.EC2}:
        models.action_names(service)
