"""Which permissions a call takes, what it says of itself, and what a caller is answered who may not."""

from typing import Any

import pytest
from botocore.loaders import Loader

from elastane.catalog import permissions
from elastane.model import faults, sns_faults
from elastane.model.callers import Caller, Surroundings, general_values, root_of, user_arn
from elastane.model.secrets import AccessKeyId, Secret
from elastane.service.authorization import needs, refuse_unauthorized
from elastane.service.condition_keys import keys_of_call, tag_values
from elastane.service.context import Context
from elastane.service.parameters import Parameters
from tests.kit.contexts import ACCOUNT_ID, NOW, REGION, call, create_group
from tests.unit.service.policies import HERE, allow, arn_of, caller, deny


def asked(action: str, **parameters: Any) -> list[tuple[str, str]]:
    """The permissions of a call: action without its service, resource without what all ARNs here begin with."""
    row = permissions.get_permission("elasticache", action)
    found = needs(row, "elasticache", action, Parameters(parameters), region=REGION, account_id=ACCOUNT_ID)
    beginning = arn_of("", "").rstrip(":") + ":"
    return [(need.action.partition(":")[2], need.resource.removeprefix(beginning)) for need in found]


async def refused(ctx: Context, who: Caller, action: str, **parameters: Any) -> str | None:
    """The sentence of the refusal; None where the call is allowed."""
    try:
        await refuse_unauthorized(ctx, who, "elasticache", action, Parameters(parameters), HERE)
    except faults.AccessDenied as denial:
        return denial.message
    return None


# --- the permissions of a call -------------------------------------------------------------------


def test_a_creation_is_asked_about_everything_that_it_names() -> None:
    found = asked(
        "CreateReplicationGroup",
        ReplicationGroupId="Orders",
        CacheParameterGroupName="tuned",
        CacheSubnetGroupName="Nightly",
        UserGroupIds=["app", "ops"],
        SnapshotName="monday",
    )

    assert found == [
        ("CreateReplicationGroup", resource)
        for resource in (
            "replicationgroup:orders",
            "parametergroup:tuned",
            "subnetgroup:nightly",
            "snapshot:monday",
            "usergroup:app",
            "usergroup:ops",
        )
    ]


def test_tags_on_a_creation_need_a_permission_of_their_own() -> None:
    found = asked("CreateCacheSubnetGroup", CacheSubnetGroupName="nightly", Tags=[{"Key": "team", "Value": "shop"}])

    assert found == [
        ("CreateCacheSubnetGroup", "subnetgroup:nightly"),
        ("AddTagsToResource", "subnetgroup:nightly"),
    ]
    assert len(asked("CreateCacheSubnetGroup", CacheSubnetGroupName="nightly", Tags=[])) == 1


def test_a_last_snapshot_needs_a_permission_of_its_own() -> None:
    found = asked("DeleteReplicationGroup", ReplicationGroupId="orders", FinalSnapshotIdentifier="last")

    assert found == [
        ("DeleteReplicationGroup", "replicationgroup:orders"),
        ("DeleteReplicationGroup", "snapshot:last"),
        ("CreateSnapshot", "replicationgroup:orders"),
        ("CreateSnapshot", "snapshot:last"),
    ]


