"""What every implementation of the Engines protocol does in cluster mode, whether its engines are real or not.

Its clauses are run over the fake in this folder and over real processes in `tests/live/engines`. Each is a function of
a world in which members can be booted that know one another. Those about slots that move are in `contract_slots`.
"""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

import pytest

from elastane.engines import Engines, MemberAddress, NodeAddress, Refused, SwitchoverFailed
from elastane.engines.valkey import NOWHERE_PORT
from elastane.model.cluster_views import ClusterView
from elastane.model.ids import MemberId
from elastane.model.observations import Answering, Role
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, Slots, parse_slots, union
from tests.kit.asserts import eventually
from tests.kit.fake_views import is_in, slot_of

SECONDS = 5.0
"""The deadline that orders get here. Nothing should come near it."""

SHARDS = (parse_slots("0-5460"), parse_slots("5461-10922"), parse_slots("10923-16383"))
STRANGER_ID = MemberId("5" * 40)


class ClusterWorld(Protocol):
    """Engines in cluster mode and what a test may do to their nodes behind their back."""

    @property
    def engines(self) -> Engines: ...

    @property
    def moves_whole_slots(self) -> bool:
        """Valkey from 9.0 on."""

    def member(self) -> MemberAddress:
        """An address and a name for a node that is still to be booted."""

    async def boot(
        self,
        member: MemberAddress,
        *,
        others: Sequence[MemberAddress] = (),
        nowhere_slots: Slots = NO_SLOTS,
        current_epoch: int = 0,
    ) -> None:
        """Starts its process, for the first time or anew, in the configuration nodes are really given."""

    async def lose(self, at: NodeAddress) -> None: ...

    async def hang(self, at: NodeAddress) -> None: ...

    async def resume(self, at: NodeAddress) -> None: ...

    async def write(self, at: NodeAddress, key: str) -> bool:
        """A customer writes to this node, whoever owns the key; False when it refuses or sends him elsewhere."""


class Cluster:
    """Three shards of a primary and a replica each."""

    def __init__(self, world: ClusterWorld) -> None:
        self.world = world
        self.engines = world.engines
        self.primaries = [world.member() for _ in SHARDS]
        self.replicas = [world.member() for _ in SHARDS]

    @property
    def members(self) -> list[MemberAddress]:
        return [*self.primaries, *self.replicas]

    async def boot(self, member: MemberAddress, *, nowhere_slots: Slots = NO_SLOTS, current_epoch: int = 0) -> None:
        others = [other for other in self.members if other != member]
        await self.world.boot(member, others=others, nowhere_slots=nowhere_slots, current_epoch=current_epoch)

    async def write_keys(self, shard: int, count: int) -> list[str]:
        """To the shard's primary; its replica has them on return."""
        keys = list(itertools.islice(keys_in(SHARDS[shard]), count))
        for key in keys:
            assert await self.world.write(self.primaries[shard].at, key)
        await eventually(lambda: self._has_keys(self.replicas[shard], count))
        return keys

    async def _has_keys(self, member: MemberAddress, count: int) -> bool:
        return (await look(self.world, member)).key_count == count


async def form(world: ClusterWorld) -> Cluster:
    cluster = Cluster(world)
    for slots, *shard in zip(SHARDS, cluster.primaries, cluster.replicas, strict=True):
        for member in shard:
            await cluster.boot(member, nowhere_slots=slots)
    for slots, primary in zip(SHARDS, cluster.primaries, strict=True):
        await world.engines.take_slots(primary.at, slots, SECONDS, by_vote=False)
    for primary, replica in zip(cluster.primaries, cluster.replicas, strict=True):
        await follow(world, replica, primary)
        await world.engines.meet(replica.at, [other.at for other in cluster.members if other != replica], SECONDS)
    await eventually(lambda: _is_formed(cluster))
    return cluster


async def follow(world: ClusterWorld, member: MemberAddress, primary: MemberAddress) -> None:
    async def check() -> bool:
        known = (await view_of(world, member)).find(primary.id)
        return known is not None and known.is_primary

    await eventually(check)
    await world.engines.follow_member(member.at, primary, SECONDS)
    await eventually(lambda: is_in_sync(world, member, primary))


