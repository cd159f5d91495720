"""The configuration endpoint's process in front of real memcacheds, started as a host starts it."""

import os
import resource
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from elastane.configuration_endpoint import command_line
from elastane.configuration_endpoint import configuration as configurations
from elastane.configuration_endpoint.configuration import BUNDLE_FILE, CERTIFICATE_FILE
from elastane.configuration_endpoint.serving import DESCRIPTORS_A_RELAY
from elastane.model.discovery import Discovery
from tests.fuzz import configuration_endpoint as fuzzing
from tests.fuzz.memcached_streams import frame
from tests.kit.address_blocks import held_block
from tests.kit.asserts import eventually
from tests.kit.configuration_endpoints import (
    PORT,
    Cluster,
    converse,
    make_authority,
    members_of,
    running_cluster,
    write,
    write_certificate,
)

SEED = 20261130
STREAMS = 100

ASKED = b"config get cluster\r\n"
STORED = b"STORED\r\n"

NOTHING, DONE = b"mn\r\n", b"MN\r\n"
"""A command of which nothing comes, and its reply."""

LARGE = b"x" * 900_000
MANY = 3_000
OWN_FILES = 100
"""What this process and the endpoint have open besides them."""
RESIDENT_BYTES_MAX = 40 * 1024 * 1024
HELD_BYTES_MAX = 2 * 1024 * 1024
OWN_DESCRIPTORS = 5
"""Standard ones, the kernel's list and where it listens."""
SECONDS_MAX = 20.0
STILL_SECONDS = 1.0
"""After so long without taking anything the endpoint takes no more."""


# --- the same as a node ---------------------------------------------------------------------------


async def test_whatever_a_customer_sends_the_same_bytes_come_back_as_from_a_node() -> None:
    await fuzzing.fuzz(SEED, STREAMS)


async def test_a_question_amid_a_pipeline_of_large_values_is_answered_in_its_turn(tmp_path: Path) -> None:
    stores = (b"set k 0 0 %d\r\n" % len(LARGE) + LARGE + b"\r\n") * 30
    value = b"VALUE k 0 %d\r\n" % len(LARGE) + LARGE + b"\r\nEND\r\n"
    with held_block() as block:
        async with running_cluster(tmp_path, block) as cluster:
            received = await converse(cluster.endpoint.address, stores + ASKED + b"get k\r\n" * 30 + ASKED)

    assert received == STORED * 30 + cluster.reply + value * 30 + cluster.reply


async def test_a_customer_that_ends_without_a_last_line_s_end_is_answered_what_it_asked_before(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block) as cluster:
            assert await converse(cluster.endpoint.address, b"set a 0 0 1\r\n1\r\nget a\r\nget ") == (
                b"STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n"
            )
            assert await converse(cluster.endpoint.address, b"") == b""
            assert await converse(cluster.endpoint.address, b"quit\r\n" + ASKED) == b""


# --- who hears nothing, and who says nothing ------------------------------------------------------


async def test_a_customer_that_takes_nothing_makes_the_endpoint_hold_little(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block) as cluster:
            store = b"set k 0 0 %d\r\n" % len(LARGE) + LARGE + b"\r\n"
            assert await converse(cluster.endpoint.address, store) == STORED
            before = cluster.endpoint.resident_bytes()
            with connected(cluster) as customer:
                sent_count = send_until_full(customer, b"get k\r\n" * 2_000 + store * 50)

                assert sent_count < 30 * 1024 * 1024, "it is not heard for ever"
                assert cluster.endpoint.resident_bytes() - before < HELD_BYTES_MAX
            assert (await converse(cluster.endpoint.address, b"get k\r\n")).endswith(b"END\r\n")
            await eventually(lambda: cluster.endpoint.count_descriptors() <= OWN_DESCRIPTORS)


