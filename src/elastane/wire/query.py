"""The AWS Query protocol and EC2's variant of it coming in: a form becomes an action and its typed parameters.

`protocols` lists `read_request`. The published input shape of the action leads the way through the form, so what the
shape does not know is ignored, as AWS does. Parameters keep AWS's names; absent ones are absent. Limits that the
model declares are checked last, by `constraints`.

What each refusal is called:

    nothing says which action            MissingAction
    the action or its version is unknown InvalidAction
    a required member is absent          MissingParameter
    no such form, type or text           MalformedInput     (what the front end of AWS's Query services says)
    a limit of the model is broken       ValidationError    (of EC2's: InvalidParameterValue)
"""

import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

import msgspec

from elastane.model import faults
from elastane.wire import constraints, models, scalars
from elastane.wire.asked import Asked
from elastane.wire.claims import SignedRequest
from elastane.wire.models import ListOf, MapOf, Scalar, Service, Structure

FIELD_COUNT_MAX = 10_000
LIST_MEMBER_COUNT_MAX = 1_000
FORM_TYPE = "application/x-www-form-urlencoded"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """An action of a service, and what was given to it."""

    action: str
    parameters: dict[str, object]


def read_request(service: Service, request: SignedRequest) -> Asked:
    """What a request asks of the service. Raises the faults that the module's docstring lists."""
    form = parse_form(_form(request))
    return Asked(action=parse_action(service, form), parameters=lambda: parse_call(service, form).parameters)


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


def parse_form(body: bytes) -> tuple[tuple[str, str], ...]:
    """The pairs of a form body or of a query string, in the order sent. Raises MalformedInput."""
    try:
        pairs = urllib.parse.parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=FIELD_COUNT_MAX
        )
    except UnicodeDecodeError:
        raise faults.MalformedInput("The parameters of the request are not encoded as UTF-8.") from None
    except ValueError:
        raise faults.MalformedInput(f"A request may not have more than {FIELD_COUNT_MAX} parameters.") from None
    return tuple(pairs)


def parse_action(service: Service, form: Iterable[tuple[str, str]]) -> str:
    """Only which action the form asks for: one that is not built is refused before its parameters are judged."""
    return _operation(service, _fields(form)).action


def parse_call(service: Service, form: Mapping[str, str] | Iterable[tuple[str, str]]) -> Call:
    """What the form asks of the service. Raises the faults that the module's docstring lists."""
    fields = _fields(form.items() if isinstance(form, Mapping) else form)
    operation = _operation(service, fields)
    if operation.input is None:
        return Call(action=operation.action, parameters={})

    request = _Place(path="", value=None, below=tuple(fields.items()))
    parameters = _structure(service, operation.input, request)

    violations = tuple(constraints.violations(service, operation.input, parameters))
    if violations:
        broken = faults.InvalidParameterValue if models.speaks_ec2(service) else faults.ValidationError
        raise broken(constraints.sentence(violations))
    return Call(action=operation.action, parameters=parameters)


