"""What a look at a Memcached cluster finds: its processes, what they say, and how long they have been silent."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.clock import Now, utc_now
from elastane.hosts import HostError
from elastane.model.memcached_observations import AnsweringEndpoint
from elastane.model.observations import Absent, Busy, Exited, Process, Refusing, Running
from elastane.model.observed_memcached_clusters import (
    NOTHING_OBSERVED,
    ObservedCacheNode,
    ObservedConfigurationEndpoint,
    ObservedMemcachedCluster,
    ObservedProcess,
)
from elastane.model.observed_replication_groups import NodeHealth, Silence
from elastane.reconcile.memcached.observe import means_of, observe
from elastane.reconcile.memcached.orders import endpoint_order, node_order
from elastane.reconcile.memcached.situation import Situation
from tests.kit import groups
from tests.kit.fake_binaries import MEMCACHED
from tests.kit.fake_world import FakeWorld
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_world import memcached_world

FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=3)
FIRST_KEY, SECOND_KEY = CLUSTER.node_key(FIRST), CLUSTER.node_key(SECOND)


class Clock:
    def __init__(self) -> None:
        self.moment = groups.CREATED_AT

    def __call__(self) -> datetime:
        return self.moment


@contextlib.asynccontextmanager
async def running(directory: Path, now: Now = utc_now) -> AsyncIterator[FakeWorld]:
    """All processes of the cluster run."""
    work = memcached_world(directory, now=now)
    with contextlib.closing(work.store):
        means = means_of(work.world, None)
        for node in CLUSTER.nodes:
            await work.host.start_process(node_order(CLUSTER, node, binary=MEMCACHED, means=means))
        await work.host.start_process(endpoint_order(CLUSTER, source_address="127.88.48.4", means=means))
        yield work


async def look(work: FakeWorld, before: ObservedMemcachedCluster = NOTHING_OBSERVED) -> Situation:
    return await observe(work.world, CLUSTER, before)


async def test_all_that_run_are_asked_and_say_what_they_run_with(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        seen = await look(work)

    assert [one.id for one in seen.nodes] == ["0001", "0002"]
    for node in seen.nodes:
        assert node.answer is not None
        wanted = seen.wanted_settings[node.id]
        assert {name: node.answer.settings[name] for name in wanted} == wanted
    assert seen.endpoint.engine == AnsweringEndpoint(version=3)
    assert ("memcached", "1.6.38") in seen.engines


async def test_who_does_not_run_is_not_asked_and_not_silent(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        work.host.kill(FIRST_KEY)
        work.host.processes.lose_disk(SECOND_KEY)
        work.host.kill(CLUSTER.endpoint_key)

        seen = await look(work)

    first, second = seen.nodes
    assert isinstance(first.process, Exited) and isinstance(second.process, Absent)
    assert isinstance(first.engine, Refusing) and first.silence is None
    assert isinstance(seen.endpoint.process, Exited) and seen.endpoint.silence is None


async def test_silence_is_lengthened_look_by_look_with_the_kernel_as_its_witness(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, now=clock) as work:
        work.host.hang(FIRST_KEY)
        work.host.hang(CLUSTER.endpoint_key)
        first = await look(work)
        clock.moment += timedelta(seconds=1)

        second = await look(work, remembered(first))

    hung, well = second.nodes
    assert isinstance(hung.engine, Busy) and hung.silence is not None and well.silence is None
    assert (hung.silence.look_count, hung.silence.still_count) == (2, 2)
    assert hung.silence.since == groups.CREATED_AT
    assert second.endpoint.silence is not None and second.endpoint.silence.still_count == 2


async def test_who_gets_on_without_answering_is_silent_and_not_still(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        work.host.memcached.unreached.add(FIRST.address)
        first = await look(work)

        second = await look(work, remembered(first))

    silence = second.nodes[0].silence
    assert silence is not None and (silence.look_count, silence.still_count) == (2, 1)


async def test_lost_zones_and_our_own_unsteadiness_are_seen(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        work.host.processes.lose_zone(FIRST.zone)
        work.unsteady = "the clock jumped by +9.0 s"

        seen = await look(work)
        read_then = await observe(work.world, CLUSTER, NOTHING_OBSERVED, unsteady="the store was lost")

    assert seen.lost_zones == {FIRST.zone}
    assert seen.unsteady == "the clock jumped by +9.0 s"
    assert read_then.unsteady == "the store was lost"


async def test_a_host_that_cannot_tell_ends_the_look(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        work.host.is_unseen = True

        with pytest.raises(HostError):
            await look(work)


async def test_with_encryption_only_engines_that_know_it_count_and_certificates_are_seen(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        plain = tuple(replace(binary, has_tls=False) for binary in work.binaries if binary.engine == "memcached")
        work.binaries = plain

        seen = await observe(work.world, replace(CLUSTER, is_encrypted=True), NOTHING_OBSERVED)

    assert seen.engines == ()
    assert seen.certificate_issuer == work.pki.issuer
    assert set(seen.certificate_names) == set(CLUSTER.process_keys)


def remembered(seen: Situation) -> ObservedMemcachedCluster:
    """What the next pass is handed of this one, as far as silence goes."""

    def process(started: Process, silence: Silence | None) -> ObservedProcess:
        assert isinstance(started, Running)
        return ObservedProcess(health=NodeHealth.READY, sentence="", started_at=started.started_at, silence=silence)

    return ObservedMemcachedCluster(
        nodes=tuple(
            ObservedCacheNode(id=one.id, process=process(one.process, one.silence), was_ready=True)
            for one in seen.nodes
        ),
        endpoint=ObservedConfigurationEndpoint(process=process(seen.endpoint.process, seen.endpoint.silence)),
    )
