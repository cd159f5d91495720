"""The limits that the models declare, in AWS's words."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastane.model import faults
from elastane.wire import models, query
from elastane.wire.models import ELASTICACHE, STS, Service


def refusal_of(service: Service, action: str, **parameters: str) -> str:
    form = {"Action": action, "Version": models.api_version(service)}
    form |= {name.replace("__", "."): value for name, value in parameters.items()}
    with pytest.raises(faults.ValidationError) as refusal:
        query.parse_call(service, form)
    return refusal.value.message


def test_a_word_outside_an_enumeration() -> None:
    message = refusal_of(ELASTICACHE, "CreateCacheCluster", CacheClusterId="one", AZMode="any-az")

    assert message == (
        "1 validation error detected: Value 'any-az' at 'aZMode' failed to satisfy constraint: "
        "Member must satisfy enum value set: [single-az, cross-az]"
    )


def test_a_list_that_is_too_short() -> None:
    message = refusal_of(ELASTICACHE, "CreateUserGroup", UserGroupId="g", Engine="valkey", UserIds="")

    assert message == (
        "1 validation error detected: Value '[]' at 'userIds' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )


def test_a_list_that_is_too_long() -> None:
    ids = {f"CacheClusterIds__member__{number}": "c" for number in range(1, 22)}

    message = refusal_of(ELASTICACHE, "DescribeUpdateActions", **ids)

    assert message.endswith(
        "at 'cacheClusterIds' failed to satisfy constraint: Member must have length less than or equal to 20"
    )


def test_a_text_that_does_not_match_its_pattern() -> None:
    message = refusal_of(ELASTICACHE, "DeleteUser", UserId="1st")

    assert message == (
        "1 validation error detected: Value '1st' at 'userId' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [a-zA-Z][a-zA-Z0-9\-]*"
    )


def test_a_number_that_is_too_small() -> None:
    message = refusal_of(STS, "GetSessionToken", DurationSeconds="899")

    assert message.endswith(
        "Value '899' at 'durationSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 900"
    )


def test_a_member_of_a_list_is_named_by_its_number() -> None:
    message = refusal_of(
        ELASTICACHE,
        "DescribeServiceUpdates",
        ServiceUpdateStatus__member__1="available",
        ServiceUpdateStatus__member__2="x",
    )

    assert "Value 'x' at 'serviceUpdateStatus.2.member' failed" in message


def test_everything_wrong_is_told_at_once() -> None:
    message = refusal_of(
        ELASTICACHE,
        "DescribeUpdateActions",
        ServiceUpdateStatus__member__1="x",
        UpdateActionStatus__member__1="y",
    )

    assert message.startswith("2 validation errors detected: Value 'x' at")
    assert "; Value 'y' at 'updateActionStatus.1.member'" in message


def test_a_sensitive_text_is_not_repeated() -> None:
    message = refusal_of(STS, "AssumeRoleWithSAML", RoleArn="r" * 20, PrincipalArn="p" * 20, SAMLAssertion="abc")

    assert message == (
        "1 validation error detected: Value at 'sAMLAssertion' failed to satisfy constraint: "
        "Member must have length greater than or equal to 4"
    )


def test_a_pattern_that_only_java_can_read_is_left_to_the_service() -> None:
    form = {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::000000000000:role/x",
        "RoleSessionName": "name",
        "Tags.member.1.Key": "größe",
        "Tags.member.1.Value": "",
    }

    call = query.parse_call(STS, form)

    assert call.parameters["Tags"] == [{"Key": "größe", "Value": ""}]


@settings(max_examples=200, deadline=None, database=None)
@given(text=st.text(st.sampled_from("a \t\n\r\x0bé"), max_size=8))
def test_the_pattern_of_access_strings_means_what_aws_declares(text: str) -> None:
    is_declared = re.fullmatch(r".*\S.*", text, re.ASCII) is not None
    form = {"Action": "CreateUser", "Version": "2015-02-02", "UserId": "u", "UserName": "u", "Engine": "valkey"}

    try:
        query.parse_call(ELASTICACHE, form | {"AccessString": text})
        is_accepted = True
    except (faults.ValidationError, faults.MalformedInput):
        is_accepted = False

    assert is_accepted == (is_declared and "\x0b" not in text)


def test_a_hostile_access_string_is_refused_before_the_test_times_out() -> None:
    message = refusal_of(
        ELASTICACHE, "CreateUser", UserId="u", UserName="u", Engine="valkey", AccessString="a" * 500_000 + "\n"
    )

    assert "at 'accessString' failed to satisfy constraint" in message
