"""AWS's JSON 1.1 protocol, both ways: an object becomes an action's parameters, a result or a fault becomes an object.

`protocols` lists these functions. A header names the action, the published shapes lead the way through the objects.
Unknown members are ignored, null is absent, and a moment is a number of seconds since 1970.

What each refusal is called (the JSON protocols have names of their own for what the Query protocol says as well):

    no such target, method or action     UnknownOperationException
    no JSON, or a value of another type  SerializationException
    a limit of the model is broken       ValidationException
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

import msgspec

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.wire import constraints, models
from elastane.wire.asked import Asked
from elastane.wire.claims import SignedRequest
from elastane.wire.models import Kind, ListOf, MapOf, Reference, Scalar, Service, Structure
from elastane.wire.xml import EncodingError

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET_HEADER = "x-amz-target"

FAULT_CODES = {
    faults.MissingAuthenticationToken.code: "MissingAuthenticationTokenException",
    faults.IncompleteSignature.code: "IncompleteSignatureException",
    faults.InvalidClientTokenId.code: "UnrecognizedClientException",
    faults.SignatureDoesNotMatch.code: "InvalidSignatureException",
    faults.InvalidAction.code: "UnknownOperationException",
    faults.MissingAction.code: "UnknownOperationException",
    faults.MalformedInput.code: "SerializationException",
    faults.MissingParameter.code: "ValidationException",
    faults.ValidationError.code: "ValidationException",
    faults.Throttling.code: "ThrottlingException",
}
"""What the Query protocol's own faults are called here, each with the status 400. Others keep their code and status."""


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
    return msgspec.json.encode(
        _rendered(service, Reference(shape_name=operation.output.name, wire_name="", request_name=""), result)
    )


def fault_code(fault: Fault) -> str:
    return FAULT_CODES.get(fault.code, fault.code)


def fault_status(fault: Fault) -> int:
    return 400 if fault.code in FAULT_CODES else fault.status


def encode_fault(fault: Fault, request_id: str, service: Service) -> bytes:
    return msgspec.json.encode({"__type": fault_code(fault), "message": fault.message})


# --- in ------------------------------------------------------------------------------------------


def _operation(service: Service, request: SignedRequest) -> models.Operation:
    if request.method != "POST":
        raise faults.InvalidAction(f"The method {request.method} is not valid for this endpoint; use POST.")
    targets = [value for name, value in request.headers if name.lower() == TARGET_HEADER]
    if len(targets) != 1:
        raise faults.MissingAction("The request must have one X-Amz-Target header.")
    kinds = [value for name, value in request.headers if name.lower() == "content-type"]
    if [kind.partition(";")[0].strip().lower() for kind in kinds] != [CONTENT_TYPE]:
        raise faults.MalformedInput(f"The content type of this protocol is {CONTENT_TYPE}.")
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
    if operation.input is None:
        return {}
    if not isinstance(sent, dict):
        raise faults.MalformedInput("The body of the request is not a JSON object.")
    parameters = _structure(service, operation.input, sent, "")
    violations = tuple(constraints.violations(service, operation.input, parameters))
    if violations:
        raise faults.ValidationError(constraints.sentence(violations))
    return parameters


def _structure(service: Service, shape: Structure, sent: Mapping[str, object], path: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, reference in shape.members.items():
        place = constraints.member_path(path, name)
        if (value := sent.get(reference.wire_name)) is not None:
            found[name] = _value(service, reference, value, place)
        elif name in shape.required:
            raise faults.ValidationError(
                constraints.sentence([f"Value null at '{place}' failed to satisfy constraint: Member must not be null"])
            )
    return found


def _value(service: Service, reference: Reference, value: object, place: str) -> object:
    shape = models.shape(service, reference.shape_name)
    match shape:
        case Scalar():
            read = _scalar(shape.kind, value)
            if read is None:
                raise faults.MalformedInput(f"The value at '{place}' is not a {shape.kind}.")
            return read
        case Structure() if isinstance(value, dict):
            return _structure(service, shape, value, place)
        case ListOf() if isinstance(value, list):
            return [
                _value(service, shape.member, held, f"{place}.{number}.member")
                for number, held in enumerate(value, 1)
                if held is not None
            ]
        case MapOf() if isinstance(value, dict):
            return {
                _value(service, shape.key, key, place): _value(service, shape.value, held, place)
                for key, held in value.items()
                if held is not None
            }
    raise faults.MalformedInput(f"The value at '{place}' has another type than {reference.shape_name}.")


_RANGES = {Kind.INTEGER: 2**31, Kind.LONG: 2**63}


def _scalar(kind: Kind, value: object) -> object | None:
    """None for what is of another type: the member's place is known to the caller alone."""
    match kind, value:
        case (Kind.STRING | Kind.CHARACTER, str()) | (Kind.BOOLEAN, bool()):
            return value
        case (_, bool()):  # Python's bool is an int; in JSON it is not
            return None
        case (Kind.INTEGER | Kind.LONG, int()):
            return value if -_RANGES[kind] <= value < _RANGES[kind] else None
        case (Kind.FLOAT | Kind.DOUBLE, int() | float()):
            return float(value)
        case (Kind.TIMESTAMP, int() | float()):
            return _moment(value)
        case (Kind.BLOB, str()):
            return _blob(value)
    return None


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


def _rendered(service: Service, reference: Reference, value: object) -> object:
    """Raises EncodingError for a result that does not fit its shape."""
    shape = models.shape(service, reference.shape_name)
    match shape:
        case Structure() if isinstance(value, Mapping) and value.keys() <= shape.members.keys():
            return {
                shape.members[name].wire_name: _rendered(service, shape.members[name], held)
                for name, held in value.items()
                if held is not None
            }
        case ListOf() if isinstance(value, list | tuple):
            return [_rendered(service, shape.member, held) for held in value]
        case MapOf() if isinstance(value, Mapping):
            return {str(key): _rendered(service, shape.value, held) for key, held in value.items()}
        case Scalar():
            if (rendered := _rendered_scalar(shape.kind, value)) is not None:
                return rendered
        case Structure() | ListOf() | MapOf():
            pass
        case _:
            assert_never(shape)
    raise EncodingError(f"{type(value).__name__} where a {reference.shape_name} belongs")


def _rendered_scalar(kind: Kind, value: object) -> object | None:
    match kind, value:
        case (Kind.TIMESTAMP, datetime()) if value.tzinfo is not None:
            return round(value.timestamp(), 3)
        case (Kind.BLOB, bytes()):
            return base64.b64encode(value).decode("ascii")
        case (Kind.TIMESTAMP | Kind.BLOB, _):
            return None
    return _scalar(kind, value)