@pytest.mark.parametrize(
    ("action", "parameters", "resources"),
    [
        ("DescribeReplicationGroups", {}, ["replicationgroup:*"]),
        ("DescribeReplicationGroups", {"ReplicationGroupId": ""}, ["replicationgroup:*"]),
        ("DescribeReplicationGroups", {"ReplicationGroupId": "ORDERS"}, ["replicationgroup:orders"]),
        ("DescribeUpdateActions", {}, ["cluster:*", "replicationgroup:*"]),
        ("DescribeUpdateActions", {"CacheClusterIds": ["a", "b"]}, ["cluster:a", "cluster:b"]),
        ("DescribeEvents", {"SourceIdentifier": "orders"}, ["*"]),
        ("RebootCacheCluster", {"CacheClusterId": "orders-001"}, ["cluster:orders-001"]),
        (
            "CreateCacheCluster",
            {"CacheClusterId": "orders-002", "ReplicationGroupId": "orders"},
            ["cluster:orders-002", "replicationgroup:orders"],
        ),
        ("ListTagsForResource", {"ResourceName": arn_of("cluster", "Orders-001")}, ["cluster:orders-001"]),
        ("ListTagsForResource", {"ResourceName": "orders"}, ["orders"]),
        (
            "ModifyUserGroup",
            {"UserGroupId": "app", "UserIdsToAdd": ["ada"], "UserIdsToRemove": ["bob"]},
            ["usergroup:app", "user:ada", "user:bob"],
        ),
    ],
)
def test_a_call_is_asked_about_what_it_names_and_else_about_all_of_the_kind(
    action: str, parameters: dict[str, Any], resources: list[str]
) -> None:
    assert asked(action, **parameters) == [(action, resource) for resource in resources]


def test_a_global_datastore_has_no_region() -> None:
    (found,) = asked("DescribeGlobalReplicationGroups", GlobalReplicationGroupId="ldgnf-world")

    assert found[1] == f"arn:aws:elasticache::{ACCOUNT_ID}:globalreplicationgroup:ldgnf-world"


