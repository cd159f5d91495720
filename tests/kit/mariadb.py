"""A MariaDB of one's own for a test: Debian's server in a passing data directory, on a free port of 127.0.0.1.

Called by the live tests of examples; it works as root and as anyone else. It never touches a server that is already
there, and leaves neither process nor file behind.
"""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import msgspec
import pytest

WITHOUT_MARIADB = "ELASTANE_TESTS_WITHOUT_MARIADB"
SEARCH_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin"
"""Debian keeps servers in sbin, which is not on everyone's path."""

READY_WITHIN_SECONDS = 60
ENDING_WITHIN_SECONDS = 30
DATABASE = "shop"


class Programs(msgspec.Struct, frozen=True, kw_only=True):
    """The two programs of Debian's mariadb-server package that are used here."""

    server: str
    installer: str


class MariaDb(msgspec.Struct, frozen=True, kw_only=True):
    """A running server with one database, and one user who owns it."""

    port: int
    user: str
    password: str

    @property
    def url(self) -> str:
        return f"mysql://{self.user}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def __repr__(self) -> str:
        return f"MariaDb(port={self.port}, user={self.user!r}, password=***)"


def require_mariadb(environment: Mapping[str, str], search_path: str = SEARCH_PATH) -> Programs:
    """The programs; without them the test fails, or is skipped where the environment says that this is known."""
    server = shutil.which("mariadbd", path=search_path)
    installer = shutil.which("mariadb-install-db", path=search_path)
    if server and installer:
        return Programs(server=server, installer=installer)
    missing = "MariaDB is not installed. On Debian: apt-get install mariadb-server-core mariadb-client-core"
    if environment.get(WITHOUT_MARIADB) == "1":
        pytest.skip(f"{missing} ({WITHOUT_MARIADB}=1 allows to go without it)")
    pytest.fail(f"{missing}; or set {WITHOUT_MARIADB}=1 to skip this test.")


@contextmanager
def running_mariadb(programs: Programs, directory: Path) -> Iterator[MariaDb]:
    """Install a data directory, start the server in it, and stop it at the end of the `with` block."""
    mariadb = MariaDb(port=_free_port(), user="shopkeeper", password=secrets.token_urlsafe(12))
    # Root has to say that it means it; anyone else runs the server as themselves.
    as_user = ["--user=root"] if os.geteuid() == 0 else []
    data = directory / "data"
    install = [programs.installer, "--no-defaults", f"--datadir={data}", "--skip-test-db", *as_user]
    # Without this the installer wants a helper of PAM that only root may make executable.
    install.append("--auth-root-authentication-method=normal")
    subprocess.run(install, check=True, capture_output=True, timeout=READY_WITHIN_SECONDS)
    log = directory / "mariadbd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                programs.server,
                "--no-defaults",
                f"--datadir={data}",
                f"--socket={directory / 'mariadbd.sock'}",
                f"--pid-file={directory / 'mariadbd.pid'}",
                f"--port={mariadb.port}",
                "--bind-address=127.0.0.1",
                "--skip-log-bin",
                "--innodb-flush-log-at-trx-commit=2",
                f"--init-file={_write_first_statements(directory, mariadb)}",
                *as_user,
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, mariadb, log)
        yield mariadb
    finally:
        process.terminate()
        try:
            process.wait(ENDING_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _write_first_statements(directory: Path, mariadb: MariaDb) -> Path:
    file = directory / "first.sql"
    file.touch(mode=0o600)
    file.write_text(
        f"CREATE DATABASE {DATABASE};\n"
        f"CREATE USER '{mariadb.user}'@'127.0.0.1' IDENTIFIED BY '{mariadb.password}';\n"
        f"GRANT ALL ON {DATABASE}.* TO '{mariadb.user}'@'127.0.0.1';\n"
    )
    return file


def _wait_until_ready(process: "subprocess.Popen[bytes]", mariadb: MariaDb, log: Path) -> None:
    """The port opens only after the first statements have run, so a connection means all is ready."""
    deadline = monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", mariadb.port), timeout=1).close()
            return
        except OSError:
            pass
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            if monotonic() < deadline:
                continue
        pytest.fail(f"mariadbd did not start. Its last words:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
