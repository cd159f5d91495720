"""Encryption in transit through AWS's own clients: asked for, changed step by step, read back at every moment."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import valkey

from tests.conformance.caches import Caches, refused
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine

_NUMBERS = count(1)

PREFERRED: dict[str, Any] = {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}
REQUIRED: dict[str, Any] = {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "required"}
OFF: dict[str, Any] = {"TransitEncryptionEnabled": False}


@pytest.fixture(scope="module")
def encrypting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    """A control plane whose engines were built with TLS."""
    environment = engine_environment(stored_engine("valkey", "9.1"))
    with running_elastane(tmp_path_factory.mktemp("encrypting") / "data", environment=environment) as running:
        yield running
        assert "Traceback" not in running.log()


@pytest.fixture
def secured(encrypting: RunningElastane) -> Iterator[Caches]:
    made = Caches(encrypting.client(), prefix=f"e{next(_NUMBERS)}")
    yield made
    made.delete_all()


def shown(described: Any) -> dict[str, Any]:
    """What a group or a cache cluster says of encryption, what is pending among it."""
    pending = described.get("PendingModifiedValues", {})
    return {
        "enabled": described["TransitEncryptionEnabled"],
        "mode": described.get("TransitEncryptionMode"),
        "pending": {name: pending[name] for name in PREFERRED if name in pending},
    }


def connects(caches: Caches, group_id: str, ca_file: str, *, by_tls: bool) -> bool:
    """Whether a customer is served at the primary endpoint as it is told."""
    endpoint = caches.group(group_id)["NodeGroups"][0]["PrimaryEndpoint"]
    options: dict[str, Any] = {"ssl": True, "ssl_ca_certs": ca_file} if by_tls else {}
    try:
        with valkey.Valkey(endpoint["Address"], endpoint["Port"], socket_timeout=5, **options) as client:
            return bool(client.ping())
    except valkey.exceptions.ConnectionError:
        return False


@pytest.fixture
def ca_file(encrypting: RunningElastane) -> str:
    return str(encrypting.data_dir / "pki" / "ca.pem")


@pytest.mark.parametrize(
    ("asked", "enabled", "mode"),
    [
        ({"TransitEncryptionEnabled": True}, True, "required"),
        (REQUIRED, True, "required"),
        (PREFERRED, True, "preferred"),
        (OFF, False, None),
    ],
)
def test_a_group_is_made_with_the_encryption_that_is_asked_for(
    secured: Caches, asked: dict[str, Any], enabled: bool, mode: str | None
) -> None:
    created = secured.ask_for_group(NumCacheClusters=1, **asked)
    secured.wait("replication_group_available", ReplicationGroupId=created["ReplicationGroupId"])

    group = secured.group(created["ReplicationGroupId"])
    member = secured.cluster(group["MemberClusters"][0])
    wanted: dict[str, Any] = {"enabled": enabled, "mode": mode, "pending": {}}
    assert [shown(created), shown(group), shown(member)] == [wanted] * 3


def test_each_step_is_pending_until_it_is_so_and_then_serves_who_may_connect(secured: Caches, ca_file: str) -> None:
    group_id = secured.make_group(NumCacheClusters=2, **OFF)

    seen = []
    for step in (PREFERRED, REQUIRED, PREFERRED, OFF):
        asked = secured.client.modify_replication_group(ReplicationGroupId=group_id, ApplyImmediately=True, **step)
        secured.wait("replication_group_available", ReplicationGroupId=group_id)
        during, after = shown(asked["ReplicationGroup"]), shown(secured.group(group_id))
        seen.append((during["enabled"], during["mode"], during["pending"], after["mode"], after["pending"]))
        if step is REQUIRED:
            assert connects(secured, group_id, ca_file, by_tls=True)
            assert not connects(secured, group_id, ca_file, by_tls=False)

    assert connects(secured, group_id, ca_file, by_tls=False)
    assert seen == [
        (False, None, PREFERRED, "preferred", {}),
        (True, "preferred", REQUIRED, "required", {}),
        (True, "required", PREFERRED, "preferred", {}),
        (True, "preferred", OFF, None, {}),
    ]


def test_a_step_that_is_left_out_is_refused_and_changes_nothing(secured: Caches) -> None:
    group_id = secured.make_group(NumCacheClusters=1, **OFF)

    with refused("InvalidParameterCombination", words="to preferred first"):
        secured.client.modify_replication_group(ReplicationGroupId=group_id, ApplyImmediately=True, **REQUIRED)

    assert shown(secured.group(group_id)) == {"enabled": False, "mode": None, "pending": {}}


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({"TransitEncryptionMode": "preferred"}, "InvalidParameterCombination", "TransitEncryptionEnabled"),
        (
            {"TransitEncryptionEnabled": False, "TransitEncryptionMode": "required"},
            "InvalidParameterCombination",
            "TransitEncryptionEnabled",
        ),
    ],
)
def test_a_mode_without_encryption_is_refused(secured: Caches, asked: dict[str, Any], code: str, words: str) -> None:
    with refused(code, words=words):
        secured.ask_for_group(NumCacheClusters=1, **asked)

    with refused("ReplicationGroupNotFoundFault", 404):
        secured.group(secured.name("group"))


def test_a_cache_cluster_on_its_own_is_made_with_encryption(secured: Caches) -> None:
    cluster_id = secured.make_cluster(TransitEncryptionEnabled=True)

    assert shown(secured.cluster(cluster_id)) == {"enabled": True, "mode": "required", "pending": {}}


def test_the_aws_cli_makes_changes_and_reads_encryption(encrypting: RunningElastane, secured: Caches) -> None:
    group_id = secured.name("cli")
    named = ("--replication-group-id", group_id)

    encrypting.run_aws(
        "elasticache",
        "create-replication-group",
        *named,
        *("--replication-group-description", "typed", "--engine", "valkey", "--cache-node-type", "cache.t3.micro"),
        *("--transit-encryption-enabled", "--transit-encryption-mode", "preferred"),
    )
    secured.wait("replication_group_available", ReplicationGroupId=group_id)
    modified = encrypting.run_aws(
        "elasticache",
        "modify-replication-group",
        *named,
        *("--transit-encryption-enabled", "--transit-encryption-mode", "required", "--apply-immediately"),
    )
    secured.wait("replication_group_available", ReplicationGroupId=group_id)
    described = encrypting.run_aws("elasticache", "describe-replication-groups", *named)

    (group,) = json.loads(described.stdout)["ReplicationGroups"]
    assert shown(json.loads(modified.stdout)["ReplicationGroup"])["pending"] == REQUIRED
    assert shown(group) == {"enabled": True, "mode": "required", "pending": {}}
