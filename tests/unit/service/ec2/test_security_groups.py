"""Security groups and their rules: made, told, changed, refused."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import Region
from elastane.model.replication_groups import Form
from elastane.service import networks
from elastane.service.context import Context
from elastane.store import memcached_clusters
from tests.kit.calls import call_ec2, make_security_group
from tests.kit.contexts import create_cluster, forget
from tests.kit.memcached_clusters import memcached_cluster

REDIS = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379}
FROM_TEN = REDIS | {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}


async def authorize(ctx: Context, group_id: str, *permissions: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await call_ec2(
        ctx, "AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=list(permissions or (FROM_TEN,))
    )
    rules: list[dict[str, Any]] = answer["SecurityGroupRules"]
    return rules


async def describe(ctx: Context, group_id: str) -> dict[str, Any]:
    (group,) = (await call_ec2(ctx, "DescribeSecurityGroups", GroupIds=[group_id]))["SecurityGroups"]
    return dict(group)


async def found_names(ctx: Context, **filters: Sequence[str]) -> list[str]:
    asked = [{"Name": name.replace("__", ".").replace("_", "-"), "Values": values} for name, values in filters.items()]
    groups = (await call_ec2(ctx, "DescribeSecurityGroups", Filters=asked))["SecurityGroups"]
    return sorted(group["GroupName"] for group in groups)


def default_id(ctx: Context) -> str:
    return networks.default_security_group(ctx).id


# --- groups --------------------------------------------------------------------------------------


async def test_the_default_group_is_there_and_admits_itself(ctx: Context) -> None:
    group = await describe(ctx, default_id(ctx))

    assert (group["GroupName"], group["Description"]) == ("default", "default VPC security group")
    (permission,) = group["IpPermissions"]
    assert permission["IpProtocol"] == "-1"
    assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [group["GroupId"]]
    assert [each["CidrIp"] for each in group["IpPermissionsEgress"][0]["IpRanges"]] == ["0.0.0.0/0"]


async def test_a_new_group_lets_nothing_in_and_everything_out(ctx: Context) -> None:
    made = await call_ec2(
        ctx,
        "CreateSecurityGroup",
        GroupName="web",
        Description="of web servers",
        VpcId=networks.default_vpc_id(ctx),
        TagSpecifications=[{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "shop"}]}],
    )

    group = await describe(ctx, made["GroupId"])
    assert (group["GroupName"], group["Description"], group["IpPermissions"]) == ("web", "of web servers", [])
    assert group["IpPermissionsEgress"][0]["IpProtocol"] == "-1"
    assert group["Tags"] == made["Tags"] == [{"Key": "team", "Value": "shop"}]
    assert made["SecurityGroupArn"].endswith(f":security-group/{made['GroupId']}")


async def test_a_dry_run_changes_nothing_and_says_what_the_call_would(ctx: Context) -> None:
    parameters = {"GroupName": "web", "Description": "of a test", "DryRun": True}

    with pytest.raises(faults.DryRunOperation):
        await call_ec2(ctx, "CreateSecurityGroup", **parameters)
    assert await found_names(ctx) == ["default"]

    await make_security_group(ctx, "web")
    with pytest.raises(faults.InvalidGroupDuplicate):
        await call_ec2(ctx, "CreateSecurityGroup", **parameters)


REFUSED_GROUPS: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"GroupName": "default"}, faults.InvalidParameterValue, "reserved"),
    ({"GroupName": "sg-web"}, faults.InvalidParameterValue, "sg-"),
    ({"GroupName": "x" * 256}, faults.InvalidParameterValue, "255 characters"),
    ({"GroupName": "wéb"}, faults.InvalidParameterValue, "a-zA-Z0-9"),
    ({"Description": 'quo"te'}, faults.InvalidParameterValue, "security group description"),
    ({"VpcId": "vpc-elsewhere"}, faults.InvalidVpcIdNotFound, "vpc-elsewhere"),
    (
        {"TagSpecifications": [{"ResourceType": "vpc", "Tags": []}]},
        faults.InvalidParameterValue,
        "not a valid taggable resource type",
    ),
)


@pytest.mark.parametrize(("parameters", "fault", "words"), REFUSED_GROUPS)
async def test_a_group_that_cannot_be_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], words: str
) -> None:
    with pytest.raises(fault, match=words):
        await call_ec2(ctx, "CreateSecurityGroup", **({"GroupName": "web", "Description": "of a test"} | parameters))


async def test_a_region_s_quota_of_groups_is_kept(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), vpc_security_groups=2))

    await make_security_group(small, "first")

    with pytest.raises(faults.SecurityGroupLimitExceeded, match="2"):
        await make_security_group(small, "second")


async def test_a_group_is_deleted_with_its_tags_and_then_unknown(ctx: Context) -> None:
    group_id = await make_security_group(ctx)
    await call_ec2(ctx, "CreateTags", Resources=[group_id], Tags=[{"Key": "team", "Value": "shop"}])

    await call_ec2(ctx, "DeleteSecurityGroup", GroupId=group_id)

    assert (await call_ec2(ctx, "DescribeTags"))["Tags"] == []
    with pytest.raises(faults.InvalidGroupNotFound, match=group_id):
        await describe(ctx, group_id)
    with pytest.raises(faults.InvalidGroupNotFound, match=group_id):
        await call_ec2(ctx, "DeleteSecurityGroup", GroupId=group_id)


async def test_what_is_needed_cannot_be_deleted(ctx: Context) -> None:
    used, named = await make_security_group(ctx, "used"), await make_security_group(ctx, "named")
    naming = await make_security_group(ctx, "naming")
    await create_cluster(ctx, SecurityGroupIds=[used])
    await authorize(ctx, naming, REDIS | {"UserIdGroupPairs": [{"GroupId": named}, {"GroupId": naming}]})

    for needed in (used, named):
        with pytest.raises(faults.DependencyViolation, match=needed):
            await call_ec2(ctx, "DeleteSecurityGroup", GroupId=needed)
    with pytest.raises(faults.CannotDelete):
        await call_ec2(ctx, "DeleteSecurityGroup", GroupName="default")

    await call_ec2(ctx, "DeleteSecurityGroup", GroupId=naming)  # that it names itself is no dependency
    await call_ec2(ctx, "DeleteSecurityGroup", GroupId=named)
    await forget(ctx, "sessions", Form.CACHE_CLUSTER)
    await call_ec2(ctx, "DeleteSecurityGroup", GroupId=used)
    assert await found_names(ctx) == ["default"]


async def test_a_group_that_a_memcached_cluster_has_is_not_deleted(ctx: Context) -> None:
    used = await make_security_group(ctx, "used")
    network = replace(memcached_cluster().network, security_group_ids=(used,))
    await ctx.store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, memcached_cluster(network=network)))

    with pytest.raises(faults.DependencyViolation, match=used):
        await call_ec2(ctx, "DeleteSecurityGroup", GroupId=used)

    await ctx.store.write(lambda tx: memcached_clusters.remove_memcached_cluster(tx, memcached_cluster().key))
    await call_ec2(ctx, "DeleteSecurityGroup", GroupId=used)


async def test_filters_leave_what_matches_all_of_them(ctx: Context) -> None:
    web, cache = await make_security_group(ctx, "web"), await make_security_group(ctx, "cache")
    await authorize(ctx, cache, REDIS | {"UserIdGroupPairs": [{"GroupId": web}]}, FROM_TEN)
    await call_ec2(ctx, "CreateTags", Resources=[web], Tags=[{"Key": "team", "Value": "shop"}])

    assert await found_names(ctx, group_name=["we?"]) == ["web"]
    assert await found_names(ctx, group_name=["*"], vpc_id=[networks.default_vpc_id(ctx)]) == [
        "cache",
        "default",
        "web",
    ]
    assert await found_names(ctx, group_name=["\\*"]) == []
    assert await found_names(ctx, ip_permission__group_id=[web]) == ["cache"]
    assert await found_names(ctx, ip_permission__group_name=["web"]) == ["cache"]
    assert await found_names(ctx, ip_permission__cidr=["10.0.0.0/8"], ip_permission__from_port=["6379"]) == ["cache"]
    assert await found_names(ctx, egress__ip_permission__cidr=["0.0.0.0/0"]) == ["cache", "default", "web"]
    assert await found_names(ctx, tag_key=["team"]) == ["web"]
    assert await found_names(ctx, **{"tag:team": ["shop", "else"]}) == ["web"]
    with pytest.raises(faults.InvalidParameterValue, match="'moon' is invalid"):
        await found_names(ctx, moon=["full"])


async def test_a_long_list_comes_a_page_at_a_time(ctx: Context) -> None:
    for number in range(7):
        await make_security_group(ctx, f"web-{number}")

    first = await call_ec2(ctx, "DescribeSecurityGroups", MaxResults=5)
    second = await call_ec2(ctx, "DescribeSecurityGroups", MaxResults=5, NextToken=first["NextToken"])

    names = [group["GroupName"] for page in (first, second) for group in page["SecurityGroups"]]
    assert sorted(names) == ["default", *(f"web-{number}" for number in range(7))]
    assert "NextToken" not in second
    with pytest.raises(faults.InvalidParameterValue, match="NextToken"):
        await call_ec2(ctx, "DescribeSecurityGroups", NextToken="made-up")


# --- rules ---------------------------------------------------------------------------------------


async def test_what_is_authorized_is_read_back_in_both_forms(ctx: Context) -> None:
    group_id = await make_security_group(ctx)

    rules = await authorize(
        ctx,
        group_id,
        REDIS
        | {
            "IpRanges": [{"CidrIp": "10.1.2.3/8", "Description": "the office"}, {"CidrIp": "192.0.2.7/32"}],
            "Ipv6Ranges": [{"CidrIpv6": "2001:DB8::/32"}],
            "UserIdGroupPairs": [{"GroupId": default_id(ctx)}],
        },
    )

    (permission,) = (await describe(ctx, group_id))["IpPermissions"]
    assert (permission["IpProtocol"], permission["FromPort"], permission["ToPort"]) == ("tcp", 6379, 6379)
    assert permission["IpRanges"] == [
        {"CidrIp": "10.0.0.0/8", "Description": "the office"},
        {"CidrIp": "192.0.2.7/32"},
    ]
    assert permission["Ipv6Ranges"] == [{"CidrIpv6": "2001:db8::/32"}]
    assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [default_id(ctx)]
    told = await call_ec2(
        ctx, "DescribeSecurityGroupRules", SecurityGroupRuleIds=[rule["SecurityGroupRuleId"] for rule in rules]
    )
    by_id = {rule["SecurityGroupRuleId"]: rule for rule in told["SecurityGroupRules"]}
    assert [by_id[rule["SecurityGroupRuleId"]] for rule in rules] == rules
    assert [rule["IsEgress"] for rule in rules] == [False] * 4


async def test_the_older_parameters_for_one_rule_are_taken(ctx: Context) -> None:
    group_id = await make_security_group(ctx)

    await call_ec2(
        ctx, "AuthorizeSecurityGroupIngress", GroupName="web", IpProtocol="6", FromPort=6379, ToPort=6380,
        CidrIp="0.0.0.0/0",
    )  # fmt: skip

    (permission,) = (await describe(ctx, group_id))["IpPermissions"]
    assert (permission["IpProtocol"], permission["ToPort"]) == ("tcp", 6380)


async def test_a_rule_for_all_protocols_has_no_ports(ctx: Context) -> None:
    group_id = await make_security_group(ctx)

    (rule,) = await authorize(
        ctx, group_id, {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    )

    (permission,) = (await describe(ctx, group_id))["IpPermissions"]
    assert "FromPort" not in permission
    assert (rule["FromPort"], rule["ToPort"]) == (-1, -1)


REFUSED_RULES: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    (FROM_TEN, faults.InvalidPermissionDuplicate, "peer: 10.0.0.0/8, TCP, from port: 6379, to port: 6379, ALLOW"),
    (REDIS | {"IpRanges": [{"CidrIp": "192.0.2.0/24"}] * 2}, faults.InvalidParameterValue, "multiple times"),
    (REDIS, faults.MissingParameter, "source or destination"),
    (REDIS | {"IpRanges": [{"CidrIp": "10.0.0.0"}]}, faults.InvalidParameterValue, "malformed"),
    (REDIS | {"IpRanges": [{"CidrIp": "10.0.0.0/33"}]}, faults.InvalidParameterValue, "malformed"),
    (REDIS | {"Ipv6Ranges": [{"CidrIpv6": "10.0.0.0/8"}]}, faults.InvalidParameterValue, "malformed"),
    (REDIS | {"UserIdGroupPairs": [{"GroupId": "sg-0"}]}, faults.InvalidGroupNotFound, "sg-0"),
    (REDIS | {"UserIdGroupPairs": [{"GroupId": "web"}]}, faults.InvalidGroupIdMalformed, "expecting"),
    (REDIS | {"PrefixListIds": [{"PrefixListId": "pl-1"}]}, faults.UnsupportedOperation, "prefix lists"),
    (FROM_TEN | {"IpProtocol": "carrier-pigeon"}, faults.InvalidParameterValue, "Unknown protocol"),
    (FROM_TEN | {"ToPort": 80}, faults.InvalidParameterValue, "Invalid TCP/UDP port range"),
    (FROM_TEN | {"ToPort": 65536}, faults.InvalidParameterValue, "Invalid TCP/UDP port range"),
    (
        {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
        faults.InvalidParameterValue,
        "both from and to ports",
    ),
    (
        REDIS | {"IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "é"}]},
        faults.InvalidParameterValue,
        "rule description",
    ),
)


@pytest.mark.parametrize(("permission", "fault", "words"), REFUSED_RULES)
async def test_a_rule_that_cannot_be_is_refused_and_its_call_with_it(
    ctx: Context, permission: dict[str, Any], fault: type[Fault], words: str
) -> None:
    group_id = await make_security_group(ctx)
    await authorize(ctx, group_id)
    before = await describe(ctx, group_id)

    with pytest.raises(fault, match=re.escape(words)):
        await authorize(ctx, group_id, REDIS | {"IpRanges": [{"CidrIp": "203.0.113.0/24"}]}, permission)

    assert await describe(ctx, group_id) == before


async def test_a_group_s_quota_of_rules_is_kept_for_each_direction(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), rules_per_security_group=1))
    group_id = await make_security_group(small)

    await authorize(small, group_id)

    with pytest.raises(faults.RulesPerSecurityGroupLimitExceeded, match="1"):
        await authorize(small, group_id, REDIS | {"IpRanges": [{"CidrIp": "192.0.2.0/24"}]})


async def test_rules_are_revoked_by_what_they_allow_and_by_id(ctx: Context) -> None:
    group_id = await make_security_group(ctx)
    (first,) = await authorize(ctx, group_id)
    (second,) = await authorize(ctx, group_id, REDIS | {"IpRanges": [{"CidrIp": "192.0.2.0/24"}]})

    by_words = await call_ec2(
        ctx,
        "RevokeSecurityGroupIngress",
        GroupId=group_id,
        IpPermissions=[REDIS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "no part of the rule"}]}],
    )
    by_id = await call_ec2(
        ctx, "RevokeSecurityGroupIngress", GroupId=group_id, SecurityGroupRuleIds=[second["SecurityGroupRuleId"]]
    )

    assert by_words["UnknownIpPermissions"] == []
    assert by_words["RevokedSecurityGroupRules"][0]["SecurityGroupRuleId"] == first["SecurityGroupRuleId"]
    assert by_id["RevokedSecurityGroupRules"][0]["CidrIpv4"] == "192.0.2.0/24"
    assert (await describe(ctx, group_id))["IpPermissions"] == []


async def test_what_a_revoke_does_not_find_is_told_as_aws_s_default_vpc_does(ctx: Context) -> None:
    """Terraform revokes `::/0` of every new group, which a VPC without IPv6 does not have."""
    group_id = await make_security_group(ctx)
    everything = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}

    answer = await call_ec2(
        ctx,
        "RevokeSecurityGroupEgress",
        GroupId=group_id,
        IpPermissions=[
            everything | {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            everything | {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        ],
    )

    assert [each["Ipv6Ranges"] for each in answer["UnknownIpPermissions"]] == [[{"CidrIpv6": "::/0"}]]
    assert (await describe(ctx, group_id))["IpPermissionsEgress"] == []
    with pytest.raises(faults.InvalidSecurityGroupRuleIdNotFound, match="sgr-0"):
        await call_ec2(ctx, "RevokeSecurityGroupEgress", GroupId=group_id, SecurityGroupRuleIds=["sgr-0"])


async def test_a_rule_is_modified_in_place(ctx: Context) -> None:
    group_id = await make_security_group(ctx)
    (rule,) = await authorize(ctx, group_id)
    rule_id = rule["SecurityGroupRuleId"]
    wanted = {"IpProtocol": "tcp", "FromPort": 6380, "ToPort": 6380, "CidrIpv4": "10.0.0.0/8", "Description": "tls"}

    await call_ec2(
        ctx,
        "ModifySecurityGroupRules",
        GroupId=group_id,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule_id, "SecurityGroupRule": wanted}],
    )

    filters = [{"Name": "group-id", "Values": [group_id]}]
    told = (await call_ec2(ctx, "DescribeSecurityGroupRules", Filters=filters))["SecurityGroupRules"]
    (changed,) = [each for each in told if not each["IsEgress"]]
    assert (changed["SecurityGroupRuleId"], changed["FromPort"], changed["Description"]) == (rule_id, 6380, "tls")
    with pytest.raises(faults.InvalidParameterValue, match="exactly one"):
        await call_ec2(
            ctx,
            "ModifySecurityGroupRules",
            GroupId=group_id,
            SecurityGroupRules=[
                {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": wanted | {"ReferencedGroupId": group_id}}
            ],
        )


async def test_rules_are_described_anew_by_what_they_allow_and_by_id(ctx: Context) -> None:
    group_id = await make_security_group(ctx)
    await authorize(ctx, group_id)
    group = await describe(ctx, group_id)
    outward = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "out"}]}
    filters = [{"Name": "group-id", "Values": [group_id]}]

    await call_ec2(ctx, "UpdateSecurityGroupRuleDescriptionsEgress", GroupId=group["GroupId"], IpPermissions=[outward])
    rules = (await call_ec2(ctx, "DescribeSecurityGroupRules", Filters=filters))["SecurityGroupRules"]
    (inward,) = [rule for rule in rules if not rule["IsEgress"]]
    await call_ec2(
        ctx,
        "UpdateSecurityGroupRuleDescriptionsIngress",
        GroupId=group_id,
        SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": inward["SecurityGroupRuleId"], "Description": "in"}],
    )

    told = (await call_ec2(ctx, "DescribeSecurityGroupRules", Filters=filters))["SecurityGroupRules"]
    assert {rule["IsEgress"]: rule["Description"] for rule in told} == {True: "out", False: "in"}
    with pytest.raises(faults.InvalidPermissionNotFound):
        await call_ec2(ctx, "UpdateSecurityGroupRuleDescriptionsIngress", GroupId=group_id, IpPermissions=[outward])
    with pytest.raises(faults.MissingParameter):
        await call_ec2(ctx, "UpdateSecurityGroupRuleDescriptionsIngress", GroupId=group_id)


async def test_the_default_group_can_be_changed_and_stays_what_it_is(ctx: Context) -> None:
    group_id = default_id(ctx)
    itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}

    await call_ec2(ctx, "RevokeSecurityGroupIngress", GroupId=group_id, IpPermissions=[itself])
    await authorize(ctx, group_id)

    group = await describe(ctx, group_id)
    assert (group["GroupName"], len(group["IpPermissions"])) == ("default", 1)
    assert group["IpPermissions"][0]["FromPort"] == 6379
    assert await found_names(ctx) == ["default"]


async def test_regions_do_not_see_each_other_s_groups(ctx: Context) -> None:
    group_id = await make_security_group(ctx)
    elsewhere = dataclasses.replace(ctx, region=Region("eu-west-1"))

    with pytest.raises(faults.InvalidGroupNotFound):
        await describe(elsewhere, group_id)
    assert await found_names(elsewhere) == ["default"]
    assert default_id(elsewhere) != default_id(ctx)
