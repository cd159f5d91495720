"""PendingModifiedValues: what was asked for and is not so yet, under way or waiting for the window. Pure."""

from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.software import current_software
from elastane.service.context import Result


def answer_pending_software(group: ReplicationGroup, observed: ObservedReplicationGroup) -> Result:
    """As a cache cluster shows it. AWS's replication groups do not: their members do.

    An engine's change is told by its version alone: the published model has no member for the engine.
    """
    current, coming = current_software(group, observed), group.pending or group.software
    is_other_engine = (coming.engine, coming.version) != (current.engine, current.version)
    return {
        "EngineVersion": coming.patch or coming.version if is_other_engine or coming.patch != current.patch else None,
        "CacheNodeType": coming.node_type if coming.node_type != current.node_type else None,
    }
