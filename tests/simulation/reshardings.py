"""What a customer may ask of the slots of a cluster: more shards, fewer, or the same ones with other slots.

As ModifyReplicationGroupShardConfiguration would write it. Most of what is asked moves a few slots only: what goes
wrong goes wrong with few of them as well, and a story is over sooner.
"""

from collections.abc import Awaitable, Callable, Mapping

from msgspec.structs import replace

from elastane.model import slot_plans
from elastane.model.ids import NodeGroupId
from elastane.model.replication_groups import ClusterMode, NodeGroup, ReplicationGroup, Resharding
from elastane.model.slots import NO_SLOTS, Slots, count, difference, highest, union
from tests.simulation.beginnings import new_shard
from tests.simulation.story import Story

SHARDS_MAX = 5

EVENLY = 0.15
"""So many changes are those that a customer really makes: as even as can be."""

FEW_SLOTS_MAX = 700


async def add_shard(story: Story) -> None:
    staying = _staying(story)
    if not await _may_reshard(story) or len(story.group.node_groups) >= SHARDS_MAX:
        return
    number = max(int(part.id) for part in story.group.node_groups) + 1
    fewest = min(len([one for one in part.nodes if not one.is_leaving]) for part in staying)
    new = new_shard(number, NO_SLOTS, fewest - 1)
    new = replace(new, nodes=tuple(replace(one, created_at=story.clock.now()) for one in new.nodes))
    wanted = _balanced(story, [*(part.id for part in staying), new.id])
    if wanted is None:
        source = max(staying, key=lambda part: count(part.slots))
        wanted = _given(story, source, new)
    await _reshard(story, f"customer: add shard {new.id}", wanted, added=(new,))


async def remove_shard(story: Story) -> None:
    staying = _staying(story)
    if not await _may_reshard(story) or len(staying) < 2:
        return
    leaver = min(staying, key=lambda part: count(part.slots))
    others = [part for part in staying if part is not leaver]
    wanted = _balanced(story, [part.id for part in others])
    if wanted is None:
        heir = story.random.choice(others)
        wanted = {heir.id: union(heir.slots, leaver.slots)}
    await _reshard(story, f"customer: remove shard {leaver.id}", {**wanted, leaver.id: NO_SLOTS}, leaving=leaver.id)


async def rebalance(story: Story) -> None:
    staying = _staying(story)
    if not await _may_reshard(story) or len(staying) < 2:
        return
    wanted = _balanced(story, [part.id for part in staying])
    if wanted is None:
        source, target = story.random.sample(staying, 2)
        wanted = _given(story, source, target)
    await _reshard(story, "customer: move slots among the shards", wanted)


RESHARDINGS: tuple[Callable[[Story], Awaitable[None]], ...] = (
    add_shard,
    add_shard,
    remove_shard,
    rebalance,
    rebalance,
    rebalance,
)


async def _may_reshard(story: Story) -> bool:
    """Not in `compatible` mode, which has one shard, and not while anything is under way."""
    return story.group.cluster_mode is ClusterMode.ENABLED and await story.is_available()


def _staying(story: Story) -> list[NodeGroup]:
    return [part for part in story.group.node_groups if not part.is_leaving]


def _balanced(story: Story, staying: list[NodeGroupId]) -> Mapping[NodeGroupId, Slots] | None:
    """Now and then, and not for more than a part of all slots: that would take long."""
    if story.random.random() >= EVENLY:
        return None
    return slot_plans.rebalanced({part.id: part.slots for part in story.group.node_groups}, staying)


def _given(story: Story, source: NodeGroup, target: NodeGroup) -> Mapping[NodeGroupId, Slots]:
    moved = highest(source.slots, min(story.random.randint(1, FEW_SLOTS_MAX), count(source.slots) - 1))
    return {source.id: difference(source.slots, moved), target.id: union(target.slots, moved)}


async def _reshard(
    story: Story,
    what: str,
    wanted: Mapping[NodeGroupId, Slots],
    *,
    added: tuple[NodeGroup, ...] = (),
    leaving: NodeGroupId | None = None,
) -> None:
    before = (*story.group.node_groups, *added)
    after = tuple(
        replace(part, slots=wanted.get(part.id, part.slots), is_leaving=part.is_leaving or part.id == leaving)
        for part in before
    )
    moved = sum(count(difference(new.slots, old.slots)) for new, old in zip(after, before, strict=True))
    if before == after:
        return
    resharding = Resharding(requested_at=story.clock.now(), slot_count=moved)

    def reshard(group: ReplicationGroup) -> ReplicationGroup:
        return replace(group, node_groups=after, resharding=resharding)

    await story.change(f"{what}: {moved} slots", reshard)
