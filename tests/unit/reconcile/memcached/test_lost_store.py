"""A new store beside Memcached clusters that are not new: filled from real directories, held, confirmed, served on."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec.structs import replace

from elastane.hosts import NodeOrder, directories
from elastane.hosts.identity import NodeIdentity, ProcessMark, save_identity
from elastane.model.ids import NodeId
from elastane.model.memcached_clusters import MemcachedCluster, Publication
from elastane.model.parameter_groups import ParameterGroup
from elastane.reconcile.lost_store import Confirmation, read_remains, rebuild_if_lost
from elastane.reconcile.memcached.orders import Means, endpoint_files, endpoint_order, node_order
from elastane.reconcile.memcached.passes import load_work, run_pass
from elastane.reconcile.recovery import CONFIRMATION_FILE, LISTS_UNSEEN_MAX, UNCONFIRMED, Recovery
from elastane.reconcile.recovery.remains import DOCUMENT_FILE, Remains
from elastane.store import claims, settings
from tests.kit import groups
from tests.kit.fake_binaries import MEMCACHED
from tests.kit.fake_world import FakeWorld
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_world import get, memcached_world, observed, told_ids

FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=4)
MEANS = Means(parameter_group=None, open_files_max=100_000)
SOURCE = "127.88.48.4"


class Installation:
    """A data directory in which everything of a cluster runs, and whose store is new."""

    def __init__(self, work: FakeWorld, data_dir: Path) -> None:
        self.work = work
        self.data_dir = data_dir
        self.nodes_directory = data_dir / "nodes"
        self.confirmation = Confirmation(None, data_dir)

    async def start(self, cluster: MemcachedCluster, means: Means = MEANS) -> None:
        for node in cluster.nodes:
            await self._start(node_order(cluster, node, binary=MEMCACHED, means=means))
        await self._start(endpoint_order(cluster, source_address=SOURCE, means=means))

    async def tell(self, cluster: MemcachedCluster) -> None:
        files = endpoint_files(cluster, source_address=SOURCE, means=MEANS)
        await self.work.host.write_files(cluster.endpoint_key, files)
        for name, text in files.items():
            directories.write_file(self.nodes_directory / cluster.endpoint_key / name, text)

    async def _start(self, order: NodeOrder) -> None:
        """On the machine, and on the disk."""
        directory = directories.ensure_directory(self.nodes_directory, order.node_key)
        process = await self.work.host.start_process(order)
        mark = ProcessMark(pid=process.pid, start_ticks=1, boot_id="of this boot", started_at=process.started_at)
        identity = NodeIdentity(node_key=order.node_key, argv=order.argv, identity=order.identity, process=mark)
        save_identity(directory, identity)
        for name, text in order.files.items():
            directories.write_file(directory / name, text)

    async def rebuild(self) -> Recovery:
        found = await rebuild_if_lost(self.work.store, self.nodes_directory, self.work.world.now)
        assert found is not None
        self.confirmation = Confirmation(found, self.data_dir)
        self.work.unsteady = self.confirmation.find_reason()
        return found

    async def confirm(self, found: Recovery) -> None:
        (self.data_dir / CONFIRMATION_FILE).write_text(f"{found.mark}\n")
        await self.confirmation.look(self.work.world)
        self.work.unsteady = self.confirmation.find_reason()

    async def passes(self, count: int) -> None:
        for _ in range(count):
            loaded = await load_work(self.work.world, CLUSTER.key)
            assert loaded is not None
            await run_pass(self.work.world, loaded)


@contextlib.asynccontextmanager
async def installation(data_dir: Path) -> AsyncIterator[Installation]:
    work = memcached_world(data_dir)
    with contextlib.closing(work.store):
        yield Installation(work, data_dir)


async def test_a_cluster_is_rebuilt_held_until_it_is_confirmed_and_then_tells_a_list_that_is_new_to_everybody(
    tmp_path: Path,
) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(CLUSTER)
        before = [await lost.work.host.observe_process(key) for key in CLUSTER.process_keys]

        found = await lost.rebuild()
        await lost.passes(3)
        held = told_ids(lost.work, CLUSTER)
        waiting = (await observed(lost.work, CLUSTER)).verdict
        await lost.confirm(found)
        await lost.passes(5)

        assert found.losses == () and lost.confirmation.find_reason() is None
        assert held == (4, ("0001", "0002"))
        assert waiting is not None and waiting.sentence == UNCONFIRMED
        assert told_ids(lost.work, CLUSTER) == (5, ("0001", "0002"))
        assert [await lost.work.host.observe_process(key) for key in CLUSTER.process_keys] == before
        verdict = (await observed(lost.work, CLUSTER)).verdict
        assert verdict is not None and verdict.kind == "satisfied"
        block = await lost.work.store.read(lambda tx: settings.find_setting(tx, settings.ADDRESS_BLOCK))
        assert block == "127.88.0.0/16"
        assert await lost.work.history() == [], "nothing has happened to its nodes"


async def test_what_the_endpoint_was_told_after_the_last_start_is_known_again(tmp_path: Path) -> None:
    shrunk = replace(CLUSTER, nodes=(FIRST,), generation=2, publication=Publication(version=9, node_ids=(FIRST.id,)))
    async with installation(tmp_path) as lost:
        await lost.start(CLUSTER)
        await lost.tell(shrunk)

        await lost.rebuild()

        again = await get(lost.work, CLUSTER)
    assert again == replace(shrunk, publication=Publication(version=10, node_ids=(FIRST.id,)))


async def test_a_customer_s_parameter_group_is_known_again(tmp_path: Path) -> None:
    mine = ParameterGroup(
        region=groups.REGION, name="mine", family="memcached1.6", description="", values={"idle_timeout": "30"}
    )
    tuned = replace(CLUSTER, software=replace(CLUSTER.software, parameter_group_name="mine"))
    async with installation(tmp_path) as lost:
        await lost.start(tuned, replace(MEANS, parameter_group=mine))

        await lost.rebuild()

        loaded = await load_work(lost.work.world, CLUSTER.key)
    assert loaded is not None and loaded.parameter_group == mine


async def test_files_that_cannot_be_read_leave_what_the_start_wrote(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(CLUSTER)
        endpoint = lost.nodes_directory / CLUSTER.endpoint_key
        (endpoint / DOCUMENT_FILE).write_text("{")
        (endpoint / "configuration.json").write_text("[]")

        left = {remains.node_key: remains for remains in read_remains(lost.nodes_directory)}
        await lost.rebuild()

        of_endpoint = left[CLUSTER.endpoint_key]
        assert isinstance(of_endpoint, Remains)
        assert (of_endpoint.document, of_endpoint.told, of_endpoint.told_at) == (CLUSTER, None, None)
        assert (await get(lost.work, CLUSTER)).publication.version == 4 + LISTS_UNSEEN_MAX


async def test_ids_and_addresses_are_taken_again(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(CLUSTER)
        await lost.rebuild()

        held = await lost.work.store.read(lambda tx: claims.held_addresses(tx, CLUSTER.key))
        owner = await lost.work.store.read(lambda tx: claims.find_key_of_node(tx, CLUSTER.region, NodeId(CLUSTER.id)))
    assert held == set(CLUSTER.addresses)
    assert owner == CLUSTER.key
