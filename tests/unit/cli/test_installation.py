"""An installation looked at from outside: nothing is written, nobody waits, and processes are told truly."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from elastane.cli.installation import observe_installation, observe_process
from elastane.hosts import identity
from elastane.hosts.identity import NodeIdentity
from elastane.model.ids import NodeId
from elastane.store import Store, StoreUnusable, Transaction, replication_groups
from elastane.store.database import FILE_NAME
from tests.kit import groups

KEY = "us-east-1/orders-001"


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        yield started
        started.kill()


def save_identity(root: Path, of: "subprocess.Popen[bytes]") -> None:
    directory = root / KEY
    directory.mkdir(parents=True)
    mark = identity.mark_process(of.pid, log_start_bytes=0)
    identity.save_identity(directory, NodeIdentity(node_key=KEY, argv=("/x",), identity={}, process=mark))


async def test_groups_are_read_while_the_control_plane_has_the_store_open_and_writes(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    await store.write(lambda tx: replication_groups.save_replication_group(tx, groups.group("orders")))

    def look_from_outside(tx: Transaction) -> tuple[str, ...]:
        replication_groups.save_replication_group(tx, groups.group("carts"))
        return tuple(seen.desired.id for seen in observe_installation(tmp_path).groups)

    ids = await store.write(look_from_outside)
    await asyncio.to_thread(store.close)

    assert ids == ("orders",), "what is not committed is not seen, and nobody waits for anybody"


async def test_a_store_that_was_not_closed_can_be_read(tmp_path: Path) -> None:
    for name in ("lived", "died"):
        (tmp_path / name).mkdir()
    store = Store.open(tmp_path / "lived")
    await store.write(lambda tx: replication_groups.save_replication_group(tx, groups.group("orders")))
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):  # as a crash leaves it: the journal is there, its index is not
        (tmp_path / "died" / name).write_bytes((tmp_path / "lived" / name).read_bytes())
    await asyncio.to_thread(store.close)

    found = observe_installation(tmp_path / "died")

    assert [seen.desired.id for seen in found.groups] == ["orders"]


def test_a_file_that_has_no_schema_yet_is_no_store_yet(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()

    found = observe_installation(tmp_path)

    assert not found.is_used


def test_a_store_of_another_version_is_refused_and_never_migrated(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreUnusable, match="a newer version of Elastane"):
        observe_installation(tmp_path)


def test_a_look_from_outside_cannot_write(tmp_path: Path) -> None:
    Store.open(tmp_path).close()

    with pytest.raises(StoreUnusable, match="readonly"):
        Store.read_from_outside(
            tmp_path, lambda tx: replication_groups.save_replication_group(tx, groups.group("orders"))
        )


def test_a_damaged_store_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)

    with pytest.raises(StoreUnusable, match="cannot be read"):
        observe_installation(tmp_path)


def test_a_node_whose_process_lives_has_its_pid(tmp_path: Path, process: "subprocess.Popen[bytes]") -> None:
    save_identity(tmp_path, process)

    seen = observe_process(tmp_path, KEY)

    assert (seen.pid, seen.sentence) == (process.pid, f"pid {process.pid}")


def test_a_node_whose_process_is_gone_has_none(tmp_path: Path, process: "subprocess.Popen[bytes]") -> None:
    save_identity(tmp_path, process)
    process.kill()
    process.wait()

    seen = observe_process(tmp_path, KEY)

    assert (seen.pid, seen.sentence) == (None, "not running")


def test_a_node_that_has_no_directory_was_never_started(tmp_path: Path) -> None:
    assert observe_process(tmp_path, KEY).sentence == "never started"


def test_an_identity_that_cannot_be_read_says_so_and_hides_no_other_node(tmp_path: Path) -> None:
    desired = groups.group("orders")
    root = tmp_path / "nodes" / "us-east-1"
    (root / "orders-001").mkdir(parents=True)
    (root / "orders-001" / "identity.json").write_text("{")
    store = Store.open(tmp_path)
    asyncio.run(store.write(lambda tx: replication_groups.save_replication_group(tx, desired)))
    store.close()

    processes = observe_installation(tmp_path).groups[0].processes

    assert "identity.json cannot be read" in processes[NodeId("orders-001")].sentence
    assert processes[NodeId("orders-002")].sentence == "never started"
