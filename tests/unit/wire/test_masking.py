"""No secret is kept of what a caller sent, at whatever depth it stands."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model import faults
from elastane.wire import masking, models, query
from elastane.wire.models import CLOUDTRAIL, ELASTICACHE, SNS
from tests.unit.wire import published

SECRET = "correct-horse-battery-staple"
ACTIONS = [(service, action) for service in (ELASTICACHE, CLOUDTRAIL) for action in models.action_names(service)]


def with_secrets(shape: Any, value: Any, path: tuple[str, ...] = ()) -> Any:
    """The value with a secret wherever a person would put one: below every member with such a name."""
    is_secret = any(word in name for name in path for word in ("Password", "AuthToken"))
    match shape.type_name:
        case "structure":
            return {name: with_secrets(shape.members[name], held, (*path, name)) for name, held in value.items()}
        case "list":
            return [with_secrets(shape.member, held, path) for held in value]
        case "string" if is_secret and "enum" not in shape.metadata:
            return SECRET
        case "string" if path and path[-1] == "AccessString":
            return f"on >{SECRET} <{SECRET} > {SECRET} ~* +@all"
    return value


@pytest.mark.parametrize(("service", "action"), ACTIONS)
@given(data=st.data())
def test_no_secret_is_left_among_the_parameters_of_any_action(
    service: models.Service, action: str, data: st.DataObject
) -> None:
    shape = published.service_model(service).operation_model(action).input_shape
    sent = data.draw(published.parameters(service, action))
    given_parameters = sent if shape is None else with_secrets(shape, sent)

    masked = masking.mask(service, action, given_parameters)

    assert SECRET not in repr(masked.parameters)
    assert masked.parameters.keys() == given_parameters.keys()
    if SECRET in repr(given_parameters):
        assert SECRET not in masking.without_secrets(f"Value '{SECRET}' is no good.", masked.secrets)


@pytest.mark.parametrize(
    ("action", "parameters", "kept"),
    [
        (
            "CreateReplicationGroup",
            {"ReplicationGroupId": "orders", "AuthToken": SECRET},
            {"ReplicationGroupId": "orders", "AuthToken": masking.HIDDEN},
        ),
        (
            "CreateUser",
            {"UserId": "u", "Passwords": [SECRET, SECRET]},
            {"UserId": "u", "Passwords": masking.HIDDEN},
        ),
        (
            "ModifyUser",
            {"AuthenticationMode": {"Type": "password", "Passwords": [SECRET]}},
            {"AuthenticationMode": {"Type": "password", "Passwords": masking.HIDDEN}},
        ),
        (
            "CreateUser",
            {"AccessString": f"on >{SECRET} #abcdef ~* +@all"},
            {"AccessString": f"on >{masking.HIDDEN} #{masking.HIDDEN} ~* +@all"},
        ),
        ("CreateUser", {"AccessString": "on ~app::* +@all"}, {"AccessString": "on ~app::* +@all"}),
    ],
)
def test_what_is_a_secret_is_hidden_and_the_rest_is_kept(
    action: str, parameters: dict[str, object], kept: dict[str, object]
) -> None:
    assert masking.mask(ELASTICACHE, action, parameters).parameters == kept


def test_every_member_that_sounds_like_a_secret_is_in_the_table() -> None:
    sounding = {
        member
        for action in models.action_names(ELASTICACHE)
        if (operation := models.find_operation(ELASTICACHE, action)) is not None and operation.input is not None
        for member in members_below(operation.input, set())
        if any(word in member for word in ("Password", "Token", "Secret", "Credential"))
    }

    # These name a way to change a token, a page, a flag, and another service's resource.
    harmless = {"AuthTokenUpdateStrategy", "NextToken", "NoPasswordRequired", "SecretManagerConfig", "SecretArn"}
    assert sounding - harmless == models.SENSITIVE_MEMBERS[ELASTICACHE] - {"AccessString"}


def members_below(shape: models.Shape, seen: set[str]) -> set[str]:
    if shape.name in seen:
        return set()
    seen.add(shape.name)
    match shape:
        case models.Structure():
            below = (models.shape(ELASTICACHE, reference.shape_name) for reference in shape.members.values())
            return set(shape.members).union(*(members_below(each, seen) for each in below))
        case models.ListOf():
            return members_below(models.shape(ELASTICACHE, shape.member.shape_name), seen)
    return set()


def test_a_refusal_of_a_secret_does_not_repeat_it() -> None:
    form = {"Action": "CreateUser", "Version": models.api_version(ELASTICACHE), "UserId": "u", "UserName": "u"}
    form |= {"Engine": "valkey", "AccessString": "on ~* +@all", "AuthenticationMode.Type": "password"}
    passwords = {f"Passwords.member.{number}": f"{SECRET}{number}" for number in range(1, 4)}

    for fields in ({"UserId": "1st"}, {"AccessString": " "}):
        with pytest.raises(faults.ValidationError) as refusal:
            query.parse_call(ELASTICACHE, form | passwords | fields)
        assert SECRET not in refusal.value.message
        assert ("AccessString" in fields) == refusal.value.message.startswith("1 validation error detected: Value at ")


def test_a_secret_inside_another_one_is_hidden_with_it() -> None:
    sentence = masking.without_secrets("abc and abcdef", frozenset({"abc", "abcdef"}))

    assert sentence == f"{masking.HIDDEN} and {masking.HIDDEN}"


def test_what_a_message_says_and_a_token_that_confirms_are_kept_by_nobody() -> None:
    attributes = {"a": {"DataType": "String", "StringValue": SECRET}}
    message = {"TopicArn": "arn", "Message": SECRET, "Subject": SECRET, "MessageAttributes": attributes}
    batch = {"PublishBatchRequestEntries": [{"Id": "1", "Message": SECRET, "MessageAttributes": attributes}]}

    masked = masking.mask(SNS, "Publish", message)

    assert masked.parameters["TopicArn"] == "arn"
    assert SECRET not in str(masked.parameters)
    assert SECRET not in str(masking.mask(SNS, "PublishBatch", batch).parameters)
    assert SECRET not in str(masking.mask(SNS, "ConfirmSubscription", {"Token": SECRET}).parameters)


def test_what_is_masked_can_be_written_as_json() -> None:
    masked = masking.mask(ELASTICACHE, "CreateUser", {"UserId": "u", "Passwords": [SECRET]})

    assert SECRET.encode() not in msgspec.json.encode(masked.parameters)
