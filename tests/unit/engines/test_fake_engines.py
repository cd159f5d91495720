"""How the fake engines fail: what simulations rely on and no real engine can be made to do on demand."""

import itertools

import pytest

from elastane.engines import NoAnswer, NodeAddress, Refused, SwitchoverFailed
from elastane.model.observations import Answering, Busy, Refusing, Role
from elastane.model.secrets import Secret
from tests.kit.fake_engines import FakeEngines
from tests.kit.fake_replication import REPL_TIMEOUT_SECONDS, WRITE_BYTES, FakeNode

SECONDS = 1.0

_NUMBERS = itertools.count(1)


def boot(engines: FakeEngines) -> NodeAddress:
    at = NodeAddress(address=f"127.88.1.{next(_NUMBERS)}", port=6379, secret=Secret("only-for-tests"))
    engines.boot(at)
    return at


def node(engines: FakeEngines, at: NodeAddress) -> FakeNode:
    return engines.nodes[at.address, at.port]


async def look(engines: FakeEngines, at: NodeAddress, *, times: int = 1) -> Answering:
    for _ in range(times):
        seen = await engines.observe(at, (), SECONDS)
    assert isinstance(seen, Answering), f"{seen}"
    return seen


async def group(engines: FakeEngines, *, replica_count: int = 1) -> tuple[NodeAddress, ...]:
    """A primary with one key, and replicas in sync with it."""
    primary, *replicas = (boot(engines) for _ in range(1 + replica_count))
    await engines.promote(primary, SECONDS)
    engines.write(primary, "first")
    for replica in replicas:
        await engines.follow(replica, primary, SECONDS)
        assert (await look(engines, replica, times=9)).is_link_up
    return primary, *replicas


# --- orders that come late -----------------------------------------------------------------------


async def test_an_order_to_a_hung_engine_is_carried_out_when_it_is_resumed() -> None:
    engines = FakeEngines()
    at = boot(engines)
    engines.hang(at)

    with pytest.raises(NoAnswer):
        await engines.promote(at, SECONDS)
    role_while_hung = node(engines, at).role
    engines.resume(at)

    assert (role_while_hung, node(engines, at).role) == (Role.REPLICA, Role.PRIMARY)


async def test_nothing_is_sent_to_an_engine_that_owes_an_answer() -> None:
    engines = FakeEngines()
    at = boot(engines)
    engines.hang(at)

    await engines.observe(at, (), SECONDS)
    with pytest.raises(NoAnswer):
        await engines.promote(at, SECONDS)
    engines.resume(at)

    assert node(engines, at).role is Role.REPLICA


async def test_a_killed_engine_carries_nothing_out() -> None:
    engines = FakeEngines()
    at = boot(engines)
    engines.hang(at)
    with pytest.raises(NoAnswer):
        await engines.promote(at, SECONDS)

    engines.lose(at)
    engines.boot(at)
    engines.resume(at)

    assert node(engines, at).role is Role.REPLICA


async def test_an_order_to_a_node_that_cannot_be_reached_arrives_when_it_can() -> None:
    engines = FakeEngines()
    (primary,) = await group(engines, replica_count=0)
    engines.blind(primary)

    seen = await engines.observe(primary, (), SECONDS)
    with pytest.raises(NoAnswer):
        await engines.cut_clients(primary, SECONDS)
    is_written = engines.write(primary, "second")
    engines.unblind(primary)
    engines.blind(primary)
    with pytest.raises(NoAnswer):
        await engines.cut_clients(primary, SECONDS)
    engines.unblind(primary)

    assert isinstance(seen, Busy) and not seen.is_script
    assert is_written
    assert node(engines, primary).cut_count == 1


async def test_only_an_engine_that_is_not_heard_is_quiet() -> None:
    engines = FakeEngines()
    well, hung, blind, lost = (boot(engines) for _ in range(4))
    engines.hang(hung)
    engines.blind(blind)
    engines.lose(lost)

    assert [engines.is_quiet(at, 0.25) for at in (well, hung, blind, lost)] == [False, True, True, False]


