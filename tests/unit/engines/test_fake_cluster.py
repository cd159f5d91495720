"""How the fake engines behave in cluster mode: what simulations rely on, and real engines do only now and then."""

import random

import pytest

from elastane.engines import KeyTooLarge, MemberAddress, NoAnswer, NodeAddress, Refused
from elastane.engines.cluster_config import NODES_FILE, ClusterConfig, render_nodes
from elastane.model.cluster_views import ClusterView, MoveState
from elastane.model.ids import MemberId
from elastane.model.observations import Answering, Role
from elastane.model.secrets import Secret
from elastane.model.slot_plans import split_evenly
from elastane.model.slots import NO_SLOTS, SlotRange, Slots, count, difference, from_numbers, union
from tests.kit.fake_bus import view_of
from tests.kit.fake_engines import FakeEngines, FakeNode
from tests.kit.fake_views import slot_of

SECONDS = 1.0


class Cluster:
    """Shards of a primary and its replicas, formed as the reconciler does it."""

    def __init__(self, shard_count: int, replica_count: int, engines: FakeEngines) -> None:
        self.engines = engines
        self.slots = split_evenly(shard_count)
        self.shards = [[_member(shard, number) for number in range(1 + replica_count)] for shard in range(shard_count)]

    @property
    def members(self) -> list[MemberAddress]:
        return [one for shard in self.shards for one in shard]

    def boot(self, member: MemberAddress, *, nowhere_slots: Slots = NO_SLOTS) -> None:
        config = ClusterConfig(
            own_id=member.id,
            nowhere_id=MemberId("e" + member.id[1:]),
            nowhere_slots=nowhere_slots,
            others=tuple(one for one in self.members if one != member),
        )
        self.engines.boot(member.at, {NODES_FILE: render_nodes(config, member.at)})

    async def form(self) -> "Cluster":
        for shard, slots in zip(self.shards, self.slots, strict=True):
            for one in shard:
                self.boot(one, nowhere_slots=slots)
        for shard, slots in zip(self.shards, self.slots, strict=True):
            await self.engines.take_slots(shard[0].at, slots, SECONDS, by_vote=False)
        await self.look_around(9)
        for shard in self.shards:
            for replica in shard[1:]:
                await self.engines.follow_member(replica.at, shard[0], SECONDS)
        await self.look_around(99)
        return self

    async def look_around(self, times: int = 3) -> None:
        for _ in range(times):
            for one in self.members:
                await self.engines.observe(one.at, (), SECONDS)

    async def view(self, member: MemberAddress) -> ClusterView:
        view = (await self.look(member)).cluster
        assert view is not None, f"{member.at} runs in cluster mode"
        return view

    async def look(self, member: MemberAddress) -> Answering:
        seen = await self.engines.observe(member.at, (), SECONDS, is_cluster=True)
        assert isinstance(seen, Answering), f"{seen}"
        return seen

    def node(self, member: MemberAddress) -> FakeNode:
        return self.engines.nodes[member.at.address, member.at.port]

    async def owners(self, slots: Slots) -> set[MemberId]:
        """Who owns them, in everybody's eyes."""
        views = [await self.view(one) for one in self.members if one.at.address in self._living()]
        return {
            member.id
            for view in views
            for member in (view.own, *view.others)
            if count(union(member.slots, slots)) < count(member.slots) + count(slots)
        }

    def _living(self) -> set[str]:
        return {address for address, _ in self.engines.nodes}


def _member(shard: int, number: int) -> MemberAddress:
    at = NodeAddress(address=f"127.88.{shard + 1}.{number + 1}", port=6379, secret=Secret("only-for-tests"))
    return MemberAddress(at=at, id=MemberId(f"{shard + 1:020x}{number + 1:020x}"))


async def formed(shard_count: int, replica_count: int, engines: FakeEngines | None = None) -> Cluster:
    return await Cluster(shard_count, replica_count, engines or FakeEngines()).form()


def key_in(slots: Slots) -> str:
    numbers = range(slots[0].first, slots[0].last + 1)
    return next(key for key in (f"key-{number}" for number in range(100_000)) if slot_of(key) in numbers)


