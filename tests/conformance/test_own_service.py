"""Our own service over the wire: signed, allowed and recorded as every other, by AWS's own clients with its model."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from elastane.cli import app
from elastane.wire.models import OWN_MODELS
from tests.conformance.caches import Caches, refused
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, RunningElastane

MODEL = OWN_MODELS / "elastane" / "2026-11-30" / "service-2.json"
METRICS_SECONDS_MAX = 20
"""Until the second round after a start has measured who is new."""


@pytest.fixture
def own(elastane: RunningElastane) -> Any:
    return elastane.client("elastane")


def test_a_cache_is_explained_in_sentences_and_in_values(standing_pair: Caches, own: Any) -> None:
    answer = own.explain_cache(CacheId=standing_pair.name("Pair"))

    first, second = answer["Nodes"]
    assert (answer["CacheId"], answer["Form"], answer["Status"]) == ("kept-pair", "replication-group", "available")
    assert answer["Generation"] == answer["ConvergedGeneration"]
    assert (answer["Verdict"]["Kind"], answer["Waiting"]) == ("satisfied", [])
    assert (first["Role"], first["Health"]) == ("primary", "ready")
    assert (second["Role"], second["IsLinkUp"], second["Follows"]) == ("replica", True, first["NodeId"])
    assert answer["NodeGroups"][0]["Primaries"] == [first["NodeId"]]
    assert answer["Sections"][0]["Sentences"] == ["kept-pair is a replication group in us-east-1; it is available"]


async def test_how_far_replicas_are_is_told_as_it_was_last_measured(standing_pair: Caches, own: Any) -> None:
    def is_measured() -> None:
        first, second = own.explain_cache(CacheId=standing_pair.name("pair"))["Nodes"]
        assert first.get("ReplicationOffset", 0) > 0 and second.get("ReplicationOffset", 0) > 0
        assert "ReplicationLagSeconds" not in first
        assert second.get("ReplicationLagSeconds", -1) >= 0

    await eventually(is_measured, timeout_seconds=METRICS_SECONDS_MAX)


def test_the_command_line_and_the_api_say_the_same(standing_pair: Caches, own: Any, elastane: RunningElastane) -> None:
    shown = (
        CliRunner().invoke(app, ["explain", standing_pair.name("pair"), "--data-dir", str(elastane.data_dir)]).stdout
    )
    answer = own.explain_cache(CacheId=standing_pair.name("pair"))

    titles = [section["Title"] for section in answer["Sections"]]
    desired = next(section["Sentences"] for section in answer["Sections"] if section["Title"] == "What it shall be")
    assert all(f"\n{title}\n" in shown for title in titles if title)
    assert all(f"  {sentence}\n" in shown for sentence in desired)


def test_a_node_and_a_cache_cluster_are_explained_too(
    standing_pair: Caches, standing_cluster: Caches, own: Any
) -> None:
    node = own.explain_cache(CacheId=f"{standing_pair.name('pair')}-002")
    alone = own.explain_cache(CacheId=standing_cluster.name("alone"))

    assert (node["NodeId"], len(node["Nodes"])) == ("kept-pair-002", 1)
    assert (alone["Form"], "NodeId" in alone) == ("cache-cluster", False)


def test_who_is_not_there_is_said_with_the_region(standing_pair: Caches, own: Any, elastane: RunningElastane) -> None:
    with refused("ResourceNotFoundFault", 404, words="named kept-pai in us-east-1."):
        own.explain_cache(CacheId="kept-pai")
    with pytest.raises(own.exceptions.ResourceNotFoundFault):
        own.explain_cache(CacheId="kept-pai")
    with refused("ResourceNotFoundFault", 404, words="in eu-west-3"):
        elastane.client("elastane", "eu-west-3").explain_cache(CacheId="kept-pair")


def test_every_loop_says_what_it_thinks(standing_pair: Caches, own: Any) -> None:
    loops = {loop["Name"]: loop for loop in own.describe_loops()["Loops"]}

    assert {"reconcile", "steadiness", "security-groups", "metrics", "alarms", "audit-trail"} <= loops.keys()
    assert f" in {REGION}" in loops["reconcile"]["Sentence"]
    assert "valkey" in loops["engines"]["Sentence"]
    assert all(loop["Sentence"].endswith(".") for loop in loops.values())


def test_a_preview_says_what_would_move_and_moves_nothing(standing_shards: Caches, own: Any) -> None:
    group_id = standing_shards.name("shards")
    before = standing_shards.group(group_id)

    answer = own.preview_shard_configuration(ReplicationGroupId=group_id, NodeGroupCount=3)

    assert [part["NodeGroupId"] for part in answer["NodeGroups"] if part["IsNew"]] == ["0003"]
    assert [(move["From"], move["To"], move["Slots"]) for move in answer["Moves"]] == [
        ("0001", "0003", "5462-8191"),
        ("0002", "0003", "13653-16383"),
    ]
    assert answer["MovedSlotCount"] == 5461
    assert standing_shards.group(group_id) == before


@pytest.mark.parametrize(
    ("parameters", "code", "status"),
    [
        ({"NodeGroupCount": 0}, "InvalidParameterValue", 400),
        ({"NodeGroupCount": 91}, "NodeGroupsPerReplicationGroupQuotaExceeded", 400),
        ({"NodeGroupCount": 1}, "InvalidParameterCombination", 400),
        ({"ReplicationGroupId": "there-is-no-such-group"}, "ReplicationGroupNotFoundFault", 404),
    ],
)
def test_what_the_change_refuses_the_preview_refuses_with_the_same_code_and_words(
    standing_shards: Caches, own: Any, parameters: dict[str, Any], code: str, status: int
) -> None:
    asked = {"ReplicationGroupId": standing_shards.name("shards"), "NodeGroupCount": 3} | parameters

    with pytest.raises(ClientError) as done:
        standing_shards.client.modify_replication_group_shard_configuration(ApplyImmediately=True, **asked)
    with refused(code, status, words=done.value.response["Error"]["Message"]):
        own.preview_shard_configuration(**asked)


def test_an_unsigned_request_and_a_wrong_secret_get_nothing(elastane: RunningElastane, own: Any) -> None:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "Elastane_20261130.DescribeLoops"}
    stranger = _client(elastane, aws_secret_access_key="not the one")

    unsigned = httpx.post(elastane.url, content=b"{}", headers=headers, trust_env=False)
    with pytest.raises(ClientError) as refusal:
        stranger.describe_loops()

    assert (unsigned.status_code, unsigned.json()["__type"]) == (400, "MissingAuthenticationTokenException")
    assert refusal.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_a_call_is_in_the_audit_trail_as_a_question(standing_pair: Caches, elastane: RunningElastane, own: Any) -> None:
    own.explain_cache(CacheId=standing_pair.name("pair"))

    found = elastane.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ExplainCache"}]
    )["Events"]

    record = json.loads(found[0]["CloudTrailEvent"])
    assert (found[0]["EventSource"], found[0]["ReadOnly"]) == ("elastane.amazonaws.com", "true")
    assert (record["apiVersion"], record["requestParameters"]) == ("2026-11-30", {"cacheId": "kept-pair"})


def test_the_aws_cli_takes_the_model_and_calls_it(
    standing_pair: Caches, elastane: RunningElastane, tmp_path: Path
) -> None:
    home = {"HOME": str(tmp_path)}

    added = elastane.run_aws("configure", "add-model", "--service-model", f"file://{MODEL}", environment=home)
    shown = elastane.run_aws(
        "elastane", "explain-cache", "--cache-id", "kept-pair", "--query", "Status", environment=home
    )

    assert (added.returncode, added.stderr) == (0, "")
    assert (shown.returncode, shown.stderr, json.loads(shown.stdout)) == (0, "", "available")


def _client(elastane: RunningElastane, **changes: str) -> Any:
    """Another caller's."""
    session = botocore.session.Session(session_vars={"data_path": (None, None, str(OWN_MODELS), None)})
    environment = elastane.aws_environment()
    given = {
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
    }
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    return session.create_client(
        "elastane", region_name=REGION, endpoint_url=elastane.url, config=config, **given | changes
    )
