"""Whether a new group shall run in cluster mode. AWS knows four ways of asking for it, older than the parameter itself.

Several node groups (counted, or configured one by one), a parameter group with cluster mode on, or ``ClusterMode``.
One node group without any of these is never a cluster. Whether the parameter group fits is asked in
`requested_software`, who knows its family.
"""

from elastane.model import faults
from elastane.model.replication_groups import Availability, ClusterMode, EngineName
from elastane.service.elasticache.requested_software import requested_engine
from elastane.service.parameters import Parameters

_ENGINE_TITLES = {EngineName.REDIS: "Redis", EngineName.VALKEY: "Valkey"}


def requested_cluster_mode(parameters: Parameters, *, shard_count: int, has_clustered_parameters: bool) -> ClusterMode:
    """`has_clustered_parameters`: the parameter group that is named has cluster mode on.

    Raises InvalidParameterCombination where the ways contradict each other.
    """
    named = parameters.text("ClusterMode")
    is_asked = shard_count > 1 or has_clustered_parameters
    mode = ClusterMode(named) if named else ClusterMode.ENABLED if is_asked else ClusterMode.DISABLED
    if shard_count > 1 and mode is not ClusterMode.ENABLED:
        raise faults.InvalidParameterCombination(
            f"ClusterMode {mode} allows one node group, and {shard_count} were asked for."
        )
    if mode is not ClusterMode.DISABLED and parameters.text("PrimaryClusterId"):
        raise faults.InvalidParameterCombination(
            "PrimaryClusterId cannot be given for a replication group with cluster mode: a cache cluster that exists "
            "has cluster mode disabled."
        )
    return mode


def requested_availability(parameters: Parameters, cluster_mode: ClusterMode) -> Availability:
    """Of a new group. In cluster mode automatic failover is on where nothing is said: AWS's own example says nothing.

    Turned off there it is refused.
    """
    is_cluster = cluster_mode is not ClusterMode.DISABLED
    automatic_failover = parameters.flag("AutomaticFailoverEnabled")
    if is_cluster and automatic_failover is False:
        engine = _ENGINE_TITLES[requested_engine(parameters)]
        # Quoted in hashicorp/terraform#16960.
        raise faults.InvalidParameterValue(
            f"{engine} with cluster mode enabled cannot be created with auto failover turned off."
        )
    return Availability(
        automatic_failover=is_cluster if automatic_failover is None else automatic_failover,
        multi_az=parameters.flag("MultiAZEnabled") is True,
    )
