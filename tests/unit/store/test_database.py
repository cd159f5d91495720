"""The store as a whole: what commits, what does not, who hears of it, and when it refuses to open."""

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from elastane.model import faults
from elastane.model.replication_groups import Form, GroupKey
from elastane.store import Store, StoreUnusable, Transaction
from elastane.store.database import FILE_NAME
from elastane.store.migrations import MIGRATIONS
from elastane.store.replication_groups import find_replication_group, save_replication_group
from elastane.store.settings import find_setting, save_setting
from tests.kit.groups import REGION, group

ORDERS = group("orders")


async def test_what_was_written_is_read_after_the_file_was_closed_and_opened_again(tmp_path: Path) -> None:
    first = Store.open(tmp_path)
    await first.write(lambda tx: save_setting(tx, "account", "000000000000"))
    first.close()

    second = Store.open(tmp_path)
    found = await second.read(lambda tx: find_setting(tx, "account"))
    second.close()

    assert found == "000000000000"


async def test_a_fault_in_the_middle_of_a_decision_leaves_nothing_behind(store: Store) -> None:
    def save_then_refuse(tx: Transaction) -> None:
        save_setting(tx, "account", "000000000000")
        save_replication_group(tx, ORDERS)
        raise faults.InvalidParameterValue("No.")

    with pytest.raises(faults.InvalidParameterValue):
        await store.write(save_then_refuse)

    assert await store.read(lambda tx: find_setting(tx, "account")) is None
    assert await store.read(lambda tx: find_replication_group(tx, ORDERS.key)) is None


async def test_the_store_goes_on_after_a_refused_decision(store: Store) -> None:
    def refuse(tx: Transaction) -> None:
        raise faults.InvalidParameterValue("No.")

    with pytest.raises(faults.InvalidParameterValue):
        await store.write(refuse)
    await store.write(lambda tx: save_setting(tx, "account", "000000000000"))

    assert await store.read(lambda tx: find_setting(tx, "account")) == "000000000000"


async def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(store: Store) -> None:
    def fill(tx: Transaction) -> None:
        pages = tx.connection.execute("PRAGMA page_count").fetchone()[0]
        tx.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        save_setting(tx, "small", "value")
        save_setting(tx, "large", "x" * 1_000_000)

    with pytest.raises(StoreUnusable, match=r"The store could not be used: .*full"):
        await store.write(fill)

    assert await store.read(lambda tx: find_setting(tx, "small")) is None


# --- the bell ------------------------------------------------------------------------------------


async def test_a_committed_write_rings_for_what_it_changed(store: Store) -> None:
    await store.write(lambda tx: save_replication_group(tx, ORDERS))

    async with asyncio.timeout(5):
        assert await store.bell.next_rung() == {ORDERS.key}


async def test_a_rolled_back_write_rings_for_nothing(store: Store) -> None:
    def save_then_refuse(tx: Transaction) -> None:
        save_replication_group(tx, ORDERS)
        raise faults.InvalidParameterValue("No.")

    with pytest.raises(faults.InvalidParameterValue):
        await store.write(save_then_refuse)
    await store.write(lambda tx: save_replication_group(tx, group("carts")))

    async with asyncio.timeout(5):
        assert {key.id for key in await store.bell.next_rung()} == {"carts"}


async def test_who_hears_the_bell_finds_what_it_rang_for(store: Store) -> None:
    async def look_when_it_rings() -> bool:
        (key,) = await store.bell.next_rung()
        return await store.read(lambda tx: find_replication_group(tx, key)) is not None

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(look_when_it_rings(), name="looks when the bell rings")
        await store.write(lambda tx: save_replication_group(tx, ORDERS))

    assert looking.result()


async def test_rings_between_two_looks_are_heard_together_and_once(store: Store) -> None:
    carts = GroupKey(REGION, Form.REPLICATION_GROUP, group("carts").id)
    for key in (ORDERS.key, carts, ORDERS.key):
        store.bell.ring(key)

    async with asyncio.timeout(5):
        heard = await store.bell.next_rung()
    store.bell.ring(carts)
    async with asyncio.timeout(5):
        heard_next = await store.bell.next_rung()

    assert heard == {ORDERS.key, carts}
    assert heard_next == {carts}


# --- two at once ---------------------------------------------------------------------------------


async def test_two_stores_on_one_file_see_each_others_commits(tmp_path: Path, store: Store) -> None:
    other = Store.open(tmp_path)

    await store.write(lambda tx: save_setting(tx, "account", "000000000000"))
    seen_by_other = await other.read(lambda tx: find_setting(tx, "account"))
    await other.write(lambda tx: save_setting(tx, "account", "111111111111"))
    seen = await store.read(lambda tx: find_setting(tx, "account"))
    other.close()

    assert seen_by_other == "000000000000"
    assert seen == "111111111111"


async def test_two_stores_that_count_on_one_file_lose_no_step(tmp_path: Path, store: Store) -> None:
    def count(tx: Transaction) -> None:
        save_setting(tx, "count", str(int(find_setting(tx, "count") or "0") + 1))

    other = Store.open(tmp_path)
    async with asyncio.TaskGroup() as tasks:
        for number in range(40):
            tasks.create_task((store if number % 2 else other).write(count), name=f"count {number}")
    counted = await store.read(lambda tx: find_setting(tx, "count"))
    other.close()

    assert counted == "40"


async def test_a_reader_keeps_its_view_while_a_writer_commits(store: Store) -> None:
    has_looked, may_look_again = threading.Event(), threading.Event()

    def look_twice(tx: Transaction) -> tuple[str | None, str | None]:
        before = find_setting(tx, "account")
        has_looked.set()
        may_look_again.wait(timeout=5)
        return before, find_setting(tx, "account")

    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(store.read(look_twice), name="looks twice")
        await asyncio.to_thread(has_looked.wait, 5)
        await store.write(lambda tx: save_setting(tx, "account", "000000000000"))
        may_look_again.set()

    assert looking.result() == (None, None)


def test_many_stores_can_open_one_new_file_at_the_same_moment(tmp_path: Path) -> None:
    all_ready = threading.Barrier(8)

    def open_with_the_others(_: int) -> Store:
        all_ready.wait(timeout=5)
        return Store.open(tmp_path)

    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(open_with_the_others, range(8)))
    for each in opened:
        each.close()

    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    connection.close()


# --- when it cannot be opened --------------------------------------------------------------------


def test_a_directory_that_is_not_there_is_a_sentence_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match=r"The store .*/missing/elastane\.db cannot be opened: .*\."):
        Store.open(tmp_path / "missing")


def test_a_directory_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    # Below a plain file nobody can write, not even root, for whom permissions mean nothing.
    (tmp_path / "plain").write_text("")

    with pytest.raises(StoreUnusable, match=r"cannot be opened: .*Not a directory"):
        Store.open(tmp_path / "plain")


def test_a_damaged_file_is_a_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is a letter to a friend, " * 200)

    with pytest.raises(StoreUnusable, match="file is not a database"):
        Store.open(tmp_path)

    assert (tmp_path / FILE_NAME).read_bytes().startswith(b"this is a letter")


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    Store.open(tmp_path).close()

    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0
