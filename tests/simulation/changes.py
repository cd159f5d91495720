"""What a customer may ask of the group while all else happens: each as the service would write it, in one transaction.

What takes data away is refused by the service until what was asked for before is true, and so it is here. What is asked
of the slots of a cluster is in `reshardings`.
"""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from elastane.model.ids import NodeId, node_key
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup
from tests.simulation.access_changes import ACCESS_CHANGES
from tests.simulation.beginnings import new_member, new_node
from tests.simulation.reshardings import RESHARDINGS
from tests.simulation.story import Story
from tests.simulation.upgrades import update_or_stop, upgrade

NODES_MAX = 6
REPLICAS_MAX = 3

Change = Callable[[Story], Awaitable[None]]


async def add_node(story: Story) -> None:
    node_group = _choose(story)
    if len(node_group.nodes) >= (1 + REPLICAS_MAX if story.group.is_cluster else NODES_MAX):
        return
    number = story.next_number
    new = new_member(int(node_group.id), number) if story.group.is_cluster else new_node(number)
    added = replace(new, created_at=story.clock.now())
    story.next_number += 1
    await story.change(f"customer: add {added.id}", _with_nodes(node_group, (*node_group.nodes, added)))


async def remove_replica(story: Story) -> None:
    node_group = _choose(story)
    replicas = [one for one in _staying(node_group) if one.id != node_group.target_primary]
    is_last_refused = story.group.availability.automatic_failover and len(replicas) == 1
    if replicas and len(_staying(node_group)) > 1 and not is_last_refused and await story.is_available():
        leaver = story.random.choice(replicas)
        await story.change(f"customer: remove {leaver.id}", _with(node_group, leaver.id, is_leaving=True))


async def promote_by_hand(story: Story) -> None:
    """ModifyReplicationGroup with PrimaryClusterId, which the service refuses while automatic failover is on."""
    if story.group.availability.automatic_failover:
        return
    node_group = _choose(story)
    replicas = [one for one in _staying(node_group) if one.id != node_group.target_primary]
    if replicas:
        heir = story.random.choice(replicas)

        def promote(group: ReplicationGroup) -> ReplicationGroup:
            return _changed(group, replace(node_group, target_primary=heir.id))

        await story.change(f"customer: promote {heir.id}", promote)


async def reboot(story: Story) -> None:
    if await story.is_available():
        node_group = _choose(story)
        chosen = story.random.choice(_staying(node_group))
        story.witness.asked_to_reboot.add(node_key(story.group.region, chosen.id))
        requested = _with(node_group, chosen.id, reboot_requested_at=story.clock.now())
        await story.change(f"customer: reboot {chosen.id}", requested)


async def order_test_failover(story: Story) -> None:
    """TestFailover: asks for the rebuild of the primary as it was last seen, and raises no generation."""
    node_group = _choose(story)
    observed = await story.observed()
    primary = observed.primaries.get(node_group.id)
    own = {one.id for one in node_group.nodes}
    heirs = [one for one in observed.nodes if one.id in own and one.id != primary and one.health is NodeHealth.READY]
    if primary is None or not heirs or not story.group.availability.automatic_failover:
        return
    if await story.is_available() and any(one.id == primary for one in _staying(node_group)):
        requested = _with(node_group, primary, rebuild_requested_at=story.clock.now())
        await story.change(f"customer: test failover of {primary}", requested, is_new_generation=False)


async def switch_automatic_failover(story: Story) -> None:
    """Refused in cluster mode."""
    is_on = not story.group.availability.automatic_failover
    if story.group.is_cluster or (is_on and len(story.group.staying_nodes) < 2):
        return
    availability = replace(story.group.availability, automatic_failover=is_on, multi_az=is_on)
    word = "on" if is_on else "off"
    await story.change(f"customer: automatic failover {word}", lambda group: replace(group, availability=availability))


CHANGES: tuple[Change, ...] = (
    add_node,
    remove_replica,
    promote_by_hand,
    reboot,
    order_test_failover,
    order_test_failover,
    switch_automatic_failover,
)

CHANGES_OF_CLUSTERS: tuple[Change, ...] = (
    add_node,
    remove_replica,
    reboot,
    order_test_failover,
    *RESHARDINGS,
)


async def ask_for_something(story: Story) -> None:
    await story.reload()
    changes = CHANGES_OF_CLUSTERS if story.group.is_cluster else CHANGES
    upgrades = (upgrade, upgrade, update_or_stop) * (len(changes) // 2) if story.is_rollout else ()
    access = ACCESS_CHANGES * len(changes) if story.is_secured else ()
    await story.random.choice((*changes, *upgrades, *access))(story)


def _choose(story: Story) -> NodeGroup:
    """Of those that stay. No chance is taken where there is one: the stories of such groups stay what they were."""
    staying = [part for part in story.group.node_groups if not part.is_leaving]
    return staying[0] if len(staying) == 1 else story.random.choice(staying)


def _staying(node_group: NodeGroup) -> list[Node]:
    return [one for one in node_group.nodes if not one.is_leaving]


def _changed(group: ReplicationGroup, changed: NodeGroup) -> ReplicationGroup:
    return replace(group, node_groups=tuple(changed if part.id == changed.id else part for part in group.node_groups))


def _with_nodes(node_group: NodeGroup, nodes: tuple[Node, ...]) -> Callable[[ReplicationGroup], ReplicationGroup]:
    return lambda group: _changed(group, replace(node_group, nodes=nodes))


def _with(node_group: NodeGroup, node_id: NodeId, **changes: object) -> Callable[[ReplicationGroup], ReplicationGroup]:
    nodes = tuple(replace(one, **changes) if one.id == node_id else one for one in node_group.nodes)
    return _with_nodes(node_group, nodes)
