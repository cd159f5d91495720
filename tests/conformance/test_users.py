"""CreateUser, DescribeUsers, ModifyUser and DeleteUser, with boto3."""

from typing import Any

import pytest

from tests.conformance.access import OTHER_PASSWORD, PASSWORD, Users, answered
from tests.conformance.caches import refused
from tests.conformance.test_events import messages
from tests.kit.elastane import REGION

MISSING = "there-is-no-such-user"


def test_every_parameter_of_a_creation_is_read_back(users: Users) -> None:
    created = users.make(
        "Mixed-Case",
        UserName="Lea",
        AccessString="on %R~orders:* &news.* +get (~carts:* +@write)",
        Passwords=[PASSWORD, OTHER_PASSWORD],
        Tags=[{"Key": "team", "Value": "checkout"}],
    )

    user_id = users.name("mixed-case")
    assert created == {
        "UserId": user_id,
        "UserName": "Lea",
        "Status": "active",
        "Engine": "valkey",
        "MinimumEngineVersion": "7.2",
        "AccessString": "on %R~orders:* resetchannels &news.* -@all +get (~carts:* -@all +@write)",
        "UserGroupIds": [],
        "Authentication": {"Type": "password", "PasswordCount": 2},
        "ARN": f"arn:aws:elasticache:{REGION}:000000000000:user:{user_id}",
    }
    assert users.user(user_id.upper()) == created
    assert users.client.list_tags_for_resource(ResourceName=created["ARN"])["TagList"] == [
        {"Key": "team", "Value": "checkout"}
    ]


def test_a_user_may_need_no_password_and_is_answered_in_other_words(users: Users) -> None:
    open_ = users.make("open", Engine="REDIS", Passwords=[PASSWORD])

    changed = users.client.modify_user(UserId=open_["UserId"], AuthenticationMode={"Type": "no-password-required"})

    assert (open_["Engine"], open_["MinimumEngineVersion"]) == ("redis", "6.0")
    assert changed["Authentication"] == {"Type": "no-password"}


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"UserId": "two--hyphens"}, "InvalidParameterValue", "valid identifier"),
        ({"UserId": "default"}, "UserAlreadyExists", "already exists"),
        ({"UserId": "1st"}, "ValidationError", "UserId"),
        ({"UserName": "two words"}, "InvalidParameterValue", "without spaces"),
        ({"UserName": "elastane"}, "InvalidParameterValue", "reserved"),
        ({"Engine": "memcached"}, "InvalidParameterValue", "valkey, redis"),
        ({"AccessString": "on ~* +config"}, "InvalidParameterValue", "config is not available"),
        ({"AccessString": "on ~* >not-a-place-for-it"}, "InvalidParameterValue", "parameters of their own"),
        ({"AccessString": "on +@nothing"}, "InvalidParameterValue", "no such category"),
        ({"Passwords": ["short"]}, "InvalidParameterValue", "between 16-128"),
        ({"Passwords": [PASSWORD, OTHER_PASSWORD, "a-third-one-is-too-many"]}, "InvalidParameterValue", "at most 2"),
        ({"NoPasswordRequired": True}, "InvalidParameterCombination", "cannot be combined"),
        ({"Tags": [{"Key": f"key{number}"} for number in range(51)]}, "TagQuotaPerResourceExceeded", "50"),
    ],
)
def test_a_creation_that_cannot_be_is_refused_and_leaves_nothing(
    users: Users, parameters: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, words=words):
        users.make("refused", **parameters)

    with refused("UserNotFound", 404):
        users.user(users.name("refused"))


def test_a_user_of_iam_is_read_back_and_has_one_name(users: Users) -> None:
    asked = {"UserId": users.name("iam"), "UserName": users.name("iam"), "Engine": "redis", "AccessString": "on ~*"}

    with refused("InvalidParameterValue", words="UserName must be the UserId"):
        users.client.create_user(**asked | {"UserName": "another"}, AuthenticationMode={"Type": "iam"})
    with refused("InvalidParameterCombination", words="How the user signs in"):
        users.client.create_user(**asked)
    users.client.create_user(**asked, AuthenticationMode={"Type": "iam"})

    (found,) = users.client.describe_users(UserId=users.name("iam"))["Users"]
    assert (found["Authentication"], found["MinimumEngineVersion"]) == ({"Type": "iam"}, "7.0")


def test_an_id_that_is_taken_is_refused_whatever_its_case(users: Users) -> None:
    users.make("taken")

    with refused("UserAlreadyExists"):
        users.make("Taken")


def test_the_default_user_is_there_and_cannot_be_changed(client: Any) -> None:
    (default,) = client.describe_users(UserId="default")["Users"]

    assert (default["UserName"], default["AccessString"]) == ("default", "on ~* +@all")
    assert (default["Engine"], default["Authentication"]) == ("redis", {"Type": "no-password"})
    with refused("InvalidParameterValue", words="cannot be modified"):
        client.modify_user(UserId="default", AccessString="off")
    with refused("InvalidParameterValue", words="cannot be deleted"):
        client.delete_user(UserId="default")


