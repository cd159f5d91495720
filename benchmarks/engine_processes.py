"""Engines started by hand, for what Elastane is compared with; each a child of ours until it is gone.

Called by `sentinels` and `cluster_engines`. Nothing here knows what the processes are to each other.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import failover_targets
from elastane.engines.discovery import EngineBinary
from elastane.hosts.identity import mark_process
from elastane.hosts.pidfd import Handle


class Processes:
    """Processes of one binary by name, each in a directory of its own. To be closed."""

    def __init__(self, binary: EngineBinary, directory: Path) -> None:
        self._binary = binary
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, config: str, *arguments: str) -> None:
        directory = self._directory / name
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / "conf"  # a Sentinel writes to its own
        file.write_text(f'{config}dir "{directory}"\n')
        with (directory / "log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [self._binary.path, file, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @contextmanager
    def handle(self, name: str) -> Iterator[Handle]:
        """For a signal."""
        with failover_targets.handle_of(mark_process(self._running[name].pid)) as handle:
            yield handle

    def wait_for_end(self, name: str) -> None:
        """After a deadly signal."""
        self._running.pop(name).wait()

    def log(self) -> str:
        """The end of each one's."""
        return "\n".join(file.read_text()[-500:] for file in sorted(self._directory.glob("*/log")))

    def close(self) -> None:
        """Ends every process, one that hangs too."""
        for process in self._running.values():
            process.kill()
        for process in self._running.values():
            process.wait()


def listening(address: str, port: int) -> str:
    """The lines that every configuration begins with."""
    return (
        f"bind {address}\n"
        f"bind-source-addr {address}\n"
        f"port {port}\n"
        "protected-mode no\n"
        "set-proc-title no\n"  # the command line goes on naming the directory
    )
