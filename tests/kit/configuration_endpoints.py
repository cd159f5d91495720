"""Configuration endpoints and nodes as processes, started by hand: what a host does with them, and no more.

async with running_node(tmp_path / "0001", address), running_endpoint(tmp_path / "endpoint", told) as endpoint:
    assert await converse(endpoint.address, b"config get cluster\r\n") == ...
"""

import asyncio
import os
import resource
import signal
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, NamedTuple

from elastane.configuration_endpoint import command_line
from elastane.configuration_endpoint import configuration as configurations
from elastane.configuration_endpoint.configuration import BUNDLE_FILE, CERTIFICATE_FILE, Configuration
from elastane.model import discovery
from elastane.model.discovery import Discovery, Member
from elastane.pki import certificates
from elastane.pki.certificates import Signer
from tests.kit.asserts import eventually
from tests.kit.stored_engines import stored_engine

PORT = 11211
START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 10.0
CONVERSATION_SECONDS_MAX = 60.0


class RunningProcess:
    """A node or an endpoint. It ends with the `with` that it was started by."""

    def __init__(self, address: str, started: "subprocess.Popen[bytes]", log: Path) -> None:
        self.address = address
        self._started = started
        self._log = log

    @property
    def pid(self) -> int:
        return self._started.pid

    @property
    def log(self) -> str:
        return self._log.read_text()

    def kill(self) -> None:
        self._started.kill()
        self._started.wait(STOP_SECONDS_MAX)

    def stop(self) -> int:
        """As a host does first. Answers its exit code."""
        self._started.send_signal(signal.SIGTERM)
        return self._started.wait(STOP_SECONDS_MAX)

    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def count_descriptors(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


def members_of(addresses: Iterable[str], port: int = PORT) -> tuple[Member, ...]:
    """Nodes that are connected to by their addresses."""
    return tuple(Member(address, address, port) for address in addresses)


def configuration(address: str, source_address: str, nodes: Sequence[str], **changes: Any) -> Configuration:
    """Of an endpoint for these nodes, all at the usual port."""
    default = Configuration(
        address=address,
        port=PORT,
        source_address=source_address,
        is_encrypted=False,
        is_binary_spoken=True,
        connections_max=1000,
        discovery=Discovery(7, members_of(nodes)),
        node_ids=tuple(f"{number:04}" for number in range(1, len(nodes) + 1)),
    )
    return default._replace(**changes)


def write(directory: Path, name: str, text: str) -> None:
    """Replaced, and never written into: as hosts do."""
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f"{name}.new"
    temporary.write_text(text)
    temporary.replace(directory / name)


@asynccontextmanager
async def running_endpoint(directory: Path, told: Configuration) -> AsyncIterator[RunningProcess]:
    """It listens already. With encryption its certificate has to be in the directory."""
    write(directory, configurations.FILE, configurations.render(told))
    async with _running(command_line(), directory, told.address, told.port) as process:
        yield process


@asynccontextmanager
async def running_node(directory: Path, address: str, *options: str) -> AsyncIterator[RunningProcess]:
    """A memcached at that address, with one thread. Skips the test where there is none."""
    binary = stored_engine("memcached", "1.6").path
    user = ("-u", "root") if os.geteuid() == 0 else ()
    command = (str(binary), *user, "-l", address, "-p", str(PORT), "-U", "0", "-t", "1", "-m", "256", *options)
    async with _running(command, directory, address, PORT) as process:
        yield process


class Cluster(NamedTuple):
    """An endpoint, its nodes, and where its files are."""

    endpoint: RunningProcess
    nodes: tuple[RunningProcess, ...]
    told: Configuration
    directory: Path

    @property
    def reply(self) -> bytes:
        """To ``config get cluster``, at first."""
        return discovery.ascii_reply(discovery.render(self.told.discovery))

    def publish(self, version: int, *numbers: int) -> bytes:
        """From now on so many nodes, counted from one, are in the list. Answers the reply."""
        told = Discovery(version, members_of([self.nodes[number - 1].address for number in numbers]))
        node_ids = tuple(f"{number:04}" for number in numbers)
        text = configurations.render(self.told._replace(discovery=told, node_ids=node_ids))
        write(self.directory, configurations.FILE, text)
        return discovery.ascii_reply(discovery.render(told))


@asynccontextmanager
async def running_cluster(
    directory: Path, block: IPv4Network, node_count: int = 1, authority: Signer | None = None, **changes: Any
) -> AsyncIterator[Cluster]:
    """Nodes at 127.x.0.101 and so on; with encryption where there is an authority."""
    addresses = tuple(str(block[101 + number]) for number in range(node_count))
    told = configuration(str(block[1]), str(block[9]), addresses, is_encrypted=authority is not None, **changes)
    async with AsyncExitStack() as stack:
        nodes = []
        for number, address in enumerate(addresses):
            of_node = directory / f"node-{number}"
            if authority is not None:
                write_certificate(of_node, authority, address)
            options = tls_options(of_node) if authority is not None else ()
            nodes.append(await stack.enter_async_context(running_node(of_node, address, *options)))
        of_endpoint = directory / "endpoint"
        if authority is not None:
            write_certificate(of_endpoint, authority, told.address)
        endpoint = await stack.enter_async_context(running_endpoint(of_endpoint, told))
        yield Cluster(endpoint, tuple(nodes), told, of_endpoint)


async def converse(
    address: str, data: bytes, *, piece_bytes: Sequence[int] = (), context: ssl.SSLContext | None = None
) -> bytes:
    """Sends all of it, in pieces of these lengths where some are given, ends, and answers what came until the end."""
    async with asyncio.timeout(CONVERSATION_SECONDS_MAX):
        reader, writer = await asyncio.open_connection(address, PORT, ssl=context)
        try:
            async with asyncio.TaskGroup() as tasks:
                received = tasks.create_task(_read_all(reader), name="read")
                tasks.create_task(_send_all(writer, data, piece_bytes), name="send")
            return received.result()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def make_authority() -> certificates.Signer:
    return certificates.make_authority("tests", now=datetime.now(UTC), lifetime=timedelta(days=30))


def write_certificate(directory: Path, authority: certificates.Signer, *names: str) -> None:
    """A new one each time, in the files in which endpoints and nodes find theirs."""
    request = certificates.request(names[0], names)
    issued = certificates.issue(authority, request, now=datetime.now(UTC), lifetime=timedelta(days=1))
    write(directory, CERTIFICATE_FILE, issued.certificate_pem + issued.key_pem.reveal())
    write(directory, BUNDLE_FILE, authority.certificate_pem)


def tls_options(directory: Path) -> tuple[str, ...]:
    """Of a node with a certificate in that directory."""
    chain = directory / CERTIFICATE_FILE
    return ("-Z", "-o", f"ssl_chain_cert={chain},ssl_key={chain},ssl_ca_cert={directory / BUNDLE_FILE}")


async def _send_all(writer: asyncio.StreamWriter, data: bytes, piece_bytes: Sequence[int]) -> None:
    sent = 0
    with suppress(OSError):  # it may be hung up on at any time; what was answered before is read on
        for length in piece_bytes:
            writer.write(data[sent : sent + length])
            sent += length
            await writer.drain()
        writer.write(data[sent:])
        await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    received = bytearray()
    with suppress(ConnectionError):
        while data := await reader.read(1024 * 1024):
            received += data
    return bytes(received)


@asynccontextmanager
async def _running(command: Sequence[str], directory: Path, address: str, port: int) -> AsyncIterator[RunningProcess]:
    started, log = _start(command, directory)
    process = RunningProcess(address, started, log)

    def is_listening() -> bool:
        if started.poll() is not None:
            raise ChildProcessError(f"it has ended: {process.log}")
        with suppress(ConnectionRefusedError), socket.create_connection((address, port), timeout=1):
            return True
        return False

    try:
        await eventually(is_listening, timeout_seconds=START_SECONDS_MAX, message=f"nobody listens at {address}")
        yield process
    finally:
        process.kill()


def _start(command: Sequence[str], directory: Path) -> "tuple[subprocess.Popen[bytes], Path]":
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "log"
    with log.open("wb") as file:
        return subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=file, stderr=file), log
