"""Every call is written down, also who was refused, and no secret is."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from elastane.model.audit_trail import CallRecord, CallSearch
from elastane.store.audit_trail import search_from_outside
from tests.conformance.caches import Caches
from tests.conformance.wire import FORM_TYPE, RIGHT, Signer, form, presigned_url, request, send
from tests.kit.asserts import eventually
from tests.kit.elastane import ACCESS_KEY_ID, SECRET_ACCESS_KEY, RunningElastane

ASK = form("DescribeCacheSubnetGroups")
SECRET = "correct-horse-battery-staple"
STRANGER = "AKIASOMEBODYELSE0000"


async def record_of(elastane: RunningElastane, answer: httpx.Response) -> CallRecord:
    """By its request's id, once it is on the disk: a question is there within a second."""
    request_id = answer.headers["x-amzn-requestid"]

    def found() -> tuple[CallRecord, ...]:
        records = search_from_outside(elastane.data_dir, CallSearch(limit=500))
        return tuple(each.record for each in records or () if each.record.request_id == request_id)

    (record,) = await eventually(found, timeout_seconds=10, message=f"request {request_id} is in the audit trail")
    return record


async def test_a_call_is_written_down_with_who_what_when_where_and_what_came_of_it(
    elastane: RunningElastane,
) -> None:
    asked = request(elastane.url, form("DescribeReplicationGroups", ReplicationGroupId="nobody"))
    asked.headers["User-Agent"] = "a test/1.0"

    made = await record_of(elastane, send(asked))

    assert (made.caller.arn, made.caller.access_key_id) == ("arn:aws:iam::000000000000:root", ACCESS_KEY_ID)
    assert made.caller.is_proven
    assert (made.asked.service, made.asked.action) == ("elasticache", "DescribeReplicationGroups")
    assert made.asked.parameters == {"ReplicationGroupId": "nobody"}
    assert [resource.name for resource in made.asked.resources] == ["nobody"]
    assert (made.origin.address, made.origin.user_agent) == ("127.0.0.1", "a test/1.0")
    assert (made.outcome.status, made.outcome.code) == (404, "ReplicationGroupNotFoundFault")
    assert made.region == "us-east-1"


Sent = Callable[[str], httpx.Request]

REFUSED: dict[str, tuple[Sent, str, str | None]] = {
    "unsigned": (
        lambda url: httpx.Request("POST", url, content=ASK, headers={"Content-Type": FORM_TYPE}),
        "MissingAuthenticationToken",
        None,
    ),
    "another secret": (
        lambda url: request(url, ASK, Signer(secret="wrong")),
        "SignatureDoesNotMatch",
        ACCESS_KEY_ID,
    ),
    "an unknown key": (
        lambda url: request(url, ASK, Signer(access_key_id=STRANGER)),
        "InvalidClientTokenId",
        STRANGER,
    ),
    "an unknown key, presigned": (
        lambda url: httpx.Request("GET", presigned_url(url, ASK, Signer(access_key_id=STRANGER))),
        "InvalidClientTokenId",
        STRANGER,
    ),
    "no such region": (lambda url: request(url, ASK, Signer(region="mars")), "SignatureDoesNotMatch", ACCESS_KEY_ID),
    "too large": (
        lambda url: request(url, b"Action=" + b"x" * 1024 * 1024),
        "RequestEntityTooLarge",
        ACCESS_KEY_ID,
    ),
}


@pytest.mark.parametrize("sent", REFUSED)
async def test_who_proves_nothing_is_written_down_with_the_claim_alone(elastane: RunningElastane, sent: str) -> None:
    make, code, claimed = REFUSED[sent]

    made = await record_of(elastane, send(make(elastane.url)))

    assert (made.outcome.code, made.caller.access_key_id) == (code, claimed)
    assert not made.caller.is_proven
    assert (made.caller.arn, made.region) == (None, None)
    assert (made.asked.action, made.asked.parameters, made.asked.resources) == (None, None, ())


@pytest.mark.parametrize(
    ("body", "code", "action"),
    [
        (form("MakeCoffee"), "InvalidAction", None),
        (b"", "MissingAction", None),
        (form("CreateServerlessCache"), "NotImplemented", "CreateServerlessCache"),
        (form("CreateReplicationGroup"), "MissingParameter", "CreateReplicationGroup"),
        (form("DescribeEvents", MaxRecords="many"), "MalformedInput", "DescribeEvents"),
        (form("DescribeEvents", SourceType="teapot"), "ValidationError", "DescribeEvents"),
    ],
)
async def test_what_cannot_be_read_is_written_down_as_far_as_it_was(
    elastane: RunningElastane, body: bytes, code: str, action: str | None
) -> None:
    made = await record_of(elastane, send(request(elastane.url, body)))

    assert (made.outcome.code, made.asked.action, made.asked.parameters) == (code, action, None)
    assert made.caller.is_proven


def test_an_answered_change_is_on_the_disk(elastane: RunningElastane, caches: Caches) -> None:
    name = caches.ask_for_group()["ReplicationGroupId"]

    (numbered,) = search_from_outside(elastane.data_dir, CallSearch(resource_name=name, is_reading=False)) or ()

    assert numbered.record.asked.action == "CreateReplicationGroup"