def _fields(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in pairs:
        if scalars.ILLEGAL_IN_XML.search(name):
            raise faults.MalformedInput("A parameter's name contains a character that XML 1.0 does not allow.")
        if scalars.ILLEGAL_IN_XML.search(value):
            raise faults.MalformedInput(
                f"Invalid value for parameter {name}: it contains a character that XML 1.0 does not allow."
            )
        if name in fields:
            raise faults.MalformedInput(f"The parameter {name} is given more than once.")
        fields[name] = value
    return fields


def _operation(service: Service, fields: Mapping[str, str]) -> models.Operation:
    action = fields.get("Action")
    if not action:
        raise faults.MissingAction("The request must contain the parameter Action.")
    operation = models.find_operation(service, action)
    if operation is None:
        raise faults.InvalidAction(f"The action {action} is not valid for this endpoint.")
    version = fields.get("Version") or "NO_VERSION_SPECIFIED"
    if version != models.api_version(service):
        raise faults.InvalidAction(f"Could not find operation {action} for version {version}")
    return operation


# --- places in the form --------------------------------------------------------------------------


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """One place in the form: its whole name, its own value if it has one, and the names that go on below it."""

    path: str
    value: str | None
    below: tuple[tuple[str, str], ...]


def _places(parent: _Place) -> dict[str, _Place]:
    """The places one dot below, by their name there. Each shape's level splits only what is left of a name."""
    values: dict[str, str] = {}
    below: dict[str, list[tuple[str, str]]] = {}
    for name, value in parent.below:
        head, dot, rest = name.partition(".")
        if dot:
            below.setdefault(head, []).append((rest, value))
        else:
            values[head] = value
    return {
        head: _Place(
            path=f"{parent.path}.{head}" if parent.path else head,
            value=values.get(head),
            below=tuple(below.get(head, ())),
        )
        for head in dict.fromkeys((*values, *below))
    }


_INDEX = re.compile(r"[1-9][0-9]{0,8}")


def _indexed(parent: _Place) -> Iterator[tuple[int, _Place]]:
    for name, place in _places(parent).items():
        if _INDEX.fullmatch(name) is None:
            raise faults.MalformedInput(f"Invalid parameter {place.path}: a list's members are numbered from 1.")
        yield int(name), place


# --- the shapes leading through them -------------------------------------------------------------


def _value(service: Service, reference: models.Reference, place: _Place) -> object | None:
    """What the place holds, or None when it holds nothing that the shape knows."""
    shape = models.shape(service, reference.shape_name)
    match shape:
        case Scalar():
            return _scalar(shape, place)
        case ListOf():
            return _list(service, shape, place, is_flattened=reference.is_request_flattened)
        case MapOf():
            return _map(service, shape, place, is_flattened=reference.is_request_flattened)
        case Structure():
            _refuse_value(place)
            return _structure(service, shape, place)
        case _:
            assert_never(shape)


def _structure(service: Service, shape: Structure, place: _Place) -> dict[str, object]:
    places = _places(place)
    found: dict[str, object] = {}
    for name, reference in shape.members.items():
        if (member_place := places.get(reference.request_name)) is not None:
            value = _value(service, reference, member_place)
            if value is not None:
                found[name] = value
        if name in shape.required and name not in found:
            missing = f"{place.path}.{reference.request_name}" if place.path else reference.request_name
            raise faults.MissingParameter(f"The request must contain the parameter {missing}.")
    return found


def _list(service: Service, shape: ListOf, place: _Place, *, is_flattened: bool) -> list[object] | None:
    """Members in the order of their numbers, which may have gaps.

    The model names the element around a member (`Tags.Tag.1`); `.member.1` is accepted for every list,
    because AWS's older documents and hand-written clients write it.
    """
    numbered: dict[int, _Place] = {}
    places = _places(place)
    if is_flattened:
        direct = tuple((name, value) for name, value in place.below if name.partition(".")[0].isdecimal())
        _add_numbered(numbered, _Place(path=place.path, value=None, below=direct))
    for name in dict.fromkeys((shape.member.request_name, "member")):
        if name in places:
            _add_numbered(numbered, places[name])

    if not numbered:
        # `Tags=` is how the SDKs write an empty list. Only unknown names below it: the list was not given.
        _refuse_value(place)
        return None if place.value is None else []
    if place.value is not None:
        raise faults.MalformedInput(f"Invalid value for parameter {place.path}: it is given both whole and in parts.")
    values = (_value(service, shape.member, numbered[number]) for number in sorted(numbered))
    return [value for value in values if value is not None]


def _add_numbered(numbered: dict[int, _Place], parent: _Place) -> None:
    for number, place in _indexed(parent):
        if number in numbered:
            raise faults.MalformedInput(f"The parameter {place.path} is given more than once.")
        numbered[number] = place
    # Counted and not read off the highest number: a huge number alone costs nothing.
    if len(numbered) > LIST_MEMBER_COUNT_MAX:
        raise faults.MalformedInput(
            f"Invalid value for parameter {parent.path}: a list may not have more than {LIST_MEMBER_COUNT_MAX} members."
        )


def _map(service: Service, shape: MapOf, place: _Place, *, is_flattened: bool) -> dict[object, object] | None:
    _refuse_value(place)
    entries = place if is_flattened else _places(place).get("entry")
    if entries is None or not entries.below:
        return None if place.value is None else {}
    numbered: dict[int, _Place] = {}
    _add_numbered(numbered, entries)
    found: dict[object, object] = {}
    for number in sorted(numbered):
        entry = numbered[number]
        sides = _places(entry)
        pair: list[object] = []
        for reference in (shape.key, shape.value):
            side = sides.get(reference.request_name)
            value = None if side is None else _value(service, reference, side)
            if value is None:
                raise faults.MissingParameter(
                    f"The request must contain the parameter {entry.path}.{reference.request_name}."
                )
            pair.append(value)
        if pair[0] in found:
            raise faults.MalformedInput(f"The parameter {entry.path} repeats a key.")
        found[pair[0]] = pair[1]
    return found


def _refuse_value(place: _Place) -> None:
    if place.value:
        raise faults.MalformedInput(f"Invalid value for parameter {place.path}: a text is not expected here.")


def _scalar(shape: Scalar, place: _Place) -> object:
    if place.below:
        raise faults.MalformedInput(
            f"Invalid value for parameter {place.path}: a list or structure is not expected here."
        )
    assert place.value is not None, "a place with neither a value nor names below it is never made"
    value = scalars.parse_scalar(shape.kind, place.value)
    if value is None:
        # The value itself is not repeated: nothing says that it is no secret put in the wrong place.
        raise faults.MalformedInput(
            f"Invalid value for parameter {place.path}: {scalars.EXPECTATIONS[shape.kind]} is expected."
        )
    return value