async def test_thousands_of_idle_customers_cost_little_and_hinder_nobody(tmp_path: Path) -> None:
    with held_block() as block, all_files_allowed() as files_max:
        count = min(MANY, files_max // DESCRIPTORS_A_RELAY - OWN_FILES)
        async with running_cluster(tmp_path, block, connections_max=count) as cluster:
            with ExitStack() as stack:
                for _ in range(count - 1):
                    stack.enter_context(connected(cluster))

                assert await converse(cluster.endpoint.address, ASKED + NOTHING) == cluster.reply + DONE
                assert cluster.endpoint.resident_bytes() < RESIDENT_BYTES_MAX
            await eventually(lambda: cluster.endpoint.count_descriptors() <= OWN_DESCRIPTORS)


async def test_a_connection_too_many_is_told_so_and_the_control_plane_s_is_none(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block, connections_max=2) as cluster:
            with connected(cluster, source_address=cluster.told.source_address) as control_plane:
                await eventually(lambda: statistics(control_plane)["curr_connections"] == 0)
                with connected(cluster), connected(cluster) as second:
                    assert asked(second) == cluster.reply

                    with connected(cluster) as third:
                        assert third.recv(100) == b"ERROR Too many open connections\r\n"
                        assert third.recv(100) == b""
                    with connected(cluster, source_address=cluster.told.source_address) as another:
                        assert asked(another) == cluster.reply
                    assert statistics(control_plane)["curr_connections"] == 2

            assert await converse(cluster.endpoint.address, ASKED) == cluster.reply


async def test_who_cannot_be_accepted_for_a_while_waits_and_the_log_says_so_once(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block) as cluster:
            assert await converse(cluster.endpoint.address, ASKED) == cluster.reply
            await eventually(lambda: cluster.endpoint.count_descriptors() <= OWN_DESCRIPTORS)
            with connected(cluster) as customer, ExitStack() as stack:
                assert asked(customer) == cluster.reply
                leave_descriptors(cluster, 0)
                waiting = stack.enter_context(connected(cluster, source_address=cluster.told.source_address))
                await eventually(lambda: "No connection can be accepted for a moment" in cluster.endpoint.log)

                assert {asked(customer) for _ in range(100)} == {cluster.reply}
                assert cluster.endpoint.log.count("\n") == 1, "it does not try again at once"
                leave_descriptors(cluster, 1)
                assert asked(waiting) == cluster.reply


# --- nodes that die, and nodes that are not there -------------------------------------------------


async def test_a_node_that_dies_amid_its_replies_takes_its_customers_along(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block, node_count=2) as cluster:
            store = b"set k 0 0 %d\r\n" % len(LARGE) + LARGE + b"\r\n"
            assert await converse(cluster.endpoint.address, store) == STORED
            with connected(cluster) as customer:
                send_until_full(customer, b"get k\r\n" * 100 + ASKED)
                customer.settimeout(SECONDS_MAX)
                beginning = customer.recv(100)

                cluster.nodes[0].kill()

                rest = received_until_end(customer)
            assert beginning.startswith(b"VALUE k 0 ")
            assert cluster.reply not in rest, "replies that were owed before it did not come"
            assert await converse(cluster.endpoint.address, ASKED + b"get k\r\n") == cluster.reply + b"END\r\n"


async def test_a_node_that_cannot_be_reached_is_passed_over_and_none_at_all_is_said(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block, node_count=2) as cluster:
            cluster.nodes[0].kill()
            assert await converse(cluster.endpoint.address, NOTHING) == DONE

            cluster.nodes[1].kill()
            assert await converse(cluster.endpoint.address, ASKED + NOTHING) == (
                cluster.reply + b"SERVER_ERROR no node of this cluster can be reached\r\n"
            )
            assert await converse(cluster.endpoint.address, frame(0x0B)) == b"", "it is no text protocol"


async def test_a_node_that_does_not_even_refuse_is_passed_over_after_a_while(tmp_path: Path) -> None:
    with held_block() as block, deaf(str(block[150])) as address:
        members = members_of([address, str(block[101])])
        told = Discovery(7, members)
        async with running_cluster(tmp_path, block, discovery=told, node_ids=("0001", "0002")) as cluster:
            assert await converse(cluster.endpoint.address, NOTHING) == DONE


async def test_a_node_that_hangs_keeps_only_its_own_customers_waiting(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block) as cluster:
            os.kill(cluster.nodes[0].pid, signal.SIGSTOP)
            with connected(cluster) as customer:
                customer.sendall(NOTHING + ASKED)

                assert await converse(cluster.endpoint.address, ASKED) == cluster.reply

                os.kill(cluster.nodes[0].pid, signal.SIGCONT)
                customer.settimeout(SECONDS_MAX)
                assert customer.recv(len(DONE), socket.MSG_WAITALL) == DONE
                assert customer.recv(len(cluster.reply), socket.MSG_WAITALL) == cluster.reply


# --- what the control plane writes and asks -------------------------------------------------------


async def test_a_new_list_is_told_from_then_on_and_an_unreadable_one_is_not(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block, node_count=2) as cluster:
            with connected(cluster) as customer:
                assert asked(customer) == cluster.reply

                fewer = cluster.publish(8, 2)
                assert asked(customer) == fewer
                write(cluster.directory, configurations.FILE, "{")
                assert asked(customer) == fewer

                assert cluster.endpoint.log.count("\n") == 1
                assert statistics(customer) == {
                    "configuration_version": 8,
                    "configuration_changes": 2,
                    "curr_connections": 1,
                    "cmd_config_get:0002": 2,
                }


async def test_it_ends_when_it_is_told_to_and_says_what_is_in_the_way_of_a_start(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block) as cluster:
            second = run_again(cluster)

            assert second.returncode == 1
            assert second.stderr.startswith("The configuration endpoint cannot be served: ")
            assert second.stderr.count("\n") == 1
            assert cluster.endpoint.stop() == 0
            assert cluster.endpoint.log == ""


# --- encryption in transit ------------------------------------------------------------------------


async def test_with_encryption_both_ways_are_encrypted_and_the_node_has_to_prove_itself(tmp_path: Path) -> None:
    authority = make_authority()
    context = ssl.create_default_context(cadata=authority.certificate_pem)
    value = b"VALUE k 0 %d\r\n" % len(LARGE) + LARGE + b"\r\nEND\r\n"
    sent = b"set k 0 0 %d\r\n" % len(LARGE) + LARGE + b"\r\n" + ASKED + b"get k\r\n" * 20 + ASKED + b"quit\r\n"
    with held_block() as block:
        async with running_cluster(tmp_path, block, node_count=2, authority=authority) as cluster:
            received = await converse(cluster.endpoint.address, sent, context=context)
            write(cluster.directory, BUNDLE_FILE, make_authority().certificate_pem)
            refused = await converse(cluster.endpoint.address, NOTHING + b"quit\r\n", context=context)

            assert received == STORED + cluster.reply + value * 20 + cluster.reply
            assert refused == b"SERVER_ERROR no node of this cluster can be reached\r\n"
            assert cluster.endpoint.log == ""


async def test_a_new_certificate_is_taken_up_by_new_connections_and_a_broken_one_is_not(tmp_path: Path) -> None:
    authority = make_authority()
    context = ssl.create_default_context(cadata=authority.certificate_pem)
    with held_block() as block:
        async with running_cluster(tmp_path, block, authority=authority) as cluster:
            with encrypted(cluster, context) as before:
                first = serial_number(before)
                write_certificate(cluster.directory, authority, cluster.told.address)
                with encrypted(cluster, context) as after:
                    second = serial_number(after)
                write(cluster.directory, CERTIFICATE_FILE, "no certificate")
                with encrypted(cluster, context) as last:
                    third = serial_number(last)
                    assert asked(last) == cluster.reply
                assert asked(before) == cluster.reply

            assert first != second == third
            assert cluster.endpoint.log.startswith("The former node.pem is used on")


async def test_who_speaks_no_tls_or_nothing_hinders_nobody(tmp_path: Path) -> None:
    authority = make_authority()
    context = ssl.create_default_context(cadata=authority.certificate_pem)
    with held_block() as block:
        async with running_cluster(tmp_path, block, authority=authority) as cluster:
            with connected(cluster):
                assert await converse(cluster.endpoint.address, ASKED) != cluster.reply

                assert await converse(cluster.endpoint.address, ASKED + b"quit\r\n", context=context) == cluster.reply
            assert cluster.endpoint.log == ""


def leave_descriptors(cluster: Cluster, count: int) -> None:
    """So many more may the endpoint open."""
    _, most = resource.prlimit(cluster.endpoint.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(cluster.endpoint.pid, resource.RLIMIT_NOFILE, (cluster.endpoint.count_descriptors() + count, most))


def run_again(cluster: Cluster) -> "subprocess.CompletedProcess[str]":
    """Another one with the same files."""
    return subprocess.run(command_line(), cwd=cluster.directory, capture_output=True, text=True, timeout=SECONDS_MAX)


@contextmanager
def all_files_allowed() -> Iterator[int]:
    """This process may open as many as it may ever be allowed: so many, which is what an endpoint takes for itself."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        yield most
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))


@contextmanager
def deaf(address: str) -> Iterator[str]:
    """An address where connections are neither accepted nor refused: as many as may wait there do so already."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind((address, PORT))
        listening.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, PORT))
        yield address


