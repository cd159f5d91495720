"""Users of IAM on real engines: whom AWS's own tokens let in, and that nobody else's do."""

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from elastane.model.iam_tokens import MINUTES_AHEAD, MINUTES_BEHIND
from tests.kit.asserts import eventually
from tests.kit.elastane import ACCESS_KEY_ID, SECRET_ACCESS_KEY, RunningElastane, running_elastane
from tests.kit.iam_tokens import generated, token
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.live_encryption import PORT, Encrypted, client_of, order_encrypted, trusting, until_offered
from tests.live.live_groups import explain, run_elastane, signal_node, until_rebuilt
from tests.live.test_users import make_user, until_followed

ENGINES: tuple[tuple[Literal["valkey", "redis"], str], ...] = (
    ("valkey", "9.1"),
    ("valkey", "8.1"),
    ("valkey", "8.0"),
    ("redis", "7.0"),
)
ROOT = (ACCESS_KEY_ID, SECRET_ACCESS_KEY)
Key = tuple[str, str]
HEARD_SECONDS = 60
"""In which passes come by, and engines are told thousands of tokens, on a slow machine, too."""


@pytest.fixture(scope="module")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    engines = engine_environment(*(stored_engine(name, version) for name, version in ENGINES))
    with running_elastane(tmp_path_factory.mktemp("iam") / "data", environment=engines) as running:
        yield running


async def make_cache(elastane: RunningElastane, name: str, *users: str, **parameters: Any) -> Encrypted:
    """With a user group of its own, of these users of IAM."""
    engine = parameters.get("Engine", "valkey")
    if engine == "redis":
        make_user(elastane, f"{name}-default", UserName="default", Engine=engine, AccessString="off")
    members = [*users, *([f"{name}-default"] if engine == "redis" else [])]
    elastane.client().create_user_group(UserGroupId=f"{name}-users", Engine=engine, UserIds=members)
    order_encrypted(elastane, name, TransitEncryptionEnabled=True, UserGroupIds=[f"{name}-users"], **parameters)
    group = await until_offered(elastane, name, "required", 2)
    await until_followed(elastane, name, f"{name}-users")
    return group


def make_iam_user(elastane: RunningElastane, user: str, **parameters: Any) -> None:
    asked = {
        "UserId": user,
        "UserName": user,
        "Engine": "valkey",
        "AuthenticationMode": {"Type": "iam"},
        "AccessString": "on ~* &* +@all",
    }
    made = elastane.client().create_user(**asked | parameters)
    assert made["Authentication"] == {"Type": "iam"}


def make_key(elastane: RunningElastane, name: str, *resources: str, action: str = "elasticache:Connect") -> Key:
    """An access key that may do this with caches and users of these names."""
    arns = [f"arn:aws:elasticache:us-east-1:000000000000:{resource}" for resource in resources]
    statement = {"Effect": "Allow", "Action": action, "Resource": arns or "*"}
    policy = elastane.data_dir.parent / f"{name}.json"
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return key_of(elastane, name, policy)


def key_of(elastane: RunningElastane, name: str, policy: Path) -> Key:
    finished = run_elastane(elastane, "keys", "create", name, "--policy", str(policy))
    assert finished.returncode == 0, finished.stderr
    words = [word for word in shlex.split(finished.stdout, comments=True) if word != "export"]
    found = dict(word.split("=", 1) for word in words)
    return found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]


def who(elastane: RunningElastane, address: str, user: str, password: str, protocol: int = 2) -> str:
    """As whom a node lets one in; redis-py signs in by AUTH with protocol 2 and by HELLO 3 AUTH with protocol 3."""
    options = {"username": user, "password": password, "retry": Retry(NoBackoff(), 0), **trusting(elastane)}
    with redis.Redis(host=address, port=PORT, protocol=protocol, decode_responses=True, **options) as client:
        try:
            return str(client.execute_command("ACL WHOAMI"))
        except redis.AuthenticationError:
            return "WRONGPASS"
        except redis.ConnectionError:
            return "nobody answers"  # it is down, or cut off who had not signed in while users were changed


def let_in(elastane: RunningElastane, group: Encrypted, user: str, password: str, protocol: int = 2) -> set[str]:
    """As whom the nodes do: one answer when they agree."""
    return {who(elastane, address, user, password, protocol) for address in group.addresses.values()}


async def until_let_in(
    elastane: RunningElastane, group: Encrypted, user: str, key: Key, *, expected: str | None = None
) -> None:
    """By a token of now, which nodes are given first, and by one that they are given last."""

    def check() -> None:
        last = token(group.id, user, key, at=datetime.now(UTC) + timedelta(minutes=MINUTES_AHEAD - 1))
        for password in (generated(group.id, user, key), last):
            found = let_in(elastane, group, user, password)
            assert found == {expected or user}, f"{explain(elastane, group.id)}\n{elastane.log_tail(group.id)}"

    await eventually(check, timeout_seconds=HEARD_SECONDS, interval_seconds=0.2)


