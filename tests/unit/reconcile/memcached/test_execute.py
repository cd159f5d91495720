"""What the steps of a Memcached cluster do to a small fake world, and what fails there."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.model.memcached_clusters import MemcachedCluster, Publication
from elastane.model.memcached_observations import AnsweringEndpoint, AnsweringNode
from elastane.model.observations import Absent, Exited, Running
from elastane.model.observed_memcached_clusters import NOTHING_OBSERVED
from elastane.reconcile.memcached.execute import execute
from elastane.reconcile.memcached.observe import observe
from elastane.reconcile.memcached.orders import endpoint_at, node_at
from elastane.reconcile.memcached.steps import (
    ForgetNode,
    InstallEngine,
    KillEndpoint,
    KillNodes,
    Publish,
    RemoveDirectories,
    RemoveEndpointDirectory,
    RenewCertificates,
    StartEndpoint,
    StartNodes,
    Step,
    StopEndpoint,
    StopNodes,
    Tell,
)
from elastane.reconcile.step_failures import StepFailed
from elastane.store import memcached_clusters
from tests.kit.fake_world import FakeWorld
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_world import find, find_told, get, memcached_world, save, told_ids

FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND)
ENCRYPTED = replace(CLUSTER, is_encrypted=True)
FIRST_KEY, SECOND_KEY = CLUSTER.node_key(FIRST), CLUSTER.node_key(SECOND)
BOTH = (FIRST.id, SECOND.id)


async def done(work: FakeWorld, *steps: Step, cluster: MemcachedCluster = CLUSTER, revision: int = 1) -> None:
    seen = await observe(work.world, cluster, NOTHING_OBSERVED)
    await execute(work.world, seen, revision, steps)


@contextlib.asynccontextmanager
async def stored(directory: Path, cluster: MemcachedCluster = CLUSTER) -> AsyncIterator[FakeWorld]:
    """In the store, and nothing of it runs."""
    work = memcached_world(directory)
    with contextlib.closing(work.store):
        await save(work, cluster)
        yield work


@contextlib.asynccontextmanager
async def serving(directory: Path, cluster: MemcachedCluster = CLUSTER) -> AsyncIterator[FakeWorld]:
    async with stored(directory, cluster) as work:
        await done(work, StartNodes(node_ids=BOTH), StartEndpoint(), cluster=cluster)
        yield work


async def process(work: FakeWorld, key: str) -> object:
    return type(await work.host.observe_process(key))


# --- processes -------------------------------------------------------------------------------------


async def test_what_is_started_answers_and_may_be_started_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        before = await work.host.observe_process(FIRST_KEY)

        await done(work, StartNodes(node_ids=BOTH), StartEndpoint())

        assert await work.host.observe_process(FIRST_KEY) == before
        assert isinstance(await work.host.memcached.observe(node_at(CLUSTER, SECOND), 1.0), AnsweringNode)
        assert await work.host.memcached.observe_endpoint(endpoint_at(CLUSTER), 1.0) == AnsweringEndpoint(version=0)


async def test_each_kind_of_end_ends_those_alone_that_it_names(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await done(work, StopNodes(node_ids=(FIRST.id,)), KillEndpoint())
        first, second = await process(work, FIRST_KEY), await process(work, SECOND_KEY)
        endpoint = await process(work, CLUSTER.endpoint_key)
        await done(work, KillNodes(node_ids=BOTH), StopEndpoint())

        assert (first, second, endpoint) == (Exited, Running, Exited)
        assert await process(work, SECOND_KEY) is Exited


async def test_directories_are_removed_once_nothing_runs_in_them(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        with pytest.raises(StepFailed, match="runs"):
            await done(work, RemoveDirectories(node_ids=BOTH))
        await done(work, StopNodes(node_ids=BOTH), StopEndpoint())

        await done(work, RemoveDirectories(node_ids=BOTH), RemoveEndpointDirectory())
        await done(work, RemoveDirectories(node_ids=BOTH), RemoveEndpointDirectory())

        assert await work.host.list_nodes() == ()
        assert await process(work, FIRST_KEY) is Absent


async def test_what_starts_beside_one_that_fails_is_started_all_the_same(tmp_path: Path) -> None:
    async with stored(tmp_path) as work:
        work.host.processes.refuse_starts(FIRST_KEY, "No space left on device")

        with pytest.raises(StepFailed, match="No space left on device") as failed:
            await done(work, StartNodes(node_ids=BOTH), StartEndpoint(), Tell())

        assert failed.value.is_permanent
        assert await process(work, SECOND_KEY) is Running
        assert await process(work, CLUSTER.endpoint_key) is Running


async def test_an_address_that_somebody_else_has_is_named(tmp_path: Path) -> None:
    async with stored(tmp_path) as work:
        work.host.processes.refuse_starts(FIRST_KEY, "its last words: failed to listen: Address already in use")

        with pytest.raises(StepFailed, match=f"{FIRST.address}:11211, the address of node 0001"):
            await done(work, StartNodes(node_ids=BOTH))


async def test_a_start_in_a_lost_zone_fails_for_now(tmp_path: Path) -> None:
    async with stored(tmp_path) as work:
        work.host.processes.lose_zone(FIRST.zone)

        with pytest.raises(StepFailed) as failed:
            await done(work, StartNodes(node_ids=BOTH))

        assert not failed.value.is_permanent


async def test_without_an_engine_the_start_says_so(tmp_path: Path) -> None:
    async with stored(tmp_path) as work:
        work.binaries = ()

        with pytest.raises(StepFailed, match=r"0001 needs memcached 1\.6\.22"):
            await done(work, StartNodes(node_ids=(FIRST.id,)))


async def test_an_engine_that_is_ordered_is_ordered_of_the_supply(tmp_path: Path) -> None:
    async with stored(tmp_path) as work:
        await done(work, InstallEngine(engine=CLUSTER.software.engine, version="1.6.38"))


# --- what clients are told -------------------------------------------------------------------------


async def test_what_was_published_a_step_before_is_what_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await done(work, Publish(version=1, node_ids=BOTH), Tell())

        assert told_ids(work, CLUSTER) == (1, BOTH)
        assert await work.host.memcached.observe_endpoint(endpoint_at(CLUSTER), 1.0) == AnsweringEndpoint(version=1)
        assert (await get(work, CLUSTER)).publication == Publication(version=1, node_ids=BOTH)


async def test_an_endpoint_that_starts_tells_what_was_published_a_step_before(tmp_path: Path) -> None:
    async with stored(tmp_path) as work:
        await done(work, Publish(version=1, node_ids=(FIRST.id,)), StartEndpoint())

        assert told_ids(work, CLUSTER) == (1, (FIRST.id,))


async def test_what_was_decided_from_a_document_that_changed_since_is_told_to_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await save(work, replace(CLUSTER, generation=2))

        await done(work, Publish(version=1, node_ids=BOTH), Tell(), revision=1)

        assert told_ids(work, CLUSTER) == (0, ())
        assert (await get(work, CLUSTER)).publication.version == 0


async def test_an_endpoint_without_a_directory_cannot_be_told(tmp_path: Path) -> None:
    async with stored(tmp_path) as work:
        with pytest.raises(StepFailed, match="there is no directory"):
            await done(work, Tell())

        assert find_told(work, CLUSTER) is None


# --- certificates ----------------------------------------------------------------------------------


async def test_processes_prove_themselves_with_their_own_names_and_renewed_ones_are_served(tmp_path: Path) -> None:
    async with serving(tmp_path, ENCRYPTED) as work:
        before = await observe(work.world, ENCRYPTED, NOTHING_OBSERVED)

        renew = RenewCertificates(node_ids=(FIRST.id,), of_endpoint=True)
        await done(work, renew, cluster=ENCRYPTED)

        after = await observe(work.world, ENCRYPTED, NOTHING_OBSERVED)
    assert work.host.memcached.forgotten == [FIRST.address, ENCRYPTED.endpoint_address]
    for node in before.nodes:
        assert node.answer is not None and node.answer.certificate is not None
        assert node.answer.certificate.names == before.certificate_names[ENCRYPTED.node_key(node.node)]
    first, second = zip(before.nodes, after.nodes, strict=True)
    assert first[0].answer != first[1].answer
    assert second[0].answer == second[1].answer
    assert before.endpoint.answer is not None and before.endpoint.answer.certificate is not None
    assert before.endpoint.answer.certificate.names == before.certificate_names[ENCRYPTED.endpoint_key]
    assert before.endpoint.answer != after.endpoint.answer


# --- what is gone ----------------------------------------------------------------------------------


async def test_nodes_that_are_forgotten_together_are_told_of_in_one_line_and_let_go_of(tmp_path: Path) -> None:
    third = cache_node(3)
    grown = replace(CLUSTER, nodes=(FIRST, replace(SECOND, is_leaving=True), replace(third, is_leaving=True)))
    async with stored(tmp_path, grown) as work:
        await done(work, ForgetNode(node_id=SECOND.id), ForgetNode(node_id=third.id), cluster=grown)
        await done(work, ForgetNode(node_id=SECOND.id), cluster=grown)

        assert [node.id for node in (await get(work, grown)).nodes] == [FIRST.id]
        assert await work.history() == [("sessions", "Removed cache nodes 0002, 0003")]
        assert set(work.host.memcached.forgotten) == {SECOND.address, third.address}


async def test_a_cluster_that_is_gone_ends_the_steps_without_a_word(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        seen = await observe(work.world, CLUSTER, NOTHING_OBSERVED)
        await work.store.write(lambda tx: memcached_clusters.remove_memcached_cluster(tx, CLUSTER.key))

        await execute(work.world, seen, 1, (Tell(),))

        assert await find(work, CLUSTER) is None