def test_users_are_listed_by_engine_by_filter_and_by_id(users: Users) -> None:
    reader = users.make("reader")
    writer = users.make("writer", Engine="redis")

    def listed(**parameters: Any) -> list[str]:
        pages = users.client.get_paginator("describe_users").paginate(**parameters)
        return [user_id for user_id in pages.search("Users[].UserId") if user_id.startswith(users.prefix)]

    assert listed() == [reader["UserId"], writer["UserId"]]
    assert listed(Engine="redis") == [writer["UserId"]]
    assert listed(Filters=[{"Name": "UserId", "Values": [reader["UserId"], "nobody"]}]) == [reader["UserId"]]
    with refused("UserNotFound", 404, MISSING):
        users.user(MISSING)
    with refused("InvalidParameterCombination", words="Invalid filter"):
        users.client.describe_users(Filters=[{"Name": "Shoe", "Values": ["7"]}])


def test_a_user_has_tags_that_come_and_go(users: Users) -> None:
    resource = users.make()["ARN"]

    users.client.add_tags_to_resource(ResourceName=resource, Tags=[{"Key": "team", "Value": "a"}, {"Key": "old"}])
    users.client.remove_tags_from_resource(ResourceName=resource, TagKeys=["old"])

    assert users.client.list_tags_for_resource(ResourceName=resource)["TagList"] == [{"Key": "team", "Value": "a"}]


def test_users_are_listed_page_by_page_each_once(users: Users) -> None:
    made = [users.make(f"u{number:02d}")["UserId"] for number in range(25)]

    pages = list(users.client.get_paginator("describe_users").paginate(PaginationConfig={"PageSize": 20}))

    listed = [user["UserId"] for page in pages for user in page["Users"]]
    assert len(pages) > 1
    assert [user_id for user_id in listed if user_id in made] == made
    assert len(listed) == len(set(listed))
    with refused("InvalidParameterValue", words="MaxRecords"):
        users.client.describe_users(MaxRecords=101)


def test_a_changed_user_reads_back_changed(users: Users) -> None:
    user_id = users.make()["UserId"]

    replaced = users.client.modify_user(UserId=user_id, AccessString="on ~a +get", Passwords=[PASSWORD, OTHER_PASSWORD])
    appended = users.client.modify_user(UserId=user_id, AppendAccessString="off ~b -get")

    assert (replaced["AccessString"], replaced["Authentication"]["PasswordCount"]) == ("on ~a -@all +get", 2)
    assert appended["AccessString"] == "off ~a ~b -@all -get"
    assert users.user(user_id) == answered(appended)


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({}, "InvalidParameterCombination", 400, "No modifications"),
        ({"UserId": MISSING, "AccessString": "on"}, "UserNotFound", 404, MISSING),
        ({"AccessString": "on", "AppendAccessString": "~a"}, "InvalidParameterCombination", 400, "combined"),
        ({"AppendAccessString": "+shutdown"}, "InvalidParameterValue", 400, "shutdown is not available"),
        ({"NoPasswordRequired": True}, "InvalidParameterCombination", 400, "must have a password"),
        ({"AuthenticationMode": {"Type": "iam"}}, "InvalidParameterValue", 400, "must be the UserId"),
    ],
)
def test_a_modification_that_cannot_be_is_refused(
    users: Users, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    before = users.make()

    with refused(code, status, words):
        users.client.modify_user(**{"UserId": before["UserId"]} | parameters)

    assert users.user(before["UserId"]) == before


def test_a_deleted_user_is_gone_and_out_of_its_user_groups(users: Users) -> None:
    user_id = users.make()["UserId"]
    user_group_id = users.make_group("readers", user_id)["UserGroupId"]

    deleted = users.client.delete_user(UserId=user_id)

    assert (deleted["UserId"], deleted["Status"]) == (user_id, "deleting")
    assert users.group(user_group_id)["UserIds"] == []
    with refused("UserNotFound", 404):
        users.user(user_id)
    with refused("UserNotFound", 404):
        users.client.delete_user(UserId=user_id)


def test_the_default_user_of_a_user_group_of_redis_oss_is_not_deleted(users: Users) -> None:
    user_id = users.make("own", UserName="default", Engine="redis")["UserId"]
    users.make_group("old", user_id, Engine="redis")

    with refused("DefaultUserAssociatedToUserGroup"):
        users.client.delete_user(UserId=user_id)


def test_the_life_of_a_user_is_told(users: Users, caches: Any) -> None:
    user_id = users.make()["UserId"]
    users.client.modify_user(UserId=user_id, AccessString="off")
    users.client.delete_user(UserId=user_id)

    told = messages(caches, "user", user_id)

    assert told == [f"Deleted user {user_id}", f"Modified user {user_id}", f"Created user {user_id}"]