@pytest.mark.parametrize(("engine", "version"), ENGINES)
async def test_a_token_of_aws_s_generator_lets_its_user_in_and_nobody_else(
    elastane: RunningElastane, engine: str, version: str
) -> None:
    name = f"orders-{engine}-{version.replace('.', '-')}"
    lea, max_ = f"lea-{name}", f"max-{name}"
    for user in (lea, max_):
        make_iam_user(elastane, user, Engine=engine)
    group = await make_cache(elastane, name, lea, max_, Engine=engine, EngineVersion=version)
    key = make_key(elastane, f"app-{name}", f"replicationgroup:{name}", f"user:{lea}")
    for user, signing in ((lea, key), (lea, ROOT), (max_, ROOT)):
        await until_let_in(elastane, group, user, signing)
    now = datetime.now(UTC)

    def said(user: str, password: str) -> set[str]:
        return let_in(elastane, group, user, password)

    for protocol in (2, 3):
        assert let_in(elastane, group, lea, generated(name.upper(), lea, key), protocol) == {lea}
    assert said(lea, generated(name, lea, ROOT)) == {lea}
    for minutes in (-14, 5):
        assert said(lea, token(name, lea, key, at=now + timedelta(minutes=minutes))) == {lea}, minutes
    for minutes in (-MINUTES_BEHIND - 3, MINUTES_AHEAD + 3):
        assert said(lea, token(name, lea, key, at=now + timedelta(minutes=minutes))) == {"WRONGPASS"}, minutes
    for wrong in (
        generated(name, max_, key),
        generated("another-cache", lea, key),
        generated(name, lea, key, region="eu-west-1"),
        generated(name, lea, (key[0], "a-secret-that-is-not-its-own-00000000000")),
        "a-password-of-24-letters",
        "",
    ):
        assert said(lea, wrong) == {"WRONGPASS"}, wrong
    assert said(max_, generated(name, max_, key)) == {"WRONGPASS"}, "its policy does not name this user"
    assert said(max_, generated(name, lea, key)) == {"WRONGPASS"}
    assert said(max_, generated(name, max_, ROOT)) == {max_}


async def test_who_may_sign_in_follows_keys_and_users_while_connections_live_on(elastane: RunningElastane) -> None:
    make_iam_user(elastane, "kim")
    group = await make_cache(elastane, "changes", "kim")
    other = make_key(elastane, "not-connect", action="elasticache:Describe*")
    key = make_key(elastane, "connects")
    await until_let_in(elastane, group, "kim", key)

    assert let_in(elastane, group, "kim", generated("changes", "kim", other)) == {"WRONGPASS"}
    with client_of(group, username="kim", password=generated("changes", "kim", key), **trusting(elastane)) as client:
        assert client.ping()
        finished = run_elastane(elastane, "keys", "revoke", "connects")
        assert finished.returncode == 0, finished.stderr
        await until_let_in(elastane, group, "kim", key, expected="WRONGPASS")
        assert client.ping(), "AWS too leaves connections that are authenticated alone"

    assert let_in(elastane, group, "kim", generated("changes", "kim", ROOT)) == {"kim"}
    elastane.client().modify_user(
        UserId="kim", AuthenticationMode={"Type": "password", "Passwords": ["a-password-of-24-letters"]}
    )
    await until_followed(elastane, "changes", "changes-users")
    assert let_in(elastane, group, "kim", "a-password-of-24-letters") == {"kim"}
    await until_let_in(elastane, group, "kim", ROOT, expected="WRONGPASS")
    elastane.client().modify_user(UserId="kim", AuthenticationMode={"Type": "iam"})
    await until_let_in(elastane, group, "kim", ROOT)
    assert let_in(elastane, group, "kim", "a-password-of-24-letters") == {"WRONGPASS"}


async def test_every_node_of_a_cluster_knows_the_tokens_also_one_that_is_added(elastane: RunningElastane) -> None:
    make_iam_user(elastane, "zoe")
    elastane.client().create_user_group(UserGroupId="everywhere", Engine="valkey", UserIds=["zoe"])
    order_encrypted(elastane, "shards", is_cluster=True, TransitEncryptionEnabled=True, UserGroupIds=["everywhere"])
    await until_offered(elastane, "shards", "required", 4)

    elastane.client().increase_replica_count(ReplicationGroupId="shards", NewReplicaCount=2, ApplyImmediately=True)
    group = await until_offered(elastane, "shards", "required", 6)

    await until_let_in(elastane, group, "zoe", ROOT)
    password = generated("shards", "zoe", ROOT)
    with client_of(group, username="zoe", password=password, **trusting(elastane)) as client:
        for number in range(50):
            assert client.set(f"key:{number}", number)


async def test_a_new_primary_and_a_node_that_comes_back_know_the_tokens(elastane: RunningElastane) -> None:
    make_iam_user(elastane, "eve")
    group = await make_cache(elastane, "failovers", "eve")
    await until_let_in(elastane, group, "eve", ROOT)
    made_before = generated("failovers", "eve", ROOT)

    await until_rebuilt(elastane, "failovers-001", signal_node(elastane, "failovers-001"))
    await until_offered(elastane, "failovers", "required", 2)
    await until_followed(elastane, "failovers", "failovers-users")

    await until_let_in(elastane, group, "eve", ROOT)
    assert let_in(elastane, group, "eve", made_before) == {"eve"}
    with client_of(group, username="eve", password=made_before, **trusting(elastane)) as client:
        assert client.set("written", "after the failover")


async def test_tokens_are_good_without_a_control_plane_and_after_it_is_back(elastane: RunningElastane) -> None:
    make_iam_user(elastane, "ann")
    group = await make_cache(elastane, "alone", "ann")
    await until_let_in(elastane, group, "ann", ROOT)

    elastane.kill()

    assert let_in(elastane, group, "ann", generated("alone", "ann", ROOT)) == {"ann"}
    elastane.start()
    key = make_key(elastane, "made-later")
    await until_let_in(elastane, group, "ann", key)
    assert let_in(elastane, group, "ann", generated("alone", "ann", ROOT)) == {"ann"}
    assert "X-Amz-Signature" not in elastane.log()
