"""A control plane that cannot start says why in one sentence, exits with 2, and has changed nothing."""

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

from elastane.reconcile import lost_store
from elastane.store.database import FILE_NAME
from elastane.store.migrations import MIGRATIONS
from tests.kit.elastane import running_elastane
from tests.live.live_groups import lives, make_group, until_settled

SECONDS_MAX = 20


def test_a_data_directory_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    refused = serve(tmp_path / "file" / "data")

    assert_refused(
        refused,
        f"The data directory {tmp_path}/file/data cannot be written: Not a directory. "
        "Give another one with --data-dir or ELASTANE_DATA_DIR.",
    )


def test_a_data_directory_that_is_a_file_is_refused_and_the_file_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("somebody's notes")

    refused = serve(file)

    assert_refused(
        refused,
        f"The data directory {file} cannot be written: File exists. "
        "Give another one with --data-dir or ELASTANE_DATA_DIR.",
    )
    assert file.read_text() == "somebody's notes"


def test_a_data_directory_on_a_file_system_that_takes_no_files_is_refused() -> None:
    refused = serve(Path("/proc/elastane"))

    assert_refused(
        refused,
        "The data directory /proc/elastane cannot be written: No such file or directory. "
        "Give another one with --data-dir or ELASTANE_DATA_DIR.",
    )


def test_a_port_that_somebody_else_listens_on_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"

        refused = serve(tmp_path / "data", "--listen", taken)

    assert_refused(
        refused,
        f"Elastane cannot listen on {taken}: Address already in use. Choose another one with --listen HOST:PORT.",
    )


def test_a_dns_port_that_somebody_else_listens_on_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        taken = f"127.0.0.1:{other.getsockname()[1]}"

        refused = serve(tmp_path / "data", "--dns", taken)

    assert_refused(refused, f"The DNS server cannot listen on {taken}: Address already in use.")


def test_an_address_this_machine_does_not_have_is_refused(tmp_path: Path) -> None:
    refused = serve(tmp_path / "data", "--listen", "192.0.2.1:7379")

    assert_refused(
        refused,
        "Elastane cannot listen on 192.0.2.1:7379: Cannot assign requested address. "
        "Choose another one with --listen HOST:PORT.",
    )


def test_a_store_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    store = tmp_path / "data" / FILE_NAME
    store.parent.mkdir()
    garbage = b"this was a database once " * 400
    store.write_bytes(garbage)

    refused = serve(store.parent)

    assert_refused(refused, f"The store {store} cannot be opened: file is not a database. {lost_store.ADVICE}")
    assert store.read_bytes() == garbage


def test_a_store_that_a_newer_version_has_written_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "data" / FILE_NAME
    store.parent.mkdir()
    newer = len(MIGRATIONS) + 1
    with sqlite3.connect(store) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    connection.close()

    refused = serve(store.parent)

    assert_refused(
        refused,
        f"The data directory was written by a newer version of Elastane (schema {newer}, this one knows "
        f"{len(MIGRATIONS)}). Start that version, or use another data directory.",
    )


async def test_engines_serve_on_while_their_control_plane_cannot_start_and_are_adopted_when_it_can(
    tmp_path: Path,
) -> None:
    with running_elastane(tmp_path / "data") as elastane:
        group = await make_group(elastane, "patient", 2)
        before = lives(elastane, group)
        elastane.stop()
        store = elastane.data_dir / FILE_NAME
        kept = store.with_suffix(".kept")
        store.rename(kept)
        store.write_bytes(b"garbage" * 1000)

        refused = serve(elastane.data_dir)

        assert_refused(refused, f"The store {store} cannot be opened: file is not a database. {lost_store.ADVICE}")
        assert lives(elastane, group) == before
        kept.rename(store)
        elastane.start()
        await until_settled(elastane, "patient", 2)
        assert lives(elastane, group) == before


# --- what these tests ask ------------------------------------------------------------------------


def serve(data_dir: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "elastane", "serve", "--data-dir", str(data_dir), "--listen", "127.0.0.1:0", *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )


def assert_refused(finished: "subprocess.CompletedProcess[str]", sentence: str) -> None:
    assert (finished.stderr, finished.stdout, finished.returncode) == (f"elastane: {sentence}\n", "", 2)
