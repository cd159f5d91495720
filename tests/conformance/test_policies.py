"""Access keys with policies, asked by AWS's own clients: allowed, denied, in force at once and gone at once."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import botocore.session
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conformance import wire
from tests.conformance.caches import Caches
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, SECRET_ACCESS_KEY, RunningElastane

_NUMBERS = count(1)

MakeKey = Callable[..., "Key"]


class Key:
    """An access key that the command line has made, and AWS's clients that sign with it."""

    def __init__(self, elastane: RunningElastane, name: str, printed: str) -> None:
        lines = (line.removeprefix("export ") for line in printed.splitlines() if line.startswith("export "))
        self.name = name
        self.environment = {key: value for key, _, value in (line.partition("=") for line in lines)}
        self.url = elastane.url
        self._session = botocore.session.Session(session_vars={"config_file": (None, None, "/dev/null", None)})

    @property
    def id(self) -> str:
        return self.environment["AWS_ACCESS_KEY_ID"]

    @property
    def secret(self) -> str:
        return self.environment["AWS_SECRET_ACCESS_KEY"]

    def client(self, service: str = "elasticache", region: str = REGION) -> Any:
        return self._session.create_client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=self.id,
            aws_secret_access_key=self.secret,
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )


def run_keys(elastane: RunningElastane, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    command, *rest = arguments
    return subprocess.run(
        [sys.executable, "-m", "elastane", "keys", command, "--data-dir", str(elastane.data_dir), *rest],
        env={"PATH": elastane.aws_environment()["PATH"], "HOME": str(elastane.data_dir)},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def make_key(elastane: RunningElastane) -> Iterator[MakeKey]:
    """Makes keys of these statements, or of a ready-made policy, and revokes them at the end."""
    made: list[str] = []

    def make(*statements: dict[str, Any], policy_name: str | None = None, name: str | None = None) -> Key:
        chosen = name or f"key-{next(_NUMBERS)}"
        options = ("--policy-name", policy_name) if policy_name else ("--policy", "-")
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        finished = run_keys(elastane, "create", chosen, *options, given=document)
        assert finished.returncode == 0, finished.stderr
        made.append(chosen)
        return Key(elastane, chosen, finished.stdout)

    yield make
    for name in made:
        run_keys(elastane, "revoke", name)


def allow(action: str | list[str], resource: str | list[str] = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def denied(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str, str]:
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_a_caller_learns_which_user_its_key_stands_for(make_key: MakeKey) -> None:
    key = make_key(allow("elasticache:Describe*"), name="Ada.Lovelace")

    answer = key.client("sts").get_caller_identity()

    assert answer["Arn"] == "arn:aws:iam::000000000000:user/Ada.Lovelace"
    assert answer["Account"] == "000000000000"
    assert answer["UserId"].startswith("AIDA")


def test_a_reader_may_look_and_is_refused_in_aws_s_words_when_it_writes(make_key: MakeKey) -> None:
    key = make_key(policy_name="read-only")
    client = key.client()

    listed = client.describe_replication_groups()
    with pytest.raises(ClientError) as refusal:
        client.create_cache_subnet_group(
            CacheSubnetGroupName="Mine", CacheSubnetGroupDescription="mine", SubnetIds=["subnet-1"]
        )

    assert "ReplicationGroups" in listed
    assert denied(refusal) == (
        403,
        "AccessDenied",
        f"User: arn:aws:iam::000000000000:user/{key.name} is not authorized to perform: "
        "elasticache:CreateCacheSubnetGroup on resource: "
        "arn:aws:elasticache:us-east-1:000000000000:subnetgroup:mine because no identity-based policy allows the "
        "elasticache:CreateCacheSubnetGroup action",
    )


def test_a_deny_is_told_as_one(make_key: MakeKey) -> None:
    key = make_key(allow("*"), {"Effect": "Deny", "Action": "elasticache:DescribeEvents", "Resource": "*"})

    with pytest.raises(ClientError) as refusal:
        key.client().describe_events()

    status, code, sentence = denied(refusal)
    assert (status, code) == (403, "AccessDenied")
    assert sentence.endswith("on resource: * with an explicit deny in an identity-based policy")


def test_full_access_may_do_what_the_root_may(make_key: MakeKey, caches: Caches) -> None:
    made = Caches(make_key(policy_name="full-access").client(), prefix=caches.name("granted"))

    made.make_group("group", NumCacheClusters=1)
    made.delete_all()
    made.wait("replication_group_deleted", ReplicationGroupId=made.name("group"))

    with pytest.raises(ClientError, match="ReplicationGroupNotFoundFault"):
        caches.group(made.name("group"))


def test_the_policy_of_the_how_to_does_what_it_says(make_key: MakeKey, request: pytest.FixtureRequest) -> None:
    page = (request.config.rootpath / "docs" / "how-to" / "give-a-ci-job-a-key.md").read_text()
    document = json.loads(page.partition("<<'POLICY'\n")[2].partition("\nPOLICY\n")[0])
    key = make_key(*document["Statement"])
    job = Caches(key.client(), prefix="ci")

    job.make_group("job", NumCacheClusters=2)
    refusals = []
    for parameters in (
        {"ReplicationGroupId": "not-a-ci-job"},
        {"CacheNodeType": "cache.r7g.large"},
        {"NumNodeGroups": 2},
        {"Tags": [{"Key": "team", "Value": "shop"}]},
    ):
        with pytest.raises(ClientError) as refusal:
            job.ask_for_group("other", **parameters)
        refusals.append(denied(refusal)[1])
    key.client().delete_replication_group(ReplicationGroupId=job.name("job"))
    job.wait("replication_group_deleted", ReplicationGroupId=job.name("job"))

    assert refusals == ["AccessDenied"] * len(refusals)


def test_a_key_may_be_bound_to_names_of_its_own(make_key: MakeKey, caches: Caches, standing_group: Caches) -> None:
    key = make_key(
        allow("elasticache:*", f"arn:aws:elasticache:*:*:*:{caches.name('own')}*"),
        allow("elasticache:DescribeReplicationGroups"),
    )
    own = Caches(key.client(), prefix=caches.name("own"))

    own.ask_for_group("a", NumCacheClusters=1)
    with pytest.raises(ClientError) as refusal:
        key.client().delete_replication_group(ReplicationGroupId=standing_group.name("standing").upper())

    assert denied(refusal)[1] == "AccessDenied"
    assert own.name("a") in json.dumps(key.client().describe_replication_groups(), default=str)


def test_conditions_on_what_is_asked_for_are_kept(make_key: MakeKey, caches: Caches) -> None:
    key = make_key(
        allow("elasticache:*", StringLike={"elasticache:CacheNodeType": "cache.t*"}),
        allow(["elasticache:Describe*", "elasticache:Delete*"]),
    )
    limited = Caches(key.client(), prefix=caches.name("small"))

    limited.ask_for_group("a", NumCacheClusters=1, CacheNodeType="cache.t4g.micro")
    with pytest.raises(ClientError) as refusal:
        limited.ask_for_group("b", NumCacheClusters=1, CacheNodeType="cache.r6g.large")

    assert denied(refusal)[1] == "AccessDenied"


def test_a_key_may_be_bound_to_an_address_and_a_time(make_key: MakeKey) -> None:
    here = make_key(allow("elasticache:*", IpAddress={"aws:SourceIp": "127.0.0.0/8"}))
    elsewhere = make_key(allow("elasticache:*", IpAddress={"aws:SourceIp": "203.0.113.0/24"}))
    over = make_key(allow("elasticache:*", DateLessThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"}))
    only_west = make_key(allow("elasticache:*", StringEquals={"aws:RequestedRegion": "eu-west-1"}))

    assert here.client().describe_events()["Events"] is not None
    assert only_west.client(region="eu-west-1").describe_events()["Events"] is not None
    for key in (elsewhere, over, only_west):
        with pytest.raises(ClientError) as refusal:
            key.client().describe_events()
        assert denied(refusal)[1] == "AccessDenied"


def test_nobody_says_by_a_header_where_a_call_comes_from(make_key: MakeKey, elastane: RunningElastane) -> None:
    key = make_key(
        allow("elasticache:*", IpAddress={"aws:SourceIp": "203.0.113.0/24"}),
        allow("elasticache:*", Bool={"aws:SecureTransport": "true"}),
    )
    asked = wire.request(
        elastane.url, wire.form("DescribeEvents"), wire.Signer(access_key_id=key.id, secret=key.secret)
    )
    pretended = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "Forwarded": "for=203.0.113.7"}

    answer = wire.send(httpx.Request("POST", asked.url, headers=dict(asked.headers) | pretended, content=asked.content))

    assert wire.fault_of(answer) == (403, "AccessDenied")


def test_tags_decide_what_a_key_may_change(make_key: MakeKey, caches: Caches) -> None:
    key = make_key(
        allow("elasticache:*", StringEquals={"aws:ResourceTag/team": "shop"}),
        allow(
            ["elasticache:CreateReplicationGroup", "elasticache:AddTagsToResource"],
            StringEquals={"aws:RequestTag/team": "shop"},
        ),
    )
    own = Caches(key.client(), prefix=caches.name("tag"))
    tags = [{"Key": "team", "Value": "shop"}]
    foreign = caches.ask_for_group("foreign", NumCacheClusters=1)["ReplicationGroupId"]

    with pytest.raises(ClientError) as untagged:
        own.ask_for_group("a", NumCacheClusters=1)
    own.ask_for_group("a", NumCacheClusters=1, Tags=tags)
    arn = f"arn:aws:elasticache:us-east-1:000000000000:replicationgroup:{own.name('a')}"
    with pytest.raises(ClientError) as not_ours:
        key.client().modify_replication_group(ReplicationGroupId=foreign, ReplicationGroupDescription="ours now")

    assert key.client().list_tags_for_resource(ResourceName=arn)["TagList"] == tags
    assert denied(untagged)[1] == denied(not_ours)[1] == "AccessDenied"


def test_a_key_is_in_force_at_once_and_gone_at_once(make_key: MakeKey, elastane: RunningElastane) -> None:
    key = make_key(allow("elasticache:Describe*"))
    client = key.client()
    client.describe_events()

    revoked = run_keys(elastane, "revoke", key.name)
    with pytest.raises(ClientError) as refusal:
        client.describe_events()

    assert revoked.returncode == 0, revoked.stderr
    assert denied(refusal)[:2] == (403, "InvalidClientTokenId")


def test_a_wrong_secret_of_a_right_key_is_no_key(make_key: MakeKey) -> None:
    key = make_key(allow("*"))
    key.environment["AWS_SECRET_ACCESS_KEY"] = SECRET_ACCESS_KEY

    with pytest.raises(ClientError) as refusal:
        key.client().describe_events()

    assert denied(refusal)[:2] == (403, "SignatureDoesNotMatch")


async def test_the_last_use_is_told_after_a_while(make_key: MakeKey, elastane: RunningElastane) -> None:
    key = make_key(allow("elasticache:Describe*"))
    assert f"{key.id}" in run_keys(elastane, "list").stdout
    key.client().describe_events()

    def is_told() -> bool:
        (line,) = (line for line in run_keys(elastane, "list").stdout.splitlines() if key.id in line)
        return "(elasticache, us-east-1)" in line

    await eventually(is_told, timeout_seconds=60)


def test_the_aws_cli_works_with_what_is_printed_and_tells_the_refusal(
    make_key: MakeKey, elastane: RunningElastane
) -> None:
    key = make_key(policy_name="read-only")

    def run_aws(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return elastane.run_aws(*arguments, environment=key.environment)

    identity = run_aws("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    listed = run_aws("elasticache", "describe-cache-subnet-groups")
    refusal = run_aws("elasticache", "delete-cache-subnet-group", "--cache-subnet-group-name", "default")

    assert identity.stdout.strip() == f"arn:aws:iam::000000000000:user/{key.name}"
    assert listed.returncode == 0, listed.stderr
    assert refusal.returncode != 0
    assert "An error occurred (AccessDenied) when calling the DeleteCacheSubnetGroup operation: User: arn" in (
        refusal.stderr
    )


def test_no_secret_of_a_key_is_in_the_store_or_the_log(make_key: MakeKey, elastane: RunningElastane) -> None:
    key = make_key(allow("elasticache:Describe*"))
    key.client().describe_events()

    kept = b"".join(path.read_bytes() for path in elastane.data_dir.glob("elastane.db*"))
    assert key.id.encode() in kept
    assert key.secret.encode() not in kept
    assert key.secret not in elastane.log()
