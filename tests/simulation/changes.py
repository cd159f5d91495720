"""What a customer may ask of the group while all else happens: each as the service would write it, in one transaction.

What takes data away is refused by the service until what was asked for before is true, and so it is here.
"""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from elastane.model.ids import NodeId
from elastane.model.replication_groups import Node, NodeGroup, NodeHealth
from elastane.reconcile.observe import node_key
from tests.simulation.story import Story, new_node

NODES_MAX = 6

Change = Callable[[Story], Awaitable[None]]


async def add_node(story: Story) -> None:
    if len(story.group.nodes) < NODES_MAX:
        added = replace(new_node(story.next_number), created_at=story.clock.now())
        story.next_number += 1
        await story.change(f"customer: add {added.id}", nodes=(*story.group.nodes, added))


async def remove_replica(story: Story) -> None:
    replicas = [one for one in _staying(story) if one.id != _node_group(story).target_primary]
    is_last_refused = story.group.availability.automatic_failover and len(replicas) == 1
    if replicas and len(_staying(story)) > 1 and not is_last_refused and await story.is_available():
        leaver = story.random.choice(replicas)
        nodes = _with(story, leaver.id, is_leaving=True)
        await story.change(f"customer: remove {leaver.id}", nodes=nodes)


async def promote_by_hand(story: Story) -> None:
    """ModifyReplicationGroup with PrimaryClusterId, which the service refuses while automatic failover is on."""
    if story.group.availability.automatic_failover:
        return
    replicas = [one for one in _staying(story) if one.id != _node_group(story).target_primary]
    if replicas:
        heir = story.random.choice(replicas)
        await story.change(f"customer: promote {heir.id}", target=heir.id)


async def reboot(story: Story) -> None:
    if await story.is_available():
        chosen = story.random.choice(_staying(story))
        story.witness.asked_to_reboot.add(node_key(story.group.region, chosen.id))
        nodes = _with(story, chosen.id, reboot_requested_at=story.clock.now())
        await story.change(f"customer: reboot {chosen.id}", nodes=nodes)


async def order_test_failover(story: Story) -> None:
    """TestFailover: asks for the rebuild of the primary as it was last seen, and raises no generation."""
    observed = await story.observed()
    primary = observed.primaries.get(_node_group(story).id)
    heirs = [one for one in observed.nodes if one.id != primary and one.health is NodeHealth.READY]
    if primary is None or not heirs or not story.group.availability.automatic_failover:
        return
    if await story.is_available() and any(one.id == primary for one in _staying(story)):
        nodes = _with(story, primary, rebuild_requested_at=story.clock.now())
        await story.change(f"customer: test failover of {primary}", nodes=nodes, is_new_generation=False)


async def switch_automatic_failover(story: Story) -> None:
    is_on = not story.group.availability.automatic_failover
    if is_on and len(_staying(story)) < 2:
        return
    availability = replace(story.group.availability, automatic_failover=is_on, multi_az=is_on)
    word = "on" if is_on else "off"
    await story.change(f"customer: automatic failover {word}", availability=availability)


CHANGES: tuple[Change, ...] = (
    add_node,
    remove_replica,
    promote_by_hand,
    reboot,
    order_test_failover,
    order_test_failover,
    switch_automatic_failover,
)


async def ask_for_something(story: Story) -> None:
    await story.reload()
    await story.random.choice(CHANGES)(story)


def _node_group(story: Story) -> NodeGroup:
    return story.group.node_groups[0]


def _staying(story: Story) -> list[Node]:
    return list(story.group.staying_nodes)


def _with(story: Story, node_id: NodeId, **changes: object) -> tuple[Node, ...]:
    return tuple(replace(one, **changes) if one.id == node_id else one for one in story.group.nodes)
