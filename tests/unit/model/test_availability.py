"""When automatic failover and Multi-AZ may be on."""

import pytest

from elastane.model.availability import find_refusal
from elastane.model.ids import Zone
from elastane.model.replication_groups import Availability, ClusterMode

A, B = Zone("us-east-1a"), Zone("us-east-1b")


@pytest.mark.parametrize(
    ("automatic_failover", "multi_az", "zones", "refusal"),
    [
        (False, False, (A,), None),
        (True, False, (A, A), None),
        (True, True, (A, A, B), None),
        (True, False, (A,), "at least 2 cache clusters"),
        (False, True, (A, B), "AutomaticFailoverEnabled must be true"),
        (True, True, (A, A), "in another Availability Zone"),
    ],
)
def test_flags_need_the_nodes_they_stand_on(
    automatic_failover: bool, multi_az: bool, zones: tuple[Zone, ...], refusal: str | None
) -> None:
    found = find_refusal(Availability(automatic_failover=automatic_failover, multi_az=multi_az), zones)

    assert (found is None) if refusal is None else (found is not None and refusal in found)


@pytest.mark.parametrize(
    ("cluster_mode", "automatic_failover", "multi_az", "zones", "refusal"),
    [
        (ClusterMode.ENABLED, True, False, (A,), None),
        (ClusterMode.ENABLED, True, True, (A, B), None),
        (ClusterMode.COMPATIBLE, True, True, (A, B), None),
        (ClusterMode.ENABLED, False, False, (A, B), "Turning off automatic failover"),
        (ClusterMode.COMPATIBLE, False, False, (A, B), "Turning off automatic failover"),
        (ClusterMode.COMPATIBLE, True, False, (A,), "at least 2 cache clusters"),
        (ClusterMode.ENABLED, True, True, (A,), "in another Availability Zone"),
        (ClusterMode.ENABLED, True, True, (A, A), "in another Availability Zone"),
    ],
)
def test_in_cluster_mode_failover_is_on_and_a_shard_may_have_no_replica(
    cluster_mode: ClusterMode, automatic_failover: bool, multi_az: bool, zones: tuple[Zone, ...], refusal: str | None
) -> None:
    flags = Availability(automatic_failover=automatic_failover, multi_az=multi_az)

    found = find_refusal(flags, zones, cluster_mode)

    assert (found is None) if refusal is None else (found is not None and refusal in found)
