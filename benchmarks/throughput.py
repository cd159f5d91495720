"""What Elastane takes from an engine's speed: a group's primary endpoint against the same engine started by hand.

The other engine is the same binary with the node's own configuration file; only its addresses and directory differ,
and it starts as a primary. Both are loaded in turn from a second process, and each pair of loads gives one ratio.
The data path has nothing of ours in it, so the ratio should be that of an engine with itself.
"""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter

from benchmarks import command, load
from benchmarks.control_plane import control_plane, create_group, engines_here, find_status, seconds_until
from benchmarks.load import Kind
from benchmarks.tables import Goal, Report, Row
from elastane.config import NODES_DIRECTORY
from elastane.engines.discovery import EngineBinary
from elastane.engines.valkey import CONFIG_FILE
from elastane.model.versions import minor_version
from tests.kit.elastane import REGION, RunningElastane

RATIO_MIN = 0.98
BY_HAND_ADDRESS = "127.0.0.1"
OWN_LINES = re.compile(r"(bind|bind-source-addr|port|replicaof|replica-announce-\w+|dir) ")


def measure(is_quick: bool) -> Report:
    pair_count, request_count = (1, 5_000) if is_quick else (15, 500_000)
    rows: list[Row] = []
    with control_plane() as elastane:
        for binary in engines_here():
            group_id = f"load-{binary.engine}"
            endpoint = made_endpoint(elastane, binary, group_id)
            with started_by_hand(elastane, binary, group_id) as by_hand:
                for kind in Kind:
                    command.tell(f"{binary.engine} {binary.version}: {pair_count} pairs of {request_count:,} {kind}")
                    pairs = [_pair(endpoint, by_hand, kind, request_count, number) for number in range(pair_count)]
                    rows += _rows(binary, kind, pairs)
    return Report(title=f"Throughput (load by {load.generator_name()})", rows=tuple(rows))


def _pair(
    endpoint: tuple[str, int], by_hand: tuple[str, int], kind: Kind, request_count: int, number: int
) -> tuple[float, float]:
    """Throughput of both; who goes first changes from pair to pair, because a busy machine drifts."""
    order = (endpoint, by_hand) if number % 2 == 0 else (by_hand, endpoint)
    figures = {where: load.requests_per_second(*where, kind, request_count=request_count) for where in order}
    return figures[endpoint], figures[by_hand]


def _rows(binary: EngineBinary, kind: Kind, pairs: list[tuple[float, float]]) -> tuple[Row, Row, Row]:
    what = f"{binary.engine} {binary.version} {kind}"
    ratios = tuple(endpoint / by_hand for endpoint, by_hand in pairs)
    return (
        Row(name=f"{what}, primary endpoint", unit="1000/s", samples=tuple(pair[0] / 1000 for pair in pairs)),
        Row(name=f"{what}, started by hand", unit="1000/s", samples=tuple(pair[1] / 1000 for pair in pairs)),
        Row(name=f"{what}, ratio", unit="×", samples=ratios, goals=(Goal(at_least=RATIO_MIN),)),
    )


def made_endpoint(elastane: RunningElastane, binary: EngineBinary, group_id: str) -> tuple[str, int]:
    version = minor_version(binary.version)
    began_at = perf_counter()
    create_group(elastane, group_id, 1, engine=binary.engine, version=version)
    seconds_until(lambda: find_status(elastane, group_id) == "available", began_at=began_at, log=elastane.log)
    answer = elastane.client().describe_replication_groups(ReplicationGroupId=group_id)
    endpoint = answer["ReplicationGroups"][0]["NodeGroups"][0]["PrimaryEndpoint"]
    return endpoint["Address"], endpoint["Port"]


@contextmanager
def started_by_hand(
    elastane: RunningElastane, binary: EngineBinary, group_id: str, *, directives: str = ""
) -> Iterator[tuple[str, int]]:
    """The same engine with the same configuration, but for these directives, and nothing of Elastane's around it."""
    rendered = elastane.data_dir / NODES_DIRECTORY / REGION / f"{group_id}-001" / CONFIG_FILE
    directory = elastane.data_dir.with_name(f"by-hand-{binary.engine}")
    directory.mkdir()
    port = _free_port()
    config = directory / CONFIG_FILE
    config.touch(mode=0o600)
    config.write_text(_as_a_primary(rendered.read_text(), directory, port) + directives)
    with (directory / "log").open("w") as log:
        process = subprocess.Popen([binary.path, config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        seconds_until(lambda: _accepts(port), began_at=perf_counter(), log=lambda: (directory / "log").read_text())
        yield BY_HAND_ADDRESS, port
    finally:
        process.kill()
        process.wait()


def _as_a_primary(rendered: str, directory: Path, port: int) -> str:
    kept = [line for line in rendered.splitlines() if not OWN_LINES.match(line)]
    return "\n".join([*kept, f"bind {BY_HAND_ADDRESS}", f"port {port}", f'dir "{directory}"']) + "\n"


def _accepts(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection((BY_HAND_ADDRESS, port), timeout=1):
        return True
    return False


def _free_port() -> int:
    with socket.create_server((BY_HAND_ADDRESS, 0)) as taken:
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    sys.exit(command.run("throughput", measure))
