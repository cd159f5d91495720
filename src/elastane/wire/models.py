"""AWS's published service models as typed values: the only place that reads botocore's data.

`query`, `constraints` and `xml` walk these shapes; `api` asks which actions, faults and paginators
exist. Models are loaded on first use and kept. Only the models inside the botocore package are
read, and those beside this file, of services of our own; never a person's `~/.aws/models`: the wire
must not depend on who starts the server.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NewType

import msgspec
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader
from botocore.model import ServiceModel

Service = NewType("Service", str)
"""A published model's name. It is not always the name requests are signed for: cloudwatch signs as monitoring."""

ELASTICACHE = Service("elasticache")
STS = Service("sts")
CLOUDTRAIL = Service("cloudtrail")
EC2 = Service("ec2")
CLOUDWATCH = Service("cloudwatch")
SNS = Service("sns")
LOGS = Service("logs")
ELASTANE = Service("elastane")
"""Our own: what AWS has no action for."""

OWN_MODELS = Path(__file__).with_name("published")
"""Of services that AWS does not have, in the folders that botocore's loader looks for."""

SIGNING_NAMES: Mapping[str, Service] = {
    "monitoring": CLOUDWATCH,
    **{str(service): service for service in (ELASTICACHE, STS, CLOUDTRAIL, EC2, SNS, LOGS, ELASTANE)},
}
"""By the name that requests are signed for: what a signature's scope says, and which service that is."""

# A newer botocore may bring a newer version of an API beside the old one; we answer for these. A service
# that is not named here is read in its newest version.
_API_VERSIONS = {
    ELASTICACHE: "2015-02-02",
    STS: "2011-06-15",
    CLOUDTRAIL: "2013-11-01",
    EC2: "2016-11-15",
    CLOUDWATCH: "2010-08-01",
    SNS: "2010-03-31",
    LOGS: "2014-03-28",
    ELASTANE: "2026-11-30",
}

SENSITIVE_MEMBERS: dict[Service, frozenset[str]] = {
    ELASTICACHE: frozenset({"AccessString", "AuthToken", "Passwords"}),
    SNS: frozenset({"Message", "MessageAttributes", "Subject", "Token"}),
    LOGS: frozenset({"message"}),
}
"""Members that hold a secret, by service, because ElastiCache's model marks none with the trait `sensitive`.

What a message says is nobody's but its subscribers': CloudTrail's records hide it, too.

An access string is none, but a caller may write `>password` into one, and is refused only after it was read.
"""


class Kind(StrEnum):
    """The types of a single value, as the models spell them."""

    STRING = "string"
    CHARACTER = "character"
    INTEGER = "integer"
    LONG = "long"
    FLOAT = "float"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    BLOB = "blob"


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A place inside a shape: the shape found there, and what that place is called on the wire."""

    shape_name: str
    wire_name: str
    request_name: str
    """The same in a request. Only EC2's protocol has another name there: ``IpProtocol``, and answers ``ipProtocol``."""
    is_flattened: bool = False
    """A flattened list or map has no element of its own around its members; they carry `wire_name` themselves."""
    is_sensitive: bool = False
    """What stands here is never shown again: not in a refusal, not in the audit trail."""
    is_request_flattened: bool = False
    """The same in a request, where EC2's protocol flattens every list."""


class Scalar(msgspec.Struct, frozen=True, kw_only=True):
    """A single value. `minimum` and `maximum` are of a number's value, or of a text's length."""

    name: str
    kind: Kind
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    """A Java regular expression for the whole text."""
    is_sensitive: bool = False