# --- how it forms --------------------------------------------------------------------------------


async def test_a_guarded_node_owns_nothing_takes_no_write_and_knows_everybody() -> None:
    cluster = Cluster(2, 0, FakeEngines())
    one, other = cluster.members
    cluster.boot(one, nowhere_slots=cluster.slots[0])

    seen = await cluster.look(one)

    assert seen.cluster is not None
    assert (seen.role, seen.primary_address, seen.primary_port) == (Role.REPLICA, one.at.address, 1)
    assert (seen.cluster.own.slots, [member.id for member in seen.cluster.others][1:]) == (NO_SLOTS, [other.id])
    assert not cluster.engines.write(one.at, key_in(cluster.slots[0]))


async def test_a_cluster_forms_and_each_key_is_taken_by_the_owner_of_its_slot() -> None:
    cluster = await formed(3, 1)

    views = [await cluster.view(one) for one in cluster.members]
    key = key_in(cluster.slots[1])
    taken_by = [one for one in cluster.members if cluster.engines.write(one.at, key)]

    assert all(count(view.owned_slots) == 16384 and view.is_serving for view in views)
    assert [member.is_handshaking for view in views for member in view.others] == [False] * 30
    assert taken_by == [cluster.shards[1][0]]
    assert cluster.node(cluster.shards[1][1]).keys == {key}


async def test_nowhere_vanishes_after_the_nodes_timeout_and_is_given_back_to_who_is_promoted() -> None:
    seconds = 0.0
    cluster = Cluster(1, 0, FakeEngines(now=lambda: seconds))
    (one,) = cluster.members
    cluster.boot(one, nowhere_slots=cluster.slots[0])

    seconds = 16.0
    view = await cluster.view(one)
    await cluster.engines.take_slots(one.at, cluster.slots[0], SECONDS, by_vote=False)

    assert (view.own.primary_id, view.others) == (None, ())
    assert (await cluster.view(one)).own.slots == cluster.slots[0]


async def test_a_replica_follows_only_whom_it_knows_as_a_primary() -> None:
    cluster = await formed(2, 1)
    replica = cluster.shards[0][1]
    stranger = MemberAddress(at=replica.at, id=MemberId("f" * 40))

    refusals = []
    for other in (stranger, cluster.shards[1][1], replica):
        with pytest.raises(Refused) as refusal:
            await cluster.engines.follow_member(replica.at, other, SECONDS)
        refusals.append(refusal.value.reply)
    with pytest.raises(Refused, match="refused") as owning:
        await cluster.engines.follow_member(cluster.shards[0][0].at, cluster.shards[1][0], SECONDS)

    assert [reply[:19] for reply in refusals] == [
        "ERR Unknown node ff",
        "ERR I can only repl",
        "ERR Can't replicate",
    ]
    assert "must be empty" in owning.value.reply


# --- failovers -----------------------------------------------------------------------------------


async def test_a_majority_votes_for_the_replica_of_a_dead_primary_and_everybody_hears_of_it() -> None:
    cluster = await formed(3, 1)
    primary, heir = cluster.shards[0]
    key = key_in(cluster.slots[0])
    cluster.engines.write(primary.at, key)
    cluster.engines.lose(primary.at)

    await cluster.engines.take_slots(heir.at, cluster.slots[0], SECONDS, by_vote=True)
    await cluster.look_around()

    assert cluster.node(heir).keys == {key}
    assert await cluster.owners(cluster.slots[0]) == {heir.id}


async def test_without_a_majority_nobody_is_elected_and_a_takeover_needs_none() -> None:
    cluster = await formed(2, 1)
    primary, heir = cluster.shards[0]
    cluster.engines.lose(primary.at)

    await cluster.engines.take_slots(heir.at, cluster.slots[0], SECONDS, by_vote=True)
    await cluster.look_around()
    elected = (await cluster.look(heir)).role
    await cluster.engines.take_slots(heir.at, cluster.slots[0], SECONDS, by_vote=False)
    await cluster.look_around()

    assert elected is Role.REPLICA
    assert await cluster.owners(cluster.slots[0]) == {heir.id}