# --- what a call says of itself ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "parameters", "key", "values"),
    [
        ("CreateReplicationGroup", {}, "EngineType", ("redis",)),
        ("CreateReplicationGroup", {"Engine": "Valkey"}, "EngineType", ("valkey",)),
        ("CreateReplicationGroup", {"PrimaryClusterId": "orders"}, "EngineType", ()),
        ("CreateCacheCluster", {"CacheClusterId": "a", "ReplicationGroupId": "orders"}, "EngineType", ()),
        ("CreateReplicationGroup", {"EngineVersion": "8.1"}, "EngineVersion", ("8.1",)),
        ("CreateReplicationGroup", {}, "EngineVersion", ()),
        ("CreateReplicationGroup", {"CacheNodeType": "cache.t3.micro"}, "CacheNodeType", ("cache.t3.micro",)),
        ("CreateReplicationGroup", {}, "TransitEncryptionEnabled", ("false",)),
        ("CreateReplicationGroup", {"TransitEncryptionEnabled": True}, "TransitEncryptionEnabled", ("true",)),
        ("ModifyReplicationGroup", {}, "TransitEncryptionEnabled", ()),
        ("CreateReplicationGroup", {}, "AtRestEncryptionEnabled", ("false",)),
        ("CreateReplicationGroup", {}, "AuthTokenEnabled", ("false",)),
        ("CreateReplicationGroup", {"AuthToken": "a-token-of-sixteen"}, "AuthTokenEnabled", ("true",)),
        ("ModifyReplicationGroup", {}, "AuthTokenEnabled", ()),
        ("ModifyReplicationGroup", {"AuthTokenUpdateStrategy": "DELETE"}, "AuthTokenEnabled", ("false",)),
        ("CreateReplicationGroup", {}, "AutomaticFailoverEnabled", ()),
        ("CreateReplicationGroup", {"AutomaticFailoverEnabled": False}, "AutomaticFailoverEnabled", ("false",)),
        ("CreateReplicationGroup", {}, "MultiAZEnabled", ("false",)),
        ("CreateReplicationGroup", {"MultiAZEnabled": True}, "MultiAZEnabled", ("true",)),
        ("CreateReplicationGroup", {"PreferredCacheClusterAZs": ["a", "b"]}, "MultiAZEnabled", ("true",)),
        ("ModifyReplicationGroup", {}, "MultiAZEnabled", ()),
        ("ModifyReplicationGroup", {"MultiAZEnabled": False}, "MultiAZEnabled", ("false",)),
        ("CreateCacheCluster", {"Engine": "Memcached"}, "EngineType", ("memcached",)),
        ("CreateCacheCluster", {"Engine": "memcached", "AZMode": "cross-az"}, "MultiAZEnabled", ("true",)),
        ("CreateCacheCluster", {"PreferredAvailabilityZones": ["a", "b"]}, "MultiAZEnabled", ("true",)),
        ("ModifyCacheCluster", {"AZMode": "single-az"}, "MultiAZEnabled", ("false",)),
        ("ModifyCacheCluster", {"AZMode": "cross-az"}, "MultiAZEnabled", ("true",)),
        ("ModifyCacheCluster", {"NewAvailabilityZones": ["a", "b"]}, "MultiAZEnabled", ("true",)),
        ("ModifyCacheCluster", {"NewAvailabilityZones": ["a", "a"]}, "MultiAZEnabled", ()),
        ("CreateReplicationGroup", {}, "ClusterModeEnabled", ("false",)),
        ("CreateReplicationGroup", {"NumNodeGroups": 2}, "ClusterModeEnabled", ("true",)),
        ("CreateReplicationGroup", {"ClusterMode": "enabled"}, "ClusterModeEnabled", ("true",)),
        ("CreateReplicationGroup", {"ClusterMode": "disabled"}, "ClusterModeEnabled", ("false",)),
        (
            "CreateReplicationGroup",
            {"CacheParameterGroupName": "default.valkey8.cluster.on"},
            "ClusterModeEnabled",
            ("true",),
        ),
        ("ModifyReplicationGroup", {}, "ClusterModeEnabled", ()),
        ("CreateReplicationGroup", {"CacheParameterGroupName": "Tuned"}, "CacheParameterGroupName", ("tuned",)),
        ("CreateReplicationGroup", {}, "NumNodeGroups", ("1",)),
        ("CreateReplicationGroup", {"NumNodeGroups": 3}, "NumNodeGroups", ("3",)),
        ("CreateReplicationGroup", {"NodeGroupConfiguration": [{}, {}]}, "NumNodeGroups", ("2",)),
        ("ModifyReplicationGroupShardConfiguration", {"NodeGroupCount": 5}, "NumNodeGroups", ("5",)),
        ("CreateReplicationGroup", {}, "ReplicasPerNodeGroup", ()),
        ("CreateReplicationGroup", {"NumCacheClusters": 3}, "ReplicasPerNodeGroup", ("2",)),
        ("CreateReplicationGroup", {"ReplicasPerNodeGroup": 0}, "ReplicasPerNodeGroup", ("0",)),
        (
            "CreateReplicationGroup",
            {"NodeGroupConfiguration": [{"ReplicaCount": 1}, {"ReplicaCount": 5}, {"ReplicaCount": 1}]},
            "ReplicasPerNodeGroup",
            ("1", "5"),
        ),
        ("IncreaseReplicaCount", {"NewReplicaCount": 4}, "ReplicasPerNodeGroup", ("4",)),
        ("IncreaseReplicaCount", {"ReplicaConfiguration": [{"NewReplicaCount": 5}]}, "ReplicasPerNodeGroup", ("5",)),
        ("CreateReplicationGroup", {"SnapshotRetentionLimit": 0}, "SnapshotRetentionLimit", ("0",)),
        ("CreateReplicationGroup", {"KmsKeyId": "alias/mine"}, "KmsKeyId", ("alias/mine",)),
        ("CreateUser", {"AuthenticationMode": {"Type": "iam"}}, "UserAuthenticationMode", ("iam",)),
        ("CreateUser", {"NoPasswordRequired": True}, "UserAuthenticationMode", ("no-password-required",)),
        ("CreateUser", {"Passwords": ["a-password-of-sixteen"]}, "UserAuthenticationMode", ("password",)),
        ("CreateUser", {}, "UserAuthenticationMode", ()),
        (
            "CreateServerlessCache",
            {"CacheUsageLimits": {"DataStorage": {"Maximum": 10, "Unit": "GB"}}},
            "MaximumDataStorage",
            ("10",),
        ),
        (
            "CreateServerlessCache",
            {"CacheUsageLimits": {"DataStorage": {"Maximum": 10, "Unit": "GB"}}},
            "DataStorageUnit",
            ("GB",),
        ),
        (
            "ModifyServerlessCache",
            {"CacheUsageLimits": {"ECPUPerSecond": {"Minimum": 1000}}},
            "MinimumECPUPerSecond",
            ("1000",),
        ),
        ("ModifyServerlessCache", {}, "MaximumECPUPerSecond", ()),
        ("CreateServerlessCache", {"MajorEngineVersion": "8"}, "EngineVersion", ("8",)),
    ],
)
def test_a_key_says_what_the_call_means(
    action: str, parameters: dict[str, Any], key: str, values: tuple[str, ...]
) -> None:
    row = permissions.get_permission("elasticache", action)

    found = keys_of_call(row, Parameters(parameters))

    assert found.get(f"elasticache:{key}".lower(), ()) == values


