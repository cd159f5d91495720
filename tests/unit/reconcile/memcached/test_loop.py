"""The loop over Memcached clusters in a small fake world: real passes, real store, beside replication groups."""

from pathlib import Path

from msgspec.structs import replace

from elastane.clock import utc_now
from elastane.model.memcached_clusters import MemcachedCluster, Publication, RestartKind, RestartOrder
from elastane.model.observations import Exited, Running
from elastane.model.replication_groups import Deletion
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.fake_world import FakeWorld
from tests.kit.fake_world import until_converged as until_group_converged
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_world import (
    find,
    get,
    memcached_world,
    observed,
    reconciling_memcached,
    save,
    told_ids,
    until_converged,
)

FIRST, SECOND, THIRD = (cache_node(number) for number in (1, 2, 3))
CLUSTER = memcached_cluster("sessions", FIRST, SECOND)
FIRST_KEY, SECOND_KEY, THIRD_KEY = (CLUSTER.node_key(node) for node in (FIRST, SECOND, THIRD))


async def failure(work: FakeWorld, cluster: MemcachedCluster = CLUSTER) -> str:
    """What a customer reads of the last one; empty while there is none."""
    found = (await observed(work, cluster)).failure
    return "" if found is None else found.sentence


async def pid(work: FakeWorld, key: str) -> int | None:
    process = await work.host.observe_process(key)
    return process.pid if isinstance(process, Running) else None


async def test_a_saved_cluster_is_made_true_and_told_once_all_of_it_is(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)

        await until_converged(work, CLUSTER)

        assert told_ids(work, CLUSTER) == (1, ("0001", "0002"))
        assert (await get(work, CLUSTER)).publication == Publication(version=1, node_ids=(FIRST.id, SECOND.id))
        assert [line for _, line in await work.history()] == [
            "Added cache node 0001 in availability zone us-east-1a",
            "Added cache node 0002 in availability zone us-east-1a",
            "Cache cluster created",
        ]


async def test_clusters_and_groups_that_were_there_before_are_looked_at_without_a_bell(tmp_path: Path) -> None:
    early, group = memcached_world(tmp_path), groups.group("orders")
    await save(early, CLUSTER)
    await early.save(group)
    early.store.close()

    async with reconciling_memcached(tmp_path) as work:
        await until_converged(work, CLUSTER)
        await until_group_converged(work, group)


async def test_a_node_that_dies_is_back_in_its_place_by_the_bell_and_clients_are_told_to_connect_anew(
    tmp_path: Path,
) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)
        told_before, former = len(await work.history()), await pid(work, FIRST_KEY)

        work.host.kill(FIRST_KEY)

        await eventually(lambda: told_ids(work, CLUSTER) == (2, ("0001", "0002")))
        await until_converged(work, CLUSTER)
        assert await pid(work, FIRST_KEY) not in (None, former)
        assert [line for _, line in (await work.history())[told_before:]] == [
            "Recovering cache nodes 0001",
            "Finished recovery for cache nodes 0001",
        ]


async def test_a_configuration_endpoint_that_dies_is_back_with_what_it_told(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)
        former = await pid(work, CLUSTER.endpoint_key)

        work.host.kill(CLUSTER.endpoint_key)

        async def is_back() -> bool:
            return await pid(work, CLUSTER.endpoint_key) not in (None, former)

        await eventually(is_back)
        await until_converged(work, CLUSTER)
        assert told_ids(work, CLUSTER) == (1, ("0001", "0002"))


async def test_a_node_that_hangs_is_killed_and_started_anew(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)
        former = await pid(work, FIRST_KEY)

        work.host.hang(FIRST_KEY)

        async def is_new() -> bool:
            return await pid(work, FIRST_KEY) not in (None, former)

        await eventually(is_new, timeout_seconds=20)
        await until_converged(work, CLUSTER)


