"""Answers going out: against botocore's parser, octet by octet where a document shows them, and our own mistakes."""

import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.wire import models, xml
from elastane.wire.models import ELASTICACHE, STS, Service
from tests.unit.wire import published

few_examples = settings(max_examples=4, deadline=None, database=None, suppress_health_check=list(HealthCheck))
many_examples = settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))

NAMESPACE = "http://elasticache.amazonaws.com/doc/2015-02-02/"


def result_of(action: str, result: dict[str, object]) -> str:
    """What stands between an action's result tags."""
    answer = xml.encode_result(ELASTICACHE, action, result, "id").decode()
    return answer.partition(f"<{action}Result>")[2].partition(f"</{action}Result>")[0]


# --- against botocore ----------------------------------------------------------------------------


@pytest.mark.parametrize("action", models.action_names(ELASTICACHE))
@few_examples
@given(data=st.data())
def test_an_sdk_reads_the_result_that_was_given(action: str, data: st.DataObject) -> None:
    result = data.draw(published.results(ELASTICACHE, action))

    answer = xml.encode_result(ELASTICACHE, action, result, "the-request")

    parsed = published.read_answer(ELASTICACHE, action, answer)
    assert parsed.pop("ResponseMetadata")["RequestId"] == "the-request"
    assert parsed == result


@pytest.mark.parametrize("service", [STS, Service("sns"), Service("sdb"), Service("cloudwatch"), Service("ses")])
@many_examples
@given(data=st.data())
def test_other_services_results_are_read_as_they_were_given(service: Service, data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(models.action_names(service)))
    result = data.draw(published.results(service, action))

    answer = xml.encode_result(service, action, result, "the-request")

    parsed = published.read_answer(service, action, answer)
    del parsed["ResponseMetadata"]
    assert parsed == result


@many_examples
@given(message=st.text(published.LEGAL_CHARACTERS, min_size=1))
def test_an_sdk_reads_the_fault_that_was_raised(message: str) -> None:
    fault = faults.InvalidParameterValue(message)

    answer = xml.encode_fault(fault, "the-request", ELASTICACHE)

    parsed = published.read_answer(ELASTICACHE, "DescribeUsers", answer, fault.status)
    assert parsed["Error"] == {"Type": "Sender", "Code": "InvalidParameterValue", "Message": message}
    assert parsed["ResponseMetadata"]["RequestId"] == "the-request"


@many_examples
@given(message=st.text(st.characters()))
def test_whatever_a_fault_says_its_answer_is_xml(message: str) -> None:
    answer = xml.encode_fault(faults.InvalidParameterValue(message), message, ELASTICACHE)

    root = ElementTree.fromstring(answer)
    assert root.tag == f"{{{NAMESPACE}}}ErrorResponse"


# --- as documented -------------------------------------------------------------------------------


def test_a_result_is_wrapped_as_aws_documents_it() -> None:
    answer = xml.encode_result(ELASTICACHE, "DeleteUser", {"UserId": "anna", "UserGroupIds": ["all"]}, "7f-3")

    assert answer.decode() == (
        f'<DeleteUserResponse xmlns="{NAMESPACE}"><DeleteUserResult><UserId>anna</UserId>'
        "<UserGroupIds><member>all</member></UserGroupIds></DeleteUserResult>"
        "<ResponseMetadata><RequestId>7f-3</RequestId></ResponseMetadata></DeleteUserResponse>"
    )


@pytest.mark.parametrize("noun", ["CacheParameterGroup", "CacheSecurityGroup", "CacheSubnetGroup"])
def test_three_deletions_have_no_result_element(noun: str) -> None:
    answer = xml.encode_result(ELASTICACHE, f"Delete{noun}", {}, "7f-3")

    assert answer.decode() == (
        f'<Delete{noun}Response xmlns="{NAMESPACE}">'
        f"<ResponseMetadata><RequestId>7f-3</RequestId></ResponseMetadata></Delete{noun}Response>"
    )


def test_a_fault_is_wrapped_as_aws_documents_it() -> None:
    answer = xml.encode_fault(faults.InvalidParameterValue("a < b"), "7f-3", ELASTICACHE)

    assert answer.decode() == (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>InvalidParameterValue</Code>'
        "<Message>a &lt; b</Message></Error><RequestId>7f-3</RequestId></ErrorResponse>"
    )


@pytest.mark.parametrize(
    ("fault", "fault_type"),
    [
        (faults.InvalidClientTokenId("x"), "Sender"),
        (faults.ServiceUnavailable("x"), "Receiver"),
        (Fault("x"), "Receiver"),
    ],
)
def test_a_fault_names_whose_mistake_it_is(fault: Fault, fault_type: str) -> None:
    answer = xml.encode_fault(fault, "id", STS)

    assert f"<Type>{fault_type}</Type>".encode() in answer


def test_pending_log_deliveries_have_their_irregular_name() -> None:
    pending = {"LogDeliveryConfigurations": [{"LogType": "slow-log"}]}

    content = result_of("ModifyCacheCluster", {"CacheCluster": {"PendingModifiedValues": pending}})

    assert "<PendingLogDeliveryConfiguration><member><LogType>slow-log</LogType></member></PendingLog" in content


