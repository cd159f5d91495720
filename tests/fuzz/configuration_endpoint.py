"""The same streams of commands, by way of a configuration endpoint and to a node directly: the same bytes come back.

Two memcacheds see the same commands in the same order, so that even what they count is the same. Where the customer
asks the endpoint itself, the direct customer hangs up and comes again, and the answer is put between.
"""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from elastane.configuration_endpoint import answers
from elastane.model.discovery import Discovery
from tests.fuzz import memcached_streams
from tests.fuzz.judging import Finding
from tests.fuzz.memcached_streams import Ask, Part, Stream
from tests.kit.address_blocks import held_block
from tests.kit.configuration_endpoints import RunningProcess, configuration, converse, running_endpoint, running_node

GROWTH_BYTES_MAX = 8 * 1024 * 1024
WARM_COUNT = 100


def make(seed: int, number: int) -> tuple[Stream, tuple[int, ...]]:
    """The stream of that number, and in what pieces it is sent."""
    dice = Random(f"{seed}:{number}")
    stream = memcached_streams.make(dice)
    return stream, memcached_streams.pieces(dice, len(_spelled(stream)))


async def fuzz(seed: int, count: int, *, first: int = 0, tell: Callable[[int], None] = lambda done: None) -> int:
    """Raises Finding. Answers by how many bytes the endpoint's process grew after the first hundred streams."""
    warm_bytes = 0
    async with _served() as text, _served() as binary:
        for number in range(first, first + count):
            stream, pieces = make(seed, number)
            direct, endpoint, told = binary if stream.is_binary else text
            expected = await _expected(direct.address, stream, told)
            received = await converse(endpoint.address, _spelled(stream), piece_bytes=pieces)
            if received != expected:
                raise Finding(f"--seed {seed} --from {number}: {_difference(expected, received)}\n{_listed(stream)}")
            if endpoint.log:
                raise Finding(f"--seed {seed} --from {number}: it logged: {endpoint.log:.2000}")
            if number == first + WARM_COUNT:
                warm_bytes = _resident_bytes(text, binary)
            tell(number - first + 1)
        growth_bytes = _resident_bytes(text, binary) - warm_bytes if warm_bytes else 0
    if growth_bytes > GROWTH_BYTES_MAX:
        raise Finding(f"--seed {seed}: memory grew by {growth_bytes:,} bytes")
    return growth_bytes


class _Served(NamedTuple):
    """A node that is asked directly, an endpoint in front of another one, and what clients are told there."""

    direct: RunningProcess
    endpoint: RunningProcess
    told: Discovery


@contextlib.asynccontextmanager
async def _served() -> AsyncIterator[_Served]:
    """One for each protocol: a connection of the binary one leaves a number behind in memcached, which whatever a later
    connection stores first is given as its own, if it is one of the text protocols and has the same descriptor."""
    with held_block() as block, tempfile.TemporaryDirectory(prefix="elastane-fuzz-") as name:
        directory = Path(name)
        told = configuration(str(block[1]), str(block[9]), (str(block[2]),))
        async with (
            running_node(directory / "direct", str(block[3])) as direct,
            running_node(directory / "0001", str(block[2])),
            running_endpoint(directory / "endpoint", told) as endpoint,
        ):
            yield _Served(direct, endpoint, told.discovery)


def _resident_bytes(*served: _Served) -> int:
    return sum(each.endpoint.resident_bytes() for each in served)


def _spelled(stream: Stream) -> bytes:
    return b"".join(part.spelled if isinstance(part, Ask) else part for part in stream.parts) + stream.farewell


async def _expected(address: str, stream: Stream, told: Discovery) -> bytes:
    replies, passed_on = b"", b""
    parts: tuple[Part, ...] = stream.parts
    for part in parts:
        if isinstance(part, Ask):
            replies += await _ask_directly(address, passed_on, stream.farewell)
            replies += answers.answer(part.question, told)
            passed_on = b""
        else:
            passed_on += part
    return replies + await _ask_directly(address, passed_on, stream.farewell)


async def _ask_directly(address: str, commands: bytes, farewell: bytes) -> bytes:
    return await converse(address, commands + farewell) if commands else b""


def _listed(stream: Stream) -> str:
    return "\n".join(f"{part!r:.120}" for part in stream.parts)


def _difference(expected: bytes, received: bytes) -> str:
    same = next((at for at, pair in enumerate(zip(expected, received, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(expected), len(received)) if same is None else same
    return (
        f"of {len(expected):,} bytes {len(received):,} came, and from byte {at:,} on not {expected[at : at + 200]!r} "
        f"but {received[at : at + 200]!r}"
    )
