"""When automatic failover and Multi-AZ may be on. Pure; the sentences are AWS's where AWS's are known.

Asked by every action that changes the flags, or the nodes they stand on. With several node groups each is asked about
by itself.
"""

from collections.abc import Sequence

from elastane.model.ids import Zone
from elastane.model.replication_groups import Availability, ClusterMode


def find_refusal(
    availability: Availability, zones: Sequence[Zone], cluster_mode: ClusterMode = ClusterMode.DISABLED
) -> str | None:
    """Why a node group in these zones, the primary's first, cannot have these flags; None when it can."""
    if cluster_mode is not ClusterMode.DISABLED and not availability.automatic_failover:
        # Quoted in hashicorp/terraform-provider-aws#27116.
        return "Turning off automatic failover for replication group with cluster mode enabled is not supported."
    # In cluster mode a shard may have no replica all the same: AWS's own range ends at 500 shards of one node.
    # The sentence is quoted in ministryofjustice/cloud-platform-environments#5719.
    if availability.automatic_failover and len(zones) < 2 and cluster_mode is not ClusterMode.ENABLED:
        return "When using automatic failover, there must be at least 2 cache clusters in the replication group."
    if availability.multi_az and not availability.automatic_failover:
        return "Multi-AZ needs automatic failover: AutomaticFailoverEnabled must be true when MultiAZEnabled is."
    if availability.multi_az and len(set(zones)) < 2:
        return "Multi-AZ needs a replica in another Availability Zone than the primary's."
    return None
