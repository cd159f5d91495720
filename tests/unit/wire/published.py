"""Values drawn at random from a published shape, and botocore's own ends of the wire to send them over.

botocore is the peer of these tests: what its serializer writes we must read, what we write its parser
must read. The strategies walk botocore's shapes, not ours, so that a mistake in `models` is found here.
"""

import functools
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import urlencode

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
from hypothesis import strategies as st

from elastane.wire.claims import SignedRequest
from elastane.wire.models import OWN_MODELS, Service

LEGAL_CHARACTERS = st.one_of(
    st.sampled_from("\t\n\r &<>'\"%+=.;/é\ufffd\U0001f600"),
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"),
)
"""What XML 1.0 allows in a text."""

_PATTERN_CHARACTERS = st.characters(min_codepoint=0x20, max_codepoint=0x7E)

LEGAL_TEXTS = st.text(LEGAL_CHARACTERS, max_size=12)

_INTEGERS = {"integer": 32, "long": 64}


@functools.cache
def service_model(service: Service) -> Any:
    loader = botocore.loaders.Loader(extra_search_paths=[str(OWN_MODELS)])
    return botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)


def _protocol(service: Service) -> str:
    return "ec2" if service_model(service).metadata["protocol"] == "ec2" else "query"


def request_by(protocol: str, service: Service, action: str, parameters: dict[str, Any]) -> SignedRequest:
    """The request that botocore would send in that protocol, not signed."""
    serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
    sent = serializer.serialize_to_request(parameters, service_model(service).operation_model(action))
    body = sent["body"] if isinstance(sent["body"], bytes) else urlencode(sent["body"], doseq=True).encode()
    headers = tuple((str(name), str(value)) for name, value in sent["headers"].items())
    return SignedRequest(method=sent["method"], path=sent["url_path"], query="", headers=headers, body=body)


def answer_in(
    protocol: str,
    service: Service,
    action: str,
    answer: bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What botocore makes of an answer in that protocol."""
    response = {"status_code": status, "headers": dict(headers or {}), "body": answer}
    output_shape = service_model(service).operation_model(action).output_shape
    parsed: dict[str, Any] = botocore.parsers.create_parser(protocol).parse(response, output_shape)
    return parsed


def request_fields(service: Service, action: str, parameters: dict[str, object]) -> dict[str, str]:
    """The form that botocore would send."""
    serializer = botocore.serialize.create_serializer(_protocol(service), include_validation=False)
    serialized = serializer.serialize_to_request(parameters, service_model(service).operation_model(action))
    return {name: str(value) for name, value in serialized["body"].items()}


def read_answer(service: Service, action: str, answer: bytes, status: int = 200) -> dict[str, Any]:
    """What botocore makes of an answer."""
    response = {"status_code": status, "headers": {}, "body": answer}
    output_shape = service_model(service).operation_model(action).output_shape
    parsed: dict[str, Any] = botocore.parsers.create_parser(_protocol(service)).parse(response, output_shape)
    return parsed


@functools.cache
def parameters(service: Service, action: str) -> st.SearchStrategy[dict[str, object]]:
    """What one may give to an action, within its declared limits."""
    shape = service_model(service).operation_model(action).input_shape
    return st.just({}) if shape is None else _structures(shape, _limited_scalars, may_be_empty=True)


@functools.cache
def results(service: Service, action: str) -> st.SearchStrategy[dict[str, object]]:
    """What an action may answer; limits are the service's business there."""
    shape = service_model(service).operation_model(action).output_shape
    return st.just({}) if shape is None else _structures(shape, _scalars, may_be_empty=True)


_Scalars: TypeAlias = Callable[[Any], st.SearchStrategy[object]]


def _structures(shape: Any, scalars: _Scalars, *, may_be_empty: bool) -> st.SearchStrategy[dict[str, object]]:
    required = {
        name: _values(member, scalars) for name, member in shape.members.items() if name in shape.required_members
    }
    optional = {name: _values(member, scalars) for name, member in shape.members.items() if name not in required}
    drawn = st.fixed_dictionaries(required, optional=optional)
    # An empty structure leaves no trace in a form.
    return drawn if may_be_empty else drawn.filter(bool)


def _values(shape: Any, scalars: _Scalars) -> st.SearchStrategy[object]:
    match shape.type_name:
        case "structure":
            return st.deferred(lambda: _structures(shape, scalars, may_be_empty=False))
        case "list":
            # An empty flattened list leaves no trace in an answer.
            size_min = max(shape.metadata.get("min", 0), 1 if shape.serialization.get("flattened") else 0)
            return st.lists(
                _values(shape.member, scalars),
                min_size=size_min,
                max_size=min(size_min + 2, shape.metadata.get("max", 3)),
            )
        case "map":
            return st.dictionaries(_values(shape.key, scalars), _values(shape.value, scalars), min_size=1, max_size=3)
    return scalars(shape)


def _limited_scalars(shape: Any) -> st.SearchStrategy[object]:
    limits = shape.metadata
    if "enum" in limits:
        return st.sampled_from(limits["enum"])
    if shape.type_name in _INTEGERS and ("min" in limits or "max" in limits):
        return st.integers(limits.get("min", 0), limits.get("max", 2**31 - 1))
    if shape.type_name != "string":
        return _scalars(shape)
    size_min, size_max = limits.get("min", 0), limits.get("max", 10**6)
    sizes = {"min_size": size_min, "max_size": min(size_max, size_min + 12)}
    if "pattern" not in limits:
        return st.text(LEGAL_CHARACTERS, **sizes)
    pattern = _python_pattern(limits["pattern"])
    if pattern is None:
        return st.text("abc", **sizes)
    if size_min > 1 and pattern.fullmatch("0" * size_min):
        # Chance rarely draws a long text of a pattern.
        return st.text("0123456789", **sizes)
    texts = st.from_regex(pattern, fullmatch=True, alphabet=_PATTERN_CHARACTERS)
    return texts.filter(lambda text: size_min <= len(text) <= size_max)


def _python_pattern(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return None


def _scalars(shape: Any) -> st.SearchStrategy[object]:
    match shape.type_name:
        case "string":
            return LEGAL_TEXTS
        case "integer" | "long":
            limit = 2 ** (_INTEGERS[shape.type_name] - 1)
            return st.integers(-limit, limit - 1)
        case "float" | "double":
            return st.floats(allow_nan=False) | st.just(math.pi)
        case "boolean":
            return st.booleans()
        case "timestamp":
            return st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(_to_the_millisecond)
        case "blob":
            return st.binary(max_size=9)
    raise AssertionError(f"no values are known for {shape.type_name}")


def _to_the_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