# --- what replicas receive -----------------------------------------------------------------------


async def test_a_hung_replica_receives_nothing_and_catches_up_when_it_is_resumed() -> None:
    engines = FakeEngines()
    primary, replica = await group(engines)
    engines.hang(replica)

    engines.write(primary, "second")
    keys_while_hung = node(engines, replica).received_keys
    engines.resume(replica)
    engines.write(primary, "third")

    assert keys_while_hung == {"first"}
    assert node(engines, replica).keys == {"first", "second", "third"}
    assert (await look(engines, replica)).offset_bytes == (await look(engines, primary)).offset_bytes


async def test_a_cut_link_is_up_and_silent_until_it_times_out_and_is_mended_by_a_partial_resync() -> None:
    engines = FakeEngines()
    primary, replica = await group(engines)
    engines.cut_link(primary, replica)
    engines.write(primary, "second")

    cut = await look(engines, replica, times=3)
    timed_out = await look(engines, replica, times=REPL_TIMEOUT_SECONDS)
    engines.mend_link(replica, primary)
    mended = await look(engines, replica)

    assert (cut.is_link_up, cut.link_silent_seconds, cut.key_count) == (True, 3, 1)
    assert (timed_out.is_link_up, timed_out.link_silent_seconds) == (False, None)
    assert (mended.is_link_up, mended.link_silent_seconds, mended.key_count) == (True, 0, 2)


async def test_a_link_to_a_hung_primary_grows_silent_as_time_passes_and_speaks_again_when_it_is_resumed() -> None:
    engines = FakeEngines(look_seconds=0.25)
    primary, replica = await group(engines)
    node(engines, replica).link_silent_seconds = 2

    before = await look(engines, replica)
    engines.hang(primary)
    silent = await look(engines, replica, times=4)
    engines.resume(primary)
    after = await look(engines, replica)

    assert [seen.link_silent_seconds for seen in (before, silent, after)] == [2, 3, 2]
    assert silent.is_link_up


async def test_a_replica_that_lags_applies_what_its_dead_primary_had_sent_and_calls_its_link_up_until_then() -> None:
    engines = FakeEngines(lag_looks=2)
    primary, replica = await group(engines)
    engines.write(primary, "second")

    engines.lose(primary)
    engines.boot(primary)  # under its former address: another process
    first, second = await look(engines, replica), await look(engines, replica)

    assert (first.is_link_up, first.key_count) == (True, 1)
    assert node(engines, replica).received_keys == {"first", "second"}
    assert (second.is_link_up, second.key_count, second.offset_bytes) == (False, 2, 2 * WRITE_BYTES)


async def test_a_promotion_forgets_what_has_arrived_and_is_not_applied() -> None:
    engines = FakeEngines(lag_looks=2)
    primary, replica = await group(engines)
    engines.write(primary, "second")
    engines.lose(primary)

    await engines.promote(replica, SECONDS)

    assert (await look(engines, replica, times=3)).key_count == 1


async def test_a_replica_of_a_replica_is_fed_through_it_and_keeps_its_link_when_the_first_dies() -> None:
    engines = FakeEngines(lag_looks=1)
    primary, middle, last = await group(engines, replica_count=2)
    await engines.follow(last, middle, SECONDS)
    await look(engines, last)

    engines.write(primary, "second")
    received_before = node(engines, last).received_keys
    await look(engines, middle)
    received_after = node(engines, last).received_keys
    engines.lose(primary)
    seen_last, seen_middle = await look(engines, last), await look(engines, middle)

    assert received_before == {"first"}
    assert received_after == {"first", "second"}
    assert (seen_middle.is_link_up, seen_last.is_link_up, seen_last.key_count) == (False, True, 2)