async def look(world: ClusterWorld, member: MemberAddress) -> Answering:
    seen = await world.engines.observe(member.at, (), SECONDS, is_cluster=True)
    assert isinstance(seen, Answering), f"{member.at} is {seen}"
    return seen


async def view_of(world: ClusterWorld, member: MemberAddress) -> ClusterView:
    view = (await look(world, member)).cluster
    assert view is not None, f"{member.at} runs in cluster mode"
    return view


async def is_primary_of(world: ClusterWorld, member: MemberAddress, slots: Slots) -> bool:
    seen = await look(world, member)
    assert seen.cluster is not None
    return seen.role is Role.PRIMARY and seen.cluster.own.slots == slots


async def is_in_sync(world: ClusterWorld, member: MemberAddress, primary: MemberAddress) -> bool:
    seen, leading = await look(world, member), await look(world, primary)
    return (
        seen.role is Role.REPLICA
        and (seen.primary_address, seen.is_link_up) == (primary.at.address, True)
        and seen.key_count == leading.key_count
        and member.at.address in leading.online_replicas
    )


async def all_say(cluster: Cluster, owner: MemberAddress, slots: Slots, *, but: Sequence[MemberAddress] = ()) -> bool:
    """Whether that one owns those in everybody's eyes."""
    for member in cluster.members:
        if member not in but:
            known = (await view_of(cluster.world, member)).find(owner.id)
            if known is None or known.slots != slots:
                return False
    return True


def keys_in(slots: Slots) -> "itertools.filterfalse[str]":
    names = (f"key-{number}" for number in itertools.count())
    return itertools.filterfalse(lambda key: not is_in(slot_of(key), slots), names)


async def _is_formed(cluster: Cluster) -> bool:
    ids = {member.id for member in cluster.members}
    for member in cluster.members:
        view = await view_of(cluster.world, member)
        roles = [(known := view.find(primary.id)) is not None and known.is_primary for primary in cluster.primaries]
        followers = [
            (known := view.find(replica.id)) is not None and known.primary_id == primary.id
            for replica, primary in zip(cluster.replicas, cluster.primaries, strict=True)
        ]
        # While an introduction goes on, real engines now and then lose what they send.
        links = [other.is_linked and other.id in ids and not other.is_handshaking for other in view.others]
        if not (all(roles) and all(followers) and all(links) and view.is_serving and len(links) == 5):
            return False
        if view.owned_slots != union(*SHARDS):
            return False
    return True


# --- booting and forming -------------------------------------------------------------------------


async def a_booted_member_is_an_empty_replica_of_nowhere_that_knows_the_others(world: ClusterWorld) -> None:
    member, other = world.member(), world.member()
    await world.boot(member, others=[other], nowhere_slots=SHARDS[0])

    seen = await look(world, member)

    assert (seen.role, seen.primary_address, seen.primary_port) == (Role.REPLICA, member.at.address, NOWHERE_PORT)
    assert (seen.is_link_up, seen.key_count) == (False, 0)
    view = seen.cluster
    assert view is not None
    assert (view.own.id, view.own.is_primary, view.own.slots) == (member.id, False, NO_SLOTS)
    known, nowhere = view.find(other.id), view.find(view.own.primary_id or STRANGER_ID)
    assert known is not None
    assert (known.address, known.is_primary, known.slots) == (other.at.address, True, NO_SLOTS)
    assert nowhere is not None
    assert (nowhere.is_handshaking, nowhere.slots) == (True, SHARDS[0])
    assert not await world.write(member.at, next(iter(keys_in(SHARDS[0]))))


async def a_view_is_told_only_when_it_is_asked_for(world: ClusterWorld) -> None:
    member = world.member()
    await world.boot(member)

    seen = await world.engines.observe(member.at, (), SECONDS)

    assert isinstance(seen, Answering)
    assert seen.cluster is None
    assert seen.runs_in_cluster


