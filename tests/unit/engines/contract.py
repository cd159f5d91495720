"""What every implementation of the Engines protocol does, whether its engines are real or not.

`CONTRACT` is run over the fake in this folder and over real processes in `tests/live/engines`. A clause
is a function of a world: engines, and the means to boot, lose, hang and write to their nodes.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from elastane.engines import AddressInUse, Engines, NoAnswer, NodeAddress, SwitchoverFailed, Unreachable
from elastane.engines.valkey import NOWHERE_PORT
from elastane.model.observations import Answering, Busy, Refusing, Role
from tests.kit.asserts import eventually

SECONDS = 5.0
"""The deadline that orders get here. Nothing should come near it."""


class World(Protocol):
    """Engines and what a test may do to their nodes behind their back."""

    @property
    def engines(self) -> Engines: ...

    def spare_address(self) -> str:
        """An address that no node has, on which one may listen."""

    async def boot(self) -> NodeAddress:
        """A new node in the configuration nodes are really given, on an address of its own."""

    async def boot_again(self, at: NodeAddress) -> None:
        """Starts a lost node anew, as a host's restart would."""

    async def lose(self, at: NodeAddress) -> None:
        """The process dies and is gone on return."""

    async def hang(self, at: NodeAddress) -> None:
        """The process stops where it is; the kernel still accepts its connections."""

    async def resume(self, at: NodeAddress) -> None: ...

    async def write(self, at: NodeAddress, key: str) -> bool:
        """A customer writes; False when the engine refuses because it is a replica."""


async def look(world: World, at: NodeAddress, *names: str) -> Answering:
    seen = await world.engines.observe(at, names, SECONDS)
    assert isinstance(seen, Answering), f"{at} is {seen}"
    return seen


async def synced(world: World, at: NodeAddress, *, key_count: int) -> Answering:
    async def check() -> Answering:
        seen = await look(world, at)
        assert seen.is_link_up and seen.key_count == key_count, f"{seen}"
        return seen

    return await eventually(check)


async def primary_and_replica(world: World, *, key_count: int) -> tuple[NodeAddress, NodeAddress]:
    primary, replica = await world.boot(), await world.boot()
    await world.engines.promote(primary, SECONDS)
    for number in range(key_count):
        assert await world.write(primary, f"key-{number}")
    await world.engines.follow(replica, primary, SECONDS)
    await synced(world, replica, key_count=key_count)
    return primary, replica


# --- roles ---------------------------------------------------------------------------------------


async def a_booted_node_is_an_empty_read_only_replica_of_nowhere(world: World) -> None:
    at = await world.boot()

    seen = await look(world, at)

    assert (seen.role, seen.primary_address, seen.primary_port) == (Role.REPLICA, at.address, NOWHERE_PORT)
    assert (seen.is_link_up, seen.is_loading, seen.key_count, seen.offset_bytes) == (False, False, 0, 0)
    assert seen.bound_addresses == (at.address,)
    assert not await world.write(at, "key")


async def promotion_makes_a_node_writable_and_may_be_repeated(world: World) -> None:
    at = await world.boot()

    await world.engines.promote(at, SECONDS)
    accepted = await world.write(at, "key")
    await world.engines.promote(at, SECONDS)

    seen = await look(world, at)
    assert accepted
    assert (seen.role, seen.primary_address, seen.primary_port) == (Role.PRIMARY, None, None)
    assert (seen.is_link_up, seen.key_count) == (True, 1)


async def a_replica_takes_its_primarys_keys_and_lineage(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)

    await world.engines.follow(replica, primary, SECONDS)
    assert await world.write(primary, "one-more")
    seen = await synced(world, replica, key_count=4)

    leading = await look(world, primary)
    assert (seen.primary_address, seen.primary_port) == (primary.address, primary.port)
    assert seen.replication_id == leading.replication_id
    assert not await world.write(replica, "key")


async def a_primary_names_the_replica_that_it_calls_online(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)

    async def check() -> None:
        assert (await look(world, primary)).online_replicas == (replica.address,)

    await eventually(check)
    await world.lose(replica)
    await eventually(lambda: _has_no_replica(world, primary))


async def _has_no_replica(world: World, at: NodeAddress) -> bool:
    return not (await look(world, at)).online_replicas


async def an_acknowledgement_may_be_asked_of_any_node_and_changes_nothing(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)
    newborn = await world.boot()

    for at in (replica, replica, primary, newborn):
        await world.engines.ask_acknowledgement(at, SECONDS)

    assert await world.write(primary, "one-more")
    assert (await synced(world, replica, key_count=4)).primary_address == primary.address
    assert (await look(world, newborn)).primary_port == NOWHERE_PORT


async def a_lost_primarys_replica_keeps_its_keys_and_takes_over(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)

    await world.lose(primary)
    await eventually(lambda: _link_is_down(world, replica))
    former = await look(world, replica)
    await world.engines.promote(replica, SECONDS)

    seen = await look(world, replica)
    assert seen.key_count == 3
    assert seen.previous_replication_id == former.replication_id != seen.replication_id
    assert seen.offset_bytes >= seen.previous_offset_bytes >= former.offset_bytes
    assert await world.write(replica, "key")


