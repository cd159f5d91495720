"""Users, user groups and AUTH tokens on real engines: who is let in, and that nobody is locked out by a change."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live.live_encryption import (
    PORT,
    Encrypted,
    client_of,
    order_encrypted,
    trusting,
    turn,
    until_offered,
    with_tls,
)
from tests.live.live_groups import signal_node, until_rebuilt
from tests.live.test_lost_store import confirm, lose_store

ENGINES = ("valkey", "redis")
OLD, NEW = "a-password-of-24-letters", "another-one-of-25-letters"
TOKENS = ("first-token-of-16", "second-token-of-1", "third-token-of-16")
FOLLOWING_SECONDS = 20


@pytest.fixture(scope="module")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    with running_elastane(tmp_path_factory.mktemp("users") / "data", environment=with_tls()) as running:
        yield running


async def make_encrypted(elastane: RunningElastane, name: str, **parameters: Any) -> Encrypted:
    order_encrypted(elastane, name, TransitEncryptionEnabled=True, **parameters)
    return await until_offered(elastane, name, "required", 2)


def make_user(elastane: RunningElastane, user_id: str, **parameters: Any) -> None:
    asked = {
        "UserId": user_id,
        "UserName": user_id,
        "Engine": "valkey",
        "Passwords": [OLD],
        "AccessString": "on ~* &* +@all",
    }
    elastane.client().create_user(**asked | parameters)


async def until_followed(elastane: RunningElastane, name: str, user_group: str | None = None) -> None:
    """Every engine has been seen with the users it shall have."""

    def check() -> None:
        client = elastane.client()
        (group,) = client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
        assert (group["Status"], group["PendingModifiedValues"]) == ("available", {}), group
        if user_group is not None:
            (seen,) = client.describe_user_groups(UserGroupId=user_group)["UserGroups"]
            assert seen["Status"] == "active", seen

    await eventually(check, timeout_seconds=FOLLOWING_SECONDS, interval_seconds=0.1)


def said_to(elastane: RunningElastane, group: Encrypted, *command: str, **signing_in: str) -> list[str]:
    """What each node says to this: its answer, or the error's first word. `user` and `password` sign in."""
    return [said_at(elastane, address, *command, **signing_in) for _, address in sorted(group.addresses.items())]


def said_at(
    elastane: RunningElastane, address: str, *command: str, user: str | None = None, password: str | None = None
) -> str:
    options = {"username": user, "password": password, "retry": Retry(NoBackoff(), 0), **trusting(elastane)}
    with redis.Redis(host=address, port=PORT, decode_responses=True, **options) as client:
        try:
            return str(client.execute_command(*command))
        except redis.AuthenticationError as error:
            return "WRONGPASS" if "invalid username-password" in str(error) else "NOAUTH"
        except redis.exceptions.NoPermissionError:
            return "NOPERM"


@pytest.mark.parametrize("engine", ENGINES)
async def test_only_the_users_of_the_user_group_are_let_in_each_with_rights_of_its_own(
    elastane: RunningElastane, engine: str
) -> None:
    name, readers = f"rights-{engine}", f"readers-{engine}"
    group = await make_encrypted(elastane, name, Engine=engine)
    make_user(elastane, f"reader-{engine}", Engine=engine, AccessString="on ~mine:* -@all +get (~open:* +exists)")
    make_user(elastane, f"admin-{engine}", Engine=engine)
    make_user(elastane, f"nobody-{engine}", Engine=engine, UserName="default", AccessString="off")
    members = [f"{each}-{engine}" for each in ("reader", "admin", "nobody")]
    elastane.client().create_user_group(UserGroupId=readers, Engine=engine, UserIds=members)

    turn(elastane, name, UserGroupIdsToAdd=[readers])
    await until_followed(elastane, name, readers)

    def reader(*command: str, password: str = OLD) -> list[str]:
        return said_to(elastane, group, *command, user=f"reader-{engine}", password=password)

    assert reader("GET", "mine:1") == ["None", "None"]
    assert reader("EXISTS", "open:1") == ["0", "0"]
    assert reader("GET", "theirs:1") == ["NOPERM"] * 2
    assert reader("EXISTS", "mine:1") == ["NOPERM"] * 2
    assert reader("GET", "mine:1", password=NEW) == ["WRONGPASS"] * 2
    assert said_to(elastane, group, "PING") == ["NOAUTH"] * 2
    for command in ("CONFIG GET *", "ACL SETUSER intruder on nopass +@all", "BGSAVE", "REPLICAOF NO ONE"):
        said = said_to(elastane, group, *command.split(), user=f"admin-{engine}", password=OLD)
        assert said == ["NOPERM"] * 2, command


