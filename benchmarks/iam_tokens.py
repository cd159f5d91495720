"""What tokens of users of IAM cost: engines stand still while they are told passwords, and look through all of them.

One user of an engine is given the tokens of some access keys, as the reconciler does it, and then those of the minutes
after, with somebody else who says PING all the time: the longest of these is how long the engine stood still. `all
told` and `a minute told` are the engine's processor time. `all at once` is that of one ACL SETUSER with all of them,
which is not how it is done: to compare with.
"""

import asyncio
import hashlib
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import redis

from benchmarks import command
from benchmarks.engine_processes import Processes, listening
from benchmarks.failover_targets import wait_until
from benchmarks.tables import Goal, Report, Row
from elastane.config import shared_engines
from elastane.engines import CONTROL_USER, NodeAddress
from elastane.engines.client import LiveEngines
from elastane.engines.discovery import EngineBinary, Places, find_engines
from elastane.hosts.address_block import claim_free_block
from elastane.model.iam_tokens import Cache, Signer, WantedTokens, minute_digests, wanted_tokens
from elastane.model.ids import Region, ReplicationGroupId
from elastane.model.secrets import AccessKeyId, Secret
from elastane.reconcile.token_digests import TokenDigests
from tests.kit.writers import at_work

PORT = 6379
SECRET = Secret("of-the-control-user")
CACHE = Cache(id=ReplicationGroupId("orders"), region=Region("us-east-1"))
USER = "lea"
STILL_MS_MAX = 20.0
"""As long as an engine may stand still each minute without anybody calling it slow."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """An engine, and how to talk to it as we do and as a customer does."""

    at: NodeAddress
    engines: LiveEngines
    customer: Any


def measure(is_quick: bool) -> Report:
    rows = [_computing(is_quick)]
    for binary in _binaries()[: 1 if is_quick else None]:
        for key_count in (1,) if is_quick else (1, 4):
            command.tell(f"{binary.engine} {binary.version} with the tokens of {key_count} keys")
            rows.extend(_rows(binary, key_count, 1 if is_quick else 5))
    return Report(title="Tokens of users of IAM", rows=tuple(rows))


def _binaries() -> list[EngineBinary]:
    """The newest of each version that is here, from the shared store."""
    found = find_engines(Places(shared_directory=shared_engines(os.environ), path=os.environ.get("PATH", "")))
    versions: dict[tuple[str, ...], EngineBinary] = {}
    for binary in found:
        if binary.engine != "memcached":
            versions.setdefault((binary.engine, *binary.version.split(".")[:2]), binary)
    assert versions, "no engine is here: make bench fetches them"
    return list(versions.values())


def _computing(is_quick: bool) -> Row:
    samples = []
    for minute in range(2 if is_quick else 26):
        began_at = perf_counter()
        minute_digests(_signers(1)[0], CACHE, 29_000_000 + minute)
        samples.append(1000 * (perf_counter() - began_at))
    return Row(name="a minute's digests of a user and key", unit="ms", samples=tuple(samples))


def _rows(binary: EngineBinary, key_count: int, minutes: int) -> Iterator[Row]:
    name = f"{binary.engine} {binary.version}, {key_count} key{'s' if key_count > 1 else ''}"
    with _engine(binary) as session:
        before = _memory_bytes(session.customer)
        now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
        first, waits, times = asyncio.run(_told(session, key_count, now, minutes))
        memory = (_memory_bytes(session.customer) - before) / 1024
        wrong = _wrong_passwords(session.at.address)
        at_once = _at_once_ms(session, key_count, now)
    yield Row(name=f"{name}: all told", unit="ms", samples=(first,))
    yield Row(name=f"{name}: a minute told", unit="ms", samples=times)
    yield Row(name=f"{name}: longest wait", unit="ms", samples=waits, goals=(Goal(below=STILL_MS_MAX),))
    yield Row(name=f"{name}: all at once", unit="ms", samples=(at_once,))
    yield Row(name=f"{name}: wrong password", unit="µs", samples=wrong)
    yield Row(name=f"{name}: memory", unit="KiB", samples=(memory,))


async def _told(
    session: Session, key_count: int, now: datetime, minutes: int
) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    """The engine's processor time for all tokens; then of as many minutes the longest PING amid each, and after that of
    as many others the engine's processor time for each: milliseconds. Nobody says PING while that is measured.
    """
    computed, signers = TokenDigests(), _signers(key_count)
    first = 0.0
    waits: list[float] = []
    times: list[float] = []
    for minute in range(1 + 2 * minutes):
        wanted = wanted_tokens(CACHE, (USER,), signers, now + timedelta(minutes=minute), SECRET)
        digests = await _complete(computed, wanted)
        if 0 < minute <= minutes:
            with _pinged(session.at.address) as pinged:
                await _tell_all(session, digests, wanted.mark)
            waits.append(max(pinged))
            continue
        before = _processor_ms(session.customer)
        await _tell_all(session, digests, wanted.mark)
        spent = _processor_ms(session.customer) - before
        first, times = (spent, times) if minute == 0 else (first, [*times, spent])
    await session.engines.aclose()
    return first, tuple(waits), tuple(times)


async def _complete(computed: TokenDigests, wanted: WantedTokens) -> dict[str, list[str]]:
    while (found := await computed.find_digests(wanted)) is None:
        pass
    return found


async def _tell_all(session: Session, digests: dict[str, list[str]], mark: str) -> None:
    """As many orders as passes would give."""
    while mark not in session.customer.acl_users():
        await session.engines.set_tokens(session.at, digests, mark, 10.0)


@contextmanager
def _pinged(address: str) -> Iterator[list[float]]:
    """Milliseconds of each PING, one after the other, by a thread of its own."""
    waits: list[float] = []
    is_over = threading.Event()

    def ping(address: str) -> None:
        with closing(redis.Redis(host=address, port=PORT)) as client:
            while True:  # once at least, however late this thread comes to it
                began_at = perf_counter()
                client.ping()
                waits.append(1000 * (perf_counter() - began_at))
                if is_over.is_set():
                    return

    with at_work(ping, (address,), is_over.set):
        yield waits


def _signers(count: int) -> tuple[Signer, ...]:
    return tuple(
        Signer(user_name=USER, access_key_id=AccessKeyId(f"AKIA{number:016d}"), secret=Secret(f"{number:040d}"))
        for number in range(count)
    )


def _memory_bytes(client: Any) -> int:
    return int(client.info("memory")["used_memory"])


def _wrong_passwords(address: str) -> tuple[float, ...]:
    """Microseconds of each try to sign in with a password of a token's length, on one connection."""
    tried = f"AUTH {USER} {'x' * 400}\r\n".encode()
    samples = []
    with socket.create_connection((address, PORT)) as connection:
        for _ in range(100):
            began_at = perf_counter()
            connection.sendall(tried)
            said = connection.recv(1024)
            samples.append(1_000_000 * (perf_counter() - began_at))
            assert said.startswith(b"-WRONGPASS"), said
    return tuple(samples)