async def who_takes_slots_is_their_primary_at_once_and_may_be_told_again(world: ClusterWorld) -> None:
    member = world.member()
    await world.boot(member, nowhere_slots=SHARDS[0])

    for _ in range(2):
        await world.engines.take_slots(member.at, SHARDS[0], SECONDS, by_vote=False)

    view = await view_of(world, member)
    assert await is_primary_of(world, member, SHARDS[0])
    assert view.others == ()
    assert view.is_serving
    assert await world.write(member.at, next(iter(keys_in(SHARDS[0]))))


async def slots_that_nobody_owns_are_taken_beside_those_of_the_former_primary(world: ClusterWorld) -> None:
    member = world.member()
    await world.boot(member, nowhere_slots=parse_slots("0-99,200-299"))

    await world.engines.take_slots(member.at, parse_slots("50-400"), SECONDS, by_vote=False)

    assert await is_primary_of(world, member, parse_slots("0-400"))


async def a_member_that_waited_until_its_nowhere_was_dropped_still_takes_slots(world: ClusterWorld) -> None:
    member = world.member()
    await world.boot(member, nowhere_slots=SHARDS[0])
    await world.engines.set_parameters(member.at, {"cluster-node-timeout": "100"}, SECONDS)
    await eventually(lambda: _follows_nobody(world, member), timeout_seconds=20)

    await world.engines.take_slots(member.at, SHARDS[0], SECONDS, by_vote=False)

    assert await is_primary_of(world, member, SHARDS[0])
    assert (await view_of(world, member)).others == ()


async def _follows_nobody(world: ClusterWorld, member: MemberAddress) -> bool:
    return (await view_of(world, member)).own.primary_id is None


async def three_shards_form_and_serve(world: ClusterWorld) -> None:
    cluster = await form(world)

    for slots, primary, replica in zip(SHARDS, cluster.primaries, cluster.replicas, strict=True):
        key = next(iter(keys_in(slots)))
        elsewhere = next(other for other in cluster.primaries if other != primary)
        assert await world.write(primary.at, key)
        assert not await world.write(replica.at, key)
        assert not await world.write(elsewhere.at, key)


async def only_a_known_primary_is_followed_and_never_by_who_owns_slots(world: ClusterWorld) -> None:
    cluster = await form(world)
    stranger = world.member()

    with pytest.raises(Refused):
        await world.engines.follow_member(cluster.replicas[0].at, stranger, SECONDS)
    with pytest.raises(Refused):
        await world.engines.follow_member(cluster.replicas[0].at, cluster.replicas[1], SECONDS)
    with pytest.raises(Refused):
        await world.engines.follow_member(cluster.primaries[0].at, cluster.primaries[1], SECONDS)
    await world.engines.follow_member(cluster.replicas[0].at, cluster.primaries[0], SECONDS)

    assert await _is_formed(cluster)
    assert (await look(world, cluster.replicas[0])).is_link_up


# --- failover ------------------------------------------------------------------------------------


async def an_heir_takes_its_lost_primarys_slots_at_once_and_keeps_every_key(world: ClusterWorld) -> None:
    cluster = await form(world)
    lost, heir = cluster.primaries[0], cluster.replicas[0]
    keys = await cluster.write_keys(0, 20)

    await world.lose(lost.at)
    await world.engines.take_slots(heir.at, SHARDS[0], SECONDS, by_vote=False)

    assert await is_primary_of(world, heir, SHARDS[0])
    assert (await look(world, heir)).key_count == len(keys)
    assert await world.write(heir.at, keys[0])
    await eventually(lambda: all_say(cluster, heir, SHARDS[0], but=[lost]))


async def an_heir_takes_its_lost_primarys_slots_by_vote_and_keeps_every_key(world: ClusterWorld) -> None:
    cluster = await form(world)
    lost, heir = cluster.primaries[0], cluster.replicas[0]
    keys = await cluster.write_keys(0, 20)

    await world.lose(lost.at)
    await world.engines.take_slots(heir.at, SHARDS[0], SECONDS, by_vote=True)
    await eventually(lambda: is_primary_of(world, heir, SHARDS[0]))
    await world.engines.take_slots(heir.at, SHARDS[0], SECONDS, by_vote=True)

    assert (await look(world, heir)).key_count == len(keys)
    assert await world.write(heir.at, keys[0])
    await eventually(lambda: all_say(cluster, heir, SHARDS[0], but=[lost]))


