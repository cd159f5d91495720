"""What a fault is called, and which status it has, in the service that refuses.

Our faults carry the code that the Query protocol has for them. JSON and CBOR name the fault's shape instead, which
SDKs make their exceptions' classes of; the published model knows both. A few faults are of the protocols themselves and
in no model: `COMMON_NAMES`. A service that once spoke Query alone tells the code as well, in a header.
"""

from collections.abc import Mapping

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.wire import models
from elastane.wire.models import Service

QUERY_ERROR_HEADER = "x-amzn-query-error"

COMMON_NAMES: Mapping[str, str] = {
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
"""What the Query protocol's own faults are called in JSON and CBOR; each with the status 400, as JSON has it."""

_OWN_NAMES: Mapping[Service, Mapping[str, str]] = {
    models.LOGS: {
        faults.MissingParameter.code: "InvalidParameterException",
        faults.ValidationError.code: "InvalidParameterException",
    },
}
"""Where a service has a name of its own for a limit of its model that is broken, as callers of CloudWatch Logs meet."""


def shape_name(fault: Fault, service: Service) -> str:
    """What `__type` says. A fault that nobody declares keeps its code."""
    own = _OWN_NAMES.get(service, {}).get(fault.code)
    return own or models.find_fault_shape(service, fault.code) or COMMON_NAMES.get(fault.code, fault.code)


def status_of_shape(fault: Fault, service: Service) -> int:
    """In JSON and CBOR. What a service declares goes first: one code has not the same status everywhere.

    A service with Query's codes has Query's statuses, too: SQS, which went the same way, tells a stranger so with 403.
    """
    if (declared := _declared_status(fault, service)) is not None:
        return declared
    return 400 if fault.code in COMMON_NAMES and not models.has_query_codes(service) else fault.status


def status_of_code(fault: Fault, service: Service) -> int:
    """In Query."""
    declared = _declared_status(fault, service)
    return fault.status if declared is None else declared


def shown_code(fault: Fault, service: Service) -> str:
    """What callers of JSON and CBOR read: SDKs prefer the header's code where there is that header."""
    return fault.code if models.has_query_codes(service) else shape_name(fault, service)


def headers(fault: Fault, service: Service) -> tuple[tuple[str, str], ...]:
    """Of a refusal in JSON or CBOR. Smithy's trait `awsQueryCompatible` has it so."""
    if not models.has_query_codes(service):
        return ()
    blamed = "Sender" if status_of_shape(fault, service) < 500 else "Receiver"
    return ((QUERY_ERROR_HEADER, f"{fault.code};{blamed}"),)


def document(fault: Fault, service: Service) -> dict[str, str]:
    """The refusal as an object; the sentence's member is spelled as the shape spells it."""
    name = shape_name(fault, service)
    shape = models.shape(service, name) if name in models.declared_faults(service) else None
    capitalised = isinstance(shape, models.Structure) and "Message" in shape.members
    return {"__type": name, "Message" if capitalised else "message": fault.message}


def _declared_status(fault: Fault, service: Service) -> int | None:
    name = models.find_fault_shape(service, fault.code)
    return None if name is None else models.declared_faults(service)[name].status
