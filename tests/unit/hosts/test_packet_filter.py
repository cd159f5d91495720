"""The program that changes the packet filter: found, asked, and not believed. The kernel's own is not touched here."""

import asyncio
from pathlib import Path

import pytest

from elastane.hosts.nft_rules import Rendered
from elastane.hosts.packet_filter import FilterFailed, PacketFilter, find_program, may_filter
from tests.kit.asserts import eventually

RENDERED = Rendered(text="table inet elastane_1", mark="", rule_counts={})
NO_TABLES = '{"nftables": []}'
ONE_TABLE = '{"nftables": [{"table": {"family": "inet", "name": "elastane_1"}}]}'


def program(tmp_path: Path, script: str) -> PacketFilter:
    """A filter whose `nft` is a script of the test's, which writes down what it was told."""
    path = tmp_path / "nft"
    path.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n{script}\n')
    path.chmod(0o755)
    return PacketFilter("elastane_1", path)


def told(tmp_path: Path) -> list[str]:
    return (tmp_path / "told").read_text().splitlines()


async def test_rules_are_given_in_one_piece(tmp_path: Path) -> None:
    await program(tmp_path, f"cat > {tmp_path}/given").apply(RENDERED)

    assert told(tmp_path) == ["-f -"]
    assert (tmp_path / "given").read_text() == RENDERED.text


async def test_what_nft_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    refusing = program(tmp_path, "echo 'Error: syntax error' >&2; exit 1")

    with pytest.raises(FilterFailed, match="nft -f - failed: Error: syntax error"):
        await refusing.apply(RENDERED)


async def test_a_program_that_is_gone_or_says_nonsense_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(FilterFailed, match="cannot be run"):
        await PacketFilter("elastane_1", tmp_path / "none").observe()
    with pytest.raises(FilterFailed, match="cannot be read"):
        await program(tmp_path, "echo nonsense").observe()
    with pytest.raises(FilterFailed, match="cannot be read"):
        await program(tmp_path, f"case $3 in tables) echo '{ONE_TABLE}';; *) echo '{{}}';; esac").observe()


async def test_a_table_that_is_not_there_is_none_and_is_not_removed(tmp_path: Path) -> None:
    empty = program(tmp_path, f"echo '{NO_TABLES}'")

    assert await empty.observe() is None
    assert await empty.remove() is False
    assert "-f -" not in told(tmp_path)


async def test_what_was_begun_by_who_is_told_to_stop_ends_before_the_next_thing_begins(tmp_path: Path) -> None:
    """The loop is cancelled amid an apply, and then the table is removed."""
    waiting = program(
        tmp_path,
        f"case $1 in -f) while [ ! -e {tmp_path}/gone ]; do :; done; echo applied >> {tmp_path}/told;; "
        f"*) echo '{NO_TABLES}';; esac",
    )

    async with asyncio.TaskGroup() as tasks:
        applying = tasks.create_task(waiting.apply(RENDERED), name="an apply that is cancelled")
        await eventually((tmp_path / "told").exists, message="the apply began")
        applying.cancel()
        removing = tasks.create_task(waiting.remove(), name="the removal after it")
        await eventually(lambda: applying.done(), message="the apply is cancelled")
        (tmp_path / "gone").touch()

    assert removing.result() is False
    assert told(tmp_path) == ["-f -", "applied", "-j list tables inet"]


async def test_the_own_table_is_removed(tmp_path: Path) -> None:
    full = program(tmp_path, f"case $1 in -f) cat > {tmp_path}/given;; *) echo '{ONE_TABLE}';; esac")

    assert await full.remove() is True
    assert (tmp_path / "given").read_text() == "delete table inet elastane_1\n"


def test_the_program_is_found_on_the_path(tmp_path: Path) -> None:
    program(tmp_path, "")

    assert find_program({"PATH": str(tmp_path)}) == tmp_path / "nft"


@pytest.mark.parametrize(
    ("capabilities", "may"),
    [("0000000000000000", False), ("000001ffffffffff", True), ("0000000000001000", True), ("0000000000000800", False)],
)
def test_the_right_to_filter_is_read_off_the_process(tmp_path: Path, capabilities: str, may: bool) -> None:
    status = tmp_path / "status"
    status.write_text(f"Name:\tpython\nCapInh:\tffffffffffffffff\nCapEff:\t{capabilities}\n")

    assert may_filter(status) is may