def test_every_key_of_the_table_can_be_read_from_a_call() -> None:
    for action in permissions.actions():
        keys_of_call(permissions.get_permission("elasticache", action), Parameters({}))


def test_the_global_keys_say_who_calls_when_and_from_where() -> None:
    found = general_values(caller(allow("*"), name="ci"), ACCOUNT_ID, HERE)

    assert found == {
        "aws:principalaccount": ("000000000000",),
        "aws:principalarn": ("arn:aws:iam::000000000000:user/ci",),
        "aws:principaltype": ("User",),
        "aws:userid": ("AIDACI",),
        "aws:username": ("ci",),
        "aws:currenttime": ("2026-11-23T12:00:00Z",),
        "aws:epochtime": ("1795435200",),
        "aws:requestedregion": ("us-east-1",),
        "aws:securetransport": ("false",),
        "aws:sourceip": ("127.0.0.1",),
        "aws:useragent": ("aws-cli/2",),
    }


def test_tags_of_a_call_are_keys_without_case() -> None:
    tags = [{"Key": "Team", "Value": "shop"}, {"Key": "team", "Value": "pay"}, {"Key": "cost"}]

    assert tag_values(Parameters({"Tags": tags})) == {
        "aws:requesttag/team": ("shop", "pay"),
        "aws:requesttag/cost": ("",),
        "aws:tagkeys": ("Team", "team", "cost"),
    }
    assert tag_values(Parameters({"TagKeys": ["a"]})) == {"aws:tagkeys": ("a",)}
    assert tag_values(Parameters({})) == {}


@pytest.mark.parametrize(
    ("address", "said"),
    [("::ffff:203.0.113.7", "203.0.113.7"), ("::1", "::1"), ("fe80::1%eth0", "fe80::1"), ("127.0.0.1", "127.0.0.1")],
)
def test_an_address_is_said_as_policies_name_it(address: str, said: str) -> None:
    surroundings = Surroundings(now=NOW, region=REGION, source_ip=address, is_encrypted=True, user_agent=None)

    found = general_values(caller(allow("*")), ACCOUNT_ID, surroundings)

    assert (found["aws:sourceip"], found["aws:securetransport"]) == ((said,), ("true",))
    assert "aws:useragent" not in found


SHAPES = Loader().load_service_model("elasticache", "service-2")


def everything_of(shape_name: str) -> Any:
    """A value that says all that a shape of the published model can say."""
    shape = SHAPES["shapes"][shape_name]
    match shape["type"]:
        case "structure":
            return {name: everything_of(member["shape"]) for name, member in shape["members"].items()}
        case "list":
            return [everything_of(shape["member"]["shape"])] * 2
        case "boolean":
            return True
        case "integer":
            return 2
        case "timestamp":
            return NOW
        case _:
            return "Said"


@pytest.mark.parametrize("action", sorted(permissions.actions()))
def test_a_call_that_says_all_it_can_is_understood(action: str) -> None:
    row = permissions.get_permission("elasticache", action)
    parameters = Parameters(everything_of(SHAPES["operations"][action]["input"]["shape"]))

    found = needs(row, "elasticache", action, parameters, region=REGION, account_id=ACCOUNT_ID)
    keys = keys_of_call(row, parameters)

    assert len(found) >= max(1, len(row.resources))
    assert all(need.resource == need.resource.lower() for need in found)
    assert set(keys) == {f"elasticache:{key}".lower() for key in row.keys}