async def test_nodes_come_published_when_they_answer_and_go_unpublished_first(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)

        await save(work, replace(await get(work, CLUSTER), nodes=(FIRST, SECOND, THIRD), generation=2))
        await until_converged(work, CLUSTER)
        grown = told_ids(work, CLUSTER)
        stored = await get(work, CLUSTER)
        leaving = tuple(replace(node, is_leaving=node.id != FIRST.id) for node in stored.nodes)
        await save(work, replace(stored, nodes=leaving, generation=3))
        await until_converged(work, CLUSTER)

        assert grown == (2, ("0001", "0002", "0003"))
        assert told_ids(work, CLUSTER) == (3, ("0001",))
        assert [node.id for node in (await get(work, CLUSTER)).nodes] == [FIRST.id]
        assert await work.host.list_nodes() == (FIRST_KEY, CLUSTER.endpoint_key)
        assert ("sessions", "Removed cache nodes 0002, 0003") in await work.history()


async def test_a_reboot_ends_the_process_once(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)
        former, other = await pid(work, FIRST_KEY), await pid(work, SECOND_KEY)
        order = RestartOrder(requested_at=utc_now(), kind=RestartKind.REBOOT)

        stored = await get(work, CLUSTER)
        await save(work, replace(stored, nodes=(replace(stored.nodes[0], restart=order), stored.nodes[1])))
        await eventually(lambda: told_ids(work, CLUSTER)[0] == 2)
        await until_converged(work, CLUSTER)

        new = await pid(work, FIRST_KEY)
        assert new not in (None, former) and await pid(work, SECOND_KEY) == other
        assert [line for _, line in (await work.history())[-2:]] == [
            "Cache node 0001 shutdown",
            "Cache node 0001 restarted",
        ]


async def test_a_deleted_cluster_leaves_nothing_behind_and_its_name_can_be_used_again(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)

        await save(work, replace(await get(work, CLUSTER), generation=2, deletion=Deletion(requested_at=utc_now())))

        async def is_gone() -> bool:
            return await find(work, CLUSTER) is None

        await eventually(is_gone)
        assert await work.host.list_nodes() == ()
        addresses = {*(node.address for node in CLUSTER.nodes), CLUSTER.endpoint_address}
        await eventually(lambda: set(work.host.memcached.forgotten) == addresses)
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)


async def test_while_time_is_not_to_be_trusted_nothing_is_started(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)
        work.unsteady = "the clock jumped by +9.0 s: it looks, and does nothing for a moment"

        work.host.kill(FIRST_KEY)

        async def is_waiting() -> bool:
            verdict = (await observed(work, CLUSTER)).verdict
            return verdict is not None and verdict.sentence == work.unsteady

        await eventually(is_waiting)
        assert isinstance(await work.host.observe_process(FIRST_KEY), Exited)
        work.unsteady = None
        await until_converged(work, CLUSTER)


async def test_while_the_host_cannot_tell_nothing_is_done_and_that_is_said(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        await save(work, CLUSTER)
        await until_converged(work, CLUSTER)
        work.host.is_unseen = True

        work.host.kill(FIRST_KEY)

        async def is_told() -> bool:
            return "its identity cannot be read" in await failure(work)

        await eventually(is_told)
        work.host.is_unseen = False
        await until_converged(work, CLUSTER)


async def test_a_refused_start_of_a_new_cluster_fails_for_good_with_its_sentence(tmp_path: Path) -> None:
    async with reconciling_memcached(tmp_path) as work:
        work.host.processes.refuse_starts(FIRST_KEY, "No space left on device")

        await save(work, CLUSTER)

        async def is_failed() -> bool:
            return "No space left on device" in await failure(work)

        await eventually(is_failed)
        found = (await observed(work, CLUSTER)).failure
        assert found is not None and found.is_permanent


async def test_a_bug_of_ours_is_told_as_an_internal_failure_and_other_caches_go_on(tmp_path: Path) -> None:
    unknown_type = tuple(replace(node, node_type="cache.of.a.catalog.that.changed") for node in CLUSTER.nodes)
    other = groups.group("orders")
    async with reconciling_memcached(tmp_path) as work:
        await save(work, replace(CLUSTER, nodes=unknown_type))
        await work.save(other)

        async def is_told() -> bool:
            return await failure(work) == "internal failure"

        await eventually(is_told)
        await until_group_converged(work, other)