def _at_once_ms(session: Session, key_count: int, now: datetime) -> float:
    wanted = wanted_tokens(CACHE, (USER,), _signers(key_count), now, SECRET)
    digests = asyncio.run(_complete(TokenDigests(), wanted))
    words: Sequence[str] = [f"#{digest}" for digest in digests[USER]]
    before = _processor_ms(session.customer)
    session.customer.execute_command("ACL", "SETUSER", USER, "resetpass", *words)
    return _processor_ms(session.customer) - before


def _processor_ms(client: Any) -> float:
    """Of the engine so far: what a busy machine does not lengthen."""
    said = client.info("cpu")
    return 1000 * (float(said["used_cpu_user"]) + float(said["used_cpu_sys"]))


@contextmanager
def _engine(binary: EngineBinary) -> Iterator[Session]:
    """With our control user, a user without passwords, and a customer who may do everything."""
    digest = hashlib.sha256(SECRET.reveal().encode()).hexdigest()
    claimed = claim_free_block("benchmarks.iam_tokens")
    with closing(claimed.claim), tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory:
        address = str(claimed.block[1])
        processes = Processes(binary, Path(directory))
        with closing(processes), closing(redis.Redis(host=address, port=PORT, decode_responses=True)) as customer:
            users = f"user {CONTROL_USER} on #{digest} ~* &* +@all\nuser {USER} on ~* &* +@all\n"
            processes.start("engine", f'{listening(address, PORT)}save ""\n{users}')
            wait_until(lambda: _answers(customer), processes.log)
            yield Session(
                at=NodeAddress(address=address, port=PORT, secret=SECRET), engines=LiveEngines(), customer=customer
            )


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


if __name__ == "__main__":
    sys.exit(command.run("iam_tokens", measure))