async def test_a_former_primary_returns_as_a_replica_of_nowhere_and_wipes_nobody() -> None:
    cluster = await formed(3, 2)
    primary, heir, third = cluster.shards[0]
    key = key_in(cluster.slots[0])
    cluster.engines.write(primary.at, key)
    cluster.engines.lose(primary.at)

    cluster.boot(primary)
    await cluster.look_around()
    await cluster.engines.take_slots(heir.at, cluster.slots[0], SECONDS, by_vote=False)
    await cluster.look_around()

    assert cluster.node(primary).keys == set()
    assert cluster.node(third).keys == cluster.node(heir).keys == {key}
    assert await cluster.owners(cluster.slots[0]) == {heir.id}


async def test_the_replicas_of_a_lost_primary_follow_the_one_that_took_its_slots() -> None:
    cluster = await formed(3, 2)
    primary, heir, third = cluster.shards[0]
    cluster.engines.lose(primary.at)

    await cluster.engines.take_slots(heir.at, cluster.slots[0], SECONDS, by_vote=False)
    await cluster.look_around()

    assert (await cluster.view(third)).own.primary_id == heir.id


async def test_a_primary_that_could_not_be_reached_hears_that_it_was_replaced() -> None:
    cluster = await formed(3, 1)
    primary, heir = cluster.shards[0]
    for one in cluster.members:
        if one != primary:
            cluster.engines.cut_link(primary.at, one.at)
    key = key_in(cluster.slots[0])
    cluster.engines.write(primary.at, key)

    await cluster.engines.take_slots(heir.at, cluster.slots[0], SECONDS, by_vote=True)
    await cluster.look_around()
    for one in cluster.members:
        cluster.engines.mend_link(primary.at, one.at)
    await cluster.look_around()

    assert (await cluster.view(primary)).own.primary_id == heir.id
    assert cluster.node(primary).keys == set()


async def test_the_engines_elect_by_themselves_when_a_majority_holds_a_primary_dead_and_they_may() -> None:
    seconds = 0.0
    cluster = await formed(3, 2, FakeEngines(now=lambda: seconds))
    primary, barred, heir = cluster.shards[0]
    await cluster.engines.set_parameters(barred.at, {"cluster-replica-no-failover": "yes"}, SECONDS)
    cluster.engines.hang(primary.at)

    seconds = 10.0
    await cluster.look_around()
    early = (await cluster.look(heir)).role
    seconds = 20.0
    await cluster.look_around()

    assert early is Role.REPLICA
    assert (await cluster.look(barred)).role is Role.REPLICA
    assert (await cluster.look(heir)).role is Role.PRIMARY


async def test_a_role_is_handed_over_with_all_keys_and_without_a_majority() -> None:
    cluster = await formed(2, 1, FakeEngines(lag_looks=3))
    primary, replica = cluster.shards[0]
    key = key_in(cluster.slots[0])
    cluster.engines.write(primary.at, key)

    cluster.engines.hang(cluster.shards[1][0].at)
    await cluster.engines.hand_over(primary.at, replica.at, SECONDS)

    assert [cluster.node(one).role for one in (primary, replica)] == [Role.REPLICA, Role.PRIMARY]
    assert cluster.node(replica).keys == {key}


async def test_rumours_that_are_late_leave_views_that_differ_for_a_while() -> None:
    cluster = await formed(3, 1, FakeEngines(staleness=0.7, chance=random.Random(1)))
    primary, heir = cluster.shards[0]
    cluster.engines.lose(primary.at)

    await cluster.engines.take_slots(heir.at, cluster.slots[0], SECONDS, by_vote=False)
    at_once = await cluster.owners(cluster.slots[0])
    await cluster.look_around(20)

    assert at_once == {primary.id, heir.id}
    assert await cluster.owners(cluster.slots[0]) == {heir.id}


# --- members -------------------------------------------------------------------------------------


