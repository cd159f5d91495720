"""apt, run into private directories: which version a suite has, and a package with all the libraries it needs.

Own lists, own cache, own sources, and an empty list of installed packages, so that libc and its loader are fetched
too. Of the machine's configuration the mirror, its keys, proxies and passwords for them are kept; what runs commands
afterwards and what relaxes verification is not. apt 2.1 or newer (Debian 11).

Sources: apt.conf(5), apt-get(8), and README.progress-reporting of apt for the lines on the status descriptor.
"""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from elastane.catalog.engine_sources import EngineSource
from elastane.engines.supply import FetchFailed, NoPackages, NotOffered
from elastane.engines.supply.apt_sources import Archive, find_archive, read_archives, render_sources
from elastane.engines.supply.children import dying_with_us
from elastane.engines.supply.packages import Candidate, Fetched, Progress, Tell, engine_version
from elastane.model.versions import minor_version

LISTS_SECONDS_MAX = 300.0
PACKAGES_SECONDS_MAX = 900.0
ASK_SECONDS_MAX = 60.0

ERROR_CHARACTERS_MAX = 400


class AptPackages:
    """The machine's mirror, by way of apt. Everything is kept below `directory`, which the caller removes."""

    def __init__(
        self, directory: Path, *, inherit: Sequence[int] = (), archives: Sequence[Archive] | None = None
    ) -> None:
        """`inherit`: descriptors that apt keeps open, so that a lock lives as long as the last process that writes."""
        self._directory = directory
        self._inherit = tuple(inherit)
        self.archives = tuple(read_archives() if archives is None else archives)
        self._prepared: dict[tuple[str, ...], Path] = {}

    async def find(self, source: EngineSource, tell: Tell) -> Candidate:
        others: list[str] = []
        for wanted in source.suites:
            suites = self._reachable(wanted)
            if not suites:
                continue
            configuration = await self._prepare(suites, tell)
            said = await self._run(
                ("apt-cache", "policy", source.package), configuration, timeout_seconds=ASK_SECONDS_MAX
            )
            found = parse_candidate(said)
            if found is not None and minor_version(engine_version(found)) == source.version:
                return Candidate(source=source, package_version=found, suites=suites)
            others.append(f"{suites[0]} has {engine_version(found) if found else 'none'}")
        if not others:
            raise NoPackages("This machine's apt knows no archive of Debian's, so no engine can be fetched.")
        raise NotOffered(f"No suite of Debian's has {source.engine} {source.version}: {', '.join(others)}.")

    async def fetch(self, candidate: Candidate, tell: Tell) -> Fetched:
        configuration = await self._prepare(candidate.suites, tell)
        package = f"{candidate.source.package}={candidate.package_version}"
        listed = await self._run(
            ("apt-get", "--yes", "--print-uris", "install", package), configuration, timeout_seconds=ASK_SECONDS_MAX
        )
        total_bytes = parse_total_bytes(listed)
        doing = f"Fetching {package.partition('=')[0]} and its libraries from {candidate.suite}"

        def told(ratio: float) -> None:
            tell(Progress(doing=doing, done_ratio=ratio, total_bytes=total_bytes))

        told(0.0)
        await self._run(
            ("apt-get", "--yes", "--download-only", "install", package),
            configuration,
            timeout_seconds=PACKAGES_SECONDS_MAX,
            on_ratio=told,
        )
        tree = self._directory / "tree"
        tree.mkdir()
        files = sorted(configuration.parent.glob("cache/archives/*.deb"))
        for number, file in enumerate(files):
            tell(Progress(doing="Unpacking", done_ratio=number / len(files)))
            command = ("dpkg-deb", "--extract", str(file), str(tree))
            await self._run(command, None, timeout_seconds=ASK_SECONDS_MAX)
            file.unlink()
        return Fetched(tree=tree, packages=tuple(file.name for file in files))

    def _reachable(self, suites: tuple[str, ...]) -> tuple[str, ...]:
        """Of a set its first suite and those others that the machine has a mirror for; nothing without the first."""
        found = tuple(suite for suite in suites if find_archive(self.archives, suite) is not None)
        return found if suites[0] in found else ()

    async def _prepare(self, suites: tuple[str, ...], tell: Tell) -> Path:
        """apt's configuration for these suites, with their lists fetched and verified; once for each set."""
        if suites in self._prepared:
            return self._prepared[suites]
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise NoPackages("This machine has no apt, so no engine can be fetched by its name; give a path instead.")
        directory = self._directory / f"apt-{suites[0]}"
        for name in ("lists/partial", "cache/archives/partial", "log"):
            (directory / name).mkdir(parents=True)
        (directory / "status").touch()
        mirrors = ((find_archive(self.archives, suite), suite) for suite in suites)
        stanzas = [render_sources(mirror, suite) for mirror, suite in mirrors if mirror is not None]
        (directory / "elastane.sources").write_text("\n".join(stanzas), encoding="utf-8")
        configuration = directory / "apt.conf"
        said = await self._run(("dpkg", "--print-architecture"), None, timeout_seconds=ASK_SECONDS_MAX)
        configuration.write_text(render_configuration(directory, said.strip()), encoding="utf-8")
        doing = f"Reading what {suites[0]} has"
        tell(Progress(doing=doing, done_ratio=0.0))
        await self._run(
            ("apt-get", "update"),
            configuration,
            timeout_seconds=LISTS_SECONDS_MAX,
            on_ratio=lambda ratio: tell(Progress(doing=doing, done_ratio=ratio)),
        )
        self._prepared[suites] = configuration
        return configuration

    async def _run(
        self,
        command: tuple[str, ...],
        configuration: Path | None,
        *,
        timeout_seconds: float,
        on_ratio: Callable[[float], None] = lambda ratio: None,
    ) -> str:
        """What it printed but for progress. Raises FetchFailed in its own words."""
        options = () if configuration is None else ("-c", str(configuration))
        process = await asyncio.create_subprocess_exec(
            *dying_with_us(),
            command[0],
            *options,
            *command[1:],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
            pass_fds=self._inherit,
        )
        try:
            async with asyncio.timeout(timeout_seconds), asyncio.TaskGroup() as tasks:
                assert process.stdout is not None and process.stderr is not None
                errors = tasks.create_task(process.stderr.read(), name="apt-errors")
                printed = tasks.create_task(_printed(process.stdout, on_ratio), name="apt-output")
            async with asyncio.timeout(ASK_SECONDS_MAX):
                code = await process.wait()
        except TimeoutError:
            raise FetchFailed(f"{command[0]} did not end within {timeout_seconds:g} s.") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if code != 0:
            words = quoted_error(errors.result().decode(errors="replace"))
            raise FetchFailed(f"{command[0]} {command[1]} failed: {words}")
        return printed.result()


