"""Which lines of the history are news for a topic, and what the news is called: SNS's names of ElastiCache's events.

One table, by the texts of `model/events`. A line that AWS has no name for is in the history only: whoever matches on
names would not know what to make of another one.

Reference: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html
"""

import json
import re
from typing import Final

from elastane.model.events import Event, SourceType

_NAMES: Final[tuple[tuple[str, str], ...]] = (
    (r"Cache cluster created", "CacheClusterProvisioningComplete"),
    (r"Cache cluster deleted", "DeleteCacheClusterComplete"),
    (r"Added cache node .+ in availability zone .+", "AddCacheNodeComplete"),
    (r"Finished modifying number of nodes from \d+ to \d+", "AddCacheNodeComplete"),
    (r"Removed cache nodes .+", "RemoveCacheNodeComplete"),
    # Of the two lines of a reboot it is the second one that says that all is well again.
    (r"Cache node .+ restarted", "CacheNodesRebooted"),
    (r"Recovering cache nodes .+", "CacheNodeReplaceStarted"),
    (r"Finished recovery for cache nodes .+", "CacheNodeReplaceComplete"),
    (r"Updated parameter .+ to .*", "CacheClusterParametersChanged"),
    (r"Updated to use a CacheParameterGroup .+", "CacheClusterParametersChanged"),
    (r"Certificate renewal complete; .+", "CertificateRenewalComplete"),
    (r"Applied change to security group", "CacheClusterSecurityGroupModified"),
    (r"Service update is available for cache node .+\.", "ServiceUpdateAvailableForNode"),
    (r"Replication group .+ created", "CreateReplicationGroupComplete"),
    (r"Failover from primary node .+ to replica node .+ completed", "FailoverComplete"),
    (r"Failed to create: .+", "CacheClusterProvisioningFailed"),
)

# Of a node and of a group, AWS has two names for the same text.
_SCALING: Final = (
    (r"Succeeded applying modification to cache node type to .+", "ScalingComplete"),
    (r"Failed applying modification to cache node type to .+", "ScalingFailed"),
)
_SCALED: Final = {SourceType.CACHE_CLUSTER: "CacheCluster", SourceType.REPLICATION_GROUP: "ReplicationGroup"}


def find_event_name(event: Event) -> str | None:
    """``FailoverComplete``; None for what is told nobody."""
    named = next((name for pattern, name in _NAMES if _matches(pattern, event.message)), None)
    scaling = next((name for pattern, name in _SCALING if _matches(pattern, event.message)), None)
    if scaling is None or event.source_type not in _SCALED:
        return named
    return f"{_SCALED[event.source_type]}{scaling}"


def find_news(event: Event) -> str | None:
    """The text of the message that a topic gets: JSON, the name and whom it is about."""
    name = find_event_name(event)
    return None if name is None else f'{{ "ElastiCache:{name}" : {json.dumps(event.source_id)} }}'


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.DOTALL) is not None
