"""When automatic failover and Multi-AZ may be on. Pure; the sentences are AWS's where AWS's are known.

Asked by every action that changes the flags, or the nodes they stand on.
"""

from collections.abc import Sequence

from elastane.model.ids import Zone
from elastane.model.replication_groups import Availability


def find_refusal(availability: Availability, zones: Sequence[Zone]) -> str | None:
    """Why a node group in these zones, the primary's first, cannot have these flags; None when it can."""
    # The sentence is quoted in ministryofjustice/cloud-platform-environments#5719.
    if availability.automatic_failover and len(zones) < 2:
        return "When using automatic failover, there must be at least 2 cache clusters in the replication group."
    if availability.multi_az and not availability.automatic_failover:
        return "Multi-AZ needs automatic failover: AutomaticFailoverEnabled must be true when MultiAZEnabled is."
    if availability.multi_az and len(set(zones)) < 2:
        return "Multi-AZ needs a replica in another Availability Zone than the primary's."
    return None
