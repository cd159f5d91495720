"""EC2's variant of the Query protocol: other names in requests, flattened lists, no wrapper, its own fault document."""

import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from elastane.model import faults
from elastane.wire import models, query, xml
from elastane.wire.models import EC2
from tests.unit.wire import published

VERSION = ("Version", "2016-11-15")
many_examples = settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def parameters_of(action: str, *pairs: tuple[str, str]) -> dict[str, object]:
    return query.parse_call(EC2, (("Action", action), VERSION, *pairs)).parameters


def without_empty_parts(value: object) -> object:
    """An empty list leaves no trace in a form, nor does a structure of nothing but such."""
    if isinstance(value, dict):
        parts = {name: without_empty_parts(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in ({}, [])}
    if isinstance(value, list):
        return [kept for part in value if (kept := without_empty_parts(part)) not in ({}, [])]
    return value


# --- against botocore ----------------------------------------------------------------------------


@many_examples
@given(data=st.data())
def test_what_an_sdk_sends_to_ec2_is_read_as_it_was_given(data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(models.action_names(EC2)))
    given_parameters = data.draw(published.parameters(EC2, action))
    assume(given_parameters == without_empty_parts(given_parameters))
    fields = published.request_fields(EC2, action, given_parameters)

    call = query.parse_call(EC2, query.parse_form(urllib.parse.urlencode(fields).encode()))

    assert call == query.Call(action=action, parameters=given_parameters)


@many_examples
@given(data=st.data())
def test_an_sdk_reads_what_ec2_s_action_answers(data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(models.action_names(EC2)))
    result = data.draw(published.results(EC2, action))

    answer = xml.encode_result(EC2, action, result, "the-request")

    parsed = published.read_answer(EC2, action, answer)
    assert parsed.pop("ResponseMetadata")["RequestId"] == "the-request"
    assert parsed == result


def test_an_sdk_reads_the_fault_that_ec2_s_action_raised() -> None:
    fault = faults.InvalidParameterValue("a < b & c")

    answer = xml.encode_fault(fault, "the-request", EC2)

    parsed = published.read_answer(EC2, "DescribeVpcs", answer, fault.status)
    assert parsed["Error"] == {"Code": "InvalidParameterValue", "Message": "a < b & c"}
    assert parsed["ResponseMetadata"]["RequestId"] == "the-request"


# --- as documented -------------------------------------------------------------------------------


def test_names_in_a_request_begin_with_a_capital_letter_and_lists_have_only_numbers() -> None:
    read = parameters_of(
        "AuthorizeSecurityGroupIngress",
        ("GroupId", "sg-1"),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "6379"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8"),
        ("IpPermissions.1.Groups.1.GroupId", "sg-2"),
        ("TagSpecification.1.ResourceType", "security-group-rule"),
        ("TagSpecification.1.Tag.1.Key", "team"),
    )

    assert read == {
        "GroupId": "sg-1",
        "IpPermissions": [
            {
                "IpProtocol": "tcp",
                "FromPort": 6379,
                "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
                "UserIdGroupPairs": [{"GroupId": "sg-2"}],
            }
        ],
        "TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": [{"Key": "team"}]}],
    }


def test_an_answer_has_its_request_id_first_and_no_element_around_its_members() -> None:
    answer = xml.encode_result(EC2, "CreateSecurityGroup", {"GroupId": "sg-1"}, "id").decode()

    assert answer == (
        '<CreateSecurityGroupResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15">'
        "<requestId>id</requestId><groupId>sg-1</groupId></CreateSecurityGroupResponse>"
    )


def test_a_fault_is_told_in_ec2_s_own_document() -> None:
    root = ElementTree.fromstring(xml.encode_fault(faults.InvalidParameterValue("no"), "id", EC2))

    assert root.tag == "Response"
    assert root.findtext("Errors/Error/Code") == "InvalidParameterValue"
    assert root.findtext("Errors/Error/Message") == "no"
    assert root.findtext("RequestID") == "id"


@pytest.mark.parametrize(
    ("pairs", "fault", "words"),
    [
        ((), faults.MissingParameter, "The request must contain the parameter GroupDescription"),
        ((("GroupDescription", "web"),), faults.MissingParameter, "GroupName"),
        (
            (
                *(("GroupName", "web"), ("GroupDescription", "of web servers")),
                ("TagSpecification.1.ResourceType", "cache"),
            ),
            faults.InvalidParameterValue,
            "enum value set",
        ),
    ],
)
def test_what_the_model_does_not_allow_is_refused_in_ec2_s_words(
    pairs: tuple[tuple[str, str], ...], fault: type[faults.Fault], words: str
) -> None:
    with pytest.raises(fault, match=words):
        parameters_of("CreateSecurityGroup", *pairs)
