"""The AWS Query protocol and EC2's variant of it going out: a result or a fault becomes the XML that SDKs parse.

`api` calls this with what a service returned. The published output shape says which elements there are
and how they are called; a result that does not fit it is our own bug and is raised, never sent.
"""

from collections.abc import Mapping
from typing import assert_never

from elastane.model.faults import Fault
from elastane.wire import models, scalars
from elastane.wire.models import ListOf, MapOf, Reference, Scalar, Service, Structure


class EncodingError(ValueError):
    """A result does not fit the shape that AWS publishes for it: our bug, said with the place where."""


def encode_result(service: Service, action: str, result: Mapping[str, object], request_id: str) -> bytes:
    """The whole answer. None means absent at any depth; an empty list is an empty element, which SDKs read as []."""
    operation = models.find_operation(service, action)
    if operation is None:
        raise EncodingError(f"{service} has no action {action}")
    body = _result(service, operation, result)
    if models.speaks_ec2(service):
        return (
            f'<{action}Response xmlns="{models.xml_namespace(service)}"><requestId>{_escape(request_id)}</requestId>'
            f"{body}</{action}Response>"
        ).encode()
    return (
        f'<{action}Response xmlns="{models.xml_namespace(service)}">{body}'
        f"<ResponseMetadata><RequestId>{_escape(request_id)}</RequestId></ResponseMetadata></{action}Response>"
    ).encode()


def encode_fault(fault: Fault, request_id: str, service: Service) -> bytes:
    if models.speaks_ec2(service):
        # Without a namespace, a type, and in elements of its own: EC2's API Reference, "Error codes".
        return (
            f"<Response><Errors><Error><Code>{_escape(fault.code)}</Code><Message>{_escape(fault.message)}</Message>"
            f"</Error></Errors><RequestID>{_escape(request_id)}</RequestID></Response>"
        ).encode()
    fault_type = "Sender" if fault.status < 500 else "Receiver"
    return (
        f'<ErrorResponse xmlns="{models.xml_namespace(service)}"><Error><Type>{fault_type}</Type>'
        f"<Code>{_escape(fault.code)}</Code><Message>{_escape(fault.message)}</Message></Error>"
        f"<RequestId>{_escape(request_id)}</RequestId></ErrorResponse>"
    ).encode()


def _result(service: Service, operation: models.Operation, result: Mapping[str, object]) -> str:
    if operation.output is None:
        if result:
            raise EncodingError(f"{operation.action} answers nothing, but was given {sorted(result)}")
        return ""
    members = _members(service, operation.output, result, operation.action)
    return members if operation.result_wrapper is None else _element(operation.result_wrapper, members)


def _members(service: Service, shape: Structure, value: object, path: str) -> str:
    if not isinstance(value, Mapping):
        raise EncodingError(f"{path}: {type(value).__name__} where a structure {shape.name} belongs")
    unknown = sorted(map(str, value.keys() - shape.members.keys()))
    if unknown:
        raise EncodingError(f"{path}: {shape.name} has no members {unknown}")
    # Joined at every level: passing each piece up through all levels of a generator took twice as long.
    return "".join(
        _value(service, reference, member, f"{path}.{name}")
        for name, reference in shape.members.items()
        if (member := value.get(name)) is not None
    )


def _value(service: Service, reference: Reference, value: object, path: str) -> str:
    """The element or, where a list or map is flattened, the elements that stand for one value."""
    shape = models.shape(service, reference.shape_name)
    match shape:
        case Scalar():
            text = scalars.render_scalar(shape.kind, value)
            if text is None:
                raise EncodingError(f"{path}: {type(value).__name__} where {scalars.EXPECTATIONS[shape.kind]} belongs")
            return _element(reference.wire_name, _escape(text))
        case Structure():
            return _element(reference.wire_name, _members(service, shape, value, path))
        case ListOf():
            return _list(service, reference, shape, value, path)
        case MapOf():
            return _map(service, reference, shape, value, path)
        case _:
            assert_never(shape)


def _list(service: Service, reference: Reference, shape: ListOf, value: object, path: str) -> str:
    if not isinstance(value, list | tuple):
        raise EncodingError(f"{path}: {type(value).__name__} where a list {shape.name} belongs")
    member = Reference(
        shape_name=shape.member.shape_name,
        wire_name=reference.wire_name if reference.is_flattened else shape.member.wire_name,
        request_name=shape.member.request_name,
    )
    elements = "".join(_value(service, member, held, f"{path}[{number}]") for number, held in enumerate(value))
    return elements if reference.is_flattened else _element(reference.wire_name, elements)


def _map(service: Service, reference: Reference, shape: MapOf, value: object, path: str) -> str:
    if not isinstance(value, Mapping):
        raise EncodingError(f"{path}: {type(value).__name__} where a map {shape.name} belongs")
    entry_name = reference.wire_name if reference.is_flattened else "entry"
    entries = "".join(
        _element(
            entry_name,
            "".join(
                _value(service, side, content, f"{path}[{key!r}]")
                for side, content in ((shape.key, key), (shape.value, held))
            ),
        )
        for key, held in value.items()
    )
    return entries if reference.is_flattened else _element(reference.wire_name, entries)


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


# Parsers read a bare carriage return as a line feed, so it is written as a reference.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def _escape(text: str) -> str:
    """Text for between two tags. What XML cannot carry becomes U+FFFD: one odd character that an event quotes
    from an engine's log must not make the whole page unreadable."""
    return scalars.ILLEGAL_IN_XML.sub("\ufffd", text).translate(_ESCAPES)