async def an_empty_former_primary_that_returns_wipes_no_replica(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)
    await world.lose(primary)

    await world.boot_again(primary)

    # Several tries of the replica to reach its former primary: it must be refused each time.
    for _ in range(3):
        await eventually(lambda: _link_is_down(world, replica))
        assert (await look(world, replica)).key_count == 3
    await world.engines.promote(replica, SECONDS)
    await world.engines.follow(primary, replica, SECONDS)
    await synced(world, primary, key_count=3)


async def _link_is_down(world: World, at: NodeAddress) -> bool:
    seen = await look(world, at)
    assert seen.is_link_up is (seen.link_silent_seconds is not None)
    return not seen.is_link_up


# --- switchover ----------------------------------------------------------------------------------


async def a_switchover_swaps_roles_and_keeps_every_key(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)

    await world.engines.switch_over(primary, replica, SECONDS)

    assert (await look(world, replica)).role is Role.PRIMARY
    assert await world.write(replica, "key")
    follower = await synced(world, primary, key_count=4)
    assert (follower.role, follower.primary_address) == (Role.REPLICA, replica.address)


async def a_switchover_can_be_made_back_again(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)

    await world.engines.switch_over(primary, replica, SECONDS)
    await synced(world, primary, key_count=3)
    await world.engines.switch_over(replica, primary, SECONDS)

    assert (await look(world, primary)).role is Role.PRIMARY
    assert await world.write(primary, "key")


async def a_switchover_to_a_stranger_fails_and_leaves_the_primary_writable(world: World) -> None:
    primary, stranger = await world.boot(), await world.boot()
    await world.engines.promote(primary, SECONDS)

    with pytest.raises(SwitchoverFailed, match="no replica"):
        await world.engines.switch_over(primary, stranger, SECONDS)

    assert await world.write(primary, "key")


async def a_switchover_to_a_hung_replica_fails_and_leaves_the_primary_writable(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)
    await world.hang(replica)

    with pytest.raises(SwitchoverFailed):
        await world.engines.switch_over(primary, replica, 0.3)

    assert await world.write(primary, "key")


# --- addresses, parameters, clients --------------------------------------------------------------


async def an_endpoints_address_moves_from_one_node_to_another(world: World) -> None:
    former, latter = await world.boot(), await world.boot()
    endpoint = world.spare_address()
    await world.engines.bind(former, (former.address, endpoint), SECONDS)

    with pytest.raises(AddressInUse):
        await world.engines.bind(latter, (latter.address, endpoint), SECONDS)
    world.engines.forget(latter)  # so that it must still listen to be seen
    bound_after_refusal = (await look(world, latter)).bound_addresses
    await world.engines.bind(former, (former.address,), SECONDS)
    for _ in range(2):
        await world.engines.bind(latter, (latter.address, endpoint), SECONDS)

    assert bound_after_refusal == (latter.address,)
    assert (await look(world, former)).bound_addresses == (former.address,)
    assert (await look(world, latter)).bound_addresses == (latter.address, endpoint)


async def parameters_are_set_together_and_observed(world: World) -> None:
    at = await world.boot()

    await world.engines.set_parameters(at, {"maxmemory-policy": "allkeys-lru", "timeout": "300"}, SECONDS)

    seen = await look(world, at, "maxmemory-policy", "timeout")
    assert seen.parameters == {"maxmemory-policy": "allkeys-lru", "timeout": "300"}


async def cutting_clients_leaves_the_node_and_its_replica_as_they_are(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)
    endpoint = world.spare_address()

    await world.engines.cut_clients(primary, SECONDS)
    await world.engines.bind(primary, (primary.address, endpoint), SECONDS, cuts_clients=True)

    assert (await look(world, primary)).bound_addresses == (primary.address, endpoint)
    assert await world.write(primary, "key")
    await synced(world, replica, key_count=4)


async def where_no_script_runs_there_is_nothing_to_stop(world: World) -> None:
    at = await world.boot()

    await world.engines.stop_script(at, SECONDS)

    await look(world, at)


async def a_node_that_finds_a_dump_boots_with_its_keys_as_a_replica_of_nowhere(world: World) -> None:
    primary, replica = await primary_and_replica(world, key_count=2)
    assert await world.write(primary, "by-its-stream")
    before = await synced(world, replica, key_count=3)

    await world.engines.save_dump(replica, SECONDS)
    await world.lose(replica)
    await world.boot_again(replica)

    seen = await eventually(lambda: _loaded(world, replica))
    assert (seen.role, seen.primary_port, seen.is_link_up) == (Role.REPLICA, NOWHERE_PORT, False)
    assert (seen.key_count, seen.replication_id) == (3, before.replication_id)
    assert seen.offset_bytes >= before.offset_bytes > 0
    assert await world.write(primary, "one-more")
    await world.engines.follow(replica, primary, SECONDS)
    await synced(world, replica, key_count=4)