async def test_a_former_primary_goes_on_from_where_it_was_unless_it_went_further() -> None:
    engines = FakeEngines(sync_looks=3)
    primary, replica = await group(engines)
    await look(engines, replica)
    engines.cut_link(primary, replica)
    engines.write(primary, "diverged")

    await engines.promote(replica, SECONDS)
    engines.mend_link(primary, replica)
    await engines.follow(primary, replica, SECONDS)
    syncing = await look(engines, primary)
    synced = await look(engines, primary, times=2)

    promoted = await look(engines, replica)
    assert promoted.previous_replication_id == syncing.replication_id
    assert (syncing.is_syncing, syncing.is_link_up, syncing.key_count) == (True, False, 2)
    assert (synced.is_syncing, synced.is_link_up, synced.key_count) == (False, True, 1)
    assert synced.replication_id == promoted.replication_id


async def test_a_switchover_takes_along_what_has_not_been_applied_and_fails_when_it_cannot() -> None:
    engines = FakeEngines(lag_looks=5)
    primary, replica = await group(engines)
    engines.write(primary, "second")

    engines.cut_link(primary, replica)
    engines.write(primary, "third")
    with pytest.raises(SwitchoverFailed, match="catch up"):
        await engines.switch_over(primary, replica, SECONDS)
    engines.mend_link(primary, replica)
    await engines.switch_over(primary, replica, SECONDS)

    assert node(engines, replica).role is Role.PRIMARY
    assert node(engines, replica).keys == {"first", "second", "third"}


async def test_data_moves_on_while_nobody_looks() -> None:
    engines = FakeEngines()
    primary, replica = await group(engines)
    engines.hang(replica)
    engines.write(primary, "second")
    engines.resume(replica)

    engines.move_on()

    assert node(engines, replica).keys == {"first", "second"}


# --- scripts, dumps, addresses -------------------------------------------------------------------


async def test_a_script_keeps_an_engine_from_everything_until_it_is_ended() -> None:
    engines = FakeEngines()
    primary, replica = await group(engines)
    engines.run_script(primary)

    busy = await engines.observe(primary, (), SECONDS)
    with pytest.raises(Refused, match="BUSY"):
        await engines.cut_clients(primary, SECONDS)
    is_written = engines.write(primary, "second")
    silent = await look(engines, replica)
    for _ in range(2):
        await engines.stop_script(primary, SECONDS)

    assert isinstance(busy, Busy) and busy.is_script
    assert not is_written
    assert silent.link_silent_seconds == 1
    assert engines.write(primary, "second")


async def test_a_script_that_has_written_ends_by_itself_or_with_the_engine() -> None:
    engines = FakeEngines()
    (primary,) = await group(engines, replica_count=0)
    engines.run_script(primary, is_killable=False)

    with pytest.raises(Refused, match="UNKILLABLE"):
        await engines.stop_script(primary, SECONDS)
    await engines.shut_down(primary, SECONDS)

    assert await engines.observe(primary, (), SECONDS) == Refusing()


async def test_a_dump_is_loaded_by_the_next_boot_which_then_goes_on_with_a_partial_resync() -> None:
    engines = FakeEngines(sync_looks=5)
    primary, replica = await group(engines)
    await engines.save_dump(replica, SECONDS)
    engines.lose(replica)
    engines.write(primary, "second")

    engines.boot(replica)
    booted = await look(engines, replica)
    await engines.follow(replica, primary, SECONDS)

    assert (booted.role, booted.is_link_up, booted.key_count) == (Role.REPLICA, False, 1)
    assert (await look(engines, replica)).key_count == 2


async def test_clients_are_cut_although_an_address_is_taken() -> None:
    engines = FakeEngines()
    one, other = boot(engines), boot(engines)

    with pytest.raises(Refused):
        await engines.bind(one, (one.address, other.address), SECONDS, cuts_clients=True)
    await engines.bind(one, (one.address, "127.88.0.1"), SECONDS)

    assert node(engines, one).cut_count == 1
