"""What a customer of a cache, or a neighbour of one, may try on its engines: each ends in a refusal.

Rights, selectors and ways around them are tried in `engines/test_rights.py` and `catalog/test_commands.py`; the wire in
`test_encryption.py`; who reaches a cache at all in `test_security_groups.py`. All are listed in
docs/explanation/attacks-tried.md.
"""

import os
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from elastane.engines.cluster_config import bus_port
from elastane.engines.valkey import CONFIG_FILE
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live.live_encryption import PORT, Encrypted, order_encrypted, trusting, turn, until_offered, with_tls
from tests.live.live_groups import engines_below, node_directory, run_elastane

TOKEN = "a-token-that-nobody-may-read-1"
OTHER_TOKEN = "a-token-that-nobody-may-read-2"
PASSWORD = "a-password-that-nobody-may-read"
OWNER_ONLY = 0o077
SOCKET_SECONDS = 5.0


@pytest.fixture(scope="module")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    with running_elastane(tmp_path_factory.mktemp("attacks") / "data", environment=with_tls()) as running:
        yield running


async def test_nobody_without_a_certificate_of_ours_comes_onto_the_cluster_bus(elastane: RunningElastane) -> None:
    order_encrypted(elastane, "bus", is_cluster=True, TransitEncryptionEnabled=True)
    group = await until_offered(elastane, "bus", "required", 4)
    address = next(iter(group.addresses.values()))
    context = ssl.create_default_context(cafile=trusting(elastane)["ssl_ca_certs"])

    with socket.create_connection((address, bus_port(PORT)), timeout=SOCKET_SECONDS) as plain:
        with pytest.raises((ssl.SSLError, ConnectionError)):  # TLS 1.3 tells a client so with its first answer
            with context.wrap_socket(plain, server_hostname=address) as encrypted:
                encrypted.sendall(b"RCmb")
                assert not encrypted.recv(1), "the bus has answered a stranger"
                raise ConnectionError("it hung up")


async def test_no_customer_reaches_the_control_user_or_what_belongs_to_it(elastane: RunningElastane) -> None:
    group = await make_with_token(elastane, "control")
    tls = trusting(elastane)

    for password in (TOKEN, "", "elastane", "default"):
        with redis.Redis(group.endpoint, PORT, username="elastane", password=password, **tls) as client:
            with pytest.raises(redis.AuthenticationError):
                client.ping()
    with redis.Redis(group.endpoint, PORT, password=TOKEN, decode_responses=True, **tls) as client:
        mark = next(name for name in client.acl_users() if name.startswith("elastane:"))
        with pytest.raises(redis.AuthenticationError):
            client.execute_command("AUTH", mark, TOKEN)
        for command in (
            ("ACL", "SETUSER", "me", "on", "nopass", "+@all"),
            ("ACL", "GETUSER", "elastane"),
            ("ACL", "LIST"),
            ("CONFIG", "GET", "masterauth"),
            ("CONFIG", "SET", "requirepass", ""),
            ("EVAL", "return redis.call('ACL', 'SETUSER', 'me', 'on', 'nopass', '+@all')", "0"),
        ):
            with pytest.raises(
                (redis.exceptions.NoPermissionError, redis.ResponseError), match=r"permission|not allowed from script"
            ):
                client.execute_command(*command)


async def test_an_access_string_can_end_no_line_of_a_configuration(elastane: RunningElastane) -> None:
    """A pattern with quotes, blanks in a selector, and what looks like a directive; the node must start with it."""
    hostile = 'on ~"*\\" ~\'x\'#y %R~a"b" -@all +get (~z* -@all +set)'
    client = elastane.client()
    client.create_user(
        UserId="hostile", UserName="hostile", Engine="valkey", AccessString=hostile, Passwords=[PASSWORD]
    )
    client.create_user_group(UserGroupId="hostiles", Engine="valkey", UserIds=["hostile"])
    order_encrypted(elastane, "quotes", TransitEncryptionEnabled=True, UserGroupIds=["hostiles"])
    group = await until_offered(elastane, "quotes", "required", 2)

    config = (node_directory(elastane, "quotes-001") / CONFIG_FILE).read_text()
    users = [line for line in config.splitlines() if line.startswith("user ")]
    assert len(users) == 4, "ours, the locked default user, the hostile one, and the mark"
    with redis.Redis(
        group.endpoint, PORT, username="hostile", password=PASSWORD, decode_responses=True, **trusting(elastane)
    ) as signed_in:
        assert signed_in.get('"anything"') is None
        with pytest.raises(redis.exceptions.NoPermissionError):
            signed_in.set("else", "1")


