"""Networks of a test's own: machines that see nothing of the real one's, and nothing of it is changed for them.

A `Machine` is a thread in a network namespace. What it calls opens its sockets there, and programs it starts live
there. The namespace ends with the thread and the programs.

    with two_machines() as (server, client):
        server.call(elastane.start, IPv4Network("10.88.0.0/16"))
        assert client.call(connect, address, 6379) == "no answer"

Only root may make one.
"""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import IPv4Network
from typing import ParamSpec, TypeVar

from tests.kit.network_tools import tool

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

SERVER, CLIENT, PREFIX_LENGTH = "192.0.2.1", "192.0.2.2", 24
BLOCK = IPv4Network("10.88.0.0/16")
OTHER_BLOCK = IPv4Network("10.89.0.0/16")

NO_ANSWER_SECONDS = 0.7
"""What is let in is answered in less than a millisecond; a client sends its first packet again after a second."""

_CLONE_NEWNET = 0x40000000
_PR_CAPBSET_DROP = 24
_CAP_NET_ADMIN = 12


class Machine:
    """A thread with a network of its own; `call` runs a function there and waits for it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self.call(_system_call, "unshare", _CLONE_NEWNET)
        self.thread_id = self.call(threading.get_native_id)
        self.run("ip", "link", "set", "lo", "up")

    def call(
        self, function: Callable[Arguments, Answer], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Answer:
        return self._thread.submit(function, *arguments, **named).result()

    def run(self, program: str, *arguments: str, given: str = "") -> str:
        """What one of the network's programs printed: ip, or nft."""
        command = (str(tool(program)), *arguments)
        finished = self.call(subprocess.run, command, input=given, capture_output=True, text=True, timeout=30)
        assert finished.returncode == 0, f"{' '.join(command)}: {finished.stderr}"
        return str(finished.stdout)

    def tables(self) -> list[str]:
        """The packet filter's."""
        return [line.split()[2] for line in self.run("nft", "list", "tables").splitlines()]

    def give_up_the_right_to_filter(self) -> None:
        """For all programs that are started from now on."""
        self.call(_system_call, "prctl", _PR_CAPBSET_DROP, _CAP_NET_ADMIN, 0, 0, 0)

    def close(self) -> None:
        self._thread.shutdown()


@contextmanager
def machine() -> Iterator[Machine]:
    """Alone, with loopback and nothing else."""
    alone = Machine()
    try:
        yield alone
    finally:
        alone.close()


@contextmanager
def two_machines() -> Iterator[tuple[Machine, Machine]]:
    """A server that was given two blocks of addresses, and a client that has a route to them."""
    with machine() as server, machine() as client:
        server.run("ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", str(client.thread_id))
        for one, address in ((server, SERVER), (client, CLIENT)):
            one.run("ip", "address", "add", f"{address}/{PREFIX_LENGTH}", "dev", "wire")
            one.run("ip", "link", "set", "wire", "up")
        for block in (BLOCK, OTHER_BLOCK):
            server.run("ip", "route", "add", "local", str(block), "dev", "lo")
            client.run("ip", "route", "add", str(block), "via", SERVER)
        yield server, client


def connect(address: str, port: int, source: str | None = None) -> str:
    """``connected``, ``refused``, or ``no answer``: how an attempt ends that a packet filter drops."""
    with socket.socket() as attempt:
        attempt.settimeout(NO_ANSWER_SECONDS)
        if source is not None:
            attempt.bind((source, 0))
        try:
            attempt.connect((address, port))
        except TimeoutError:
            return "no answer"
        except ConnectionRefusedError:
            return "refused"
    return "connected"


def _system_call(name: str, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
