"""An engine is started and has to answer: the only proof that its libraries are all there and fit.

It is started by its own loader, before it is in its place, on a Unix socket in a temporary directory, and killed when
it has answered.
"""

import asyncio
import contextlib
import tempfile
from pathlib import Path

from elastane.clock import wait_until
from elastane.engines.discovery import EngineName, binary_place
from elastane.engines.supply import BrokenEngine
from elastane.engines.supply.children import dying_with_us
from elastane.engines.supply.libraries import loader_of

START_SECONDS_MAX = 30.0
ANSWER_SECONDS_MAX = 10.0
LOOK_SECONDS = 0.02

_QUESTIONS: dict[EngineName, tuple[bytes, bytes]] = {
    "valkey": (b"PING\r\n", b"+PONG"),
    "redis": (b"PING\r\n", b"+PONG"),
    "memcached": (b"version\r\n", b"VERSION "),
}


async def prove(directory: Path, engine: EngineName) -> None:
    """Raises BrokenEngine with what the engine said."""
    with tempfile.TemporaryDirectory(prefix="elastane-proof-") as place:
        socket = Path(place) / "socket"
        program = (str(loader_of(directory)), "--library-path", str(directory / "lib"))
        process = await asyncio.create_subprocess_exec(
            *dying_with_us(),
            *program,
            str(binary_place(directory, engine)),
            *_arguments(engine, socket),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=place,
            env={"LC_ALL": "C"},
        )
        try:
            await wait_until(
                lambda: socket.exists() or process.returncode is not None,
                look_seconds=LOOK_SECONDS,
                timeout_seconds=START_SECONDS_MAX,
            )
            is_proved = socket.exists() and await _answers(socket, engine)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            said, _ = await process.communicate()
    if not is_proved:
        lines = said.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise BrokenEngine(f"{engine} was started and did not answer; it said: {lines[-1][:200]}")


def _arguments(engine: EngineName, socket: Path) -> tuple[str, ...]:
    if engine == "memcached":
        return ("-s", str(socket), "-u", "root")  # it refuses to run as root without being told so
    return ("--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no")


async def _answers(socket: Path, engine: EngineName) -> bool:
    question, answer = _QUESTIONS[engine]
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                writer.write(question)
                return (await reader.readline()).startswith(answer)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