async def test_no_token_or_password_is_to_be_found_anywhere(elastane: RunningElastane) -> None:
    """Not in the store, the audit trail, a log, an event, a process list, an answer, or a file that others can read."""
    group = await make_with_token(elastane, "searched")
    client = elastane.client()
    client.create_user(
        UserId="secretive", UserName="secretive", Engine="valkey", AccessString="on ~* +@all", Passwords=[PASSWORD]
    )
    turn(elastane, "searched", AuthToken=OTHER_TOKEN, AuthTokenUpdateStrategy="ROTATE")
    await until_offered(elastane, "searched", "required", 2)
    refused = refusals(elastane)
    secrets = (TOKEN, OTHER_TOKEN, PASSWORD)

    for path in files_below(elastane.data_dir):
        content = path.read_bytes()
        assert [secret for secret in secrets if secret.encode() in content] == [], path
    told = [
        elastane.log(),
        *refused,
        *(run_elastane(elastane, *words).stdout for words in (("status",), ("explain", "searched"), ("audit",))),
        str(client.describe_events(Duration=60)["Events"]),
        str(client.describe_users()["Users"]),
        str(client.describe_replication_groups(ReplicationGroupId="searched")),
        *engines_below(elastane.data_dir).values(),
    ]
    assert [text for text in told if any(secret in text for secret in secrets)] == []
    for node in group.addresses:
        directory = node_directory(elastane, node)
        assert not stat.S_IMODE(directory.stat().st_mode) & OWNER_ONLY
        assert [path for path in directory.iterdir() if stat.S_IMODE(path.stat().st_mode) & OWNER_ONLY] == []


def test_the_keys_of_the_authority_and_of_the_store_are_for_their_owner_only(elastane: RunningElastane) -> None:
    secret_files = (*(elastane.data_dir / "pki").glob("*.pem"), elastane.data_dir / "store.key")

    exposed = {path.name for path in secret_files if stat.S_IMODE(path.stat().st_mode) & OWNER_ONLY}

    assert exposed <= {"ca.pem"}
    assert "PRIVATE KEY" not in (elastane.data_dir / "pki" / "ca.pem").read_text()


# --- what was asked for --------------------------------------------------------------------------


async def make_with_token(elastane: RunningElastane, name: str) -> Encrypted:
    order_encrypted(elastane, name, TransitEncryptionEnabled=True, AuthToken=TOKEN)
    return await until_offered(elastane, name, "required", 2)


def refusals(elastane: RunningElastane) -> list[str]:
    """Calls with secrets in them that are wrong in some way, in the words of their refusals."""
    client, said = elastane.client(), []
    calls: tuple[tuple[Any, dict[str, Any]], ...] = (
        (client.create_user, {"AccessString": f"on >{PASSWORD} ~* +@all"}),
        (client.create_user, {"Passwords": [PASSWORD, TOKEN, OTHER_TOKEN], "AccessString": "on ~* +@all"}),
        (client.create_user, {"Passwords": [f"{PASSWORD},"], "AccessString": "on ~* +@all"}),
    )
    for call, changes in calls:
        with pytest.raises(client.exceptions.ClientError) as refusal:
            call(**{"UserId": "wrong", "UserName": "wrong", "Engine": "valkey", **changes})
        said.append(str(refusal.value))
    for token in (f"{TOKEN}/", OTHER_TOKEN):
        with pytest.raises(client.exceptions.ClientError) as refusal:
            client.modify_replication_group(
                ReplicationGroupId="searched", AuthToken=token, AuthTokenUpdateStrategy="DELETE"
            )
        said.append(str(refusal.value))
    return said


def files_below(directory: Path) -> list[Path]:
    return [Path(folder) / name for folder, _, names in os.walk(directory) for name in names]
