"""The protocols as a table: how each reads a request, and how it writes a result and a fault.

`api` asks `protocol_of` the service that a signature names, which may speak several: CloudWatch understands CBOR, JSON
and Query, and is answered in what it was asked in. Before anybody has proven anything there is only what the request
looks like: `likely_protocol` chooses the language of that refusal, and nothing else.
"""

from collections.abc import Callable, Mapping

import msgspec

from elastane.model.faults import Fault
from elastane.wire import cbor, fault_shapes, json, models, query, xml
from elastane.wire.asked import Asked
from elastane.wire.claims import SignedRequest
from elastane.wire.models import Service

Headers = tuple[tuple[str, str], ...]


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    content_type: str
    """Of its answers."""
    read_request: Callable[[Service, SignedRequest], Asked]
    encode_result: Callable[[Service, str, Mapping[str, object], str], bytes]
    """The service, the action, its result, the request's id."""
    encode_fault: Callable[[Fault, str, Service], bytes]
    """The fault, the request's id, the service."""
    fault_code: Callable[[Fault, Service], str]
    """As the caller reads it."""
    fault_status: Callable[[Fault, Service], int]
    headers: Headers = ()
    """Of every answer."""
    fault_headers: Callable[[Fault, Service], Headers] = lambda fault, service: ()
    """Of a refusal besides."""


QUERY = Protocol(
    content_type="text/xml",
    read_request=query.read_request,
    encode_result=xml.encode_result,
    encode_fault=xml.encode_fault,
    fault_code=lambda fault, service: fault.code,
    fault_status=fault_shapes.status_of_code,
)

JSON = Protocol(
    content_type=json.CONTENT_TYPE,
    read_request=json.read_request,
    encode_result=json.encode_result,
    encode_fault=json.encode_fault,
    fault_code=fault_shapes.shown_code,
    fault_status=fault_shapes.status_of_shape,
    fault_headers=fault_shapes.headers,
)

JSON_1_0 = msgspec.structs.replace(JSON, content_type=json.CONTENT_TYPE_1_0)

CBOR = Protocol(
    content_type=cbor.CONTENT_TYPE,
    read_request=cbor.read_request,
    encode_result=cbor.encode_result,
    encode_fault=cbor.encode_fault,
    fault_code=fault_shapes.shown_code,
    fault_status=fault_shapes.status_of_shape,
    headers=((cbor.PROTOCOL_HEADER, cbor.PROTOCOL),),
    fault_headers=fault_shapes.headers,
)

_CBOR, _JSON, _QUERY, _EC2 = "smithy-rpc-v2-cbor", "json", "query", "ec2"
"""The names that the published models use. EC2's is a variant of Query, by what its model says of each member."""


def protocol_of(service: Service, request: SignedRequest) -> Protocol:
    """That of the service's protocols which the request looks like. What looks like none is told so in the simplest."""
    spoken = models.protocol_names(service)
    if _CBOR in spoken and _has_header(request, cbor.PROTOCOL_HEADER):
        return CBOR
    if _JSON in spoken and (_has_header(request, json.TARGET_HEADER) or not {_QUERY, _EC2}.intersection(spoken)):
        return JSON if json.content_type(service) == json.CONTENT_TYPE else JSON_1_0
    return QUERY


def likely_protocol(request: SignedRequest) -> Protocol:
    """Of a request that has proven nothing yet."""
    if _has_header(request, cbor.PROTOCOL_HEADER):
        return CBOR
    if _has_header(request, json.TARGET_HEADER):
        kinds = [value for name, value in request.headers if name.lower() == "content-type"]
        return JSON_1_0 if any(kind.startswith(json.CONTENT_TYPE_1_0) for kind in kinds) else JSON
    return QUERY


def _has_header(request: SignedRequest, name: str) -> bool:
    return any(sent.lower() == name for sent, _ in request.headers)
