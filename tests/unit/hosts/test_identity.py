"""Identity files, and which process is ours."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from elastane import clock
from elastane.hosts import NotOurs
from elastane.hosts.identity import (
    NodeIdentity,
    ProcessMark,
    ProcessStatus,
    find_identity,
    is_alive,
    mark_process,
    observe_status,
    parse_status,
    save_identity,
)

STARTED_AT = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
NODE_KEY = "us-east-1/elc-tutorial-001"
IDENTITY = NodeIdentity(
    node_key=NODE_KEY,
    argv=("/usr/bin/valkey-server", "valkey.conf"),
    identity={"epoch": "3"},
    process=ProcessMark(pid=4711, start_ticks=123456, boot_id="6ea0f6f6", started_at=STARTED_AT, log_start_bytes=17),
)

READ_BY_EIGHT_AT_ONCE = """
import sys, threading
from pathlib import Path
from elastane.hosts.identity import find_identity

def read():
    gate.wait()
    find_identity(Path(sys.argv[1]), sys.argv[2])

sys.setswitchinterval(1e-6)
gate = threading.Barrier(8)
threads = [threading.Thread(target=read) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

AFTER_THE_NAME = b" S 1 4711 4711 0 -1 4194560 1 0 0 0 3 4 0 0 20 0 5 0 987654 1000 200 18446744073709551615\n"


@pytest.mark.parametrize(
    "name",
    [b"valkey-server", b"a b", b"a) S 1 (b", b")", b"(", b"two\nlines", b"\xff\xfe"],
)
def test_a_start_time_is_read_whatever_the_program_calls_itself(name: bytes) -> None:
    status = parse_status(b"4711 (" + name + b")" + AFTER_THE_NAME)

    assert status == ProcessStatus(state="S", processor_ticks=7, start_ticks=987654)


@pytest.mark.parametrize(
    ("state", "is_living"), [("R", True), ("S", True), ("D", True), ("T", True), ("Z", False), ("X", False)]
)
def test_a_zombie_is_dead(state: str, is_living: bool) -> None:
    stat = b"4711 (valkey-server)" + AFTER_THE_NAME.replace(b" S ", f" {state} ".encode())

    assert parse_status(stat).is_alive is is_living


def test_our_own_process_is_alive_and_is_marked_with_the_moment() -> None:
    before = clock.utc_now()
    mark = mark_process(os.getpid(), log_start_bytes=0)

    assert is_alive(mark)
    assert before <= mark.started_at <= clock.utc_now()


@pytest.mark.parametrize("change", [{"start_ticks": 1}, {"boot_id": "another boot"}, {"pid": 1 << 22}])
def test_a_process_is_ours_only_if_boot_pid_and_start_time_agree(change: dict[str, int | str]) -> None:
    mark = mark_process(os.getpid(), log_start_bytes=0)

    forged = msgspec.structs.replace(mark, **change)

    assert not is_alive(forged)


def test_a_pid_that_is_not_in_use_has_no_status() -> None:
    assert observe_status(1 << 22) is None


def test_an_identity_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    save_identity(tmp_path, IDENTITY)

    assert find_identity(tmp_path, NODE_KEY) == IDENTITY
    assert (tmp_path / "identity.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["identity.json"]


def test_a_directory_without_identity_has_none(tmp_path: Path) -> None:
    assert find_identity(tmp_path, NODE_KEY) is None
    assert find_identity(tmp_path / "missing", NODE_KEY) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"node_key": 7}', '{"node_key": "x", "argv": [], "identity": {}, "process": {"pid": "1"}}']
)
def test_an_identity_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "identity.json").write_text(text)

    with pytest.raises(NotOurs, match="see what runs there"):
        find_identity(tmp_path, NODE_KEY)


def test_the_identity_of_another_node_is_refused(tmp_path: Path) -> None:
    save_identity(tmp_path, IDENTITY)

    with pytest.raises(NotOurs, match=f"names {NODE_KEY}: the directory was moved or copied"):
        find_identity(tmp_path, "us-east-1/elc-tutorial-002")


def test_threads_that_read_the_first_identities_at_once_do_not_end_the_process(tmp_path: Path) -> None:
    """Every other process did: see `test_decoders_are_made_by_one_thread_where_their_module_is_read`."""
    save_identity(tmp_path, IDENTITY)
    command = (sys.executable, "-c", READ_BY_EIGHT_AT_ONCE, str(tmp_path), NODE_KEY)

    # One process after the other: alone, its threads collide more often.
    ended = [subprocess.run(command).returncode for _ in range(8)]

    assert ended == [0] * 8
