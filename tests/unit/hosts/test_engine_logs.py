"""A node's log, read piece by piece: nothing twice, nothing left out, whatever is put aside meanwhile."""

import threading
from pathlib import Path

import pytest

from elastane.hosts import HostError, LogPiece, NodeOrder, directories
from elastane.hosts.engine_logs import LINE_BYTES_MAX, read_log
from elastane.model.log_lines import LogPlace
from tests.kit.asserts import eventually
from tests.unit.hosts.conftest import OpenHost

PIECE_BYTES = 4096
STARTS = 500


def read(
    directory: Path, place: LogPlace | None = None, *, is_ended: bool = False, bytes_max: int = PIECE_BYTES
) -> LogPiece:
    return read_log(directory, place, bytes_max, is_ended=is_ended)


def read_all(directory: Path, place: LogPlace | None, *, is_ended: bool = False) -> tuple[list[str], LogPlace | None]:
    lines: list[str] = []
    while True:
        piece = read(directory, place, is_ended=is_ended, bytes_max=40)
        lines += piece.lines
        place = piece.place
        if not piece.has_more:
            return lines, place


def append(directory: Path, text: str) -> None:
    with (directory / directories.LOG_NAME).open("a") as file:
        file.write(text)


def put_aside(directory: Path) -> None:
    (directory / directories.LOG_NAME).replace(directory / f"{directories.LOG_NAME}.1")


def test_a_node_without_a_log_has_said_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) == LogPiece(lines=(), place=None)
    assert read(tmp_path / "absent") == LogPiece(lines=(), place=None)


def test_each_line_comes_once(tmp_path: Path) -> None:
    append(tmp_path, "one\ntwo\n")
    first = read(tmp_path)
    append(tmp_path, "three\n")
    second = read(tmp_path, first.place)
    third = read(tmp_path, second.place)

    assert (first.lines, second.lines, third.lines) == (("one", "two"), ("three",), ())


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    append(tmp_path, "one\ntw")
    first = read(tmp_path)
    append(tmp_path, "o\n")

    assert first.lines == ("one",)
    assert read(tmp_path, first.place).lines == ("two",)


def test_half_a_line_is_read_when_nobody_can_end_it(tmp_path: Path) -> None:
    append(tmp_path, "one\ntw")

    assert read(tmp_path, is_ended=True).lines == ("one", "tw")


def test_what_was_put_aside_is_read_to_its_end_first(tmp_path: Path) -> None:
    append(tmp_path, "one\n")
    first = read(tmp_path)
    append(tmp_path, "two\nthree without an end")
    put_aside(tmp_path)
    append(tmp_path, "four\n")

    lines, place = read_all(tmp_path, first.place)

    assert lines == ["two", "three without an end", "four"]
    append(tmp_path, "five\n")
    assert read_all(tmp_path, place)[0] == ["five"]


def test_without_a_place_all_that_there_is_is_read(tmp_path: Path) -> None:
    append(tmp_path, "one\n")
    put_aside(tmp_path)
    append(tmp_path, "two\n")

    assert read_all(tmp_path, None)[0] == ["one", "two"]


def test_a_log_that_was_put_aside_while_nobody_writes_yet_keeps_its_place(tmp_path: Path) -> None:
    append(tmp_path, "one\n")
    first = read(tmp_path)
    put_aside(tmp_path)

    piece = read(tmp_path, first.place)

    assert (piece.lines, piece.is_gap) == ((), False)


def test_a_log_that_was_put_aside_twice_has_a_gap(tmp_path: Path) -> None:
    append(tmp_path, "one\n")
    first = read(tmp_path)
    put_aside(tmp_path)
    append(tmp_path, "two\n")
    put_aside(tmp_path)
    append(tmp_path, "three\n")

    piece = read(tmp_path, first.place)
    lines, _ = read_all(tmp_path, piece.place)

    assert piece.is_gap
    assert [*piece.lines, *lines] == ["two", "three"]