# --- refused, and let through --------------------------------------------------------------------


async def test_the_refusal_is_said_in_aws_s_words(ctx: Context) -> None:
    who = caller(allow("elasticache:Describe*"), deny("elasticache:Delete*", arn_of("replicationgroup", "prod-*")))

    assert await refused(ctx, who, "DescribeReplicationGroups") is None
    assert await refused(ctx, who, "CreateReplicationGroup", ReplicationGroupId="orders") == (
        "User: arn:aws:iam::000000000000:user/ci is not authorized to perform: elasticache:CreateReplicationGroup on "
        "resource: arn:aws:elasticache:us-east-1:000000000000:replicationgroup:orders because no identity-based policy "
        "allows the elasticache:CreateReplicationGroup action"
    )
    assert await refused(ctx, who, "DeleteReplicationGroup", ReplicationGroupId="PROD-1") == (
        "User: arn:aws:iam::000000000000:user/ci is not authorized to perform: elasticache:DeleteReplicationGroup on "
        "resource: arn:aws:elasticache:us-east-1:000000000000:replicationgroup:prod-1 with an explicit deny in an "
        "identity-based policy"
    )


async def test_the_root_is_asked_nothing(ctx: Context) -> None:
    root = root_of(ACCOUNT_ID, AccessKeyId("AKIAROOT"), Secret("swordfish"))

    assert await refused(ctx, root, "DeleteReplicationGroup", ReplicationGroupId="prod") is None


async def test_everybody_may_ask_who_they_are(ctx: Context) -> None:
    await refuse_unauthorized(ctx, caller(deny("*")), "sts", "GetCallerIdentity", Parameters({}), HERE)


@pytest.mark.parametrize(
    ("service", "fault"),
    [("ec2", faults.UnauthorizedOperation), ("cloudtrail", faults.AccessDeniedException), ("sts", faults.AccessDenied)],
)
async def test_each_service_refuses_with_its_own_code(ctx: Context, service: str, fault: type[faults.Fault]) -> None:
    with pytest.raises(fault, match=rf"not authorized to perform: {service}:Paint on resource: \* because"):
        await refuse_unauthorized(ctx, caller(allow("s3:*")), service, "Paint", Parameters({}), HERE)


async def test_every_resource_of_a_call_must_be_allowed(ctx: Context) -> None:
    groups_only = caller(allow("elasticache:*", "arn:aws:elasticache:*:*:replicationgroup:*"))
    parameters = {"ReplicationGroupId": "orders", "CacheSubnetGroupName": "nightly"}

    sentence = await refused(ctx, groups_only, "CreateReplicationGroup", **parameters)

    assert sentence is not None
    assert "on resource: arn:aws:elasticache:us-east-1:000000000000:subnetgroup:nightly because" in sentence


async def test_what_aws_documents_as_a_limit_of_node_types_is_one(ctx: Context) -> None:
    """From "Using condition keys" in the ElastiCache User Guide: what else is named is allowed without conditions."""
    who = caller(
        allow(
            "elasticache:CreateReplicationGroup",
            ["arn:aws:elasticache:*:*:parametergroup:*", "arn:aws:elasticache:*:*:subnetgroup:*"],
        ),
        allow(
            "elasticache:CreateReplicationGroup",
            "arn:aws:elasticache:*:*:replicationgroup:*",
            StringEquals={"elasticache:CacheNodeType": ["cache.t2.micro", "cache.t2.medium"]},
            NumericLessThanEquals={"elasticache:NumNodeGroups": "20"},
        ),
    )
    named = {"ReplicationGroupId": "orders", "CacheSubnetGroupName": "nightly"}

    assert await refused(ctx, who, "CreateReplicationGroup", **named, CacheNodeType="cache.t2.micro") is None
    assert await refused(ctx, who, "CreateReplicationGroup", **named, CacheNodeType="cache.r5.large") is not None
    assert await refused(ctx, who, "CreateReplicationGroup", **named) is not None
    many: dict[str, Any] = {"CacheNodeType": "cache.t2.micro", "NumNodeGroups": 21}
    assert await refused(ctx, who, "CreateReplicationGroup", **named, **many) is not None


