"""CreateUserGroup, DescribeUserGroups, ModifyUserGroup and DeleteUserGroup, with boto3."""

from typing import Any

import pytest

from tests.conformance.access import Users, answered
from tests.conformance.caches import Caches, refused
from tests.conformance.test_events import messages
from tests.kit.elastane import REGION

MISSING = "there-is-no-such-user-group"


def test_every_parameter_of_a_creation_is_read_back(users: Users) -> None:
    user_id = users.make()["UserId"]

    created = users.make_group("Mixed-Case", user_id, Tags=[{"Key": "team", "Value": "checkout"}])

    user_group_id = users.name("mixed-case")
    assert created == {
        "UserGroupId": user_group_id,
        "Status": "active",
        "Engine": "valkey",
        "UserIds": [user_id],
        "MinimumEngineVersion": "7.2",
        "ReplicationGroups": [],
        "ServerlessCaches": [],
        "ARN": f"arn:aws:elasticache:{REGION}:000000000000:usergroup:{user_group_id}",
    }
    assert users.group(user_group_id.upper()) == created
    assert users.user(user_id)["UserGroupIds"] == [user_group_id]
    assert users.client.list_tags_for_resource(ResourceName=created["ARN"])["TagList"] == [
        {"Key": "team", "Value": "checkout"}
    ]


def test_a_user_group_of_redis_oss_has_a_user_named_default(users: Users) -> None:
    reader = users.make("reader", Engine="redis")["UserId"]

    created = users.make_group("old", "default", reader, Engine="REDIS")

    assert (created["Engine"], created["UserIds"]) == ("redis", ["default", reader])
    with refused("DefaultUserRequired", words="user name default"):
        users.make_group("without", reader, Engine="redis")


def test_a_user_group_of_valkey_may_have_nobody(users: Users) -> None:
    assert users.make_group("empty")["UserIds"] == []


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({"UserGroupId": "two--hyphens"}, "InvalidParameterValue", 400, "valid identifier"),
        ({"Engine": "memcached"}, "InvalidParameterValue", 400, "valkey, redis"),
        ({"UserIds": ["nobody"]}, "UserNotFound", 404, "nobody"),
        ({"UserIds": ["default"]}, "InvalidParameterValue", 400, "has no password"),
        ({"Tags": [{"Key": f"key{number}"} for number in range(51)]}, "TagQuotaPerResourceExceeded", 400, "50"),
    ],
)
def test_a_creation_that_cannot_be_is_refused_and_leaves_nothing(
    users: Users, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    with refused(code, status, words):
        users.make_group("refused", **parameters)

    with refused("UserGroupNotFound", 404):
        users.group(users.name("refused"))


def test_two_users_with_one_name_are_refused(users: Users) -> None:
    one = users.make("one", UserName="lea")["UserId"]
    two = users.make("two", UserName="lea")["UserId"]
    users.make_group("first", one)

    with refused("DuplicateUserName", words="lea"):
        users.make_group("both", one, two)
    with refused("DuplicateUserName", words="lea"):
        users.client.modify_user_group(UserGroupId=users.name("first"), UserIdsToAdd=[two])


def test_an_id_that_is_taken_is_refused_whatever_its_case(users: Users) -> None:
    users.make_group("taken")

    with refused("UserGroupAlreadyExists"):
        users.make_group("Taken")


def test_user_groups_are_listed_page_by_page_each_once(users: Users) -> None:
    made = [users.make_group(f"g{number:02d}")["UserGroupId"] for number in range(25)]

    pages = list(users.client.get_paginator("describe_user_groups").paginate(PaginationConfig={"PageSize": 20}))

    listed = [user_group["UserGroupId"] for page in pages for user_group in page["UserGroups"]]
    assert len(pages) > 1
    assert [user_group_id for user_group_id in listed if user_group_id in made] == made
    with refused("InvalidParameterValue", words="MaxRecords"):
        users.client.describe_user_groups(MaxRecords=19)


def test_users_come_and_go(users: Users) -> None:
    reader, writer = users.make("reader")["UserId"], users.make("writer")["UserId"]
    user_group_id = users.make_group("readers", reader)["UserGroupId"]

    changed = users.client.modify_user_group(UserGroupId=user_group_id, UserIdsToAdd=[writer], UserIdsToRemove=[reader])

    assert (changed["UserIds"], changed["Status"]) == ([writer], "active")
    assert users.group(user_group_id) == answered(changed)


def test_the_default_user_is_swapped_and_then_the_engine(users: Users) -> None:
    own = users.make("own", UserName="default", Engine="redis")["UserId"]
    user_group_id = users.make_group("old", "default", Engine="redis")["UserGroupId"]

    with refused("DefaultUserRequired"):
        users.client.modify_user_group(UserGroupId=user_group_id, UserIdsToRemove=["default"])
    swapped = users.client.modify_user_group(UserGroupId=user_group_id, UserIdsToAdd=[own], UserIdsToRemove=["default"])
    of_valkey = users.client.modify_user_group(UserGroupId=user_group_id, Engine="valkey")

    assert (swapped["UserIds"], of_valkey["Engine"]) == ([own], "valkey")


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({}, "InvalidParameterCombination", 400, "No modifications"),
        ({"UserGroupId": MISSING, "Engine": "valkey"}, "UserGroupNotFound", 404, MISSING),
        ({"UserIdsToAdd": ["nobody"]}, "UserNotFound", 404, "nobody"),
        ({"UserIdsToAdd": ["default"]}, "InvalidParameterValue", 400, "has no password"),
        ({"UserIdsToRemove": ["default"]}, "InvalidParameterCombination", 400, "not a member"),
        ({"Engine": "redis"}, "DefaultUserRequired", 400, "default"),
    ],
)
def test_a_modification_that_cannot_be_is_refused(
    users: Users, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    before = users.make_group("readers")

    with refused(code, status, words):
        users.client.modify_user_group(**{"UserGroupId": before["UserGroupId"]} | parameters)

    assert users.group(before["UserGroupId"]) == before


def test_a_deleted_user_group_is_gone_and_its_users_stay(users: Users) -> None:
    user_id = users.make()["UserId"]
    user_group_id = users.make_group("readers", user_id)["UserGroupId"]

    deleted = users.client.delete_user_group(UserGroupId=user_group_id)

    assert (deleted["UserGroupId"], deleted["Status"]) == (user_group_id, "deleting")
    with refused("UserGroupNotFound", 404):
        users.group(user_group_id)
    with refused("UserGroupNotFound", 404):
        users.client.delete_user_group(UserGroupId=user_group_id)
    assert users.user(user_id)["UserGroupIds"] == []


def test_a_cache_without_encryption_in_transit_takes_no_user_group(users: Users, standing_group: Caches) -> None:
    user_group_id = users.make_group("readers", users.make()["UserId"])["UserGroupId"]

    with refused("InvalidParameterCombination", words="encryption in transit"):
        users.client.modify_replication_group(
            ReplicationGroupId=standing_group.name("standing"), UserGroupIdsToAdd=[user_group_id]
        )

    assert users.group(user_group_id)["ReplicationGroups"] == []


def test_the_life_of_a_user_group_is_told(users: Users, caches: Caches) -> None:
    user_group_id = users.make_group()["UserGroupId"]
    users.client.modify_user_group(UserGroupId=user_group_id, UserIdsToAdd=[users.make()["UserId"]])
    users.client.delete_user_group(UserGroupId=user_group_id)

    told = messages(caches, "user-group", user_group_id)

    assert told == [
        f"Deleted user group {user_group_id}",
        f"Modified user group {user_group_id}",
        f"Created user group {user_group_id}",
    ]
