"""Objects in, objects out: what JSON and CBOR have in common, once their bytes have become lists and mappings.

`json` and `cbor` call this, each with its own way to read and to write a single value. The published shapes lead the
way through the objects. Unknown members are ignored, null is absent.
"""

from collections.abc import Callable, Mapping
from typing import assert_never

from elastane.model import faults
from elastane.wire import constraints, models
from elastane.wire.models import Kind, ListOf, MapOf, Operation, Scalar, Service, Structure
from elastane.wire.xml import EncodingError

ScalarCodec = Callable[[Kind, object], object | None]
"""One value, read or written; None for what is of another type: the member's place is known to the caller alone."""


def read_parameters(service: Service, operation: Operation, sent: object, read: ScalarCodec) -> dict[str, object]:
    """Raises MalformedInput for another type than the shape's, ValidationError for a broken limit."""
    if operation.input is None:
        return {}
    if not isinstance(sent, dict):
        raise faults.MalformedInput("The body of the request is not an object.")
    parameters = _structure(service, operation.input, sent, read, "")
    violations = tuple(constraints.violations(service, operation.input, parameters))
    if violations:
        raise faults.ValidationError(constraints.sentence(violations))
    return parameters


def rendered(service: Service, shape_name: str, value: object, write: ScalarCodec) -> object:
    """A result as lists and mappings; None is absent at any depth. Raises EncodingError where it does not fit."""
    shape = models.shape(service, shape_name)
    match shape:
        case Structure() if isinstance(value, Mapping) and value.keys() <= shape.members.keys():
            return {
                shape.members[name].wire_name: rendered(service, shape.members[name].shape_name, held, write)
                for name, held in value.items()
                if held is not None
            }
        case ListOf() if isinstance(value, list | tuple):
            return [rendered(service, shape.member.shape_name, held, write) for held in value]
        case MapOf() if isinstance(value, Mapping):
            return {str(key): rendered(service, shape.value.shape_name, held, write) for key, held in value.items()}
        case Scalar():
            if (written := write(shape.kind, value)) is not None:
                return written
        case Structure() | ListOf() | MapOf():
            pass
        case _:
            assert_never(shape)
    raise EncodingError(f"{type(value).__name__} where a {shape_name} belongs")


_TEXTS = frozenset({Kind.STRING, Kind.CHARACTER})
_FRACTIONS = frozenset({Kind.FLOAT, Kind.DOUBLE})
_RANGES = {Kind.INTEGER: 2**31, Kind.LONG: 2**63}


def plain_scalar(kind: Kind, value: object) -> object | None:
    """A text, a truth or a number, which stand for themselves in both protocols."""
    if isinstance(value, bool):  # Python's bool is an int; on the wire it is not
        return value if kind is Kind.BOOLEAN else None
    if isinstance(value, str):
        return value if kind in _TEXTS else None
    if isinstance(value, int) and kind in _RANGES:
        return value if -_RANGES[kind] <= value < _RANGES[kind] else None
    if isinstance(value, int | float) and kind in _FRACTIONS:
        return _float(value)
    return None


def _float(number: float) -> float | None:
    try:
        return float(number)
    except OverflowError:  # a whole number beyond what a float can be
        return None


def _structure(
    service: Service, shape: Structure, sent: Mapping[str, object], read: ScalarCodec, path: str
) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, reference in shape.members.items():
        place = constraints.member_path(path, name)
        if (value := sent.get(reference.wire_name)) is not None:
            found[name] = _value(service, reference.shape_name, value, read, place)
        elif name in shape.required:
            raise faults.ValidationError(
                constraints.sentence([f"Value null at '{place}' failed to satisfy constraint: Member must not be null"])
            )
    return found


def _value(service: Service, shape_name: str, value: object, read: ScalarCodec, place: str) -> object:
    shape = models.shape(service, shape_name)
    match shape:
        case Scalar():
            found = read(shape.kind, value)
            if found is None:
                raise faults.MalformedInput(f"The value at '{place}' is not a {shape.kind}.")
            return found
        case Structure() if isinstance(value, dict):
            return _structure(service, shape, value, read, place)
        case ListOf() if isinstance(value, list):
            member = models.shape(service, shape.member.shape_name)
            if isinstance(member, Scalar):
                return _scalars(member, value, read, place)
            return [
                _value(service, shape.member.shape_name, held, read, f"{place}.{number}.member")
                for number, held in enumerate(value, 1)
                if held is not None
            ]
        case MapOf() if isinstance(value, dict):
            return {
                _value(service, shape.key.shape_name, key, read, place): _value(
                    service, shape.value.shape_name, held, read, place
                )
                for key, held in value.items()
                if held is not None
            }
    raise faults.MalformedInput(f"The value at '{place}' has another type than {shape_name}.")


def _scalars(shape: Scalar, values: list[object], read: ScalarCodec, place: str) -> list[object]:
    """At once and without a place for each: a body has room for a million numbers."""
    kind = shape.kind
    found = [read(kind, value) for value in values if value is not None]
    if None in found:
        raise faults.MalformedInput(f"A value in the list at '{place}' is not a {kind}.")
    return found