async def test_a_password_is_changed_without_a_moment_in_which_none_is_good(elastane: RunningElastane) -> None:
    group = await make_encrypted(elastane, "passwords")
    make_user(elastane, "lea")
    elastane.client().create_user_group(UserGroupId="shop", Engine="valkey", UserIds=["lea"])
    turn(elastane, "passwords", UserGroupIdsToAdd=["shop"])
    await until_followed(elastane, "passwords", "shop")

    def lea(password: str) -> list[str]:
        return said_to(elastane, group, "PING", user="lea", password=password)

    with client_of(group, username="lea", password=OLD, **trusting(elastane)) as open_connection:
        assert open_connection.ping()
        elastane.client().modify_user(UserId="lea", Passwords=[OLD, NEW])
        await until_followed(elastane, "passwords", "shop")
        assert (lea(OLD), lea(NEW)) == (["True"] * 2, ["True"] * 2)
        elastane.client().modify_user(UserId="lea", Passwords=[NEW])
        await until_followed(elastane, "passwords", "shop")

        assert (lea(OLD), lea(NEW)) == (["WRONGPASS"] * 2, ["True"] * 2)
        assert open_connection.ping(), "a changed password leaves connections alone"

        make_user(elastane, "max")
        elastane.client().modify_user_group(UserGroupId="shop", UserIdsToAdd=["max"], UserIdsToRemove=["lea"])
        await until_followed(elastane, "passwords", "shop")
        with pytest.raises(redis.RedisError):
            open_connection.ping()
    assert said_to(elastane, group, "PING", user="max", password=OLD) == ["True"] * 2


async def test_a_new_primary_and_a_node_that_comes_back_know_the_users(elastane: RunningElastane) -> None:
    group = await make_encrypted(elastane, "failovers")
    make_user(elastane, "kim")
    elastane.client().create_user_group(UserGroupId="crew", Engine="valkey", UserIds=["kim"])
    turn(elastane, "failovers", UserGroupIdsToAdd=["crew"])
    await until_followed(elastane, "failovers", "crew")

    elastane.client().modify_user(UserId="kim", Passwords=[OLD, NEW])
    await until_rebuilt(elastane, "failovers-001", signal_node(elastane, "failovers-001"))
    await until_offered(elastane, "failovers", "required", 2)
    await until_followed(elastane, "failovers", "crew")

    for password in (OLD, NEW):
        assert said_to(elastane, group, "PING", user="kim", password=password) == ["True"] * 2
    with client_of(group, username="kim", password=NEW, **trusting(elastane)) as client:
        assert client.set("written", "after the failover")
    assert said_to(elastane, group, "PING") == ["NOAUTH"] * 2


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_token_is_rotated_under_clients_that_never_fail(elastane: RunningElastane, engine: str) -> None:
    name = f"tokens-{engine}"
    group = await make_encrypted(elastane, name, Engine=engine, AuthToken=TOKENS[0])

    def good(*tokens: str) -> list[bool]:
        return [said_to(elastane, group, "PING", password=token) == ["True"] * 2 for token in tokens]

    assert good(*TOKENS) == [True, False, False]
    assert said_to(elastane, group, "PING") == ["NOAUTH"] * 2
    with client_of(group, password=TOKENS[0], **trusting(elastane)) as client:
        for token, strategy, expected in (
            (TOKENS[1], "ROTATE", [True, True, False]),
            (TOKENS[2], "ROTATE", [False, True, True]),
            (TOKENS[2], "SET", [False, False, True]),
        ):
            turn(elastane, name, AuthToken=token, AuthTokenUpdateStrategy=strategy)
            assert client.ping()
            await until_followed(elastane, name)
            assert client.ping()
            assert good(*TOKENS) == expected, (token, strategy)


