"""Forms coming in: against botocore's serializer, against AWS's irregular names, and against nonsense."""

import urllib.parse
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.wire import models, query
from elastane.wire.models import ELASTICACHE, STS, Service
from tests.unit.wire import published

VERSION = ("Version", "2015-02-02")
OTHER_SERVICES = [STS, Service("sns"), Service("sdb"), Service("cloudwatch"), Service("ses")]
"""The shapes that ElastiCache lacks: maps, flattened lists, binary values, sensitive texts."""

few_examples = settings(
    max_examples=4,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
many_examples = settings(max_examples=200, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])


def form(action: str, *pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("Action", action), VERSION, *pairs)


def parameters_of(action: str, *pairs: tuple[str, str]) -> dict[str, object]:
    return query.parse_call(ELASTICACHE, form(action, *pairs)).parameters


def message_of(fault: type[Fault], action: str, *pairs: tuple[str, str]) -> str:
    with pytest.raises(fault) as refusal:
        query.parse_call(ELASTICACHE, form(action, *pairs))
    return refusal.value.message


# --- against botocore ----------------------------------------------------------------------------


@pytest.mark.parametrize("action", models.action_names(ELASTICACHE))
@few_examples
@given(data=st.data())
def test_what_an_sdk_sends_is_read_as_it_was_given(action: str, data: st.DataObject) -> None:
    given_parameters = data.draw(published.parameters(ELASTICACHE, action))
    fields = published.request_fields(ELASTICACHE, action, given_parameters)

    call = query.parse_call(ELASTICACHE, query.parse_form(urllib.parse.urlencode(fields).encode()))

    assert call == query.Call(action=action, parameters=given_parameters)


@pytest.mark.parametrize("service", OTHER_SERVICES)
@many_examples
@given(data=st.data())
def test_other_services_shapes_are_read_as_they_were_given(service: Service, data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(models.action_names(service)))
    given_parameters = data.draw(published.parameters(service, action))
    fields = published.request_fields(service, action, given_parameters) | {"Version": models.api_version(service)}

    call = query.parse_call(service, fields)

    assert call == query.Call(action=action, parameters=given_parameters)


# --- lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "name", "member", "parameter"),
    [
        ("CreateCacheCluster", "SecurityGroupIds", "SecurityGroupId", "SecurityGroupIds"),
        ("CreateCacheCluster", "PreferredAvailabilityZones", "PreferredAvailabilityZone", "PreferredAvailabilityZones"),
        ("ModifyCacheCluster", "CacheNodeIdsToRemove", "CacheNodeId", "CacheNodeIdsToRemove"),
        ("RebootCacheCluster", "CacheNodeIdsToReboot", "CacheNodeId", "CacheNodeIdsToReboot"),
        ("CreateReplicationGroup", "PreferredCacheClusterAZs", "AvailabilityZone", "PreferredCacheClusterAZs"),
        ("CreateReplicationGroup", "SnapshotArns", "SnapshotArn", "SnapshotArns"),
        ("CreateCacheSubnetGroup", "SubnetIds", "SubnetIdentifier", "SubnetIds"),
        ("CreateServerlessCache", "SubnetIds", "SubnetId", "SubnetIds"),
    ],
)
def test_a_list_is_read_under_its_own_name_and_under_member(
    action: str, name: str, member: str, parameter: str
) -> None:
    shape = models.find_operation(ELASTICACHE, action)
    assert shape is not None and shape.input is not None
    required = [(other, "x") for other in shape.input.required if other not in (name, "CacheNodeIdsToReboot")]
    own = [(f"{name}.{member}.{number}", value) for number, value in enumerate(("a", "b"), 1)]
    plain = [(f"{name}.member.{number}", value) for number, value in enumerate(("a", "b"), 1)]

    under_own_name = parameters_of(action, *required, *own)
    under_member = parameters_of(action, *required, *plain)

    assert under_own_name[parameter] == ["a", "b"]
    assert under_member == under_own_name


def test_lists_inside_structures_inside_lists_are_read() -> None:
    shard = "ReplicaConfiguration.ConfigureShard.1"

    found = parameters_of(
        "IncreaseReplicaCount",
        ("ReplicationGroupId", "orders"),
        ("ApplyImmediately", "true"),
        (f"{shard}.NodeGroupId", "0001"),
        (f"{shard}.NewReplicaCount", "2"),
        (f"{shard}.PreferredAvailabilityZones.PreferredAvailabilityZone.1", "us-east-1a"),
        (f"{shard}.PreferredAvailabilityZones.PreferredAvailabilityZone.2", "us-east-1b"),
    )

    assert found["ReplicaConfiguration"] == [
        {
            "NodeGroupId": "0001",
            "NewReplicaCount": 2,
            "PreferredAvailabilityZones": ["us-east-1a", "us-east-1b"],
        }
    ]