async def test_one_shard_of_too_many_replicas_is_enough_to_be_denied(ctx: Context) -> None:
    who = caller(allow("*"), deny("*", NumericGreaterThan={"elasticache:ReplicasPerNodeGroup": "2"}))
    shards = [{"ReplicaCount": 1}, {"ReplicaCount": 5}]

    sentence = await refused(
        ctx, who, "CreateReplicationGroup", ReplicationGroupId="orders", NodeGroupConfiguration=shards
    )

    assert sentence is not None and "explicit deny" in sentence


async def test_a_resource_s_tags_decide_over_it(ctx: Context) -> None:
    await create_group(ctx, "orders", Tags=[{"Key": "Team", "Value": "shop"}])
    await create_group(ctx, "carts", Tags=[{"Key": "Team", "Value": "pay"}])
    who = caller(allow("elasticache:*", StringEquals={"aws:ResourceTag/team": "shop"}))

    assert await refused(ctx, who, "DeleteReplicationGroup", ReplicationGroupId="ORDERS") is None
    assert await refused(ctx, who, "RebootCacheCluster", CacheClusterId="orders-001") is None
    assert await refused(ctx, who, "DeleteReplicationGroup", ReplicationGroupId="carts") is not None
    assert await refused(ctx, who, "DescribeReplicationGroups") is not None
    resource: dict[str, Any] = {"ResourceName": arn_of("replicationgroup", "Orders"), "TagKeys": ["Team"]}
    assert await refused(ctx, who, "RemoveTagsFromResource", **resource) is None


async def test_a_tag_that_was_taken_away_decides_no_more(ctx: Context) -> None:
    await create_group(ctx, "orders", Tags=[{"Key": "team", "Value": "shop"}])
    who = caller(allow("elasticache:*", StringEquals={"aws:ResourceTag/team": "shop"}))
    await call(ctx, "RemoveTagsFromResource", ResourceName=arn_of("replicationgroup", "orders"), TagKeys=["team"])

    assert await refused(ctx, who, "DeleteReplicationGroup", ReplicationGroupId="orders") is not None


async def test_tags_on_a_creation_can_be_asked_for_and_forbidden(ctx: Context) -> None:
    must = caller(
        allow(["elasticache:Create*", "elasticache:AddTagsToResource"], StringLike={"aws:RequestTag/team": "?*"})
    )
    may_not = caller(allow("elasticache:Create*"))
    tagged: dict[str, Any] = {"CacheSubnetGroupName": "nightly", "Tags": [{"Key": "team", "Value": "shop"}]}

    assert await refused(ctx, must, "CreateCacheSubnetGroup", **tagged) is None
    assert await refused(ctx, must, "CreateCacheSubnetGroup", CacheSubnetGroupName="nightly") is not None
    sentence = await refused(ctx, may_not, "CreateCacheSubnetGroup", **tagged)
    assert sentence is not None and "to perform: elasticache:AddTagsToResource on resource" in sentence


@pytest.mark.parametrize(
    ("service", "action", "fault", "spelled"),
    [
        ("cloudwatch", "PutMetricData", faults.AccessDenied, "cloudwatch:PutMetricData"),
        ("sns", "Publish", sns_faults.AuthorizationError, "SNS:Publish"),
        ("logs", "GetLogEvents", faults.AccessDeniedException, "logs:GetLogEvents"),
    ],
)
async def test_each_service_has_its_own_word_for_who_may_not(
    ctx: Context, service: str, action: str, fault: type[faults.Fault], spelled: str
) -> None:
    with pytest.raises(fault) as denial:
        await refuse_unauthorized(ctx, caller(allow("elasticache:*")), service, action, Parameters({}), HERE)
    await refuse_unauthorized(ctx, caller(allow(f"{service}:{action}")), service, action, Parameters({}), HERE)

    assert denial.value.message.startswith(
        f"User: {user_arn(ACCOUNT_ID, 'ci')} is not authorized to perform: {spelled}"
    )
