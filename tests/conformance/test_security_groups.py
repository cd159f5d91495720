"""EC2's security groups with the real SDK and the stock AWS CLI: made, told, changed, used by caches, deleted."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conformance import wire
from tests.conformance.caches import Caches, refused
from tests.kit.elastane import RunningElastane

REDIS = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379}
EVERYTHING = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}
MISSING = "sg-00000000000000000"

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def ec2(elastane: RunningElastane) -> Any:
    return elastane.client("ec2")


@contextmanager
def security_group(ec2: Any, **parameters: Any) -> Iterator[str]:
    """Its id; deleted at the end."""
    asked = {"GroupName": f"of-a-test-{next(_NUMBERS)}", "Description": "of a test"}
    group_id: str = ec2.create_security_group(**asked | parameters)["GroupId"]
    yield group_id
    ec2.delete_security_group(GroupId=group_id)


def described(ec2: Any, group_id: str) -> Any:
    (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    return group


def test_a_group_is_made_told_and_deleted(ec2: Any) -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "checkout"}]}]

    with security_group(ec2, GroupName="reading-back", TagSpecifications=tags) as group_id:
        group = described(ec2, group_id)
        with refused("InvalidGroup.Duplicate", words="already exists for VPC"):
            ec2.create_security_group(GroupName="reading-back", Description="again")

    assert (group["GroupName"], group["Description"]) == ("reading-back", "of a test")
    assert group["VpcId"] == ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    assert group["Tags"] == [{"Key": "team", "Value": "checkout"}]
    assert group["IpPermissions"] == []
    with refused("InvalidGroup.NotFound", words="does not exist"):
        described(ec2, group_id)


def test_a_dry_run_is_answered_as_one(ec2: Any) -> None:
    with refused("DryRunOperation", status=412, words="would have succeeded"):
        ec2.create_security_group(GroupName="tried", Description="only tried", DryRun=True)
    with refused("MissingParameter", words="GroupId"):
        ec2.authorize_security_group_ingress(IpPermissions=[REDIS])
    with refused("InvalidGroup.NotFound"):
        ec2.delete_security_group(GroupId=MISSING, DryRun=True)


def test_a_caller_whose_signature_is_not_believed_is_told_so_in_ec2_s_own_document(elastane: RunningElastane) -> None:
    asked = wire.request(
        elastane.url,
        urlencode({"Action": "DescribeVpcs", "Version": "2016-11-15"}).encode(),
        wire.Signer(service="ec2", secret="another one"),
    )

    answer = wire.send(asked)

    document = ElementTree.fromstring(answer.content)
    assert (answer.status_code, document.tag) == (403, "Response")
    assert document.findtext("Errors/Error/Code") == "SignatureDoesNotMatch"
    assert document.findtext("RequestID") == answer.headers["x-amzn-requestid"]


def test_rules_are_authorized_told_modified_and_revoked(ec2: Any) -> None:
    with security_group(ec2) as group_id:
        permission = REDIS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}]}
        authorized = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
        (rule,) = authorized["SecurityGroupRules"]
        with refused("InvalidPermission.Duplicate", words="already exists"):
            ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
        changed = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6380, "CidrIpv4": "10.0.0.0/8"}
        ec2.modify_security_group_rules(
            GroupId=group_id,
            SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": changed}],
        )
        (told,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])[
            "SecurityGroupRules"
        ]
        ec2.update_security_group_rule_descriptions_ingress(
            GroupId=group_id,
            SecurityGroupRuleDescriptions=[
                {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "Description": "described anew"}
            ],
        )
        (permission,) = described(ec2, group_id)["IpPermissions"]
        ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        after = described(ec2, group_id)

    assert (rule["IsEgress"], rule["CidrIpv4"], rule["Description"]) == (False, "10.0.0.0/8", "inside")
    assert (told["ToPort"], told["GroupId"]) == (6380, group_id)
    assert permission["IpRanges"] == [{"CidrIp": "10.0.0.0/8", "Description": "described anew"}]
    assert after["IpPermissions"] == []


def test_terraform_s_way_with_a_group_is_walked(ec2: Any) -> None:
    """What its aws_security_group does: strips the default egress, IPv6's too, and asks for interfaces at the end."""
    with security_group(ec2) as group_id:
        for ranges in ({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}):
            ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=[EVERYTHING | ranges])
        stripped = described(ec2, group_id)
        ec2.authorize_security_group_egress(
            GroupId=group_id, IpPermissions=[EVERYTHING | {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        )
        filters = [
            {"Name": "group-id", "Values": [group_id]},
            {"Name": "description", "Values": ["AWS Lambda VPC ENI*"]},
        ]
        interfaces = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
        restored = described(ec2, group_id)

    assert stripped["IpPermissionsEgress"] == []
    assert restored["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    assert interfaces == []


def test_a_group_in_use_is_kept_and_one_that_is_not_there_is_not_used(ec2: Any, caches: Caches) -> None:
    with security_group(ec2) as group_id:
        cluster_id = caches.make_cluster(SecurityGroupIds=[group_id])
        interfaces = ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [group_id]}])

        with refused("DependencyViolation", words=group_id):
            ec2.delete_security_group(GroupId=group_id)
        with refused("InvalidParameterValue", words=MISSING):
            caches.client.modify_cache_cluster(
                CacheClusterId=cluster_id, SecurityGroupIds=[MISSING], ApplyImmediately=True
            )
        assert [each["Description"] for each in interfaces["NetworkInterfaces"]] == [f"ElastiCache {cluster_id}"]

        caches.client.delete_cache_cluster(CacheClusterId=cluster_id)
        caches.wait("cache_cluster_deleted", CacheClusterId=cluster_id)


def test_a_cache_that_names_none_has_the_default_group(ec2: Any, caches: Caches) -> None:
    (default,) = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"]

    cluster = caches.cluster(caches.make_cluster())

    assert cluster["SecurityGroups"] == [{"SecurityGroupId": default["GroupId"], "Status": "not-enforced"}]
    with refused("CannotDelete", words="cannot be deleted"):
        ec2.delete_security_group(GroupId=default["GroupId"])


def test_more_groups_than_a_page_holds_are_paged(elastane: RunningElastane) -> None:
    ec2 = elastane.client("ec2", "ap-southeast-2")
    for number in range(7):
        ec2.create_security_group(GroupName=f"one-of-many-{number}", Description="of a test")

    pages = list(ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5}))

    assert [len(page["SecurityGroups"]) for page in pages] == [5, 3]


@pytest.mark.timeout(120)
def test_a_group_can_be_typed_from_its_creation_to_its_end(elastane: RunningElastane) -> None:
    def typed(*arguments: str) -> Any:
        finished = elastane.run_aws("ec2", *arguments)
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout or "{}")

    made = typed("create-security-group", "--group-name", "typed", "--description", "typed by hand")
    group_id = made["GroupId"]
    rule = ("--group-id", group_id, "--protocol", "tcp", "--port", "6379", "--cidr", "10.0.0.0/8")
    typed("authorize-security-group-ingress", *rule)
    (told,) = typed("describe-security-groups", "--filters", "Name=group-name,Values=typed")["SecurityGroups"]
    typed("revoke-security-group-ingress", *rule)
    typed("create-tags", "--resources", group_id, "--tags", "Key=team,Value=shop")
    tags = typed("describe-tags", "--filters", f"Name=resource-id,Values={group_id}")["Tags"]
    typed("delete-security-group", "--group-id", group_id)

    assert told["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    assert [(tag["Key"], tag["ResourceType"]) for tag in tags] == [("team", "security-group")]
