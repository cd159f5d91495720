"""Engines fetched from the machine's own mirror: they run here with their own libraries, speak TLS, and serve groups.

A machine without Debian's packages, or without a network, skips these with that reason.
"""

import asyncio
import contextlib
import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from elastane.catalog.engine_sources import find_source
from elastane.engines.discovery import EngineBinary, Places, UnusableBinary, find_engines, inspect
from elastane.engines.supply import FetchFailed, NoPackages, shelf
from elastane.engines.supply.apt import AptPackages, packages_of_apt
from elastane.engines.supply.apt_sources import Archive
from elastane.engines.supply.installing import install
from elastane.engines.supply.packages import Progress
from tests.kit.asserts import eventually
from tests.kit.elastane import running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.certificates import NAME, make_certificate
from tests.live.live_groups import event_messages, explain, make_group, order_group

INSTALL_SECONDS_MAX = 240
LIGHTEST = "memcached-1.6"


def elastane_engines(*arguments: str, store: Path, **more: str) -> "subprocess.Popen[str]":
    """The command, with a shared store of the test's own."""
    environment = {**os.environ, "ELASTANE_ENGINE_STORE": str(store), "HOME": str(store.parent), **more}
    command = [sys.executable, "-m", "elastane", "engines", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def libraries_in(pid: int, awaited: str) -> set[Path]:
    """All that a process has mapped; none before the awaited one is."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    found = {Path(line.split()[-1]) for line in lines if ".so" in line.split()[-1]}
    return found if awaited in {file.name for file in found} else set()


def program_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").readlink()


def processes_that_name(directory: Path) -> set[str]:
    found: set[str] = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            found.add(file.read_bytes().decode(errors="replace"))
    return {command for command in found if str(directory) in command}


def finished(store: Path) -> list[str]:
    return sorted(path.name for path in store.glob("*-*"))


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, EngineBinary]:
    """Valkey 8.1 of a newer Debian than this one, or of this one, in a store of this module's own."""
    stored_engine("valkey", "8.1")  # skips where nothing can be fetched
    store = tmp_path_factory.mktemp("fetched") / "store"
    source = find_source("valkey", "8.1")
    assert source is not None
    told: list[Progress] = []
    installed = asyncio.run(install(source, store, packages_of_apt, told.append))
    assert any(progress.total_bytes for progress in told), "progress is told in bytes"
    return store, installed.binary


@pytest.mark.timeout(INSTALL_SECONDS_MAX)
async def test_a_fetched_engine_uses_nothing_of_the_systems_libraries(
    fetched: tuple[Path, EngineBinary], tmp_path: Path
) -> None:
    store, binary = fetched
    listening = ("--port", "0", "--unixsocket", str(tmp_path / "engine"))  # one that listens nowhere ends at once
    process = await asyncio.create_subprocess_exec(
        str(binary.path), *listening, "--save", "", stdout=asyncio.subprocess.DEVNULL
    )

    try:
        loaded = await eventually(lambda: libraries_in(process.pid, "libssl.so.3"))
        program = program_of(process.pid)
    finally:
        process.kill()
        await process.wait()

    assert all(file.is_relative_to(store.resolve()) for file in loaded)
    assert program == binary.path.resolve(), "the program is itself, and not its loader"
    assert binary.has_tls


@pytest.mark.parametrize(("engine", "version"), [("valkey", "9.1"), ("valkey", "8.0"), ("redis", "7.0")])
async def test_a_tls_handshake_with_a_fetched_engine_succeeds(tmp_path: Path, engine: str, version: str) -> None:
    binary = stored_engine("redis" if engine == "redis" else "valkey", version)
    certificate, key = make_certificate(tmp_path)
    port = 6390
    address = "127.77.251.7"
    tls = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate))
    process = await asyncio.create_subprocess_exec(
        *(str(binary.path), "--port", "0", "--tls-port", str(port), "--bind", address, "--save", ""),
        *(*tls, "--tls-auth-clients", "no"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    trusting = ssl.create_default_context(cafile=str(certificate))

    async def ping() -> bytes | None:
        try:
            reader, writer = await asyncio.open_connection(address, port, ssl=trusting, server_hostname=NAME)
        except ConnectionRefusedError:
            return None
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        return answer

    try:
        assert await eventually(ping) == b"+PONG\r\n"
    finally:
        process.kill()
        await process.wait()


async def test_a_group_runs_on_a_fetched_engine_and_is_adopted(tmp_path: Path) -> None:
    binary = stored_engine("valkey", "8.1")
    with running_elastane(tmp_path / "data", environment=engine_environment(binary)) as elastane:
        await make_group(elastane, "stored", 2, EngineVersion="8.1")
        before = len(elastane.log())
        elastane.restart()

        group = elastane.client().describe_replication_groups(ReplicationGroupId="stored")["ReplicationGroups"][0]
        versions = {
            cluster["EngineVersion"] for cluster in elastane.client().describe_cache_clusters()["CacheClusters"]
        }

        assert group["Status"] == "available"
        assert versions == {binary.version}
        assert "StartNodes" not in elastane.log()[before:]


@pytest.mark.timeout(INSTALL_SECONDS_MAX)
async def test_a_killed_install_leaves_no_engine_and_the_next_one_succeeds(tmp_path: Path) -> None:
    stored_engine("memcached", "1.6")
    store = tmp_path / "store"
    killed = elastane_engines("install", "--shared", LIGHTEST, store=store)
    try:
        await eventually(lambda: list(store.glob("unfinished.*/apt-*/cache/archives/partial/*")), timeout_seconds=120)
    finally:
        killed.kill()
        killed.communicate()
    assert finished(store) == []
    await eventually(lambda: not processes_that_name(store), message="what it had started ends with it")

    again = elastane_engines("install", "--shared", LIGHTEST, store=store)
    said, errors = await asyncio.to_thread(again.communicate, timeout=INSTALL_SECONDS_MAX)

    assert again.returncode == 0, errors
    assert "Installed memcached 1.6." in said and "with TLS" in said
    assert [name.rpartition("-")[0].startswith("memcached-1.6") for name in finished(store)] == [True]
    assert list(store.glob(f"{shelf.UNFINISHED_PREFIX}*")) == []


@pytest.mark.timeout(INSTALL_SECONDS_MAX)
async def test_an_engine_with_a_truncated_library_is_seen_to_be_broken(fetched: tuple[Path, EngineBinary]) -> None:
    _, binary = fetched
    library = binary.path.parent.parent / "lib" / "libcrypto.so.3"
    whole = library.read_bytes()
    library.write_bytes(whole[: len(whole) // 2])
    try:
        broken = inspect(binary.path, "store")
    finally:
        library.write_bytes(whole)

    assert isinstance(broken, UnusableBinary)
    assert isinstance(inspect(binary.path, "store"), EngineBinary)


@pytest.mark.timeout(INSTALL_SECONDS_MAX)
async def test_a_mirror_whose_signature_cannot_be_verified_brings_nothing(tmp_path: Path) -> None:
    stored_engine("memcached", "1.6")
    (tmp_path / "none.gpg").touch()
    source = find_source("memcached", "1.6")
    assert source is not None

    def without_keys(directory: Path, lock: int) -> AptPackages:
        own = AptPackages(directory, inherit=(lock,))
        archives = tuple(
            Archive(uris=one.uris, suites=one.suites, components=one.components, signed_by=str(tmp_path / "none.gpg"))
            for one in own.archives
        )
        return AptPackages(directory, inherit=(lock,), archives=archives)

    with pytest.raises(FetchFailed, match=r"is not signed|do not have"):
        await install(source, tmp_path / "store", without_keys, lambda progress: None)

    assert finished(tmp_path / "store") == []


async def test_a_machine_whose_apt_knows_no_archive_of_debians_is_told_so(tmp_path: Path) -> None:
    source = find_source("valkey", "9.1")
    assert source is not None

    with pytest.raises(NoPackages, match="knows no archive of Debian's"):
        await install(
            source, tmp_path, lambda directory, lock: AptPackages(directory, archives=()), lambda progress: None
        )


@pytest.mark.timeout(INSTALL_SECONDS_MAX)
async def test_a_cache_of_an_installable_version_has_its_engine_installed_first_and_says_so(tmp_path: Path) -> None:
    stored_engine("valkey", "8.1")
    shared = tmp_path / "shared"
    refresh = elastane_engines("refresh", store=shared)
    said, errors = await asyncio.to_thread(refresh.communicate, timeout=INSTALL_SECONDS_MAX)
    assert refresh.returncode == 0 and "valkey 8.1" in said, errors
    environment = {"ELASTANE_ENGINE_STORE": str(shared), "ELASTANE_FETCH_ENGINES": "yes"}

    with running_elastane(tmp_path / "data", environment=environment) as elastane:
        client = elastane.client()
        await eventually(lambda: "8.1" in offered(client), message="the installable version is listed")
        order_group(elastane, "fetched", EngineVersion="8.1")
        told = await eventually(
            lambda: text if "waits for valkey 8.1 to be installed" in (text := explain(elastane, "fetched")) else None,
            timeout_seconds=30,
            interval_seconds=0.2,
        )
        await make_group(elastane, "other", 1, EngineVersion="9.1")
        assert told is not None
        assert client.describe_replication_groups(ReplicationGroupId="fetched")["ReplicationGroups"][0]["Status"] == (
            "creating"
        ), "nobody else waits for the install"

        await eventually(
            lambda: (
                client.describe_replication_groups(ReplicationGroupId="fetched")["ReplicationGroups"][0]["Status"]
                == "available"
            ),
            timeout_seconds=INSTALL_SECONDS_MAX,
            interval_seconds=0.5,
        )

        found = find_engines(Places(store_directory=tmp_path / "data" / "engines"))
        assert [(one.engine, one.has_tls) for one in found if one.source == "store"] == [("valkey", True)]


async def test_a_version_that_cannot_be_fetched_fails_the_creation_with_the_reason(tmp_path: Path) -> None:
    stored_engine("valkey", "8.1")
    shared = tmp_path / "shared"
    shared.mkdir()
    seen = (
        '{"engines":[{"engine":"valkey","version":"8.1.1","package_version":"8.1.1-1","suite":"trixie",'
        '"found_at":"2026-11-23T12:00:00Z"}]}'
    )
    (shared / "installable.json").write_text(seen)
    away = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    environment = {"ELASTANE_ENGINE_STORE": str(shared), "ELASTANE_FETCH_ENGINES": "yes", **away}

    with running_elastane(tmp_path / "data", environment=environment) as elastane:
        await eventually(lambda: "8.1" in offered(elastane.client()), message="it was seen to be installable")
        order_group(elastane, "lost", EngineVersion="8.1")
        client = elastane.client()
        await eventually(
            lambda: (
                client.describe_replication_groups(ReplicationGroupId="lost")["ReplicationGroups"][0]["Status"]
                == "create-failed"
            ),
            timeout_seconds=90,
            interval_seconds=0.5,
        )

        messages = event_messages(elastane, "lost")

    assert any("valkey 8.1 could not be installed: apt-get update failed" in message for message in messages)


def offered(client: object) -> set[str]:
    answer = client.describe_cache_engine_versions(Engine="valkey")  # type: ignore[attr-defined]  # botocore makes its methods at run time
    return {found["EngineVersion"] for found in answer["CacheEngineVersions"]}