def test_nothing_is_missed_of_a_log_that_is_put_aside_while_it_is_read(tmp_path: Path) -> None:
    expected = [f"start {number} {word}" for number in range(STARTS) for word in ("begin", "end")]
    read_up_to = threading.Semaphore(0)

    def write() -> None:
        for number in range(STARTS):
            append(tmp_path, f"start {number} begin\n")
            assert read_up_to.acquire(timeout=10), "the reader has missed the beginning, or is gone"
            append(tmp_path, f"start {number} end\n")
            put_aside(tmp_path)

    writer = threading.Thread(target=write)
    writer.start()
    lines: list[str] = []
    place = None
    while writer.is_alive():
        piece = read(tmp_path, place)
        place = piece.place
        lines += piece.lines
        for line in piece.lines:
            if line.endswith("begin"):
                read_up_to.release()
        if piece.is_gap:
            break
    writer.join()

    lines += read_all(tmp_path, place)[0]
    assert lines == expected


def test_a_new_log_in_the_place_of_an_old_one_is_read_from_its_beginning(tmp_path: Path) -> None:
    append(tmp_path, "one and more than is in the next one\n")
    first = read(tmp_path)
    assert first.place is not None
    (tmp_path / directories.LOG_NAME).write_text("another one, which may well have the number of the old one\n")

    piece = read(tmp_path, first.place)

    assert piece.lines == ("another one, which may well have the number of the old one",)
    assert piece.is_gap


def test_many_lines_are_read_in_pieces(tmp_path: Path) -> None:
    expected = [f"line {number}" for number in range(200)]
    append(tmp_path, "".join(f"{line}\n" for line in expected))

    piece = read(tmp_path, bytes_max=40)
    lines, _ = read_all(tmp_path, piece.place)

    assert piece.has_more
    assert [*piece.lines, *lines] == expected


def test_a_line_without_end_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    append(tmp_path, "x" * (LINE_BYTES_MAX + 10) + "\nnext\n")

    first = read(tmp_path, bytes_max=LINE_BYTES_MAX)
    second = read(tmp_path, first.place, bytes_max=LINE_BYTES_MAX)

    assert first.lines == ("x" * LINE_BYTES_MAX,)
    assert second.lines == ("x" * 10, "next")


def test_a_log_that_is_a_way_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret\n")
    (tmp_path / directories.LOG_NAME).symlink_to(tmp_path / "secret")

    with pytest.raises(OSError, match="symbolic"):
        read(tmp_path)


async def test_a_host_reads_the_log_of_a_node_and_says_what_is_wrong(open_host: OpenHost) -> None:
    host = open_host()
    directory = host.directory("us-east-1/orders-001")
    directory.mkdir(parents=True)
    append(directory, "one\nthe end of a process that is gone")

    piece = await host.read_log("us-east-1/orders-001", None, PIECE_BYTES)
    (directory / directories.LOG_NAME).unlink()
    (directory / directories.LOG_NAME).symlink_to(directory)

    assert piece.lines == ("one", "the end of a process that is gone")
    with pytest.raises(HostError):
        await host.read_log("us-east-1/orders-001", None, PIECE_BYTES)


async def test_a_process_says_its_moments_in_utc_and_keeps_half_a_line_while_it_lives(open_host: OpenHost) -> None:
    host = open_host()
    script = "date +%Z; printf 'half a line'; exec sleep 60"
    await host.start_process(NodeOrder(node_key="us-east-1/orders-001", argv=("/bin/sh", "-c", script)))
    log = host.directory("us-east-1/orders-001") / directories.LOG_NAME
    await eventually(lambda: "half a line" in log.read_text())

    living = await host.read_log("us-east-1/orders-001", None, PIECE_BYTES)
    await host.kill_process("us-east-1/orders-001")
    dead = await host.read_log("us-east-1/orders-001", living.place, PIECE_BYTES)

    assert (living.lines, dead.lines) == (("UTC",), ("half a line",))
