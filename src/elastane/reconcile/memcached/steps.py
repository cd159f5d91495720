"""The steps a plan for a Memcached cluster is made of: frozen values, named in the imperative.

Each is idempotent, and its docstring says what makes it so: a control plane that dies anywhere may do the step again.
"""

import msgspec

from elastane.model.ids import CacheNodeId
from elastane.model.replication_groups import Software
from elastane.reconcile.steps import InstallEngine as InstallEngine


class StartNodes(msgspec.Struct, frozen=True, kw_only=True):
    """Start these nodes' engines, side by side, as the document says. A node whose process runs is left alone."""

    node_ids: tuple[CacheNodeId, ...]


class StartEndpoint(msgspec.Struct, frozen=True):
    """Start the configuration endpoint's process with what is published. One that runs is left alone."""


class StopNodes(msgspec.Struct, frozen=True, kw_only=True):
    """End these nodes' processes and wait until they are gone. One that is gone already stays gone."""

    node_ids: tuple[CacheNodeId, ...]


class StopEndpoint(msgspec.Struct, frozen=True):
    """As `StopNodes`, of the configuration endpoint's process."""


class KillNodes(msgspec.Struct, frozen=True, kw_only=True):
    """Kill these nodes' processes, which hang and would not end otherwise. One that is gone already stays gone."""

    node_ids: tuple[CacheNodeId, ...]


class KillEndpoint(msgspec.Struct, frozen=True):
    """As `KillNodes`, of the configuration endpoint's process."""


class RemoveDirectories(msgspec.Struct, frozen=True, kw_only=True):
    """Remove what these stopped nodes left on their hosts. Refused while a process runs; nothing left is success."""

    node_ids: tuple[CacheNodeId, ...]


class RemoveEndpointDirectory(msgspec.Struct, frozen=True):
    """As `RemoveDirectories`, of the configuration endpoint."""


class Publish(msgspec.Struct, frozen=True, kw_only=True):
    """Write what clients are to be told, *before* anybody is told it.

    Saved against the revision the decision was made from, so that a version never means two lists.
    """

    version: int
    node_ids: tuple[CacheNodeId, ...]


class Tell(msgspec.Struct, frozen=True):
    """Give the configuration endpoint the published list, as the document has it. The same list again is the same."""


class RenewCertificates(msgspec.Struct, frozen=True, kw_only=True):
    """Write new certificates and have them read, without a new process. One more certificate does no harm."""

    node_ids: tuple[CacheNodeId, ...]
    of_endpoint: bool = False


class OrderReplacements(msgspec.Struct, frozen=True, kw_only=True):
    """Write down a batch of a rollout: these nodes' processes end, and the next ones are what the cluster shall run.

    Saved against the revision the decision was made from.
    """

    node_ids: tuple[CacheNodeId, ...]


class ApplyPending(msgspec.Struct, frozen=True):
    """Make what waits for the maintenance window what is desired. Saved against the revision that was read."""


class RestoreSoftware(msgspec.Struct, frozen=True, kw_only=True):
    """Give a change of what the nodes run up: write what they ran before as what they shall run, and tell why.

    Nodes that were replaced already keep the node type that they were replaced for: that is how the next pass finds
    them. Saved against the revision the decision was made from.
    """

    software: Software
    reason: str


class ForgetNode(msgspec.Struct, frozen=True, kw_only=True):
    """Take a node that left out of the document. One that is not in it any more is success."""

    node_id: CacheNodeId


class ForgetCluster(msgspec.Struct, frozen=True):
    """Remove the documents of a cluster of which nothing runs any more."""


Step = (
    InstallEngine
    | StartNodes
    | StartEndpoint
    | StopNodes
    | StopEndpoint
    | KillNodes
    | KillEndpoint
    | RemoveDirectories
    | RemoveEndpointDirectory
    | Publish
    | Tell
    | RenewCertificates
    | OrderReplacements
    | ApplyPending
    | RestoreSoftware
    | ForgetNode
    | ForgetCluster
)