class ListOf(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    member: Reference
    minimum: float | None = None
    maximum: float | None = None


class MapOf(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    key: Reference
    value: Reference


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    members: dict[str, Reference]
    required: tuple[str, ...] = ()


Shape = Scalar | ListOf | MapOf | Structure


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One action of a service. `output` is None where the answer carries no result at all."""

    action: str
    input: Structure | None
    output: Structure | None
    result_wrapper: str | None
    fault_names: tuple[str, ...]


class DeclaredFault(NamedTuple):
    """A fault as the model declares it: a tuple, so that it compares with a plain `(code, status)`."""

    code: str
    status: int


class Pagination(msgspec.Struct, frozen=True, kw_only=True):
    """The names by which an action is paged."""

    input_token: str
    output_token: str
    limit_key: str | None
    result_keys: tuple[str, ...]


@cache
def action_names(service: Service) -> tuple[str, ...]:
    return tuple(_published(service).operation_names)


def find_operation(service: Service, action: str) -> Operation | None:
    # Names that callers make up are not kept: a megabyte each, there is no end to them.
    return _operation(service, action) if action in action_names(service) else None


@cache
def _operation(service: Service, action: str) -> Operation:
    published = _published(service).operation_model(action)
    output = published.output_shape
    return Operation(
        action=action,
        input=_structure(service, published.input_shape),
        output=_structure(service, output),
        result_wrapper=None if output is None else output.serialization.get("resultWrapper"),
        fault_names=tuple(fault.name for fault in published.error_shapes),
    )


@cache
def shape(service: Service, name: str) -> Shape:
    """The shape of that name. Shapes refer to each other by name, because some models' shapes hold themselves."""
    published = _published(service).shape_for(name)
    metadata = published.metadata
    match published.type_name:
        case "structure":
            return Structure(
                name=name,
                members={
                    member: _reference(
                        service, found, member, is_sensitive=member in SENSITIVE_MEMBERS.get(service, ())
                    )
                    for member, found in published.members.items()
                },
                required=tuple(published.required_members),
            )
        case "list":
            return ListOf(
                name=name,
                member=_reference(service, published.member, "member"),
                minimum=metadata.get("min"),
                maximum=metadata.get("max"),
            )
        case "map":
            key, value = _reference(service, published.key, "key"), _reference(service, published.value, "value")
            return MapOf(name=name, key=key, value=value)
    return Scalar(
        name=name,
        kind=Kind(published.type_name),
        enum=tuple(metadata.get("enum", ())),
        minimum=metadata.get("min"),
        maximum=metadata.get("max"),
        pattern=metadata.get("pattern"),
        is_sensitive=bool(metadata.get("sensitive", False)),
    )


@cache
def declared_faults(service: Service) -> dict[str, DeclaredFault]:
    """Every fault a service declares, by its shape's name. Do not change the answer: it is shared."""
    return {
        published.name: DeclaredFault(
            published.error_code, published.metadata.get("error", {}).get("httpStatusCode", 400)
        )
        for published in _published(service).error_shapes
    }


def find_fault_shape(service: Service, code: str) -> str | None:
    """The name of the shape that a service declares for a code, which is what SDKs of JSON and CBOR call a fault.

    CloudWatch declares one code twice, `ResourceNotFound`: of two shapes it is the one that is called like the code.
    """
    return _fault_shapes(service).get(code)


@cache
def _fault_shapes(service: Service) -> dict[str, str]:
    declared = declared_faults(service)
    by_code = {fault.code: name for name, fault in declared.items()}
    return by_code | {fault.code: name for name, fault in declared.items() if fault.code == name}


@cache
def find_pagination(service: Service, action: str) -> Pagination | None:
    try:
        published: Any = _loader().load_service_model(service, "paginators-1", api_version(service))
    except DataNotFoundError:
        return None
    found = published["pagination"].get(action)
    if found is None or not isinstance(found["input_token"], str):
        return None
    result_key = found["result_key"]
    return Pagination(
        input_token=found["input_token"],
        output_token=found["output_token"],
        limit_key=found.get("limit_key"),
        result_keys=(result_key,) if isinstance(result_key, str) else tuple(result_key),
    )


def speaks_ec2(service: Service) -> bool:
    """Whether it speaks EC2's variant of the Query protocol: other names in requests, no wrapper around results."""
    return bool(_published(service).metadata["protocol"] == "ec2")


def api_version(service: Service) -> str:
    return str(_published(service).api_version)


def xml_namespace(service: Service) -> str:
    return str(_published(service).metadata["xmlNamespace"])


@cache
def protocol_names(service: Service) -> tuple[str, ...]:
    """``query`` or ``json``, for instance: how requests and answers may be written. AWS's own choice comes first."""
    metadata = _published(service).metadata
    return tuple(metadata.get("protocols", (metadata["protocol"],)))


@cache
def json_version(service: Service) -> str:
    """Of a service that speaks JSON: ``1.0`` or ``1.1``, which differ in nothing but their content type."""
    return str(_published(service).metadata["jsonVersion"])


@cache
def takes_compressed_requests(service: Service) -> bool:
    """Whether SDKs compress what they send to any of its actions."""
    published = _published(service)
    return any(published.operation_model(name).request_compression for name in published.operation_names)


@cache
def has_query_codes(service: Service) -> bool:
    """Whether it has spoken Query alone for years: the SDKs' callers know its faults by Query's codes to this day."""
    return "awsQueryCompatible" in _published(service).metadata


@cache
def target_prefix(service: Service) -> str:
    """Of a service that speaks JSON: what stands before the action's name in its X-Amz-Target header."""
    return str(_published(service).metadata["targetPrefix"])


def _structure(service: Service, published: Any) -> Structure | None:
    if published is None:
        return None
    found = shape(service, published.name)
    assert isinstance(found, Structure)
    return found


def _reference(service: Service, published: Any, default_name: str, *, is_sensitive: bool = False) -> Reference:
    serialization = published.serialization
    is_flattened = bool(serialization.get("flattened", False))
    wire_name = serialization.get("name", default_name)
    if is_flattened and published.type_name == "list":
        # The members of a flattened list stand where the list would, under the name the list has for them.
        wire_name = published.member.serialization.get("name", wire_name)
    is_ec2 = speaks_ec2(service)
    return Reference(
        shape_name=published.name,
        wire_name=wire_name,
        request_name=_ec2_request_name(serialization, default_name) if is_ec2 else wire_name,
        is_flattened=is_flattened,
        is_request_flattened=is_flattened or (is_ec2 and published.type_name == "list"),
        is_sensitive=is_sensitive or bool(published.metadata.get("sensitive", False)),
    )


def _ec2_request_name(serialization: Any, default_name: str) -> str:
    """As botocore's EC2Serializer: its own name for requests, else that for answers with a capital letter first."""
    if "queryName" in serialization:
        return str(serialization["queryName"])
    name = serialization.get("name")
    return default_name if name is None else f"{name[0].upper()}{name[1:]}"


@cache
def _published(service: Service) -> Any:
    description = _loader().load_service_model(service, "service-2", _API_VERSIONS.get(service))
    return ServiceModel(description, service)


@cache
def _loader() -> Any:
    paths = [Loader.BUILTIN_DATA_PATH, str(OWN_MODELS)]
    return Loader(extra_search_paths=paths, include_default_search_paths=False)
