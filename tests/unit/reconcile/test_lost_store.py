"""A new store beside nodes that are not new: filled from real directories, held, and confirmed."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.engines import NodeAddress
from elastane.engines.discovery import EngineBinary
from elastane.hosts import directories
from elastane.hosts.identity import NodeIdentity, ProcessMark, save_identity
from elastane.model.access import Access, TransitEncryption
from elastane.model.acls import OPEN_ACL, Acl, AclUser
from elastane.model.events import SourceType
from elastane.model.ids import AccountId
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Node, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.reconcile.lost_store import Confirmation, advised, find_recovery, read_remains, rebuild_if_lost
from elastane.reconcile.orders import Boot, node_order
from elastane.reconcile.passes import load_work
from elastane.reconcile.recovery import CONFIRMATION_FILE, UNCONFIRMED, Recovery
from elastane.reconcile.recovery.remains import Remains, Unreadable
from elastane.reconcile.world import World
from elastane.store import Store, StoreUnusable, acls, credentials, replication_groups, settings
from elastane.store.database import FILE_NAME
from elastane.store.events import list_events
from tests.kit import groups
from tests.kit.encryption import talking
from tests.kit.fake_engines import FakeEngines
from tests.kit.fake_host import FakeHost
from tests.kit.fake_memcached import FakeMemcached
from tests.kit.fake_pki import FakePki

NOW = groups.CREATED_AT + timedelta(days=7)
SECRET = Secret('a "secret" of ours')
BINARY = EngineBinary(engine="valkey", version="9.1.2", path=Path("/engines/server"), source="path", has_tls=False)
GROUP = groups.group(
    "orders",
    groups.node("orders-001", address="127.90.0.10"),
    groups.node("orders-002", address="127.90.16.10", zone="us-east-1b"),
)
FIRST, SECOND = GROUP.nodes


class Installation:
    """A data directory whose nodes were started once and whose store is new, and the machine they run on."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.nodes_directory = data_dir / "nodes"
        self.store = Store.open(data_dir)
        self.engines = FakeEngines()
        self.host = FakeHost()
        self.confirmation = Confirmation(None, data_dir)
        self.world = World(
            store=self.store,
            host=self.host,
            engines=self.engines,
            memcached=FakeMemcached(self.host),
            binaries=lambda: (BINARY,),
            now=lambda: NOW,
            pki=FakePki(lambda: NOW),
            account_id=AccountId("000000000000"),
            address_block=groups.ADDRESS_BLOCK,
        )

    async def start(self, group: ReplicationGroup, node: Node, parameter_group: ParameterGroup | None = None) -> None:
        """As the control plane that was there before did: on the machine, and on the disk."""
        key = f"{group.region}/{node.id}"
        at = NodeAddress(address=node.address, port=group.software.port, secret=SECRET)
        order = node_order(
            group,
            node,
            at=at,
            binary=BINARY,
            directory=self.nodes_directory / key,
            node_key=key,
            boot=Boot(),
            parameter_group=parameter_group,
        )
        leave(self.nodes_directory, key, order.identity, order.files)
        await self.host.start_process(order)
        self.engines.boot(at)

    async def set_users(self, node: Node, acl: Acl) -> None:
        await self.engines.set_users(
            NodeAddress(address=node.address, port=6379, secret=SECRET), acl, BINARY.version, 1.0
        )

    async def promote(self, node: Node) -> None:
        await self.engines.promote(NodeAddress(address=node.address, port=6379, secret=SECRET), 1.0)

    async def rebuild(self) -> Recovery | None:
        found = await rebuild_if_lost(self.store, self.nodes_directory, lambda: NOW)
        self.confirmation = Confirmation(found, self.data_dir)
        return found

    async def find_group(self) -> ReplicationGroup | None:
        stored = await self.store.read(lambda tx: replication_groups.find_replication_group(tx, GROUP.key))
        return None if stored is None else stored.body


@contextlib.asynccontextmanager
async def installation(data_dir: Path) -> AsyncIterator[Installation]:
    made = Installation(data_dir)
    try:
        yield made
    finally:
        made.store.close()


def leave(nodes_directory: Path, key: str, identity: dict[str, str], files: dict[str, str]) -> None:
    directory = directories.ensure_directory(nodes_directory, key)
    mark = ProcessMark(pid=1, start_ticks=1, boot_id="of another boot", started_at=groups.CREATED_AT)
    save_identity(directory, NodeIdentity(node_key=key, argv=("/engines/server",), identity=identity, process=mark))
    for name, text in files.items():
        directories.write_file(directory / name, text)


