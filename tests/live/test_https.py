"""The API by HTTPS: AWS's own tools find whom to trust in what `elastane env` says, and nobody speaks plainly."""

import os
import shlex
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from elastane.store.root_access_key import ID_VARIABLE, SECRET_VARIABLE
from tests.kit.asserts import eventually
from tests.kit.elastane import ACCESS_KEY_ID, AWS_CLI, SECRET_ACCESS_KEY, RunningElastane, running_elastane

LIFETIME_SECONDS = 30
"""Of certificates that are renewed in a test: after a third of it."""
CALL_SECONDS_MAX = 40
NAME = "cache.example.test"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RunningElastane]:
    with serving(tmp_path) as running:
        yield running


def serving(directory: Path, **environment: str) -> AbstractContextManager[RunningElastane]:
    named = {"ELASTANE_HTTPS_NAMES": f"{NAME}, 192.0.2.7", **environment}
    return running_elastane(directory / "data", environment=named, arguments=("--https",))


def said(elastane: RunningElastane) -> dict[str, str]:
    """What `elastane env` exports."""
    keys = {ID_VARIABLE: ACCESS_KEY_ID, SECRET_VARIABLE: SECRET_ACCESS_KEY}
    printed = subprocess.run(
        [sys.executable, "-m", "elastane", "env", "--data-dir", str(elastane.data_dir)],
        env={**elastane.aws_environment(), **keys}, capture_output=True, text=True, timeout=CALL_SECONDS_MAX,
    )  # fmt: skip
    assert printed.returncode == 0, printed.stderr
    words = (shlex.split(line) for line in printed.stdout.splitlines())
    return dict(pair.split("=", 1) for command, pair in words if command == "export")


def test_the_aws_cli_finds_its_way_by_what_env_says(served: RunningElastane) -> None:
    exported = said(served)
    environment = {**exported, "PATH": os.defpath, "HOME": str(served.data_dir), "AWS_PAGER": "", "NO_PROXY": "*"}

    finished = subprocess.run(
        [sys.executable, str(AWS_CLI), "elasticache", "describe-replication-groups"],
        env=environment, capture_output=True, text=True, timeout=CALL_SECONDS_MAX,
    )  # fmt: skip

    assert exported["AWS_ENDPOINT_URL"].startswith("https://")
    assert finished.returncode == 0, finished.stderr


def certificate(bundle: str, url: str) -> dict[str, Any]:
    """What is served there, to who trusts the bundle and nobody else."""
    address = urlsplit(url)
    context = ssl.create_default_context(cafile=bundle)
    with socket.create_connection((address.hostname, address.port)) as plain:
        with context.wrap_socket(plain, server_hostname=NAME) as encrypted:
            assert encrypted.version() in ("TLSv1.2", "TLSv1.3")
            return encrypted.getpeercert() or {}


async def test_its_certificate_names_what_the_operator_says_and_is_renewed_while_it_serves(tmp_path: Path) -> None:
    with serving(tmp_path, ELASTANE_CERTIFICATE_LIFETIME_SECONDS=str(LIFETIME_SECONDS)) as served:
        bundle = said(served)["AWS_CA_BUNDLE"]

        first = certificate(bundle, served.url)
        names = {name for _, name in first["subjectAltName"]}
        assert {NAME, "192.0.2.7", "localhost", "127.0.0.1"} <= names
        await eventually(
            lambda: certificate(bundle, served.url)["serialNumber"] != first["serialNumber"],
            timeout_seconds=LIFETIME_SECONDS * 2,
            message="another certificate is served",
        )


def test_who_speaks_plainly_or_by_an_old_version_gets_no_answer(served: RunningElastane) -> None:
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port)) as plain:
        plain.sendall(b"GET /_elastane/health HTTP/1.1\r\nHost: here\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP")
    old = subprocess.run(
        ("openssl", "s_client", "-connect", address.netloc, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"),
        input="", capture_output=True, text=True, timeout=CALL_SECONDS_MAX,
    )  # fmt: skip
    assert "Cipher is (NONE)" in old.stdout and old.returncode != 0
