"""One control plane for the whole ring: a real process, asked by AWS's own clients.

Each test has names of its own (`caches`), so that none sees another's caches, and leaves nothing behind.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.conformance.access import Users
from tests.conformance.caches import Caches
from tests.kit.elastane import RunningElastane, running_elastane

_NUMBERS = count(1)

CROWDED_REGION = "ap-south-1"
CROWD = 25
"""Of each kind of resource in that region: more than AWS's shortest page, which has twenty."""


@pytest.fixture(scope="session")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    with running_elastane(tmp_path_factory.mktemp("conformance") / "data") as running:
        yield running
        assert "Traceback" not in running.log()


@pytest.fixture(scope="session")
def client(elastane: RunningElastane) -> Any:
    return elastane.client()


@pytest.fixture(scope="session")
def security_group_ids(elastane: RunningElastane) -> list[str]:
    """Of two security groups, `first` and `second`."""
    ec2 = elastane.client("ec2")
    return [ec2.create_security_group(GroupName=name, Description="kept")["GroupId"] for name in ("first", "second")]


@pytest.fixture
def caches(elastane: RunningElastane) -> Iterator[Caches]:
    """Makes caches, and deletes at the end whatever has a name of this test's."""
    made = Caches(elastane.client(), prefix=f"t{next(_NUMBERS)}")
    yield made
    made.delete_all()


@pytest.fixture
def users(elastane: RunningElastane) -> Iterator[Users]:
    """Makes users and user groups, and deletes at the end whatever has a name of this test's."""
    made = Users(elastane.client(), prefix=f"t{next(_NUMBERS)}")
    yield made
    made.delete_all()


@pytest.fixture(scope="session")
def standing_group(elastane: RunningElastane) -> Caches:
    """One group of one node, `standing`, for tests whose calls are all refused."""
    made = Caches(elastane.client(), prefix="kept")
    made.make_group("standing")
    return made


@pytest.fixture(scope="session")
def standing_cluster(elastane: RunningElastane) -> Caches:
    """One cache cluster on its own, `alone`, for tests whose calls are all refused."""
    made = Caches(elastane.client(), prefix="kept")
    made.make_cluster("alone")
    return made


@pytest.fixture(scope="session")
def standing_pair(elastane: RunningElastane) -> Caches:
    """A group `pair` with one replica and automatic failover, for tests whose calls are all refused."""
    made = Caches(elastane.client(), prefix="kept")
    made.make_group("pair", NumCacheClusters=2, AutomaticFailoverEnabled=True)
    return made


@pytest.fixture(scope="session")
def standing_shards(elastane: RunningElastane) -> Caches:
    """A group `shards` of two shards of one node, with cluster mode enabled, for tests whose calls are all refused."""
    made = Caches(elastane.client(), prefix="kept")
    made.make_group("shards", NumNodeGroups=2, ReplicasPerNodeGroup=0, AutomaticFailoverEnabled=True)
    return made


@pytest.fixture(scope="session")
def crowded(elastane: RunningElastane) -> Any:
    """A client of a region with more groups, cache clusters, subnet groups and events than a short page holds."""
    region = elastane.client("elasticache", CROWDED_REGION)
    made = Caches(region, prefix="crowd")
    (built_in,) = region.describe_cache_subnet_groups(CacheSubnetGroupName="default")["CacheSubnetGroups"]
    subnet_ids = [subnet["SubnetIdentifier"] for subnet in built_in["Subnets"]]
    for number in range(CROWD):
        made.ask_for_group(f"{number:02d}", NumCacheClusters=1)
        region.create_cache_subnet_group(
            CacheSubnetGroupName=f"crowd-{number:02d}", CacheSubnetGroupDescription="one of many", SubnetIds=subnet_ids
        )
    for number in range(CROWD):
        made.wait("replication_group_available", ReplicationGroupId=made.name(f"{number:02d}"))
    return region
