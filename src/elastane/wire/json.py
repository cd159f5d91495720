"""AWS's JSON protocols 1.0 and 1.1, both ways: an object becomes an action's parameters, a result or a fault an object.

`protocols` lists these functions. A header names the action; `objects` leads through the rest. The two versions differ
in their content type alone. A moment is a number of seconds since 1970, bytes are base64, and a number that is none
(or has no end) is a text.

What each refusal is called (`fault_shapes` says how):

    no such target, method or action     UnknownOperationException
    no JSON, or a value of another type  SerializationException
    a limit of the model is broken       ValidationException
"""

import base64
import binascii
import math
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.wire import fault_shapes, models, objects
from elastane.wire.asked import Asked
from elastane.wire.claims import SignedRequest
from elastane.wire.models import Kind, Service
from elastane.wire.xml import EncodingError

CONTENT_TYPE = "application/x-amz-json-1.1"
CONTENT_TYPE_1_0 = "application/x-amz-json-1.0"
TARGET_HEADER = "x-amz-target"


def content_type(service: Service) -> str:
    return f"application/x-amz-json-{models.json_version(service)}"


def read_request(service: Service, request: SignedRequest) -> Asked:
    """What a request asks of the service. Raises the faults that the module's docstring lists."""
    operation = _operation(service, request)
    return Asked(action=operation.action, parameters=lambda: _parameters(service, operation, request.body))


def encode_result(service: Service, action: str, result: Mapping[str, object], request_id: str) -> bytes:
    """The whole answer. None means absent at any depth. The request's id is in the headers alone."""
    operation = models.find_operation(service, action)
    if operation is None:
        raise EncodingError(f"{service} has no action {action}")
    if operation.output is None:
        return b"{}"
    return msgspec.json.encode(objects.rendered(service, operation.output.name, result, _written_scalar))


def encode_fault(fault: Fault, request_id: str, service: Service) -> bytes:
    return msgspec.json.encode(fault_shapes.document(fault, service))


# --- in ------------------------------------------------------------------------------------------


def _operation(service: Service, request: SignedRequest) -> models.Operation:
    if request.method != "POST":
        raise faults.InvalidAction(f"The method {request.method} is not valid for this endpoint; use POST.")
    targets = [value for name, value in request.headers if name.lower() == TARGET_HEADER]
    if len(targets) != 1:
        raise faults.MissingAction("The request must have one X-Amz-Target header.")
    kinds = [value for name, value in request.headers if name.lower() == "content-type"]
    if [kind.partition(";")[0].strip().lower() for kind in kinds] != [content_type(service)]:
        raise faults.MalformedInput(f"The content type of this protocol is {content_type(service)}.")
    prefix, _, action = targets[0].rpartition(".")
    operation = models.find_operation(service, action) if prefix == models.target_prefix(service) else None
    if operation is None:
        raise faults.InvalidAction(f"{service} has no such operation.")
    return operation


def _parameters(service: Service, operation: models.Operation, body: bytes) -> dict[str, object]:
    try:
        sent = msgspec.json.decode(body) if body else {}
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise faults.MalformedInput("The body of the request is not JSON, or is nested too deeply.") from None
    return objects.read_parameters(service, operation, sent, _read_scalar)


_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _read_scalar(kind: Kind, value: object) -> object | None:
    match kind, value:
        case (Kind.TIMESTAMP | Kind.BLOB, bool()):
            return None
        case (Kind.TIMESTAMP, int() | float()):
            return _moment(value)
        case (Kind.BLOB, str()):
            return _blob(value)
        case (Kind.FLOAT | Kind.DOUBLE, str()):
            return _NOT_FINITE.get(value)
    return objects.plain_scalar(kind, value)


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # out of the calendar
        return None


def _blob(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None


# --- out -----------------------------------------------------------------------------------------


def _written_scalar(kind: Kind, value: object) -> object | None:
    match kind, value:
        case (Kind.TIMESTAMP, datetime()) if value.tzinfo is not None:
            return round(value.timestamp(), 3)
        case (Kind.BLOB, bytes()):
            return base64.b64encode(value).decode("ascii")
        case (Kind.FLOAT | Kind.DOUBLE, float()) if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return objects.plain_scalar(kind, value)
