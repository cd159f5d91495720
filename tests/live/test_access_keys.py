"""Access keys and the key of the store, through crashes, restarts and losses."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from elastane.engines import rendered_config
from elastane.store import Store, access_keys
from elastane.store.database import FILE_NAME
from tests.kit.access_keys import made_key, read_key
from tests.kit.elastane import RunningElastane
from tests.live.live_groups import fill, key_count, make_group, run_elastane, until_settled
from tests.live.test_lost_store import KEY_COUNT, confirm, serve
from tests.unit.store.test_store_key import kept_bytes

KILLED_AMID_A_WRITE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from elastane.cli import keys
from elastane.store.root_access_key import draw_access_key
from elastane.store import Store, access_keys

def save_and_die(tx):
    key = draw_access_key()
    record = access_keys.AccessKeyRecord(
        id=key.id, name="half", user_id="AIDA", created_at=datetime.now(UTC), policy_document="{}", policy_name=None,
        sealed_secret=tx.sealing.seal(key.secret))
    access_keys.save_access_key(tx, record)
    os.kill(os.getpid(), signal.SIGKILL)

Store.write_from_outside(Path(sys.argv[1]), save_and_die)
"""


def create(elastane: RunningElastane, name: str, policy_name: str = "read-only") -> dict[str, str]:
    """What `elastane keys create` prints, as an environment."""
    return made_key(elastane, name, policy_name).environment


def described(elastane: RunningElastane, key: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return elastane.run_aws("elasticache", "describe-replication-groups", environment=key)


def names_of(elastane: RunningElastane) -> list[str]:
    return [key.name for key in Store.read_from_outside(elastane.data_dir, access_keys.list_access_keys) or ()]


async def test_no_secret_of_a_node_or_a_key_is_in_the_files_of_the_store(
    elastane: RunningElastane,
) -> None:
    await make_group(elastane, "orders", 2)
    key = create(elastane, "ci")
    assert described(elastane, key).returncode == 0
    configurations = [path.read_text() for path in elastane.data_dir.glob("nodes/*/*/valkey.conf")]
    secrets = {rendered_config.read_secret(text) for text in configurations}
    found = {secret.reveal() for secret in secrets if secret is not None} | {key["AWS_SECRET_ACCESS_KEY"]}

    while_serving = kept_bytes(elastane.data_dir)
    elastane.stop()

    assert (len(configurations), len(found)) == (2, 2)
    for kept in (while_serving, kept_bytes(elastane.data_dir)):
        assert key["AWS_ACCESS_KEY_ID"].encode() in kept
        assert not any(secret.encode() in kept for secret in found)


def test_a_key_outlives_a_control_plane_that_is_killed(elastane: RunningElastane) -> None:
    key = create(elastane, "ci")
    assert described(elastane, key).returncode == 0

    elastane.kill()
    while_away = create(elastane, "made-while-nobody-served")
    run_elastane(elastane, "keys", "revoke", "ci")
    elastane.start()

    refused = described(elastane, key)
    assert "InvalidClientTokenId" in refused.stderr
    assert described(elastane, while_away | {"AWS_ENDPOINT_URL": elastane.url}).returncode == 0


def test_a_command_that_is_killed_amid_its_write_leaves_nothing_and_nobody_waits(elastane: RunningElastane) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AMID_A_WRITE, str(elastane.data_dir)], capture_output=True, timeout=60
    )

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert names_of(elastane) == []
    assert elastane.client().describe_events()["Events"] == []
    assert described(elastane, create(elastane, "half")).returncode == 0


async def test_a_store_whose_key_is_lost_is_refused_and_can_be_rebuilt_without_it(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "orders", 1)
    fill(group.primary_address, KEY_COUNT)
    create(elastane, "ci")
    elastane.stop()
    (elastane.data_dir / "store.key").unlink()

    refused = serve(elastane.data_dir)

    assert refused.returncode == 2
    assert f"The key {elastane.data_dir}/store.key, with which secrets in the store are sealed, is missing." in (
        refused.stderr
    )
    assert not (elastane.data_dir / "store.key").exists()
    assert "orders" in run_elastane(elastane, "status").stdout
    for file in elastane.data_dir.glob(f"{FILE_NAME}*"):
        file.rename(file.with_name(f"lost-{file.name}"))
    elastane.start()
    await confirm(elastane)
    settled = await until_settled(elastane, "orders", 1)
    assert key_count(settled.primary_address) == KEY_COUNT
    assert names_of(elastane) == []


def test_a_store_with_its_key_elsewhere_serves_again_when_the_key_is_put_back(elastane: RunningElastane) -> None:
    key = create(elastane, "ci")
    elastane.stop()
    kept = (elastane.data_dir / "store.key").rename(elastane.data_dir / "kept.key")

    assert serve(elastane.data_dir).returncode == 2
    kept.rename(elastane.data_dir / "store.key")
    elastane.start()

    assert described(elastane, key).returncode == 0


def test_a_denied_caller_cannot_learn_what_there_is(elastane: RunningElastane, tmp_path: Path) -> None:
    """Neither by asking for it nor by what the refusal says: an absent group is refused as a present one is."""
    policy = tmp_path / "policy.json"
    statement = {"Effect": "Allow", "Action": "elasticache:*", "Resource": "arn:aws:elasticache:*:*:*:mine-*"}
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    finished = run_elastane(elastane, "keys", "create", "mine", "--policy", str(policy))
    key = read_key(finished.stdout).environment

    refused = elastane.run_aws(
        "elasticache", "describe-replication-groups", "--replication-group-id", "theirs", environment=key
    )
    allowed = elastane.run_aws(
        "elasticache", "describe-replication-groups", "--replication-group-id", "mine-1", environment=key
    )

    assert "AccessDenied" in refused.stderr
    assert "ReplicationGroupNotFoundFault" in allowed.stderr


def test_a_lost_key_makes_no_new_one_while_a_control_plane_serves(elastane: RunningElastane) -> None:
    (elastane.data_dir / "store.key").unlink()

    finished = run_elastane(elastane, "keys", "create", "ci", "--policy-name", "read-only")

    assert (finished.returncode, finished.stdout) == (2, "")
    assert "is missing. Put the key back" in finished.stderr
    assert not (elastane.data_dir / "store.key").exists()
    with pytest.raises(ClientError, match="ReplicationGroupNotFoundFault"):
        elastane.client().describe_replication_groups(ReplicationGroupId="none")