async def without_a_majority_nobody_is_voted_for(world: ClusterWorld) -> None:
    cluster = await form(world)
    for lost in cluster.primaries[:2]:
        await world.lose(lost.at)

    await world.engines.take_slots(cluster.replicas[0].at, SHARDS[0], SECONDS, by_vote=True)

    for _ in range(20):
        assert (await look(world, cluster.replicas[0])).role is Role.REPLICA


async def a_lost_primary_that_returns_wipes_no_replica_and_follows_its_heir(world: ClusterWorld) -> None:
    cluster = await form(world)
    lost, heir = cluster.primaries[0], cluster.replicas[0]
    await cluster.write_keys(0, 20)
    await world.lose(lost.at)

    await cluster.boot(lost)
    guarded = await look(world, lost)
    for _ in range(5):
        assert (await look(world, heir)).key_count == 20
    await world.engines.take_slots(heir.at, SHARDS[0], SECONDS, by_vote=False)
    await follow(world, lost, heir)

    assert guarded.role is Role.REPLICA
    assert (await look(world, lost)).key_count == (await look(world, heir)).key_count == 20


async def a_shard_that_was_lost_as_a_whole_is_taken_anew_above_the_clusters_epoch(world: ClusterWorld) -> None:
    cluster = await form(world)
    lost, replica = cluster.primaries[0], cluster.replicas[0]
    await world.engines.hand_over(cluster.primaries[1].at, cluster.replicas[1].at, SECONDS)
    epoch = max([(await view_of(world, member)).config_epoch for member in cluster.members])
    for member in (lost, replica):
        await world.lose(member.at)

    await cluster.boot(replica, nowhere_slots=SHARDS[0], current_epoch=epoch)
    await world.engines.take_slots(replica.at, SHARDS[0], SECONDS, by_vote=False)

    await eventually(lambda: all_say(cluster, replica, SHARDS[0], but=[lost]))
    assert await is_primary_of(world, replica, SHARDS[0])


# --- switchover ----------------------------------------------------------------------------------


async def a_hand_over_swaps_roles_and_keeps_every_key_and_can_be_made_back(world: ClusterWorld) -> None:
    cluster = await form(world)
    one, other = cluster.primaries[0], cluster.replicas[0]
    keys = await cluster.write_keys(0, 20)

    for at, to in ((one, other), (other, one), (one, other)):
        await world.engines.hand_over(at.at, to.at, SECONDS)
        assert await is_primary_of(world, to, SHARDS[0])
        assert await world.write(to.at, keys[0])
        await eventually(partial(is_in_sync, world, at, to))

    assert (await look(world, one)).key_count == len(keys)
    await eventually(lambda: all_say(cluster, other, SHARDS[0]))


async def a_hand_over_to_a_stranger_fails_and_leaves_the_primary_writable(world: ClusterWorld) -> None:
    cluster = await form(world)

    with pytest.raises(SwitchoverFailed, match="no replica"):
        await world.engines.hand_over(cluster.primaries[0].at, cluster.replicas[1].at, SECONDS)

    assert await is_primary_of(world, cluster.primaries[0], SHARDS[0])
    assert await world.write(cluster.primaries[0].at, next(iter(keys_in(SHARDS[0]))))


async def a_hand_over_to_a_replica_that_its_primary_never_met_fails_and_makes_no_second_primary(
    world: ClusterWorld,
) -> None:
    primary, replica = world.member(), world.member()
    await world.boot(primary, nowhere_slots=ALL_SLOTS)
    await world.boot(replica, others=[primary])
    await world.engines.take_slots(primary.at, ALL_SLOTS, SECONDS, by_vote=False)
    await follow(world, replica, primary)
    assert (await view_of(world, primary)).find(replica.id) is None

    with pytest.raises(SwitchoverFailed):
        await world.engines.hand_over(primary.at, replica.at, SECONDS)

    assert await is_primary_of(world, primary, ALL_SLOTS)
    assert (await look(world, replica)).role is Role.REPLICA
    assert await world.write(primary.at, "key")


