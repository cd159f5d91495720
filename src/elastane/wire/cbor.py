"""Smithy's RPC v2 CBOR protocol, both ways: CloudWatch's own language to the SDKs of today.

`protocols` lists these functions. The path names the action, a header the protocol, and the body is one CBOR map, read
and written as `objects` leads (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html).

Bytes become values by way of `cbor2`, which knows far more of CBOR than this protocol has: tags that become regular
expressions, decimals of any size, or objects that hold themselves. Here every tag but that of a moment is refused
before it means anything, keys are texts and do not repeat, depth is bounded, and nothing may follow the one map. A
declared length costs nothing until its bytes are there: what is held is a multiple of the body's size, which `api`
bounds.

What each refusal is called (`fault_shapes` says how):

    no such path, method or action       UnknownOperationException
    no CBOR, or a value of another type  SerializationException
    a limit of the model is broken       ValidationException
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import cbor2
import msgspec

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.wire import canonical, fault_shapes, models, objects
from elastane.wire.asked import Asked
from elastane.wire.claims import SignedRequest
from elastane.wire.models import Kind, Service
from elastane.wire.xml import EncodingError

CONTENT_TYPE = "application/cbor"
PROTOCOL_HEADER = "smithy-protocol"
PROTOCOL = "rpc-v2-cbor"

DEPTH_MAX = 64
"""Of lists and maps within one another. CloudWatch's deepest shape has nine levels."""

_MOMENT_TAG = 1
_UNDEFINED = b"\xf7"
_PATH = re.compile(r"/service/([A-Za-z0-9_.]{1,128})/operation/([A-Za-z0-9_]{1,128})\Z")
"""At its end: something may stand before it, where an endpoint has a path of its own."""


def read_request(service: Service, request: SignedRequest) -> Asked:
    """What a request asks of the service. Raises the faults that the module's docstring lists."""
    operation = _operation(service, request)
    return Asked(
        action=operation.action,
        parameters=lambda: objects.read_parameters(service, operation, _decoded(request.body), _read_scalar),
    )


def encode_result(service: Service, action: str, result: Mapping[str, object], request_id: str) -> bytes:
    """The whole answer; of an action that answers nothing, no byte. The request's id is in the headers alone."""
    operation = models.find_operation(service, action)
    if operation is None:
        raise EncodingError(f"{service} has no action {action}")
    if operation.output is None:
        return b""
    return cbor2.dumps(objects.rendered(service, operation.output.name, result, _written_scalar))


def encode_fault(fault: Fault, request_id: str, service: Service) -> bytes:
    return cbor2.dumps(fault_shapes.document(fault, service))


# --- in ------------------------------------------------------------------------------------------


def _operation(service: Service, request: SignedRequest) -> models.Operation:
    if request.method != "POST":
        raise faults.InvalidAction(f"The method {request.method} is not valid for this endpoint; use POST.")
    if _header_values(request, PROTOCOL_HEADER) != [PROTOCOL]:
        raise faults.InvalidAction(f"The header Smithy-Protocol of this protocol is {PROTOCOL}.")
    kinds = [kind.partition(";")[0].strip().lower() for kind in _header_values(request, "content-type")]
    if kinds != [CONTENT_TYPE] and (kinds or request.body):
        raise faults.MalformedInput(f"The content type of this protocol is {CONTENT_TYPE}.")
    # The path as it was signed, so that no other spelling of it can mean another action.
    named = _PATH.search(canonical.canonical_path(request.path))
    if named is None:
        raise faults.MissingAction("The request's path must end in /service/SERVICE/operation/ACTION.")
    operation = models.find_operation(service, named[2]) if named[1] == models.target_prefix(service) else None
    if operation is None:
        raise faults.InvalidAction(f"{service} has no such operation.")
    return operation


def _header_values(request: SignedRequest, name: str) -> list[str]:
    return [value.strip(" \t") for sent, value in request.headers if sent.lower() == name]


class _Moment(msgspec.Struct, frozen=True):
    seconds: object


class _Tags(Mapping[int, Callable[..., object]]):
    """What each tag means. Asked for every one that stands in a body, so that none means what cbor2 would make of it:
    a mapping and not a dictionary, because there is no end to the tags that it must have."""

    def __getitem__(self, tag: int) -> Callable[..., object]:
        return _moment if tag == _MOMENT_TAG else _refuse_tag

    def __iter__(self) -> Iterator[int]:
        return iter((_MOMENT_TAG,))

    def __len__(self) -> int:
        return 1


def _moment(value: object, _is_immutable: bool) -> _Moment:
    return _Moment(value)


def _refuse_tag(_value: object, _is_immutable: bool) -> object:
    raise ValueError("This protocol has no other tag than that of a moment.")


def _decoded(body: bytes) -> object:
    if not body:
        return {}
    decoder = cbor2.CBORDecoder(
        io.BytesIO(body),
        semantic_decoders=_Tags(),
        max_depth=DEPTH_MAX,
        allow_duplicate_keys=False,
        strict_hashable_types=True,
    )
    try:
        sent = decoder.decode()
    except cbor2.CBORDecodeError:
        raise faults.MalformedInput("The body of the request is not CBOR of this protocol.") from None
    try:
        decoder.read(1)
    except cbor2.CBORDecodeEOF:
        return _without_undefined(sent) if _UNDEFINED in body else sent
    raise faults.MalformedInput("The body of the request does not end where its CBOR ends.")


def _without_undefined(value: object) -> object:
    """CBOR's `undefined` is read as null, as Smithy asks. JavaScript's SDK is known to write it."""
    match value:
        case dict():
            return {key: _without_undefined(held) for key, held in value.items()}
        case list():
            return [_without_undefined(held) for held in value]
    return None if value is cbor2.undefined else value


def _read_scalar(kind: Kind, value: object) -> object | None:
    if kind is Kind.TIMESTAMP and isinstance(value, _Moment):
        return _datetime(value.seconds)
    if kind is Kind.BLOB and isinstance(value, bytes):
        return value
    return objects.plain_scalar(kind, value)


def _datetime(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # no number, or out of the calendar
        return None


# --- out -----------------------------------------------------------------------------------------


def _written_scalar(kind: Kind, value: object) -> object | None:
    match kind, value:
        case (Kind.TIMESTAMP, datetime()) if value.tzinfo is not None:
            return cbor2.CBORTag(_MOMENT_TAG, round(value.timestamp(), 3))
        case (Kind.BLOB, bytes()):
            return value
    return objects.plain_scalar(kind, value)
