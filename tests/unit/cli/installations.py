"""Installations as `status` and `explain` see them, with good defaults: a test says only what matters to it."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from elastane.cli.installation import Installation
from elastane.model.ids import NodeGroupId
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ClusterMode, Network, NodeGroup, ReplicationGroup, Resharding
from elastane.model.seen_groups import SeenGroup, SeenProcess
from elastane.model.seen_memcached_clusters import SeenMemcachedCluster
from elastane.model.slots import Slots, parse_slots
from elastane.store.data_directory import ControlPlane
from tests.kit import groups
from tests.kit.memcached_clusters import observed_cluster

CONTROL_PLANE = ControlPlane(pid=4711, url="http://127.0.0.1:7379")


def seen_group(desired: ReplicationGroup, observed: ObservedReplicationGroup | None = None) -> SeenGroup:
    """With every process running; as a pass saw it that found all of it true."""
    return SeenGroup(
        desired=desired,
        observed=groups.observed(desired) if observed is None else observed,
        processes={node.id: SeenProcess(pid=100, sentence="pid 100") for node in desired.nodes},
    )


def seen_memcached_cluster(
    desired: MemcachedCluster, observed: ObservedMemcachedCluster | None = None
) -> SeenMemcachedCluster:
    """As `seen_group`."""
    return SeenMemcachedCluster(
        desired=desired,
        observed=observed_cluster(desired) if observed is None else observed,
        processes={node.id: SeenProcess(pid=100, sentence="pid 100") for node in desired.nodes},
        endpoint_process=SeenProcess(pid=101, sentence="pid 101"),
    )


def cluster(desired_slots: Sequence[str], owned_slots: Sequence[str] | None = None, *, moving: int = 0) -> SeenGroup:
    """`carts`, with a node group of two nodes for each text of slots, the first node its primary.

    An empty text is a node group that leaves. With `moving` a resharding of so many slots was asked for.
    """
    parts = tuple(_node_group(number, slots) for number, slots in enumerate(desired_slots, 1))
    desired = groups.group(
        "carts",
        node_groups=parts,
        cluster_mode=ClusterMode.ENABLED,
        generation=2 if moving else 1,
        network=Network(subnet_group_name="default", configuration_endpoint_address="127.88.48.12"),
        resharding=Resharding(requested_at=groups.CREATED_AT, slot_count=moving) if moving else None,
    )
    owned: dict[NodeGroupId, Slots] = {
        part.id: parse_slots(text) for part, text in zip(parts, owned_slots or desired_slots, strict=True)
    }
    return seen_group(desired, replace(groups.observed(desired), slots=owned, converged_generation=1))


def _node_group(number: int, slots: str) -> NodeGroup:
    nodes = tuple(groups.node(f"carts-{number:04d}-{index:03d}") for index in (1, 2))
    return NodeGroup(
        id=NodeGroupId(f"{number:04d}"),
        nodes=nodes,
        target_primary=nodes[0].id,
        epoch=1,
        slots=parse_slots(slots),
        is_leaving=not slots,
    )


def installation(
    *seen: SeenGroup | SeenMemcachedCluster, control_plane: ControlPlane | None = CONTROL_PLANE, is_used: bool = True
) -> Installation:
    return Installation(
        data_dir=Path("/srv/elastane"),
        control_plane=control_plane,
        is_used=is_used,
        groups=tuple(one for one in seen if isinstance(one, SeenGroup)),
        memcached_clusters=tuple(one for one in seen if isinstance(one, SeenMemcachedCluster)),
    )
