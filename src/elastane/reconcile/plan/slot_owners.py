"""Which shard owns which slots, from what primaries say of themselves. Asked by `slots` and `open_slots`. Pure."""

from collections.abc import Iterator

import msgspec

from elastane.model.cluster_views import ClusterView
from elastane.model.ids import MemberId, NodeGroupId
from elastane.model.replication_groups import NodeGroup
from elastane.model.slots import Slots, difference, from_numbers, intersection
from elastane.reconcile.situation import SeenNode, Situation

MEMORY_LIMIT = "maxmemory"


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """A node group whose primary answers."""

    node_group: NodeGroup
    primary: SeenNode
    view: ClusterView
    """What its primary has just said of the cluster."""
    id: MemberId
    owned: Slots


def get_shards(situation: Situation) -> dict[NodeGroupId, Shard]:
    """Only what primaries say of themselves: of others they know by hearsay. Of two claims the newer one is right."""
    found: dict[NodeGroupId, Shard] = {}
    for node_group in situation.group.node_groups:
        primary = situation.find_primary(node_group)
        if primary is not None and primary.view is not None:
            found[node_group.id] = Shard(
                node_group=node_group,
                primary=primary,
                view=primary.view,
                id=situation.member_id(primary),
                owned=difference(primary.slots, *_newer_claims(situation, primary, primary.view.config_epoch)),
            )
    return found


def _newer_claims(situation: Situation, primary: SeenNode, own_epoch: int) -> Iterator[Slots]:
    return (slots for epoch, slots in _other_claims(situation, primary) if epoch > own_epoch)


def _other_claims(situation: Situation, primary: SeenNode) -> Iterator[tuple[int, Slots]]:
    """What all other primaries say they own, each with the epoch at which it says so."""
    for other in situation.everybody:
        if other.is_primary and other.view is not None and other.id != primary.id:
            yield other.view.config_epoch, other.slots


def can_outbid(situation: Situation, source: Shard, target: Shard) -> bool:
    """Whether what the target claims will stay above what the source still claims until it has heard.

    An engine that takes a slot claims it above every epoch that it knows. One that does not know its source's yet, as
    in the first second of a cluster, claims it below: the next word of the source takes the slot back, *with the keys
    that came*, then the source gives it away as it was told, and nobody owns it any more. The same follows where the
    source has an epoch that another primary has, too: one of the two is about to go above everybody.
    """
    epoch = source.view.config_epoch
    is_its_own = all(other != epoch for other, _ in _other_claims(situation, source.primary))
    return target.view.current_epoch >= epoch and is_its_own


def find_owner(shards: dict[NodeGroupId, Shard], number: int) -> Shard | None:
    slot = from_numbers([number])
    return next((shard for shard in shards.values() if intersection(slot, shard.owned)), None)


def find_shard(situation: Situation, shards: dict[NodeGroupId, Shard], wanted: MemberId) -> Shard | None:
    """The shard of a member, whoever is its primary by now."""
    for shard in shards.values():
        if any(situation.member_id(seen) == wanted for seen in situation.of(shard.node_group)):
            return shard
    return None


def memory_limit_bytes(shard: Shard) -> int:
    """0 where there is none."""
    answer = shard.primary.answer
    return 0 if answer is None else int(answer.parameters.get(MEMORY_LIMIT, "0"))