# --- customers ------------------------------------------------------------------------------------


@contextmanager
def connected(cluster: Cluster, source_address: str | None = None) -> Iterator[socket.socket]:
    source = None if source_address is None else (source_address, 0)
    with socket.create_connection((cluster.endpoint.address, PORT), timeout=SECONDS_MAX, source_address=source) as made:
        yield made


@contextmanager
def encrypted(cluster: Cluster, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    with connected(cluster) as plain, context.wrap_socket(plain, server_hostname=cluster.endpoint.address) as wrapped:
        yield wrapped


def serial_number(connection: ssl.SSLSocket) -> object:
    certificate = connection.getpeercert()
    assert certificate is not None
    return certificate["serialNumber"]


def asked(customer: socket.socket) -> bytes:
    customer.sendall(ASKED)
    reply = b""
    while not reply.endswith(b"END\r\n") and (data := customer.recv(4096)):
        reply += data
    return reply


def statistics(customer: socket.socket) -> dict[str, int]:
    customer.sendall(b"config stats\r\n")
    *lines, end = customer.recv(4096).decode().splitlines()
    assert end == "END"
    return {name: int(value) for _, name, value in (line.split(" ") for line in lines)}


def send_until_full(customer: socket.socket, data: bytes) -> int:
    """As much as is taken, by a customer that receives nothing; answers how many bytes that was."""
    customer.settimeout(STILL_SECONDS)
    sent = 0
    try:
        while sent < len(data):
            sent += customer.send(data[sent : sent + 65_536])
    except TimeoutError:
        pass
    return sent


def received_until_end(customer: socket.socket) -> bytes:
    received = bytearray()
    with suppress(ConnectionError):
        while data := customer.recv(1024 * 1024):
            received += data
    return bytes(received)
