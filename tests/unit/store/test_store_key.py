"""The key's file: made once, proven at every start, and never made anew beside secrets that need the old one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from elastane.model.secrets import Secret
from elastane.store import Store, StoreUnusable, credentials, settings
from elastane.store.database import FILE_NAME
from elastane.store.migrations import MIGRATIONS
from elastane.store.store_key import CLEAR_SECRETS

SWORDFISH = "swordfish-of-the-control-user"
MARLIN = "marlin-of-a-group-that-is-gone"
SCHEMA_WITH_CLEAR_SECRETS = 2


async def save(directory: Path, key_file: Path | None = None) -> None:
    with closing(Store.open(directory, key_file=key_file)) as store:
        await store.write(lambda tx: credentials.save_control_secret(tx, "id", Secret(SWORDFISH)))


async def found_secret(directory: Path, key_file: Path | None = None) -> str:
    with closing(Store.open(directory, key_file=key_file)) as store:
        return (await store.read(lambda tx: credentials.get_control_secret(tx, "id"))).reveal()


def kept_bytes(directory: Path) -> bytes:
    """Everything the store has on the disk: the database, its journal and its index."""
    files = [path for path in directory.iterdir() if path.name.startswith(FILE_NAME)]
    assert directory / FILE_NAME in files
    return b"".join(path.read_bytes() for path in files)


# --- at rest -------------------------------------------------------------------------------------


async def test_no_byte_of_a_secret_is_in_any_file_of_the_store(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path)) as store:
        await store.write(lambda tx: credentials.save_control_secret(tx, "id", Secret(SWORDFISH)))
        await store.write(lambda tx: settings.save_setting(tx, "account", "in clear, to be found"))
        while_open = kept_bytes(tmp_path)
    when_closed = kept_bytes(tmp_path)

    for kept in (while_open, when_closed):
        assert b"in clear, to be found" in kept
        assert SWORDFISH.encode() not in kept
        assert (tmp_path / "store.key").read_bytes().strip() not in kept


async def test_the_key_opens_at_the_next_start_what_it_sealed_at_the_last(tmp_path: Path) -> None:
    await save(tmp_path)

    assert await found_secret(tmp_path) == SWORDFISH


def test_the_key_is_for_its_owner_only_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "store.key.new").write_text("half a key of a start that was killed")
    (tmp_path / "store.key.new").chmod(0o644)

    Store.open(tmp_path).close()

    assert (tmp_path / "store.key").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "store.key.new").exists()


async def test_the_key_can_be_elsewhere_and_is_then_not_in_the_directory(tmp_path: Path) -> None:
    data, key_file = tmp_path / "data", tmp_path / "elsewhere.key"
    data.mkdir()

    await save(data, key_file)

    assert not (data / "store.key").exists()
    assert await found_secret(data, key_file) == SWORDFISH


async def test_a_key_of_the_operators_own_is_taken(tmp_path: Path) -> None:
    chosen = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n"
    (tmp_path / "store.key").write_text(chosen)

    await save(tmp_path)

    assert (tmp_path / "store.key").read_text() == chosen
    assert await found_secret(tmp_path) == SWORDFISH


# --- refused -------------------------------------------------------------------------------------


async def test_a_store_whose_key_is_missing_is_refused_and_gets_no_new_one(tmp_path: Path) -> None:
    await save(tmp_path)
    kept = (tmp_path / "store.key").rename(tmp_path / "kept")

    with pytest.raises(StoreUnusable, match=r"store\.key.* is missing\. Put the key back .*ELASTANE_STORE_KEY_FILE"):
        Store.open(tmp_path)

    assert not (tmp_path / "store.key").exists()
    kept.rename(tmp_path / "store.key")
    assert await found_secret(tmp_path) == SWORDFISH


async def test_a_store_with_another_stores_key_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for directory in (ours, theirs):
        directory.mkdir()
        await save(directory)

    with pytest.raises(StoreUnusable, match=r"is not the one that secrets in the store are sealed with\. Put the key"):
        Store.open(ours, key_file=theirs / "store.key")

    assert await found_secret(ours) == SWORDFISH


async def test_a_store_is_refused_without_its_key_even_before_it_has_sealed_a_secret(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    (tmp_path / "store.key").unlink()

    with pytest.raises(StoreUnusable, match="is missing"):
        Store.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"half a ke", "schlüssel".encode()])
def test_a_damaged_key_is_a_sentence_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    Store.open(tmp_path).close()
    (tmp_path / "store.key").write_bytes(content)

    with pytest.raises(StoreUnusable, match=r"The key .*store\.key of the store (is damaged|cannot be read)"):
        Store.open(tmp_path)

    assert (tmp_path / "store.key").read_bytes() == content


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match=r"The key .*missing/key of the store cannot be written"):
        Store.open(tmp_path, key_file=tmp_path / "missing" / "key")


async def test_who_looks_from_outside_needs_no_key_and_opens_no_secret(tmp_path: Path) -> None:
    await save(tmp_path)
    (tmp_path / "store.key").unlink()

    assert Store.read_from_outside(tmp_path, lambda tx: settings.find_setting(tx, "account")) is None
    with pytest.raises(StoreUnusable, match="whoever reads the store from outside has no key"):
        Store.read_from_outside(tmp_path, lambda tx: credentials.get_control_secret(tx, "id"))


# --- stores of earlier versions ------------------------------------------------------------------


@pytest.fixture
def earlier(tmp_path: Path) -> Iterator[Path]:
    """A directory as the last version without a key left it: one secret in use, and one of a group that was deleted."""
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA secure_delete = OFF")  # some builds of SQLite have it on by themselves
        connection.executescript("".join(MIGRATIONS[:SCHEMA_WITH_CLEAR_SECRETS]))
        connection.execute(f"PRAGMA user_version = {SCHEMA_WITH_CLEAR_SECRETS}")
        connection.execute("INSERT INTO settings (name, value) VALUES ('address_block', '127.88.0.0/16')")
        for name, secret in (("id", SWORDFISH), ("gone", MARLIN)):
            body = msgspec.json.encode({"secret": secret})
            connection.execute("INSERT INTO documents VALUES ('credential', ?, 1, ?)", (name, body))
        connection.execute("DELETE FROM documents WHERE key = 'gone'")
    assert SWORDFISH.encode() in kept_bytes(tmp_path)
    assert MARLIN.encode() in kept_bytes(tmp_path)
    yield tmp_path


async def test_secrets_that_an_earlier_version_kept_in_clear_are_sealed_at_the_start(earlier: Path) -> None:
    assert await found_secret(earlier) == SWORDFISH


def test_nothing_that_an_earlier_version_kept_in_clear_is_left_in_the_files(earlier: Path) -> None:
    with closing(Store.open(earlier)):
        while_open = kept_bytes(earlier)

    for kept in (while_open, kept_bytes(earlier)):
        assert SWORDFISH.encode() not in kept
        assert MARLIN.encode() not in kept


async def test_a_sweep_that_a_reader_was_in_the_way_of_is_done_at_the_next_start(earlier: Path) -> None:
    with closing(sqlite3.connect(earlier / FILE_NAME, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM documents").fetchone()
        with closing(Store.open(earlier)) as store:
            assert await store.read(lambda tx: settings.find_setting(tx, CLEAR_SECRETS)) is not None

    with closing(Store.open(earlier)) as store:
        assert await store.read(lambda tx: settings.find_setting(tx, CLEAR_SECRETS)) is None
        assert SWORDFISH.encode() not in kept_bytes(earlier)


async def test_a_new_store_has_nothing_to_sweep(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path)) as store:
        assert await store.read(lambda tx: settings.find_setting(tx, CLEAR_SECRETS)) is None


def test_an_earlier_version_refuses_what_this_one_has_sealed(earlier: Path) -> None:
    Store.open(earlier).close()

    with closing(sqlite3.connect(earlier / FILE_NAME)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] > SCHEMA_WITH_CLEAR_SECRETS
