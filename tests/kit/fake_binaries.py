"""Engines that fake hosts run: binaries that are no files, known by their paths."""

from pathlib import Path

from elastane.engines.discovery import EngineBinary, EngineName, binary_place


def fake_binary(engine: EngineName, version: str) -> EngineBinary:
    path = binary_place(Path("/engines") / f"{engine}-{version}", engine)
    return EngineBinary(engine=engine, version=version, path=path, source="store", has_tls=True)


VALKEY = fake_binary("valkey", "9.1.2")
REDIS = fake_binary("redis", "7.0.15")
VALKEY_8_0 = fake_binary("valkey", "8.0.7")
VALKEY_8_1 = fake_binary("valkey", "8.1.6")
VALKEY_NEWER_PATCH = fake_binary("valkey", "9.1.3")
MEMCACHED = fake_binary("memcached", "1.6.38")
MEMCACHED_OLDER_PATCH = fake_binary("memcached", "1.6.18")

BINARIES = (VALKEY, REDIS, VALKEY_8_0, VALKEY_8_1, VALKEY_NEWER_PATCH, MEMCACHED, MEMCACHED_OLDER_PATCH)


def binary_of(argv: tuple[str, ...]) -> EngineBinary | None:
    """What an order starts, if it is one of these."""
    return next((binary for binary in BINARIES if str(binary.path) == argv[0]), None)