async def test_what_its_owner_does_not_claim_any_more_is_whosever_claims_it_at_whatever_epoch() -> None:
    cluster = await formed(3, 0)
    first, second, third = cluster.members
    giver, taker = (view_of(cluster.node(one)) for one in (first, second))
    some: Slots = (SlotRange(0, 9),)

    giver.own.epoch = giver.current_epoch = taker.own.epoch + 7
    giver.own.slots = difference(giver.own.slots, some)
    giver.version += 1
    await cluster.look_around()
    told = await cluster.view(third)
    taker.members[first.id].slots = giver.own.slots
    taker.own.slots = union(taker.own.slots, some)
    taker.version += 1
    await cluster.look_around()

    claimants = [one.id for one in told.others if count(union(one.slots, some)) == count(one.slots)]
    assert claimants == [first.id], "nobody else has claimed them yet"
    assert await cluster.owners(some) == {second.id}


async def test_a_new_node_is_met_and_a_forgotten_one_stays_forgotten_for_a_minute() -> None:
    seconds = 0.0
    cluster = await formed(2, 0, FakeEngines(now=lambda: seconds))
    one, other = cluster.members
    new = _member(7, 0)
    config = ClusterConfig(own_id=new.id, nowhere_id=MemberId("0" * 40))
    cluster.engines.boot(new.at, {NODES_FILE: render_nodes(config, new.at)})

    await cluster.engines.meet(one.at, [new.at], SECONDS)
    await cluster.look_around()
    met = new.id in {member.id for member in (await cluster.view(other)).others}
    for at in (one.at, other.at):
        await cluster.engines.forget_members(at, [new.id], SECONDS)
    await cluster.look_around()
    forgotten = new.id not in {member.id for member in (await cluster.view(other)).others}

    assert (met, forgotten) == (True, True)


async def test_a_replica_never_forgets_its_primary() -> None:
    cluster = await formed(2, 1)
    primary, replica = cluster.shards[0]

    await cluster.engines.forget_members(replica.at, [primary.id], SECONDS)

    assert primary.id in {member.id for member in (await cluster.view(replica)).others}


# --- whole slots ---------------------------------------------------------------------------------

MOVED: Slots = (SlotRange(0, 99),)


async def test_a_move_takes_its_keys_along_and_ends_well_in_the_eyes_of_both_sides() -> None:
    cluster = await formed(2, 1)
    source, target = cluster.shards[0][0], cluster.shards[1][0]
    key = key_in(MOVED)
    cluster.engines.write(source.at, key)

    await cluster.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    during = (await cluster.view(source)).moves
    await cluster.look_around(6)

    assert [move.state for move in during] == [MoveState.RUNNING]
    for one in (source, target):
        assert [move.state for move in (await cluster.view(one)).moves] == [MoveState.SUCCEEDED]
    assert await cluster.owners(MOVED) == {target.id}
    assert [key in cluster.node(one).keys for one in cluster.members] == [False, False, True, True]


async def test_a_move_fails_when_a_side_dies_and_the_slots_stay() -> None:
    cluster = await formed(3, 1)
    source, target = cluster.shards[0][0], cluster.shards[1][0]

    await cluster.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    cluster.engines.lose(target.at)
    await cluster.look_around()

    assert [move.state for move in (await cluster.view(source)).moves] == [MoveState.FAILED]
    assert await cluster.owners(MOVED) == {source.id}


async def test_a_move_that_is_cancelled_leaves_the_slots_and_the_same_slots_move_once_at_a_time() -> None:
    cluster = await formed(2, 0)
    source, target = cluster.members

    await cluster.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    with pytest.raises(Refused):
        await cluster.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    await cluster.engines.cancel_moves(target.at, SECONDS)
    await cluster.look_around()

    assert [move.state for move in (await cluster.view(source)).moves] == [MoveState.CANCELLED]
    assert await cluster.owners(MOVED) == {source.id}


async def test_while_the_slots_change_hands_nobody_takes_a_write_there() -> None:
    cluster = await formed(2, 0)
    source, target = cluster.members
    key = key_in(MOVED)
    await cluster.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    for _ in range(3):
        await cluster.view(source)

    is_written = [cluster.engines.write(one.at, key) for one in cluster.members]
    await cluster.look_around(2)

    assert is_written == [False, False]
    assert cluster.engines.write(target.at, key)