async def a_hand_over_to_a_hung_replica_fails_and_leaves_the_primary_writable(world: ClusterWorld) -> None:
    cluster = await form(world)
    await world.hang(cluster.replicas[0].at)

    with pytest.raises(SwitchoverFailed):
        await world.engines.hand_over(cluster.primaries[0].at, cluster.replicas[0].at, 0.3)

    assert await world.write(cluster.primaries[0].at, next(iter(keys_in(SHARDS[0]))))


# --- membership ----------------------------------------------------------------------------------


async def who_is_met_is_known_to_all_and_knows_all(world: ClusterWorld) -> None:
    cluster = await form(world)
    newcomer = world.member()
    await world.boot(newcomer)

    for _ in range(2):
        await world.engines.meet(cluster.primaries[0].at, [newcomer.at], SECONDS)

    async def are_all_acquainted() -> bool:
        # Engines forget a handshake that took longer than the node timeout, as it may where many are busy: the next
        # pass would give the order again, and so does this.
        if await _all_know(cluster, newcomer):
            return True
        await world.engines.meet(cluster.primaries[0].at, [newcomer.at], SECONDS)
        return False

    await eventually(are_all_acquainted, timeout_seconds=30, interval_seconds=1)
    await follow(world, newcomer, cluster.primaries[2])


async def _all_know(cluster: Cluster, newcomer: MemberAddress) -> bool:
    views = [await view_of(cluster.world, member) for member in cluster.members]
    known = [view.find(newcomer.id) for view in views]
    own = await view_of(cluster.world, newcomer)
    return all(one is not None and not one.is_handshaking for one in known) and all(
        own.find(member.id) is not None for member in cluster.members
    )


async def who_is_forgotten_by_all_stays_forgotten(world: ClusterWorld) -> None:
    cluster = await form(world)
    gone = cluster.replicas[0]
    await world.lose(gone.at)
    left = [member for member in cluster.members if member != gone]

    for _ in range(2):
        for member in left:
            await world.engines.forget_members(member.at, [gone.id, STRANGER_ID], SECONDS)

    for _ in range(10):
        assert [(await view_of(world, member)).find(gone.id) for member in left] == [None] * 5


async def a_replica_never_forgets_its_primary(world: ClusterWorld) -> None:
    cluster = await form(world)

    await world.engines.forget_members(cluster.replicas[0].at, [cluster.primaries[0].id], SECONDS)

    assert (await view_of(world, cluster.replicas[0])).own.primary_id == cluster.primaries[0].id


MEMBERSHIP_CONTRACT: tuple[Callable[[ClusterWorld], Awaitable[None]], ...] = (
    a_booted_member_is_an_empty_replica_of_nowhere_that_knows_the_others,
    a_view_is_told_only_when_it_is_asked_for,
    who_takes_slots_is_their_primary_at_once_and_may_be_told_again,
    slots_that_nobody_owns_are_taken_beside_those_of_the_former_primary,
    a_member_that_waited_until_its_nowhere_was_dropped_still_takes_slots,
    three_shards_form_and_serve,
    only_a_known_primary_is_followed_and_never_by_who_owns_slots,
    an_heir_takes_its_lost_primarys_slots_at_once_and_keeps_every_key,
    an_heir_takes_its_lost_primarys_slots_by_vote_and_keeps_every_key,
    without_a_majority_nobody_is_voted_for,
    a_lost_primary_that_returns_wipes_no_replica_and_follows_its_heir,
    a_shard_that_was_lost_as_a_whole_is_taken_anew_above_the_clusters_epoch,
    a_hand_over_swaps_roles_and_keeps_every_key_and_can_be_made_back,
    a_hand_over_to_a_stranger_fails_and_leaves_the_primary_writable,
    a_hand_over_to_a_replica_that_its_primary_never_met_fails_and_makes_no_second_primary,
    a_hand_over_to_a_hung_replica_fails_and_leaves_the_primary_writable,
    who_is_met_is_known_to_all_and_knows_all,
    who_is_forgotten_by_all_stays_forgotten,
    a_replica_never_forgets_its_primary,
)