async def test_tokens_give_way_to_users_and_come_back_while_clients_sign_in(elastane: RunningElastane) -> None:
    group = await make_encrypted(elastane, "moves", AuthToken=TOKENS[0])
    make_user(elastane, "as-before", UserName="default", Passwords=[TOKENS[0]])
    make_user(elastane, "ana")
    elastane.client().create_user_group(UserGroupId="movers", Engine="valkey", UserIds=["as-before", "ana"])

    turn(elastane, "moves", AuthTokenUpdateStrategy="DELETE", UserGroupIdsToAdd=["movers"])
    assert said_to(elastane, group, "PING", password=TOKENS[0]) == ["True"] * 2
    await until_followed(elastane, "moves", "movers")

    assert said_to(elastane, group, "PING", password=TOKENS[0]) == ["True"] * 2
    assert said_to(elastane, group, "PING", user="ana", password=OLD) == ["True"] * 2

    turn(elastane, "moves", RemoveUserGroups=True, AuthToken=TOKENS[1], AuthTokenUpdateStrategy="SET")
    await until_followed(elastane, "moves", "movers")
    elastane.client().delete_user_group(UserGroupId="movers")

    assert said_to(elastane, group, "PING", password=TOKENS[1]) == ["True"] * 2
    assert said_to(elastane, group, "PING", password=TOKENS[0]) == ["WRONGPASS"] * 2
    assert said_to(elastane, group, "PING", user="ana", password=OLD) == ["WRONGPASS"] * 2


async def test_every_node_of_a_cluster_knows_the_users_also_one_that_is_added(elastane: RunningElastane) -> None:
    make_user(elastane, "eve")
    elastane.client().create_user_group(UserGroupId="everywhere", Engine="valkey", UserIds=["eve"])
    order_encrypted(elastane, "shards", is_cluster=True, TransitEncryptionEnabled=True, UserGroupIds=["everywhere"])
    await until_offered(elastane, "shards", "required", 4)

    elastane.client().increase_replica_count(ReplicationGroupId="shards", NewReplicaCount=2, ApplyImmediately=True)
    group = await until_offered(elastane, "shards", "required", 6)
    await until_followed(elastane, "shards", "everywhere")

    assert said_to(elastane, group, "PING", user="eve", password=OLD) == ["True"] * 6
    assert said_to(elastane, group, "PING") == ["NOAUTH"] * 6
    with client_of(group, username="eve", password=OLD, **trusting(elastane)) as client:
        for number in range(50):
            assert client.set(f"key:{number}", number)


async def test_a_cache_cluster_of_its_own_is_made_with_a_token(elastane: RunningElastane) -> None:
    client = elastane.client()
    client.create_cache_cluster(
        CacheClusterId="alone",
        Engine="valkey",
        CacheNodeType="cache.t3.micro",
        TransitEncryptionEnabled=True,
        AuthToken=TOKENS[0],
    )
    client.get_waiter("cache_cluster_available").wait(
        CacheClusterId="alone", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
    )
    (cluster,) = client.describe_cache_clusters(CacheClusterId="alone", ShowCacheNodeInfo=True)["CacheClusters"]
    address = cluster["CacheNodes"][0]["Endpoint"]["Address"]

    assert cluster["AuthTokenEnabled"] is True
    assert said_at(elastane, address, "PING", password=TOKENS[0]) == "True"
    assert said_at(elastane, address, "PING") == "NOAUTH"


async def test_a_lost_store_opens_no_cache_and_who_may_sign_in_is_said_anew(tmp_path: Path) -> None:
    with running_elastane(tmp_path / "data", environment=with_tls()) as own:
        group = await make_encrypted(own, "kept")
        make_user(own, "zoe")
        own.client().create_user_group(UserGroupId="few", Engine="valkey", UserIds=["zoe"])
        turn(own, "kept", UserGroupIdsToAdd=["few"])
        await until_followed(own, "kept", "few")
        lose_store(own)
        own.start()
        await confirm(own)
        await until_followed(own, "kept")

        assert said_to(own, group, "PING") == ["NOAUTH"] * 2
        assert said_to(own, group, "PING", user="zoe", password=OLD) == ["True"] * 2

        await until_rebuilt(own, "kept-002", signal_node(own, "kept-002"))
        await until_offered(own, "kept", "required", 2)
        assert said_to(own, group, "PING") == ["NOAUTH"] * 2
        make_user(own, "zoe")
        own.client().create_user_group(UserGroupId="few", Engine="valkey", UserIds=["zoe"])
        turn(own, "kept", UserGroupIdsToAdd=["few"])
        await until_followed(own, "kept", "few")

        assert said_to(own, group, "PING", user="zoe", password=OLD) == ["True"] * 2
        assert said_to(own, group, "PING") == ["NOAUTH"] * 2
