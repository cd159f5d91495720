"""The protocols as a table: how each reads a request, and how it writes a result and a fault.

`api` asks `protocol_of` the service that a signature names. Before anybody has proven anything there is only what the
request looks like: `likely_protocol` chooses the language of that refusal, and nothing else.
"""

from collections.abc import Callable, Mapping

import msgspec

from elastane.model.faults import Fault
from elastane.wire import json, models, query, xml
from elastane.wire.asked import Asked
from elastane.wire.claims import SignedRequest
from elastane.wire.models import Service


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    content_type: str
    """Of its answers."""
    read_request: Callable[[Service, SignedRequest], Asked]
    encode_result: Callable[[Service, str, Mapping[str, object], str], bytes]
    """The service, the action, its result, the request's id."""
    encode_fault: Callable[[Fault, str, Service], bytes]
    """The fault, the request's id, the service."""
    fault_code: Callable[[Fault], str]
    """As the caller reads it."""
    fault_status: Callable[[Fault], int]


QUERY = Protocol(
    content_type="text/xml",
    read_request=query.read_request,
    encode_result=xml.encode_result,
    encode_fault=xml.encode_fault,
    fault_code=lambda fault: fault.code,
    fault_status=lambda fault: fault.status,
)

JSON = Protocol(
    content_type=json.CONTENT_TYPE,
    read_request=json.read_request,
    encode_result=json.encode_result,
    encode_fault=json.encode_fault,
    fault_code=json.fault_code,
    fault_status=json.fault_status,
)

PROTOCOLS: Mapping[str, Protocol] = {"query": QUERY, "ec2": QUERY, "json": JSON}
"""By the names that the published models use. EC2's is a variant of Query, by what its model says of each member."""


def protocol_of(service: Service) -> Protocol:
    return PROTOCOLS[models.protocol_name(service)]


def likely_protocol(request: SignedRequest) -> Protocol:
    """Of a request that has proven nothing yet."""
    return JSON if any(name.lower() == json.TARGET_HEADER for name, _ in request.headers) else QUERY