def test_numbers_with_gaps_keep_their_order() -> None:
    found = parameters_of(
        "RemoveTagsFromResource",
        ("ResourceName", "arn"),
        ("TagKeys.member.10", "last"),
        ("TagKeys.member.2", "first"),
        ("TagKeys.member.999999999", "very last"),
    )

    assert found["TagKeys"] == ["first", "last", "very last"]


def test_a_bare_name_is_an_empty_list() -> None:
    found = parameters_of("ModifyReplicationGroup", ("ReplicationGroupId", "orders"), ("SecurityGroupIds", ""))

    assert found["SecurityGroupIds"] == []


@pytest.mark.parametrize("number", ["0", "-1", "01", "one", "", "1000000000", "٣", "9" * 5000])
def test_a_member_numbered_otherwise_is_malformed(number: str) -> None:
    message = message_of(
        faults.MalformedInput, "RemoveTagsFromResource", ("ResourceName", "arn"), (f"TagKeys.member.{number}", "x")
    )

    assert "numbered from 1" in message


def test_a_list_longer_than_the_limit_is_malformed() -> None:
    pairs = [(f"TagKeys.member.{number}", "x") for number in range(1, query.LIST_MEMBER_COUNT_MAX + 2)]

    message = message_of(faults.MalformedInput, "RemoveTagsFromResource", ("ResourceName", "arn"), *pairs)

    assert "more than 1000 members" in message


@pytest.mark.parametrize(
    "pairs",
    [
        (("TagKeys", "x"),),
        (("TagKeys", "x"), ("TagKeys.member.1", "y")),
        (("TagKeys", ""), ("TagKeys.member.1", "y")),
        (("TagKeys.member.1.Key", "y"),),
        (("ResourceName.member.1", "y"),),
    ],
)
def test_a_value_where_parts_belong_and_parts_where_a_value_belongs_are_malformed(
    pairs: tuple[tuple[str, str], ...],
) -> None:
    message = message_of(faults.MalformedInput, "RemoveTagsFromResource", ("ResourceName", "arn"), *pairs)

    assert "ResourceName" in message or "TagKeys" in message


def test_a_list_that_is_not_flattened_needs_a_name_around_its_members() -> None:
    message = message_of(faults.MissingParameter, "RemoveTagsFromResource", ("ResourceName", "arn"), ("TagKeys.1", "x"))

    assert message == "The request must contain the parameter TagKeys."


def test_one_list_in_two_spellings_is_malformed_where_they_meet() -> None:
    message = message_of(
        faults.MalformedInput,
        "AddTagsToResource",
        ("ResourceName", "arn"),
        ("Tags.Tag.1.Key", "a"),
        ("Tags.member.1.Key", "b"),
    )

    assert message == "The parameter Tags.member.1 is given more than once."


# --- single values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T14:05:06Z", datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC)),
        ("2026-11-23T14:05:06.789Z", datetime(2026, 11, 23, 14, 5, 6, 789000, tzinfo=UTC)),
        ("2026-11-23T14:05:06", datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC)),
        ("2026-11-23T14:05:06+02:00", datetime(2026, 11, 23, 12, 5, 6, tzinfo=UTC)),
        ("2026-11-23T14:05Z", datetime(2026, 11, 23, 14, 5, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_timestamps_are_aware_and_in_utc(text: str, moment: datetime) -> None:
    assert parameters_of("DescribeEvents", ("StartTime", text)) == {"StartTime": moment}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Duration", "ten"),
        ("Duration", ""),
        ("Duration", "1.0"),
        ("Duration", "1_000"),
        ("Duration", "٣"),
        ("Duration", " 5"),
        ("Duration", "2147483648"),
        ("Duration", "9" * 5000),
        ("StartTime", "yesterday"),
        ("StartTime", "2026-02-30T00:00:00Z"),
        ("StartTime", "0001-01-01T00:00:00+23:59"),
        ("StartTime", "20261123T140506Z"),
    ],
)
def test_a_value_of_the_wrong_type_is_malformed_and_not_repeated(name: str, text: str) -> None:
    message = message_of(faults.MalformedInput, "DescribeEvents", (name, text))

    assert message.startswith(f"Invalid value for parameter {name}: ")
    assert message.endswith("is expected.")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("True", True), ("FALSE", False)])
def test_booleans_are_read_in_any_case(text: str, value: bool) -> None:
    found = parameters_of("DescribeCacheClusters", ("ShowCacheNodeInfo", text))

    assert found == {"ShowCacheNodeInfo": value}