def packages_of_apt(directory: Path, lock: int) -> AptPackages:
    """The packages of this machine's mirror, for an install that works below `directory` and holds `lock`."""
    return AptPackages(directory, inherit=(lock,))


async def _printed(stream: asyncio.StreamReader, on_ratio: Callable[[float], None]) -> str:
    lines: list[str] = []
    async for line in stream:
        text = line.decode(errors="replace")
        ratio = parse_ratio(text)
        if ratio is None:
            lines.append(text)
        else:
            on_ratio(ratio)
    return "".join(lines)


# --- text: pure ----------------------------------------------------------------------------------


def render_configuration(directory: Path, architecture: str) -> str:
    """Read after the machine's own configuration, so that what is said here counts."""
    return f"""\
#clear APT::Update;
#clear DPkg;
#clear APT::Architectures;
#clear APT::Default-Release;
APT::Architectures {{ "{architecture}"; }};
APT::Architecture "{architecture}";
APT::Sandbox::User "root";
APT::Status-Fd "1";
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
APT::Get::List-Cleanup "false";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Dir::State "{directory}";
Dir::State::lists "{directory}/lists";
Dir::State::status "{directory}/status";
Dir::State::extended_states "{directory}/extended_states";
Dir::Cache "{directory}/cache";
Dir::Cache::archives "{directory}/cache/archives";
Dir::Etc::sourcelist "{directory}/elastane.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "{directory}/log";
"""


def parse_candidate(said: str) -> str | None:
    """The version after ``Candidate:`` of apt-cache policy; None when there is none."""
    found = re.search(r"^\s+Candidate: (\S+)$", said, re.MULTILINE)
    return None if found is None or found[1] == "(none)" else found[1]


def parse_total_bytes(said: str) -> int:
    """The sizes in the lines of --print-uris, ``'uri' name size hash``."""
    return sum(int(size) for size in re.findall(r"^'[^']+' \S+ ([0-9]+) ", said, re.MULTILINE))


def parse_ratio(line: str) -> float | None:
    """How much is fetched, of a line ``dlstatus:n:percent:words``; None for any other line."""
    found = re.match(r"(?:dlstatus|pmstatus):[^:]*:([0-9.]+):", line)
    return None if found is None else float(found[1]) / 100


def quoted_error(errors: str) -> str:
    """apt's errors without its warnings, or the warnings where there is nothing else; a missing key is said plainly."""
    missing = re.search(r"NO_PUBKEY ([0-9A-F]+)|Missing key ([0-9A-F]+)", errors)
    if missing is not None:
        key = missing[1] or missing[2]
        return (
            f"the keys that this machine trusts do not have {key}, with which the suite is signed "
            "(a newer package debian-archive-keyring has it)"
        )
    lines = [line for line in errors.splitlines() if line.startswith("E:")] or errors.splitlines()
    return " ".join(" ".join(lines).split())[:ERROR_CHARACTERS_MAX] or "it did not say why"
