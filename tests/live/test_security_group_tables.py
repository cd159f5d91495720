"""The packet filter's table of an installation: when it is there, when it goes, and what is said without one."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog import network
from elastane.hosts.nft_rules import Listed, is_as_rendered, render
from elastane.hosts.packet_filter import PacketFilter
from elastane.model.admissions import Admission, Guard, Guarded, Sources
from elastane.store.database import FILE_NAME
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.network_tools import tool
from tests.kit.networks import BLOCK, OTHER_BLOCK, Machine, connect, machine
from tests.live.enforced import CLIENTS, PORT, Installation, enforcing, installation, needs_root, primary_address, until

pytestmark = [pytest.mark.timeout(180), needs_root]


# --- the table -----------------------------------------------------------------------------------


async def test_the_table_outlives_a_crash_and_ends_with_down_and_another_one_is_left_alone(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    on, client = machines
    with (
        installation(on, tmp_path / "one") as first,
        installation(on, tmp_path / "two", OTHER_BLOCK) as second,
    ):
        security_group = first.make_security_group()
        address = primary_address(await first.make_group("orders", security_group))
        theirs = primary_address(await second.make_group("orders"))
        both = {first.table, second.table}

        on.call(first.elastane.kill)
        after_the_crash = (set(on.tables()), client.call(connect, address, PORT))
        on.call(first.elastane.start)
        first.allow(security_group, CidrIp=CLIENTS)
        await until(client, address, "connected")
        said = first.command("down")

        assert after_the_crash == (both, "no answer")
        assert f"Removed the packet filter's table {first.table}." in said
        assert set(on.tables()) == {second.table}
        assert client.call(connect, theirs, PORT) == "no answer"
        assert on.call(connect, theirs, PORT) == "connected"


async def test_a_flushed_table_is_made_again_and_a_stranger_s_is_left_as_it_is(
    server: Installation, client: Machine
) -> None:
    address = primary_address(await server.make_group("orders"))
    server.on.run("nft", "-f", "-", given="flush ruleset\ntable inet elastane_of_a_stranger {\n}\n")

    await until(client, address, "no answer")

    assert set(server.on.tables()) == {server.table, "elastane_of_a_stranger"}


async def test_what_a_vanished_installation_left_for_the_same_block_is_removed(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    on, _ = machines
    with installation(on, tmp_path / "gone") as gone:
        on.call(gone.elastane.kill)
        left = gone.table

    with installation(on, tmp_path / "new") as new:
        address = primary_address(await new.make_group("orders"))

        assert left not in on.tables()
        await until(on, address, "connected")


async def test_rules_outlive_the_store_until_it_is_confirmed_and_then_a_lost_group_lets_nobody_in(
    server: Installation, client: Machine
) -> None:
    allowed, shut = server.make_security_group("allowed"), server.make_security_group("shut")
    server.allow(allowed, CidrIp=CLIENTS)
    open_one, closed_one = [
        primary_address(await server.make_group(name, group)) for name, group in (("one", allowed), ("two", shut))
    ]
    await until(client, open_one, "connected")

    server.on.call(server.elastane.kill)
    for file in server.elastane.data_dir.glob(f"{FILE_NAME}*"):
        file.unlink()
    server.on.call(server.elastane.start)
    unconfirmed = [client.call(connect, address, PORT) for address in (open_one, closed_one)]
    server.command("recover", "--confirm")
    await until(client, open_one, "no answer")

    assert unconfirmed == ["connected", "no answer"]
    assert "lets nobody in: us-east-1/replication-group/one" in server.command("status")
    assert server.statuses("one-001") == {"not-enforced"}


async def test_an_ephemeral_installation_takes_its_table_with_it(machines: tuple[Machine, Machine]) -> None:
    on, _ = machines
    environment = os.environ | enforcing() | {"ELASTANE_ADDRESS_BLOCK": str(BLOCK), "ELASTANE_FETCH_ENGINES": "no"}
    process = on.call(
        subprocess.Popen,
        [sys.executable, "-m", "elastane", "serve", "--ephemeral", "--listen", "127.0.0.1:0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout is not None and process.stdout.readline()
        await eventually(on.tables, message="a table")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    assert on.tables() == []


# --- where it may not ----------------------------------------------------------------------------


async def test_who_says_no_afterwards_finds_no_rule_of_before(server: Installation, client: Machine) -> None:
    address = primary_address(await server.make_group("orders"))
    before = client.call(connect, address, PORT)
    server.on.call(server.elastane.stop)

    unwilling = RunningElastane(
        server.elastane.data_dir, environment=enforcing() | {"ELASTANE_ENFORCE_SECURITY_GROUPS": "no"}, arguments=()
    )
    server.on.call(unwilling.start)

    try:
        assert before == "no answer"
        assert (server.on.tables(), client.call(connect, address, PORT)) == ([], "connected")
        assert "ELASTANE_ENFORCE_SECURITY_GROUPS says no" in server.command("status")
    finally:
        unwilling.close()


async def test_without_the_right_to_filter_nothing_is_enforced_and_everybody_is_told(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    on, client = machines
    on.give_up_the_right_to_filter()

    with installation(on, tmp_path / "data") as running:
        address = primary_address(await running.make_group("orders", running.make_security_group()))

        assert client.call(connect, address, PORT) == "connected"
        assert running.statuses("orders-001") == {"not-enforced"}
        assert "Not enforced: the control plane has no right to the packet filter" in running.command("status")
        assert "Not enforced" in running.command("explain", "orders")


async def test_a_cache_with_a_group_made_elsewhere_is_open_and_said_to_be(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    on, client = machines

    with installation(on, tmp_path / "data", BLOCK, "--lenient-vpc-ids") as running:
        foreign = primary_address(await running.make_group("foreign", "sg-made-elsewhere"))
        guarded = primary_address(await running.make_group("guarded"))

        await until(client, foreign, "connected")
        assert client.call(connect, guarded, PORT) == "no answer"
        assert (running.statuses("foreign-001"), running.statuses("guarded-001")) == ({"not-enforced"}, {"active"})
        assert "lets everybody in: us-east-1/replication-group/foreign." in running.command("status")


def test_a_block_that_the_machine_was_not_given_is_refused_with_what_gives_it(tmp_path: Path) -> None:
    with machine() as laptop:
        elastane = RunningElastane(tmp_path / "data", environment=enforcing(), arguments=())
        with pytest.raises(AssertionError, match=r"ip route add local 10\.88\.0\.0/16 dev lo"):
            laptop.call(elastane.start, BLOCK)
        elastane.close()


# --- the kernel ----------------------------------------------------------------------------------


def guarded(number: int, *ranges: str, node_count: int = 2, **sources: Any) -> Guarded:
    first = number * node_count
    return Guarded(
        name=f"cache-{number}",
        node_addresses=tuple(f"10.88.{index // 200}.{10 + index % 200}" for index in range(first, first + node_count)),
        endpoint_addresses=(f"10.88.48.{10 + number}",),
        admissions=tuple(Admission(port=port, sources=Sources(ranges=ranges, **sources)) for port in (PORT, PORT + 1)),
    )


ALL_KINDS = guarded(1, "10.0.0.0/8", "192.0.2.7/32", addresses=("10.88.0.200",), is_machine_admitted=True)
GUARDS: dict[str, tuple[Guarded, ...]] = {
    "no cache": (),
    "one that nobody guards": (replace(guarded(1), admissions=None),),
    "nobody is let in": (guarded(1),),
    "everybody is": (guarded(1, "0.0.0.0/0"),),
    "all kinds of sources": (ALL_KINDS,),
    "as many nodes as a region may have": tuple(
        guarded(number, node_count=6, addresses=("10.88.0.10", "10.88.0.16"), is_machine_admitted=True)
        for number in range(50)
    ),
}


@pytest.mark.parametrize("caches", GUARDS.values(), ids=GUARDS.keys())
def test_the_kernel_takes_what_is_rendered_and_lists_it_as_such(caches: tuple[Guarded, ...]) -> None:
    guard = Guard(
        block=str(BLOCK),
        control_address=network.control_address(BLOCK),
        open_ranges=network.reserved_ranges(BLOCK),
        caches=caches,
    )
    rendered = render(guard, "elastane_0a1b2c3d")
    packet_filter = PacketFilter("elastane_0a1b2c3d", tool("nft"))

    async def apply_twice() -> list[Listed | None]:
        seen = []
        for _ in range(2):
            await packet_filter.apply(rendered)
            seen.append(await packet_filter.observe())
        return seen

    with machine() as alone:
        # A thread has the network of the one that started it, those of an event loop, too.
        first, second = alone.call(lambda: asyncio.run(apply_twice()))

    assert first is not None and second is not None
    assert is_as_rendered(first, rendered)
    assert first.fingerprint == second.fingerprint
