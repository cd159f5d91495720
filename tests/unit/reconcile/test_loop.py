"""The loop over a small fake world: real passes, real store, no waiting for anything but bells."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from msgspec.structs import replace

from elastane.clock import utc_now
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Deletion
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.fake_world import FakeWorld, reconciling, until_converged

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
FIRST_KEY, SECOND_KEY = "us-east-1/orders-001", "us-east-1/orders-002"


def running(directory: Path) -> AbstractAsyncContextManager[FakeWorld]:
    return reconciling(FakeWorld(directory))


async def told_order(work: FakeWorld) -> list[str]:
    """The first words of a failover's events, the group's own aside."""
    words = [message.split()[0] for source, message in await work.history() if source != GROUP.id]
    return [word for word in words if word in ("Failover", "Recovering", "Finished")]


async def failure(work: FakeWorld) -> str:
    """What a customer reads of the last one; empty while there is none."""
    observed = await work.observed(GROUP)
    return observed.failure.sentence if observed.failure is not None else ""


async def test_a_saved_group_is_made_true(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)

        await until_converged(work, GROUP)

        assert work.host.engine(FIRST.address).role is Role.PRIMARY
        assert work.host.engine(SECOND.address).role is Role.REPLICA


async def test_a_replica_is_asked_for_its_acknowledgement_once_for_each_sync(tmp_path: Path) -> None:
    endpoints = replace(GROUP.network, primary_endpoint_address="127.88.48.10", reader_endpoint_address="127.88.48.11")
    async with running(tmp_path) as work:
        await work.save(replace(GROUP, network=endpoints))
        await until_converged(work, GROUP)
        after_first_sync = work.host.engine(SECOND.address).acknowledgement_count

        work.host.kill(SECOND_KEY)
        await eventually(lambda: work.host.find_engine(SECOND.address) is not None)
        await until_converged(work, GROUP)

        assert after_first_sync == 1
        assert work.host.engine(SECOND.address).acknowledgement_count == 1, "of its second process"
        assert work.host.engine(FIRST.address).acknowledgement_count == 0


async def test_groups_that_were_there_before_are_looked_at_without_a_bell(tmp_path: Path) -> None:
    early = FakeWorld(tmp_path)
    await early.save(GROUP)
    early.store.close()

    async with running(tmp_path) as work:
        await until_converged(work, GROUP)


async def test_a_death_is_acted_upon_and_told_in_aws_s_words_and_order(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await until_converged(work, GROUP)
        work.engines.write(work.host.at(FIRST_KEY), "key")
        await work.engines.observe(work.host.at(SECOND_KEY), (), 1.0)
        told_before = len(await work.history())

        work.host.kill(FIRST_KEY)

        await eventually(lambda: work.host.engine(SECOND.address).role is Role.PRIMARY)
        await until_converged(work, GROUP)
        assert work.host.engine(FIRST.address).keys == {"key"}
        assert (await work.history())[told_before:] == [
            ("orders-002", "Failover from primary node orders-001 to replica node orders-002 completed"),
            ("orders", "Failover from primary node orders-001 to replica node orders-002 completed"),
            ("orders-001", "Recovering cache nodes 0001"),
            ("orders-001", "Finished recovery for cache nodes 0001"),
        ]


async def test_a_primary_that_hangs_is_heard_of_by_the_heartbeat_fenced_and_replaced(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await until_converged(work, GROUP)
        former = work.host.engine(FIRST.address)

        work.host.hang(FIRST_KEY)

        await eventually(lambda: work.host.engine(SECOND.address).role is Role.PRIMARY)
        await until_converged(work, GROUP)
        assert work.host.engine(FIRST.address) is not former
        stored = await work.find(GROUP)
        assert stored is not None
        assert (stored.node_groups[0].target_primary, stored.node_groups[0].failover_count) == (SECOND.id, 1)


async def test_while_time_is_not_to_be_trusted_nothing_is_done_and_the_failover_is_told_first(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await until_converged(work, GROUP)
        work.unsteady = "the clock jumped by +9.0 s: it looks, and does nothing for a moment"

        work.host.kill(FIRST_KEY)

        async def is_seen_as_down() -> bool:
            seen = (await work.observed(GROUP)).find_node(FIRST.id)
            return seen is not None and seen.health is NodeHealth.DOWN

        await eventually(is_seen_as_down)
        assert work.host.find_engine(FIRST.address) is None
        assert work.host.engine(SECOND.address).role is Role.REPLICA
        work.unsteady = None
        await eventually(lambda: work.host.engine(SECOND.address).role is Role.PRIMARY)
        await until_converged(work, GROUP)
        assert await told_order(work) == ["Failover", "Recovering", "Finished"]


async def test_a_deleted_group_is_forgotten_and_its_name_can_be_used_again(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await until_converged(work, GROUP)
        stored = await work.find(GROUP)
        assert stored is not None

        await work.save(replace(stored, generation=2, deletion=Deletion(requested_at=utc_now())))

        async def is_gone() -> bool:
            return await work.find(GROUP) is None

        await eventually(is_gone)
        assert await work.host.list_nodes() == ()
        await work.save(GROUP)
        await until_converged(work, GROUP)


async def test_a_departed_node_s_connection_is_let_go_of(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await until_converged(work, GROUP)
        stored = await work.find(GROUP)
        assert stored is not None
        node_group = stored.node_groups[0]
        nodes = tuple(replace(node, is_leaving=node.id == SECOND.id) for node in node_group.nodes)

        await work.save(replace(stored, generation=2, node_groups=(replace(node_group, nodes=nodes),)))

        await eventually(lambda: work.engines.forgotten == [SECOND.address])


async def test_a_refused_start_of_a_new_group_fails_for_good_with_its_sentence(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        work.host.processes.refuse_starts(FIRST_KEY, "No space left on device")

        await work.save(GROUP)

        assert "No space left on device" in await eventually(lambda: failure(work))
        observed = await work.observed(GROUP)
        assert observed.failure is not None and observed.failure.is_permanent


async def test_while_the_host_cannot_tell_nothing_is_done_and_that_is_said(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await until_converged(work, GROUP)
        work.host.is_unseen = True

        work.host.kill(FIRST_KEY)

        assert "its identity cannot be read" in await eventually(lambda: failure(work))
        assert await work.host.adopt() == (SECOND_KEY,)
        assert work.host.engine(SECOND.address).role is Role.REPLICA
        work.host.is_unseen = False
        await until_converged(work, GROUP)


async def test_a_bug_of_ours_is_told_as_an_internal_failure_and_other_groups_go_on(tmp_path: Path) -> None:
    unknown_type = replace(GROUP.software, node_type="cache.of.a.catalog.that.changed")
    other = groups.group("sessions")
    async with running(tmp_path) as work:
        await work.save(replace(GROUP, software=unknown_type))
        await work.save(other)

        assert await eventually(lambda: failure(work)) == "internal failure"
        await eventually(lambda: work.host.find_engine(other.nodes[0].address) is not None)
