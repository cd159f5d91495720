"""Raw bytes to a control plane that is served: what is HTTP, what nearly is, in pieces, cut off, several at a time.

The control plane is a process of its own. Every connection has to end within a deadline, by an answer or by being
closed; the process lives on, has logged nothing wrong, answers a right request, and has not grown.
"""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from elastane.model.ids import Region
from tests.conformance.wire import form, request, send
from tests.fuzz import drafts, judging
from tests.fuzz.in_process import Tally
from tests.fuzz.judging import Finding, resident_bytes
from tests.fuzz.mutations import BYTES, HEADER, suffer
from tests.kit.elastane import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, RunningElastane, running_elastane

CONNECTION_COUNT = 32
"""At a time."""
END_SECONDS = 40
"""A connection ends earlier: a heading and a body have ten seconds each, an idle one has five."""
READ_SECONDS = 1.0
"""After that whoever got no answer hangs up. What is done with slow ones: tests/unit/test_http_server.py."""
GROWTH_BYTES_MAX = 48 * 1024 * 1024
STATUSES = judging.STATUSES | {503}
"""503 says that too many are connected."""

FRAMINGS = (
    b"Content-Length: %d\r\n",
    b"Content-Length: %d\r\nContent-Length: %d\r\n",
    b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Content-Length: -%d\r\n",
    b"Content-Length: +%d\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: %d,%d\r\n",
    b"Expect: 100-continue\r\nContent-Length: %d\r\n",
    b"Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: %d\r\n",
    b"Connection: close\r\nContent-Length: %d\r\n",
    b"",
)
TARGETS = (
    b"/",
    b"/",
    b"/",
    b"http://evil.example/",
    b"http://evil.example",
    b"*",
    b"//evil",
    b"/%2e%2e%2f",
    b"evil:80",
    b"",
    b"/\x00",
    b"/_elastane/health",
)
VERSIONS = (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9", b"", b"ICY/1.1")
METHODS = (b"POST", b"POST", b"POST", b"GET", b"HEAD", b"CONNECT", b"TRACE", b"post", b"PRI", b"\xff", b"OPTIONS")
LINE_ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n ", b"\r\n\t")
ACTIONS = ("DescribeEvents", "DescribeReplicationGroups", "CreateCacheParameterGroup", "MakeCoffee")


def make(seed: int, number: int, now: datetime) -> bytes:
    """The bytes of one connection."""
    dice = Random(f"{seed}:{number}")
    made = drafts.draft(service="elasticache", region=Region(REGION), now=now)
    made.signing.access_key_id, made.signing.secret = ACCESS_KEY_ID, SECRET_ACCESS_KEY
    made.fields = [("Action", dice.choice(ACTIONS)), ("Version", "2015-02-02")]
    drafts.render(made)
    drafts.sign(made)
    suffer(dice, made, (HEADER, BYTES), dice.choice((0.0, 0.0, 0.2)))
    end = dice.choice(LINE_ENDS) if dice.random() < 0.1 else b"\r\n"
    length = len(made.body)
    framing = dice.choice(FRAMINGS) if dice.random() < 0.3 else FRAMINGS[0]
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (length, made.body) if b"chunked" in framing else made.body
    headers = b"".join(b"%b: %b%b" % (name, value, end) for name, value in made.headers)
    line = b"POST / HTTP/1.1"
    if dice.random() < 0.3:
        line = b" ".join((dice.choice(METHODS), dice.choice(TARGETS) + b"?" + made.query, dice.choice(VERSIONS)))
    whole = line + end + headers + framing.replace(b"%d", b"%d" % length) + b"\r\n" + body
    match dice.randrange(16):
        case 0:
            return whole[: dice.randint(0, len(whole))]
        case 1:
            return whole * dice.randint(2, 40)
        case 2:
            return dice.randbytes(dice.randint(1, 2_000))
        case 3:
            position = dice.randint(0, len(whole))
            return whole[:position] + dice.randbytes(dice.randint(1, 10)) + whole[position:]
    return whole


async def fuzz(seed: int, count: int, *, tell: Callable[[int], None] = lambda done: None) -> Tally:
    """Raises Finding."""
    tally = Tally()
    with (
        tempfile.TemporaryDirectory(prefix="elastane-fuzz-") as directory,
        running_elastane(Path(directory) / "data") as elastane,
    ):
        where = urlsplit(elastane.url)
        assert where.hostname is not None and where.port is not None
        address = (where.hostname, where.port)
        numbers = iter(range(count))

        async def connect_again_and_again() -> None:
            for number in numbers:
                await _connect(address, make(seed, number, datetime.now(UTC)), Random(f"{seed}:{number}:way"), tally)
                if number == count // 2:
                    tally.middle_bytes = resident_bytes(elastane.pid)
                if number % 1_000 == 999:
                    tell(number + 1)

        async with asyncio.TaskGroup() as tasks:
            for connection in range(min(CONNECTION_COUNT, count)):
                tasks.create_task(connect_again_and_again(), name=f"connection-{connection}")
        tally.end_bytes = resident_bytes(elastane.pid)
        _judge(elastane, seed, tally)
    return tally


async def _connect(address: tuple[str, int], sent: bytes, dice: Random, tally: Tally) -> None:
    """Whoever hangs up first, the connection ends; what comes back of it is an answer that is documented."""
    answer = b""
    try:
        async with asyncio.timeout(END_SECONDS):
            reader, writer = await asyncio.open_connection(*address)
            with contextlib.suppress(OSError):
                for piece in _pieces(dice, sent):
                    writer.write(piece)
                    await writer.drain()
                if dice.random() < 0.5:
                    writer.write_eof()
            with contextlib.suppress(OSError):
                async with asyncio.timeout(READ_SECONDS if dice.random() < 0.2 else 0.05):
                    while received := await reader.read(65536):
                        answer += received
            writer.transport.abort()
    except TimeoutError:
        raise Finding(f"a connection that does not end after {sent!r:.2000}") from None
    for status in re.findall(rb"^HTTP/1\.1 (\d{3}) ", answer, re.MULTILINE):
        if int(status) not in STATUSES | {100}:
            raise Finding(f"the status {status.decode()} after {sent!r:.2000}")
        tally.count(int(status))


def _pieces(dice: Random, sent: bytes) -> list[bytes]:
    if dice.random() < 0.7:
        return [sent]
    position = dice.randint(0, len(sent))
    return [sent[:position], sent[position:]]


def _judge(elastane: RunningElastane, seed: int, tally: Tally) -> None:
    if send(request(elastane.url, form("DescribeEvents"))).status_code != 200:
        raise Finding(f"--seed {seed}: a right request is not answered any more")
    if found := re.search(r"^.*( error |Traceback)", elastane.log(), re.MULTILINE):
        raise Finding(f"--seed {seed}: it logged: {elastane.log()[found.start() :][:4000]}")
    if tally.growth_bytes > GROWTH_BYTES_MAX:
        raise Finding(f"--seed {seed}: memory grew by {tally.growth_bytes:,} bytes in the second half")
