"""The groups that stories begin with, and the nodes that join them later."""

import random
from datetime import timedelta

from msgspec.structs import replace

from elastane.catalog import engine_versions, families
from elastane.model.access import Access, TransitEncryption
from elastane.model.ids import NodeGroupId, NodeId
from elastane.model.replication_groups import (
    Availability,
    ClusterMode,
    EngineName,
    Network,
    Node,
    NodeGroup,
    ReplicationGroup,
    Software,
)
from elastane.model.slot_plans import split_evenly
from elastane.model.slots import Slots
from tests.kit import groups
from tests.simulation.machine import CONFIGURATION_ENDPOINT, PRIMARY_ENDPOINT, READER_ENDPOINT

ZONES = "abc"

WHOLE_MOVES = Software(
    engine=EngineName.VALKEY,
    version="9.1",
    node_type="cache.t4g.micro",
    parameter_group_name="default.valkey9.cluster.on",
    port=6379,
)
KEY_BY_KEY = replace(
    WHOLE_MOVES, engine=EngineName.REDIS, version="7.0", parameter_group_name="default.redis7.cluster.on"
)


def new_group(chance: random.Random, *, is_cluster: bool) -> ReplicationGroup:
    return _cluster(chance) if is_cluster else _without_cluster_mode(chance)


OLDER = (
    (EngineName.REDIS, "7.0", ""),
    (EngineName.VALKEY, "8.0", "8.0.7"),
    (EngineName.VALKEY, "8.1", "8.1.6"),
    (EngineName.VALKEY, "9.1", "9.1.2"),
)
"""Engine, version and patch. A cluster of all but the last moves its slots key by key."""


def with_older_engine(group: ReplicationGroup, chance: random.Random) -> ReplicationGroup:
    engine, version, patch = chance.choice(OLDER)
    return with_engine(group, engine, version, patch)


def with_engine(group: ReplicationGroup, engine: EngineName, version: str, patch: str) -> ReplicationGroup:
    family = engine_versions.family(engine, version)
    name = families.default_parameter_group_name(family, is_cluster_mode_enabled=group.is_cluster)
    software = replace(group.software, engine=engine, version=version, patch=patch, parameter_group_name=name)
    return replace(group, software=software)


LIFETIMES = (timedelta(days=90), timedelta(days=90), timedelta(minutes=10))
"""Of certificates: some run out while a story lasts, and while nobody can renew them."""


def with_encryption(group: ReplicationGroup, chance: random.Random) -> ReplicationGroup:
    """A creation may begin anywhere."""
    return replace(group, access=Access(transit_encryption=chance.choice(tuple(TransitEncryption))))


def _without_cluster_mode(chance: random.Random) -> ReplicationGroup:
    nodes = tuple(new_node(number) for number in range(1, chance.choice((1, 2, 2, 3, 3, 3, 4)) + 1))
    is_automatic = len(nodes) > 1 and chance.random() < 0.85
    group = groups.group(
        "orders",
        *nodes,
        network=Network(
            subnet_group_name="default",
            primary_endpoint_address=PRIMARY_ENDPOINT,
            reader_endpoint_address=READER_ENDPOINT,
        ),
        availability=Availability(automatic_failover=is_automatic, multi_az=is_automatic),
    )
    return replace(group, node_groups=(replace(group.node_groups[0], epoch=0),))


def new_node(number: int) -> Node:
    return groups.node(f"orders-{number:03d}", zone=f"us-east-1{ZONES[number % 3]}", address=f"127.88.0.{10 + number}")


# --- in cluster mode -----------------------------------------------------------------------------


def _cluster(chance: random.Random) -> ReplicationGroup:
    shard_count = chance.choice((1, 1, 2, 2, 2, 3, 3, 4, 5))
    is_compatible = shard_count == 1 and chance.random() < 0.5
    replica_counts = [chance.choice((0, 1, 1, 1, 2)) for _ in range(shard_count)]
    return groups.group(
        "orders",
        network=Network(
            subnet_group_name="default",
            primary_endpoint_address=PRIMARY_ENDPOINT if is_compatible else None,
            reader_endpoint_address=READER_ENDPOINT if is_compatible else None,
            configuration_endpoint_address=CONFIGURATION_ENDPOINT,
        ),
        availability=Availability(automatic_failover=True, multi_az=min(replica_counts) > 0),
        cluster_mode=ClusterMode.COMPATIBLE if is_compatible else ClusterMode.ENABLED,
        software=chance.choice((WHOLE_MOVES, WHOLE_MOVES, KEY_BY_KEY)),
        node_groups=tuple(
            new_shard(number, slots, replica_count)
            for number, (slots, replica_count) in enumerate(
                zip(split_evenly(shard_count), replica_counts, strict=True), 1
            )
        ),
    )


def new_shard(number: int, slots: Slots, replica_count: int) -> NodeGroup:
    nodes = tuple(new_member(number, 1 + place) for place in range(1 + replica_count))
    return NodeGroup(id=NodeGroupId(f"{number:04d}"), nodes=nodes, target_primary=nodes[0].id, epoch=0, slots=slots)


def new_member(shard: int, number: int) -> Node:
    """A primary and its replicas are never in one zone, as long as there are not more of them than zones."""
    name = NodeId(f"orders-{shard:04d}-{number:03d}")
    zone = f"us-east-1{ZONES[(shard + number) % 3]}"
    return groups.node(name, zone=zone, address=f"127.88.{shard}.{10 + number}")