async def test_whether_it_lives_is_no_call(elastane: RunningElastane) -> None:
    send(httpx.Request("GET", f"{elastane.url}/_elastane/health", headers={"User-Agent": "a probe"}))
    await record_of(elastane, send(request(elastane.url, ASK)))

    records = search_from_outside(elastane.data_dir, CallSearch(limit=500)) or ()
    assert "a probe" not in [each.record.origin.user_agent for each in records]


SECRETS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CreateReplicationGroup", {"ReplicationGroupId": "a", "ReplicationGroupDescription": "d", "AuthToken": SECRET}),
    ("ModifyReplicationGroup", {"ReplicationGroupId": "a", "AuthToken": SECRET, "AuthTokenUpdateStrategy": "SET"}),
    ("CreateCacheCluster", {"CacheClusterId": "a", "AuthToken": SECRET}),
    (
        "CreateUser",
        {
            "UserId": "u", "UserName": "u", "Engine": "valkey", "AccessString": f"on >{SECRET} ~* +@all",
            "Passwords": [f"{SECRET}1", f"{SECRET}2"],
        },
    ),
    ("ModifyUser", {"UserId": "u", "AuthenticationMode": {"Type": "password", "Passwords": [SECRET]}}),
    ("ModifyUser", {"UserId": "1", "Passwords": [SECRET], "AppendAccessString": f">{SECRET}"}),
)  # fmt: skip


def test_no_secret_reaches_the_disk_whatever_becomes_of_the_call(elastane: RunningElastane) -> None:
    client = elastane.client()
    for action, parameters in SECRETS:
        method = client.meta.method_to_api_mapping
        name = next(ours for ours, theirs in method.items() if theirs == action)
        try:
            getattr(client, name)(**parameters)
        except client.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 502
    # In the wrong places: an unknown parameter, an unproven body, the key's id, a query, a header, an action.
    for asked in (
        request(elastane.url, form("DescribeEvents", Unknown=SECRET)),
        request(elastane.url, form("DescribeEvents", MaxRecords=SECRET)),
        request(elastane.url, form(SECRET)),
        request(elastane.url, form("CreateUser", **{"Passwords.member.x": SECRET})),
        request(elastane.url, form("CreateUser", AuthToken=SECRET), Signer(secret="wrong")),
        request(elastane.url, ASK, Signer(access_key_id=SECRET_ACCESS_KEY, secret=ACCESS_KEY_ID)),
        httpx.Request("POST", f"{elastane.url}/?AuthToken={SECRET}", content=ASK),
        httpx.Request("POST", elastane.url, content=ASK, headers={"X-Amz-Security-Token": SECRET}),
    ):
        send(asked)
    elastane.client("cloudtrail").lookup_events(MaxResults=1)  # writes whatever is only noted

    assert secrets_in(elastane.data_dir) == []
    assert SECRET not in elastane.log()


def secrets_in(data_dir: Path) -> list[str]:
    """Files of the trail that hold one of ours; with the write-ahead log, in which the newest records are."""
    files = sorted(data_dir.glob("audit.db*"))
    assert files
    return [
        f"{path.name}: {secret}"
        for path in files
        for secret in (SECRET, SECRET_ACCESS_KEY)
        if secret.encode() in path.read_bytes()
    ]


def test_the_trail_can_be_followed_at_the_command_line(elastane: RunningElastane) -> None:
    # Ctrl-C counts here also where whoever runs the tests ignores it, as a shell's background jobs do.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import elastane.cli as c; c.main()"
    )
    command = [sys.executable, "-c", program, "audit", "--data-dir", str(elastane.data_dir), "--follow", "--json"]
    with subprocess.Popen([*command, "--action", "DescribeServiceUpdates"], stdout=subprocess.PIPE) as following:
        try:
            assert following.stdout is not None
            answer = send(request(elastane.url, form("DescribeServiceUpdates")))
            lines = (json.loads(line) for line in following.stdout)
            made = next(line for line in lines if line["request_id"] == answer.headers["x-amzn-requestid"])
        finally:
            following.send_signal(signal.SIGINT)
            ended = following.wait(timeout=30)

    assert made["outcome"]["status"] == 200
    assert ended == 0


def test_the_trail_verifies_while_it_grows(elastane: RunningElastane) -> None:
    command = [sys.executable, "-m", "elastane", "audit", "--data-dir", str(elastane.data_dir), "--verify"]

    verified = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert verified.returncode == 0, verified.stdout
    assert [line.partition(":")[0] for line in verified.stdout.splitlines()] == ["changes", "questions"]


def test_the_address_of_a_call_is_of_who_is_connected(elastane: RunningElastane) -> None:
    asked = request(elastane.url, form("DescribeEvents"), RIGHT)
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host"):
        asked.headers[header] = "203.0.113.7"

    answer = send(asked)

    events = elastane.client("cloudtrail").lookup_events()["Events"]
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    (made,) = (record for record in records if record["requestID"] == answer.headers["x-amzn-requestid"])
    assert made["sourceIPAddress"] == "127.0.0.1"
