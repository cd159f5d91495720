"""What encryption in transit costs: an engine's port for TLS against its plain one, in pairs, and a turn of the switch.

The group offers both, so that both are one process with the same keys. Each pair of loads gives one ratio, and who goes
first changes from pair to pair. A connection is timed from its beginning to the answer to a PING. The switch is timed
from ModifyReplicationGroup to the moment when the API says that the group is available and offers the new mode.
"""

import socket
import ssl
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import command, load
from benchmarks.control_plane import control_plane, find_engine, find_status, seconds_until
from benchmarks.load import Kind
from benchmarks.tables import Goal, Report, Row
from elastane.engines.discovery import EngineBinary
from elastane.model.access import TransitEncryption, encrypted_port
from elastane.model.versions import minor_version
from elastane.pki import authorities
from tests.kit.elastane import RunningElastane
from tests.kit.stored_engines import engine_environment

ENGINES = (("valkey", "9.1"), ("redis", "7.0"))
RATIO_MIN = 0.6
"""Of the throughput without: measured at 0.67 to 0.75 before there was any of this, with the engines alone."""
PORT = 6379
TIMEOUT_SECONDS = 30
STEPS: tuple[tuple[str, dict[str, Any], str | None], ...] = (
    ("off to preferred", {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}, "preferred"),
    ("preferred to required", {"TransitEncryptionMode": "required"}, "required"),
    ("required to preferred", {"TransitEncryptionMode": "preferred"}, "preferred"),
    ("preferred to off", {"TransitEncryptionEnabled": False}, None),
)


def measure(is_quick: bool) -> Report:
    pair_count, request_count, connection_count = (1, 5_000, 5) if is_quick else (9, 300_000, 200)
    found = [binary for engine, version in ENGINES if (binary := find_engine(engine, version)) and binary.has_tls]
    rows: list[Row] = []
    with control_plane(engine_environment(*found)) as elastane:
        trusted = elastane.data_dir / authorities.DIRECTORY / authorities.BUNDLE_FILE
        for binary in found:
            group_id = f"tls-{binary.engine}"
            _create(elastane, binary, group_id)
            turns = {name: _turn(elastane, group_id, change, mode) for name, change, mode in STEPS}
            _turn(elastane, group_id, STEPS[0][1], STEPS[0][2])
            address = _endpoint(elastane, group_id)
            what = f"{binary.engine} {binary.version}"
            for kind in Kind:
                command.tell(f"{what}: {pair_count} pairs of {request_count:,} {kind}")
                pairs = [_pair(address, trusted, kind, request_count, number) for number in range(pair_count)]
                rows += _throughput_rows(f"{what} {kind}", pairs)
            rows += _connection_rows(what, address, trusted, connection_count)
            rows += [Row(name=f"{what}, {name}", unit="ms", samples=(1000 * taken,)) for name, taken in turns.items()]
    return Report(title=f"Encryption in transit (load by {load.generator_name()})", rows=tuple(rows))


def _create(elastane: RunningElastane, binary: EngineBinary, group_id: str) -> None:
    elastane.client().create_replication_group(
        ReplicationGroupId=group_id,
        ReplicationGroupDescription="benchmark",
        Engine=binary.engine,
        EngineVersion=minor_version(binary.version),
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
    )
    seconds_until(lambda: find_status(elastane, group_id) == "available", began_at=perf_counter(), log=elastane.log)


def _turn(elastane: RunningElastane, group_id: str, change: dict[str, Any], mode: str | None) -> float:
    """Seconds until it is so."""
    client = elastane.client()

    def is_turned() -> bool:
        group = client.describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"][0]
        return bool(group["Status"] == "available" and group.get("TransitEncryptionMode") == mode)

    began_at = perf_counter()
    client.modify_replication_group(ReplicationGroupId=group_id, ApplyImmediately=True, **change)
    return seconds_until(is_turned, began_at=began_at, log=elastane.log)


def _endpoint(elastane: RunningElastane, group_id: str) -> str:
    answer = elastane.client().describe_replication_groups(ReplicationGroupId=group_id)
    return str(answer["ReplicationGroups"][0]["NodeGroups"][0]["PrimaryEndpoint"]["Address"])


def _tls_port() -> int:
    port = encrypted_port(PORT, TransitEncryption.PREFERRED)
    assert port is not None, "there is one when both are offered"
    return port


def _pair(address: str, trusted: Path, kind: Kind, request_count: int, number: int) -> tuple[float, float]:
    """Throughput by TLS and without."""
    ways = ((_tls_port(), trusted), (PORT, None))
    figures = {
        port: load.requests_per_second(address, port, kind, request_count=request_count, ca_file=ca_file)
        for port, ca_file in (ways if number % 2 == 0 else reversed(ways))
    }
    return figures[_tls_port()], figures[PORT]


def _throughput_rows(what: str, pairs: list[tuple[float, float]]) -> tuple[Row, ...]:
    ratios = tuple(encrypted / plain for encrypted, plain in pairs)
    return (
        Row(name=f"{what}, by TLS", unit="1000/s", samples=tuple(pair[0] / 1000 for pair in pairs)),
        Row(name=f"{what}, plain", unit="1000/s", samples=tuple(pair[1] / 1000 for pair in pairs)),
        Row(name=f"{what}, ratio", unit="×", samples=ratios, goals=(Goal(at_least=RATIO_MIN),)),
    )


def _connection_rows(what: str, address: str, trusted: Path, count: int) -> tuple[Row, ...]:
    context = ssl.create_default_context(cafile=trusted)
    encrypted = tuple(1000 * _connection_seconds(address, _tls_port(), context) for _ in range(count))
    plain = tuple(1000 * _connection_seconds(address, PORT, None) for _ in range(count))
    return (
        Row(name=f"{what}, connection by TLS", unit="ms", samples=encrypted),
        Row(name=f"{what}, connection without", unit="ms", samples=plain),
    )


def _connection_seconds(address: str, port: int, context: ssl.SSLContext | None) -> float:
    began_at = perf_counter()
    with socket.create_connection((address, port), timeout=TIMEOUT_SECONDS) as plain:
        connection = plain if context is None else context.wrap_socket(plain, server_hostname=address)
        with connection:
            connection.sendall(b"PING\r\n")
            assert connection.recv(100).startswith(b"+PONG")
            return perf_counter() - began_at


if __name__ == "__main__":
    sys.exit(command.run("encryption", measure))
