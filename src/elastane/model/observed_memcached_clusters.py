"""What the last pass saw of a Memcached cluster: the document that the reconciler writes beside the desired one.

Never decided from without looking again, as with `observed_replication_groups`.
"""

from datetime import datetime

import msgspec

from elastane.model.ids import CacheNodeId
from elastane.model.observations import ServedCertificate
from elastane.model.observed_replication_groups import Failure, NodeHealth, ObservedVerdict, Restart, Silence
from elastane.model.replication_groups import Software


class ObservedProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A node's, or the configuration endpoint's."""

    health: NodeHealth
    sentence: str
    started_at: datetime | None = None
    """When the process that runs now was started."""
    answered_started_at: datetime | None = None
    """The start of the process that last answered: how one that never came up is told from one that hangs."""
    failed_starts: int = 0
    """Starts in a row of which nothing ever answered."""
    last_failed_at: datetime | None = None
    is_start_ordered: bool = False
    """The last pass ordered its start: one that does not run at the next look has failed to."""
    renewal_ordered_at: datetime | None = None
    """When it was last given a new certificate, which it may need a moment to read."""
    certificate: ServedCertificate | None = None
    """What it proved itself with, when it last answered."""
    silence: Silence | None = None
    """Not None while it runs and does not answer."""


class ObservedCacheNode(msgspec.Struct, frozen=True, kw_only=True):
    id: CacheNodeId
    process: ObservedProcess
    engine_version: str | None = None
    """With its patch level, when it last answered: ``1.6.38``."""
    was_ready: bool = False
    """Has been ready at least once since it was created."""
    is_recovering: bool = False
    """Was lost without anybody asking for it, and has not been ready since."""
    awaited_parameters: dict[str, str] = {}
    """What it did not run with, though it shall, when it last answered. All of it needs a new process."""
    restart: Restart | None = None
    """The last order of one, and whose life it ends."""
    returned_at_version: int | None = None
    """The list that was published when it came back with a new process, and empty: only a newer one says so to clients.

    None when there is nothing to say.
    """


class ObservedConfigurationEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    process: ObservedProcess
    version: int | None = None
    """Of the list that it told, when it last answered."""


class ObservedMemcachedCluster(msgspec.Struct, frozen=True, kw_only=True):
    converged_generation: int = 0
    """The newest generation that a pass found completely true."""
    available_since: datetime | None = None
    """First convergence: the end of `creating`."""
    nodes: tuple[ObservedCacheNode, ...] = ()
    endpoint: ObservedConfigurationEndpoint | None = None
    verdict: ObservedVerdict | None = None
    last_told: str = ""
    """The sentence that last went into the customer's history from a verdict; empty again once all is well."""
    failure: Failure | None = None
    software: Software | None = None
    """What every node ran at the last convergence."""
    node_count: int = 0
    """At the last convergence."""

    def find_node(self, node_id: CacheNodeId) -> ObservedCacheNode | None:
        return next((node for node in self.nodes if node.id == node_id), None)


NOTHING_OBSERVED = ObservedMemcachedCluster()
