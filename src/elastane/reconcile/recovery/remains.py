"""What one process left in its directory: the desired document of its cache, as it was at the process's start. Pure.

Every start writes that beside the process, as a part of its identity: `orders` of either kind. A Memcached cluster's
configuration endpoint has it in a file besides, written with everything that it is told: nodes of such a cluster come
and go while nobody else is started.
"""

from datetime import UTC, datetime

import msgspec

from elastane.model.memcached_clusters import MemcachedCluster, Publication
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Form, ReplicationGroup
from elastane.model.secrets import Secret

FORM = "form"
"""The part of an identity that says what kind of cache it is."""

DOCUMENT = "document"
"""The part that holds the cache's desired document, as JSON."""

PARAMETERS = "parameter_group"
"""The part that holds the customer's own parameter group, as JSON, if the cache uses one."""

DOCUMENT_FILE = "document.json"
"""In a configuration endpoint's directory: an object of the last two parts, newer than those of the identity."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)

Document = ReplicationGroup | MemcachedCluster

_GROUP_DECODER = msgspec.json.Decoder(ReplicationGroup)
_CLUSTER_DECODER = msgspec.json.Decoder(MemcachedCluster)
_PARAMETERS_DECODER = msgspec.json.Decoder(ParameterGroup)
_FILE_DECODER = msgspec.json.Decoder(dict[str, str])


class Remains(msgspec.Struct, frozen=True, kw_only=True):
    """What one process left."""

    node_key: str
    document: Document
    """Its cache as it was desired when this was written."""
    started_at: datetime | None
    """When the process was started; None when it never came to be."""
    secret: Secret | None = None
    """The control user's, from the node's configuration."""
    parameter_group: ParameterGroup | None = None
    """The customer's own, as it was then."""
    told_at: datetime | None = None
    """When the document was written, if that was after the start."""
    told: Publication | None = None
    """Of a configuration endpoint: what it tells clients."""

    @property
    def written_at(self) -> datetime | None:
        return self.told_at or self.started_at


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A process's directory that says nothing we understand."""

    node_key: str
    reason: str


def document_parts(document: Document, parameter_group: ParameterGroup | None) -> dict[str, str]:
    """As they are left."""
    own = {} if parameter_group is None else {PARAMETERS: msgspec.json.encode(parameter_group).decode()}
    return {**own, DOCUMENT: msgspec.json.encode(document).decode()}


def render_file(document: Document, parameter_group: ParameterGroup | None) -> str:
    return msgspec.json.encode(document_parts(document, parameter_group)).decode()


def parse_file(text: str) -> dict[str, str]:
    """The parts it has; raises ValueError for what is no such file."""
    return _FILE_DECODER.decode(text)


def parse_remains(
    node_key: str,
    identity: dict[str, str],
    *,
    started_at: datetime | None,
    secret: Secret | None = None,
    told_at: datetime | None = None,
    told: Publication | None = None,
) -> Remains | Unreadable:
    """What a process's identity, or newer parts in the place of its, tell of its cache."""
    if DOCUMENT not in identity:
        return Unreadable(node_key=node_key, reason="it was started by an older version, which wrote no document there")
    try:
        is_memcached = identity.get(FORM) == Form.MEMCACHED_CLUSTER
        document = (_CLUSTER_DECODER if is_memcached else _GROUP_DECODER).decode(identity[DOCUMENT])
        parameters = identity.get(PARAMETERS)
        parameter_group = None if parameters is None else _PARAMETERS_DECODER.decode(parameters)
    except msgspec.DecodeError as error:
        return Unreadable(node_key=node_key, reason=f"its document cannot be read ({error})")
    return Remains(
        node_key=node_key,
        document=document,
        started_at=started_at,
        secret=secret,
        parameter_group=parameter_group,
        told_at=told_at,
        told=told,
    )