# --- rebuilding -----------------------------------------------------------------------------------


async def test_a_rebuilt_group_has_its_parameter_group_and_its_values(tmp_path: Path) -> None:
    tuned = replace(GROUP, software=replace(GROUP.software, parameter_group_name="mine"))
    mine = ParameterGroup(region=GROUP.region, name="mine", family="valkey9", description="", values={"timeout": "60"})
    async with installation(tmp_path) as lost:
        await lost.start(tuned, FIRST, mine)
        await lost.start(tuned, SECOND, mine)

        found = await lost.rebuild()

        work = await load_work(lost.world, GROUP.key)
        assert work is not None and work.parameter_group == mine
        assert found is not None and len(found.losses) == 1


async def test_a_new_store_is_filled_from_the_nodes_that_are_not_new(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        await lost.start(GROUP, SECOND)

        found = await lost.rebuild()

        assert found is not None and found.losses == ()
        assert await lost.find_group() == GROUP
        secret = await lost.store.read(lambda tx: credentials.get_control_secret(tx, GROUP.credential_id))
        assert secret == SECRET
        assert await lost.store.read(lambda tx: settings.find_setting(tx, settings.ADDRESS_BLOCK)) == "127.90.0.0/16"
        assert await lost.store.read(find_recovery) == found


async def test_a_new_store_without_nodes_is_only_new(tmp_path: Path) -> None:
    async with installation(tmp_path) as fresh:
        found = await fresh.rebuild()

        assert found is None
        assert fresh.confirmation.find_reason() is None


async def test_a_store_that_is_in_use_is_not_filled_again(tmp_path: Path) -> None:
    async with installation(tmp_path) as used:
        await used.store.write(lambda tx: settings.save_setting(tx, settings.ADDRESS_BLOCK, "127.90.0.0/16"))
        await used.start(GROUP, FIRST)

        found = await used.rebuild()

        assert found is None
        assert await used.find_group() is None


async def test_a_restart_before_the_confirmation_still_waits_for_it(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        found = await lost.rebuild()

        again = await lost.rebuild()

        assert again == found
        assert lost.confirmation.find_reason() == UNCONFIRMED


async def test_what_cannot_be_read_is_told_and_the_rest_is_rebuilt(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        await lost.start(GROUP, SECOND)
        (lost.nodes_directory / "us-east-1/orders-002/identity.json").write_text("{")

        first, second = read_remains(lost.nodes_directory)
        found = await lost.rebuild()

        assert isinstance(first, Remains) and first.secret == SECRET
        assert isinstance(second, Unreadable)
        assert found is not None and found.losses[0].startswith("the directory of us-east-1/orders-002 says nothing")
        assert await lost.find_group() == GROUP


async def test_a_node_without_a_configuration_has_no_secret_and_its_group_is_not_rebuilt(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        (lost.nodes_directory / "us-east-1/orders-001/valkey.conf").unlink()

        found = await lost.rebuild()

        assert found is not None and "holds the secret of its control user" in found.losses[0]
        assert await lost.find_group() is None
        assert lost.confirmation.find_reason() == UNCONFIRMED


# --- confirming -----------------------------------------------------------------------------------


async def test_nothing_may_be_done_until_this_very_recovery_is_confirmed(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        found = await lost.rebuild()
        assert found is not None

        await lost.confirmation.look(lost.world)
        assert lost.confirmation.find_reason() == UNCONFIRMED
        (tmp_path / CONFIRMATION_FILE).write_text("2020-01-01T00:00:00+00:00\n")
        await lost.confirmation.look(lost.world)
        assert lost.confirmation.find_reason() == UNCONFIRMED
        (tmp_path / CONFIRMATION_FILE).write_text(f"{found.mark}\n")
        await lost.confirmation.look(lost.world)

        assert lost.confirmation.find_reason() is None
        assert not (tmp_path / CONFIRMATION_FILE).exists()
        kept = await lost.store.read(find_recovery)
        assert kept is not None and kept.confirmed_at == NOW


async def confirm(lost: Installation) -> ReplicationGroup:
    found = await lost.rebuild()
    assert found is not None
    (lost.data_dir / CONFIRMATION_FILE).write_text(found.mark)
    await lost.confirmation.look(lost.world)
    group = await lost.find_group()
    assert group is not None
    return group


async def test_the_confirmation_writes_down_who_is_primary_now_whatever_the_document_says(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        await lost.start(GROUP, SECOND)
        await lost.promote(SECOND)

        group = await confirm(lost)

        (part,) = group.node_groups
        assert (part.target_primary, part.epoch) == (SECOND.id, 2)


async def test_who_may_sign_in_is_as_remembered_where_the_engines_let_in_just_those(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        await lost.set_users(FIRST, OPEN_ACL)

        group = await confirm(lost)

        assert not group.access.is_remembered
        assert await lost.store.read(lambda tx: acls.find_acl(tx, group)) == OPEN_ACL


async def test_a_cache_that_was_closed_since_its_nodes_were_started_is_not_opened(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        await lost.set_users(FIRST, (AclUser(name="default", access_string="off -@all"),))

        group = await confirm(lost)

        assert group.access.is_remembered
        assert await lost.store.read(lambda tx: acls.find_acl(tx, group)) is None
        told = await lost.store.read(
            lambda tx: list_events(tx, GROUP.region, start=NOW, end=NOW, source_type=SourceType.REPLICATION_GROUP)
        )
        assert ["who may sign in was lost" in event.message for _, event in told] == [True]


async def test_where_no_engine_can_be_asked_nobody_is_taken_as_remembered(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        lost.engines.lose(NodeAddress(address=FIRST.address, port=6379, secret=SECRET))

        assert (await confirm(lost)).access.is_remembered


async def test_the_passes_are_woken_by_the_confirmation(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        await lost.start(GROUP, FIRST)
        found = await lost.rebuild()
        assert found is not None
        assert await lost.store.bell.next_rung() == {GROUP.key}

        (tmp_path / CONFIRMATION_FILE).write_text(found.mark)
        await lost.confirmation.look(lost.world)

        assert await lost.store.bell.next_rung() == {GROUP.key}


# --- encryption, which changes without a start ----------------------------------------------------

OFF, PREFERRED, REQUIRED = TransitEncryption.DISABLED, TransitEncryption.PREFERRED, TransitEncryption.REQUIRED


async def confirmed(lost: Installation, group: ReplicationGroup, *engines: dict[str, str]) -> ReplicationGroup:
    """Started as the document says; each engine was brought to listen otherwise since. Rebuilt and confirmed."""
    for node, parameters in zip(group.nodes, engines, strict=True):
        await lost.start(group, node)
        lost.engines.nodes[node.address, 6379].parameters.update(parameters)
    return await confirm(lost)


@pytest.mark.parametrize("document", [OFF, PREFERRED, REQUIRED])
@pytest.mark.parametrize("offered", [OFF, PREFERRED, REQUIRED])
async def test_the_encryption_that_engines_offer_is_the_one_they_shall_offer(
    tmp_path: Path, document: TransitEncryption, offered: TransitEncryption
) -> None:
    async with installation(tmp_path) as lost:
        group = replace(GROUP, access=Access(transit_encryption=document))

        rebuilt = await confirmed(lost, group, talking(offered), talking(offered))

        assert rebuilt.access.transit_encryption is offered


@pytest.mark.parametrize(
    ("document", "engines", "mode"),
    [
        (PREFERRED, (PREFERRED, OFF), PREFERRED),
        (OFF, (PREFERRED, OFF), OFF),
        (REQUIRED, (PREFERRED, REQUIRED), REQUIRED),
        (OFF, (PREFERRED, REQUIRED), PREFERRED),
    ],
)
async def test_of_engines_that_were_on_their_way_the_document_says_where_or_both_kinds_are_offered(
    tmp_path: Path,
    document: TransitEncryption,
    engines: tuple[TransitEncryption, TransitEncryption],
    mode: TransitEncryption,
) -> None:
    async with installation(tmp_path) as lost:
        group = replace(GROUP, access=Access(transit_encryption=document))

        rebuilt = await confirmed(lost, group, *map(talking, engines))

        assert rebuilt.access.transit_encryption is mode


async def test_where_nobody_answers_the_document_is_all_there_is(tmp_path: Path) -> None:
    async with installation(tmp_path) as lost:
        group = replace(GROUP, access=Access(transit_encryption=REQUIRED))
        for node in group.nodes:
            await lost.start(group, node)
            lost.engines.hang(NodeAddress(address=node.address, port=6379, secret=SECRET))

        rebuilt = await confirm(lost)

        assert rebuilt.access.transit_encryption is REQUIRED


# --- a damaged store ------------------------------------------------------------------------------


def test_a_damaged_store_is_refused_with_what_to_do_about_it(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this was a database once " * 400)

    with pytest.raises(StoreUnusable, match=r"file is not a database\. Move it away, .* `elastane recover`"), advised():
        Store.open(tmp_path)


def test_any_other_refusal_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable) as refusal, advised():
        Store.open(tmp_path / "nowhere")

    assert "Move it away" not in str(refusal.value)