async def _loaded(world: World, at: NodeAddress) -> Answering:
    seen = await look(world, at)
    assert not seen.is_loading
    return seen


# --- failures ------------------------------------------------------------------------------------


async def a_dead_node_refuses_and_a_hung_one_is_busy(world: World) -> None:
    dead, hung = await world.boot(), await world.boot()
    await look(world, dead)
    await world.lose(dead)
    await world.hang(hung)

    seen_dead = await world.engines.observe(dead, (), SECONDS)
    seen_hung = [await world.engines.observe(hung, (), 0.1) for _ in range(3)]
    await world.resume(hung)

    assert seen_dead == Refusing()
    assert [type(one) for one in seen_hung] == [Busy, Busy, Busy]
    await look(world, hung)


async def only_a_node_that_owes_an_answer_is_quiet(world: World) -> None:
    well, hung, dead, stranger = [await world.boot() for _ in range(4)]
    for at in (well, hung, dead):
        await look(world, at)
    world.engines.forget(stranger)
    await world.lose(dead)
    await world.hang(hung)

    await eventually(lambda: world.engines.is_quiet(hung, 0.1))
    others = [world.engines.is_quiet(at, 0.1) for at in (well, dead, stranger)]
    await world.resume(hung)
    await eventually(lambda: not world.engines.is_quiet(hung, 0.1))

    assert others == [False, False, False]
    await look(world, hung)


async def an_order_to_a_hung_node_is_carried_out_when_it_is_resumed(world: World) -> None:
    at = await world.boot()
    await look(world, at)
    await world.hang(at)

    with pytest.raises(NoAnswer):
        await world.engines.promote(at, 0.1)
    await world.resume(at)

    await eventually(lambda: _is_primary(world, at))


async def nothing_is_sent_to_a_node_that_owes_an_answer(world: World) -> None:
    at = await world.boot()
    await look(world, at)
    await world.hang(at)
    await world.engines.observe(at, (), 0.1)

    with pytest.raises(NoAnswer):
        await world.engines.promote(at, 0.1)
    await world.resume(at)

    assert (await look(world, at)).role is Role.REPLICA


async def _is_primary(world: World, at: NodeAddress) -> bool:
    return (await look(world, at)).role is Role.PRIMARY


async def an_order_to_a_dead_node_raises(world: World) -> None:
    at = await world.boot()
    await world.lose(at)

    with pytest.raises(Unreachable):
        await world.engines.promote(at, SECONDS)
    with pytest.raises(Unreachable):
        await world.engines.set_parameters(at, {"timeout": "1"}, SECONDS)
    with pytest.raises(Unreachable):
        await world.engines.ask_acknowledgement(at, SECONDS)


async def a_node_that_was_told_to_shut_down_is_gone_and_may_be_told_again(world: World) -> None:
    at = await world.boot()

    await world.engines.shut_down(at, SECONDS)
    await eventually(lambda: _refuses(world, at))
    await world.engines.shut_down(at, SECONDS)

    assert await _refuses(world, at)


async def _refuses(world: World, at: NodeAddress) -> bool:
    return await world.engines.observe(at, (), SECONDS) == Refusing()


async def a_forgotten_node_can_be_observed_again(world: World) -> None:
    at = await world.boot()
    await look(world, at)

    world.engines.forget(at)
    world.engines.forget(at)

    assert (await look(world, at)).role is Role.REPLICA


CONTRACT: tuple[Callable[[World], Awaitable[None]], ...] = (
    a_booted_node_is_an_empty_read_only_replica_of_nowhere,
    promotion_makes_a_node_writable_and_may_be_repeated,
    a_replica_takes_its_primarys_keys_and_lineage,
    a_primary_names_the_replica_that_it_calls_online,
    an_acknowledgement_may_be_asked_of_any_node_and_changes_nothing,
    a_lost_primarys_replica_keeps_its_keys_and_takes_over,
    an_empty_former_primary_that_returns_wipes_no_replica,
    a_switchover_swaps_roles_and_keeps_every_key,
    a_switchover_can_be_made_back_again,
    a_switchover_to_a_stranger_fails_and_leaves_the_primary_writable,
    a_switchover_to_a_hung_replica_fails_and_leaves_the_primary_writable,
    an_endpoints_address_moves_from_one_node_to_another,
    parameters_are_set_together_and_observed,
    cutting_clients_leaves_the_node_and_its_replica_as_they_are,
    where_no_script_runs_there_is_nothing_to_stop,
    a_node_that_finds_a_dump_boots_with_its_keys_as_a_replica_of_nowhere,
    a_dead_node_refuses_and_a_hung_one_is_busy,
    only_a_node_that_owes_an_answer_is_quiet,
    an_order_to_a_hung_node_is_carried_out_when_it_is_resumed,
    nothing_is_sent_to_a_node_that_owes_an_answer,
    an_order_to_a_dead_node_raises,
    a_node_that_was_told_to_shut_down_is_gone_and_may_be_told_again,
    a_forgotten_node_can_be_observed_again,
)