def test_an_empty_list_is_there_and_none_is_not() -> None:
    content = result_of("DescribeUsers", {"Users": [], "Marker": None})

    assert content == "<Users></Users>"


def test_none_inside_a_structure_is_absent() -> None:
    content = result_of("CreateSnapshot", {"Snapshot": {"SnapshotName": "s", "Port": None}})

    assert content == "<Snapshot><SnapshotName>s</SnapshotName></Snapshot>"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC), "2026-11-23T14:05:06.000Z"),
        (datetime(2026, 11, 23, 14, 5, 6, 789999, tzinfo=UTC), "2026-11-23T14:05:06.789Z"),
        (datetime(2026, 11, 23, 1, 5, 6, tzinfo=timezone(timedelta(hours=2))), "2026-11-22T23:05:06.000Z"),
        (datetime(33, 4, 3, tzinfo=UTC), "0033-04-03T00:00:00.000Z"),
    ],
)
def test_timestamps_are_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    content = result_of("DescribeEvents", {"Events": [{"Date": moment}]})

    assert content == f"<Events><Event><Date>{text}</Date></Event></Events>"


def test_an_enumerations_member_is_written_as_its_value() -> None:
    class Engine(StrEnum):
        VALKEY = "valkey"

    content = result_of("DeleteUser", {"Engine": Engine.VALKEY})

    assert content == "<Engine>valkey</Engine>"


def test_what_xml_cannot_carry_becomes_a_replacement_character() -> None:
    content = result_of("DescribeEvents", {"Events": [{"Message": "a\x00b\ud800c\r\n"}]})

    assert content == "<Events><Event><Message>a\ufffdb\ufffdc&#13;\n</Message></Event></Events>"


# --- our own mistakes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "place"),
    [
        ({"Colour": "red"}, "DescribeCacheClusters: CacheClusterMessage has no members ['Colour']"),
        ({"CacheClusters": [{"Colour": "red"}]}, "DescribeCacheClusters.CacheClusters[0]: CacheCluster has no"),
        ({"CacheClusters": "abc"}, "DescribeCacheClusters.CacheClusters: str where a list"),
        ({"CacheClusters": {}}, "DescribeCacheClusters.CacheClusters: dict where a list"),
        ({"CacheClusters": [None]}, "DescribeCacheClusters.CacheClusters[0]: NoneType where a structure"),
        ({"CacheClusters": [{"NumCacheNodes": "1"}]}, "CacheClusters[0].NumCacheNodes: str where an integer"),
        ({"CacheClusters": [{"NumCacheNodes": True}]}, "CacheClusters[0].NumCacheNodes: bool where an integer"),
        ({"CacheClusters": [{"NumCacheNodes": 2**31}]}, "CacheClusters[0].NumCacheNodes: int where an integer"),
        ({"CacheClusters": [{"NumCacheNodes": 1.0}]}, "CacheClusters[0].NumCacheNodes: float where an integer"),
        ({"CacheClusters": [{"AutoMinorVersionUpgrade": 1}]}, "AutoMinorVersionUpgrade: int where true or false"),
        ({"CacheClusters": [{"AutoMinorVersionUpgrade": "true"}]}, "AutoMinorVersionUpgrade: str where true or false"),
        ({"CacheClusters": [{"Engine": 7}]}, "CacheClusters[0].Engine: int where a text"),
        ({"CacheClusters": [{"Engine": b"valkey"}]}, "CacheClusters[0].Engine: bytes where a text"),
        ({"CacheClusters": [{"CacheClusterCreateTime": "now"}]}, "CacheClusterCreateTime: str where a timestamp"),
        (
            {"CacheClusters": [{"CacheClusterCreateTime": datetime(2026, 1, 1)}]},
            "CacheClusterCreateTime: datetime where",
        ),
        ({"Marker": ["x"]}, "DescribeCacheClusters.Marker: list where a text"),
    ],
)
def test_a_result_that_does_not_fit_is_raised_with_its_place(result: dict[str, object], place: str) -> None:
    with pytest.raises(xml.EncodingError) as mistake:
        xml.encode_result(ELASTICACHE, "DescribeCacheClusters", result, "id")

    assert place in str(mistake.value)


def test_a_result_where_there_is_none_is_raised() -> None:
    with pytest.raises(xml.EncodingError, match="DeleteCacheSubnetGroup answers nothing"):
        xml.encode_result(ELASTICACHE, "DeleteCacheSubnetGroup", {"Name": "x"}, "id")


def test_an_action_nobody_publishes_is_raised() -> None:
    with pytest.raises(xml.EncodingError, match="no action Explode"):
        xml.encode_result(ELASTICACHE, "Explode", {}, "id")


@pytest.mark.parametrize(
    ("service", "action", "result"),
    [
        (Service("sns"), "GetTopicAttributes", {"Attributes": ["a"]}),
        (Service("sns"), "GetTopicAttributes", {"Attributes": {"a": 1}}),
        (Service("sns"), "GetTopicAttributes", {"Attributes": {1: "a"}}),
        (Service("sdb"), "GetAttributes", {"Attributes": "a"}),
    ],
)
def test_a_map_or_flattened_list_that_does_not_fit_is_raised(
    service: Service, action: str, result: dict[str, object]
) -> None:
    with pytest.raises(xml.EncodingError, match="Attributes"):
        xml.encode_result(service, action, result, "id")