@pytest.mark.parametrize("text", ["yes", "1", "", "truе"])
def test_a_boolean_is_nothing_else(text: str) -> None:
    message = message_of(faults.MalformedInput, "DescribeCacheClusters", ("ShowCacheNodeInfo", text))

    assert message == "Invalid value for parameter ShowCacheNodeInfo: true or false is expected."


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("pairs", [(), (VERSION,), (("Action", ""), VERSION)])
def test_a_form_without_an_action_is_refused(pairs: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(faults.MissingAction):
        query.parse_call(ELASTICACHE, pairs)


def test_an_action_nobody_publishes_is_refused_in_aws_words() -> None:
    message = message_of(faults.InvalidAction, "ExplodeReplicationGroup")

    assert message == "The action ExplodeReplicationGroup is not valid for this endpoint."


@pytest.mark.parametrize(
    ("pairs", "said"), [((("Version", "2014-09-30"),), "2014-09-30"), ((), "NO_VERSION_SPECIFIED")]
)
def test_another_version_is_refused_in_aws_words(pairs: tuple[tuple[str, str], ...], said: str) -> None:
    with pytest.raises(faults.InvalidAction) as refusal:
        query.parse_call(ELASTICACHE, (("Action", "DescribeUsers"), *pairs))

    assert refusal.value.message == f"Could not find operation DescribeUsers for version {said}"


def test_a_missing_parameter_is_named() -> None:
    message = message_of(faults.MissingParameter, "CreateReplicationGroup", ("ReplicationGroupId", "orders"))

    assert message == "The request must contain the parameter ReplicationGroupDescription."


def test_a_missing_parameter_inside_a_list_is_named_with_its_whole_path() -> None:
    message = message_of(
        faults.MissingParameter,
        "IncreaseReplicaCount",
        ("ReplicationGroupId", "orders"),
        ("ApplyImmediately", "true"),
        ("ReplicaConfiguration.ConfigureShard.3.NodeGroupId", "0001"),
    )

    assert message == ("The request must contain the parameter ReplicaConfiguration.ConfigureShard.3.NewReplicaCount.")


def test_unknown_parameters_are_ignored() -> None:
    found = parameters_of(
        "DescribeUsers",
        ("Engine", "valkey"),
        ("Colour", "red"),
        ("Filters.Unknown.1", "x"),
        ("..", "y"),
        ("X-Amz-Date", "z"),
    )

    assert found == {"Engine": "valkey"}


def test_a_name_given_twice_is_malformed() -> None:
    message = message_of(faults.MalformedInput, "DescribeUsers", ("Engine", "valkey"), ("Engine", "redis"))

    assert message == "The parameter Engine is given more than once."


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_characters_that_would_break_our_own_answers_are_malformed(character: str) -> None:
    in_value = message_of(faults.MalformedInput, "DescribeUsers", ("UserId", f"a{character}b"))
    in_name = message_of(faults.MalformedInput, "DescribeUsers", (f"a{character}b", ""))
    in_action = message_of(faults.MalformedInput, f"Describe{character}")

    assert all(character not in message for message in (in_value, in_name, in_action))


@pytest.mark.parametrize("body", [b"Action=%ff", b"Action=\xff", b"%C3%28=1", b"Action=%ED%A0%80"])
def test_a_form_that_is_not_utf8_is_malformed(body: bytes) -> None:
    with pytest.raises(faults.MalformedInput):
        query.parse_form(body)


def test_a_form_of_too_many_fields_is_malformed() -> None:
    with pytest.raises(faults.MalformedInput):
        query.parse_form(b"a=1&" * (query.FIELD_COUNT_MAX + 1))


def test_a_form_is_read_as_browsers_and_sdks_write_it() -> None:
    pairs = query.parse_form("Action=A%20b+c&Empty=&Bare&Caf%C3%A9=é".encode())

    assert pairs == (("Action", "A b c"), ("Empty", ""), ("Bare", ""), ("Café", "é"))


# --- nonsense ------------------------------------------------------------------------------------

_words = st.sampled_from(
    [
        *("Tags", "Tag", "member", "1", "2", "0", "999999999999", "Key", "Value", "entry", "x"),
        *("NodeGroupConfiguration", "ReplicaConfiguration", "ConfigureShard", "NodeGroupId", "NewReplicaCount", ""),
    ]
)
_names = st.lists(_words, max_size=6).map(".".join) | st.text(max_size=8)
_texts = st.sampled_from(["", "1", "true", "x"]) | st.text(max_size=8)


@many_examples
@given(
    action=st.sampled_from(models.action_names(ELASTICACHE)) | st.text(max_size=5),
    pairs=st.lists(st.tuples(_names, _texts), max_size=12),
)
def test_whatever_the_form_only_faults_come_out(action: str, pairs: list[tuple[str, str]]) -> None:
    try:
        call = query.parse_call(ELASTICACHE, form(action, *pairs))
    except Fault as fault:
        assert 400 <= fault.status < 500
    else:
        assert call.action == action


@many_examples
@given(body=st.binary(max_size=60) | st.text("aA=&%+.1\xff\x00", max_size=40).map(str.encode))
def test_whatever_the_octets_only_faults_come_out(body: bytes) -> None:
    try:
        pairs = query.parse_form(body)
    except Fault as fault:
        assert fault.status == 400
    else:
        assert all(isinstance(name, str) and isinstance(value, str) for name, value in pairs)


def test_a_name_of_half_a_million_dots_is_ignored() -> None:
    found = parameters_of(
        "DescribeUsers", ("Engine", "valkey"), ("a." * 500_000, "x"), ("Filters" + ".x" * 500_000, "y")
    )

    assert found == {"Engine": "valkey"}