async def test_a_granted_move_races_a_failover_of_its_source() -> None:
    cluster = await formed(3, 1)
    (source, heir), target = cluster.shards[0], cluster.shards[1][0]
    await cluster.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    for _ in range(3):
        await cluster.view(source)

    cluster.engines.lose(source.at)
    await cluster.engines.take_slots(heir.at, cluster.slots[0], SECONDS, by_vote=False)
    await cluster.view(target)
    claimants = {one.id for one in (heir, target) if (await cluster.view(one)).own.slots[0].first == 0}
    await cluster.look_around(6)

    assert claimants
    assert len(await cluster.owners(MOVED)) == 1


# --- key by key ----------------------------------------------------------------------------------


async def carry(cluster: Cluster, source: MemberAddress, target: MemberAddress, slots: Slots) -> None:
    told = [shard[0].at for shard in cluster.shards]
    await cluster.engines.carry_slots(source, target, slots, told=told, seconds_max=0.1, timeout_seconds=SECONDS)


async def test_slots_are_carried_with_their_keys() -> None:
    cluster = await formed(3, 1)
    source, target = cluster.shards[0][0], cluster.shards[1][0]
    key = key_in(MOVED)
    cluster.engines.write(source.at, key)

    await carry(cluster, source, target, MOVED)
    await cluster.look_around()

    assert await cluster.owners(MOVED) == {target.id}
    assert [key in cluster.node(one).keys for one in cluster.members] == [False, False, True, True, False, False]


async def test_an_order_to_carry_may_end_anywhere_and_be_given_again_until_all_is_carried() -> None:
    cluster = await formed(2, 1, FakeEngines(chance=random.Random(3)))
    source, target = cluster.shards[0][0], cluster.shards[1][0]
    keys = {f"key-{number}" for number in range(3000)}
    for key in keys:
        assert cluster.engines.write(source.at, key) or cluster.engines.write(target.at, key)

    open_counts = set()
    for _ in range(200):
        await carry(cluster, source, target, cluster.slots[0])
        view = await cluster.view(source)
        open_counts.add(len(view.leaving_slots))
        if not view.own.slots:
            break
    await carry(cluster, source, target, cluster.slots[0])

    assert open_counts == {0, 1}
    assert cluster.node(target).keys == keys
    assert not (await cluster.view(target)).arriving_slots


async def test_both_sides_serve_what_they_have_of_an_open_slot() -> None:
    cluster = await formed(2, 0)
    source, target = cluster.members
    slot = slot_of("held")
    giver, taker = (source, target) if cluster.engines.write(source.at, "held") else (target, source)
    cluster.engines.write(giver.at, "held")
    cluster.engines.moves.large_keys.add("held")
    fresh = next(key for key in (f"fresh-{number}" for number in range(200_000)) if slot_of(key) == slot)

    with pytest.raises(KeyTooLarge) as stuck:
        await carry(cluster, giver, taker, from_numbers([slot]))
    at_giver = [cluster.engines.write(giver.at, key) for key in ("held", fresh)]
    at_taker = [cluster.engines.write(taker.at, fresh, is_asking=is_asking) for is_asking in (False, True)]
    for one in cluster.members:
        await cluster.engines.close_slots(one.at, from_numbers([slot]), SECONDS)

    assert stuck.value.slot == slot
    assert (at_giver, at_taker) == ([True, False], [False, True])
    assert cluster.engines.write(giver.at, fresh)


async def test_a_full_target_refuses_and_a_hung_one_gives_no_answer() -> None:
    cluster = await formed(2, 0)
    source, target = cluster.members
    cluster.engines.write(source.at, key_in(MOVED))
    cluster.engines.moves.full.add(cluster.node(target))

    with pytest.raises(Refused, match="no more"):
        await carry(cluster, source, target, MOVED)
    cluster.engines.hang(target.at)
    with pytest.raises(NoAnswer):
        await carry(cluster, source, target, MOVED)

    assert [len((await cluster.view(source)).leaving_slots), cluster.node(source).keys] == [1, {key_in(MOVED)}]
