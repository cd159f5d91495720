"""The seven actions on parameter groups, with boto3: the default groups, and those of one's own."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from elastane.catalog import families
from elastane.catalog.families import FAMILIES
from tests.conformance.caches import Caches, connected, primary_endpoint, refused
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION

MISSING = "there-is-no-such-parameter-group"


def test_the_default_groups_are_listed_with_and_without_cluster_mode(client: Any) -> None:
    listed = client.describe_cache_parameter_groups()["CacheParameterGroups"]

    groups = [group for group in listed if group["CacheParameterGroupName"].startswith("default.")]  # not other tests'
    names = [group["CacheParameterGroupName"] for group in groups]
    assert names == sorted(names)
    assert {"default.valkey9", "default.valkey9.cluster.on", "default.redis7"} <= set(names)
    for group in groups:
        assert group["CacheParameterGroupName"].startswith(f"default.{group['CacheParameterGroupFamily']}")
        assert group["ARN"] == (
            f"arn:aws:elasticache:{REGION}:000000000000:parametergroup:{group['CacheParameterGroupName']}"
        )
        assert group["IsGlobal"] is False
        assert group["Description"]


def test_a_group_is_found_by_its_name(client: Any) -> None:
    (group,) = client.describe_cache_parameter_groups(CacheParameterGroupName="default.valkey9")["CacheParameterGroups"]

    assert group["CacheParameterGroupFamily"] == "valkey9"


def test_a_group_that_is_not_there_is_not_found(client: Any) -> None:
    with refused("CacheParameterGroupNotFound", 404, "mine"):
        client.describe_cache_parameter_groups(CacheParameterGroupName="mine")


def test_groups_come_in_pages(client: Any) -> None:
    pages = client.get_paginator("describe_cache_parameter_groups").paginate(PaginationConfig={"PageSize": 20})

    listed = [group for page in pages for group in page["CacheParameterGroups"]]
    assert listed == client.describe_cache_parameter_groups()["CacheParameterGroups"]
    with refused("InvalidParameterValue", words="MaxRecords"):
        client.describe_cache_parameter_groups(MaxRecords=101)


# --- one's own -----------------------------------------------------------------------------------


class Groups:
    """The parameter groups of one test; deleted after its caches are."""

    def __init__(self, client: Any, prefix: str) -> None:
        self.client = client
        self.prefix = prefix

    def make(self, suffix: str = "mine", family: str = "valkey9", **parameters: Any) -> str:
        """Answers its name."""
        asked = {
            "CacheParameterGroupName": f"{self.prefix}-{suffix}",
            "CacheParameterGroupFamily": family,
            "Description": "of a test",
        }
        created = self.client.create_cache_parameter_group(**asked | parameters)["CacheParameterGroup"]
        return str(created["CacheParameterGroupName"])

    def modify(self, name: str, **values: str) -> Any:
        """Underscores stand for hyphens."""
        pairs = [{"ParameterName": each.replace("_", "-"), "ParameterValue": value} for each, value in values.items()]
        return self.client.modify_cache_parameter_group(CacheParameterGroupName=name, ParameterNameValues=pairs)

    def parameters(self, name: str, **source: str) -> dict[str, Any]:
        pages = self.client.get_paginator("describe_cache_parameters").paginate(CacheParameterGroupName=name, **source)
        return {each["ParameterName"]: each for page in pages for each in page["Parameters"]}

    def values(self, name: str, source: str = "user") -> dict[str, str]:
        return {each: found.get("ParameterValue", "") for each, found in self.parameters(name, Source=source).items()}

    def delete_all(self) -> None:
        pages = self.client.get_paginator("describe_cache_parameter_groups").paginate()
        for name in list(pages.search("CacheParameterGroups[].CacheParameterGroupName")):
            if name.startswith(f"{self.prefix}-"):
                with contextlib.suppress(ClientError):  # of a cache that is still on its way out
                    self.client.delete_cache_parameter_group(CacheParameterGroupName=name)


@pytest.fixture
def groups(caches: Caches) -> Iterator[Groups]:
    made = Groups(caches.client, caches.prefix)
    yield made
    caches.delete_all()
    made.delete_all()


def test_every_parameter_of_a_creation_is_read_back(client: Any, groups: Groups) -> None:
    name = groups.make("Mixed-Case", Tags=[{"Key": "team", "Value": "checkout"}])

    (group,) = client.describe_cache_parameter_groups(CacheParameterGroupName=name.upper())["CacheParameterGroups"]

    assert name == f"{groups.prefix}-mixed-case"
    assert group == {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": "valkey9",
        "Description": "of a test",
        "IsGlobal": False,
        "ARN": f"arn:aws:elasticache:{REGION}:000000000000:parametergroup:{name}",
    }
    assert client.list_tags_for_resource(ResourceName=group["ARN"])["TagList"] == [{"Key": "team", "Value": "checkout"}]


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"CacheParameterGroupName": "-begins-with-a-hyphen"}, "InvalidParameterValue", "valid identifier"),
        ({"CacheParameterGroupName": "two--hyphens"}, "InvalidParameterValue", "valid identifier"),
        ({"CacheParameterGroupName": "a" * 256}, "InvalidParameterValue", "255"),
        ({"CacheParameterGroupName": "default.valkey9"}, "InvalidParameterValue", "valid identifier"),
        ({"CacheParameterGroupFamily": "redis2.4"}, "InvalidParameterValue", "redis2.4"),
        ({"Description": "d" * 256}, "InvalidParameterValue", "255"),
        ({"Tags": [{"Key": "aws:mine", "Value": ""}]}, "InvalidParameterValue", "reserved"),
    ],
)
def test_a_creation_that_cannot_be_is_refused(
    groups: Groups, parameters: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, words=words):
        groups.make(**parameters)


def test_a_name_that_is_taken_is_refused_whatever_its_case(groups: Groups) -> None:
    groups.make("taken")

    with refused("CacheParameterGroupAlreadyExists", words="already exists"):
        groups.make("Taken")


def test_changed_values_are_the_user_s_and_no_others(groups: Groups) -> None:
    name = groups.make()

    answer = groups.modify(name, maxmemory_policy="allkeys-lru", notify_keyspace_events="Ex", timeout="0")

    assert answer["CacheParameterGroupName"] == name
    assert groups.values(name) == {"maxmemory-policy": "allkeys-lru", "notify-keyspace-events": "Ex", "timeout": "0"}
    assert "timeout" not in groups.values(name, "system")
    assert groups.values(name, "engine-default") == {}


async def test_a_change_is_in_force_within_moments_and_shown_as_such(caches: Caches, groups: Groups) -> None:
    name = groups.make()
    group_id = caches.make_group(CacheParameterGroupName=name, NumCacheClusters=2)
    group = caches.group(group_id)
    with connected(primary_endpoint(group)) as engine:
        memory = engine.info("memory")["maxmemory"]

        groups.modify(name, maxmemory_policy="noeviction", reserved_memory_percent="50")

        await eventually(lambda: engine.info("memory")["maxmemory_policy"] == "noeviction")
        assert engine.info("memory")["maxmemory"] == memory * 2 // 3
    in_sync = {"CacheParameterGroupName": name, "ParameterApplyStatus": "in-sync", "CacheNodeIdsToReboot": []}
    # The engine has it before the pass has looked that tells so.
    await eventually(lambda: caches.cluster(f"{group_id}-001")["CacheParameterGroup"] == in_sync)


async def test_what_needs_a_reboot_waits_for_it(caches: Caches, groups: Groups) -> None:
    name = groups.make()
    cluster_id = caches.make_cluster(CacheParameterGroupName=name)

    def shown() -> tuple[str, list[str], str]:
        cluster = caches.cluster(cluster_id)
        found = cluster["CacheParameterGroup"]
        (node,) = cluster["CacheNodes"] or [{"ParameterGroupStatus": ""}]
        return found["ParameterApplyStatus"], found["CacheNodeIdsToReboot"], node["ParameterGroupStatus"]

    groups.modify(name, databases="4")
    await eventually(lambda: shown() == ("pending-reboot", ["0001"], "pending-reboot"))
    caches.client.reboot_cache_cluster(CacheClusterId=cluster_id, CacheNodeIdsToReboot=["0001"])
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)

    await eventually(lambda: shown() == ("in-sync", [], "in-sync"))
    (node,) = caches.cluster(cluster_id)["CacheNodes"]
    with connected(node["Endpoint"]) as engine, pytest.raises(Exception, match="out of range"):
        engine.execute_command("SELECT", 4)


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"maxmemory_policy": "sometimes"}, "InvalidParameterValue", "Allowed values"),
        ({"maxmemory_samples": "65"}, "InvalidParameterValue", "1-64"),
        ({"no_such_parameter": "1"}, "InvalidParameterValue", "doesn't exist"),
        ({"maxmemory": "1000000"}, "InvalidParameterValue", "cannot be modified"),
        ({"notify_keyspace_events": "everything"}, "InvalidParameterValue", "characters"),
        ({"reserved_memory": "1", "reserved_memory_percent": "1"}, "InvalidParameterCombination", "exclude"),
        ({"reserved_memory_percent": "100"}, "InvalidParameterCombination", "no memory"),
        ({f"parameter_{number}": "1" for number in range(21)}, "InvalidParameterCombination", "more than 20"),
    ],
)
def test_a_wrong_value_is_refused_before_anything_changes(
    groups: Groups, values: dict[str, str], code: str, words: str
) -> None:
    name = groups.make()
    groups.modify(name, timeout="60")

    with refused(code, words=words):
        groups.modify(name, **{"timeout": "90"} | values if len(values) < 20 else values)

    assert groups.values(name) == {"timeout": "60"}


def test_a_reset_takes_back_what_is_named_or_all(client: Any, groups: Groups) -> None:
    name = groups.make()
    groups.modify(name, timeout="60", tcp_keepalive="60", lfu_decay_time="2")

    client.reset_cache_parameter_group(
        CacheParameterGroupName=name, ParameterNameValues=[{"ParameterName": "timeout", "ParameterValue": "60"}]
    )
    some = groups.values(name)
    answer = client.reset_cache_parameter_group(CacheParameterGroupName=name, ResetAllParameters=True)

    assert some == {"tcp-keepalive": "60", "lfu-decay-time": "2"}
    assert answer["CacheParameterGroupName"] == name
    assert groups.values(name) == {}


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({}, "InvalidParameterCombination", 400, "Either ResetAllParameters"),
        (
            {"ResetAllParameters": True, "ParameterNameValues": [{"ParameterName": "timeout"}]},
            "InvalidParameterCombination",
            400,
            "Either",
        ),
        ({"ParameterNameValues": [{"ParameterName": "nothing"}]}, "InvalidParameterValue", 400, "doesn't exist"),
        (
            {"ParameterNameValues": [{"ParameterName": "timeout"}, {"ParameterName": "timeout"}]},
            "InvalidParameterValue",
            400,
            "more than once",
        ),
        (
            {"CacheParameterGroupName": MISSING, "ResetAllParameters": True},
            "CacheParameterGroupNotFound",
            404,
            MISSING,
        ),
        (
            {"CacheParameterGroupName": "default.redis7", "ResetAllParameters": True},
            "InvalidCacheParameterGroupState",
            400,
            "default",
        ),
    ],
)
def test_a_reset_that_cannot_be_is_refused(
    client: Any, groups: Groups, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    name = groups.make()

    with refused(code, status, words):
        client.reset_cache_parameter_group(**{"CacheParameterGroupName": name} | parameters)


def test_changes_of_groups_that_are_not_there_or_not_one_s_own_are_refused(groups: Groups) -> None:
    with refused("CacheParameterGroupNotFound", 404, MISSING):
        groups.modify(MISSING, timeout="60")
    with refused("InvalidCacheParameterGroupState", words="default parameter group"):
        groups.modify("default.valkey9", timeout="60")


def test_a_deleted_group_is_gone_and_its_answer_has_no_result(client: Any, groups: Groups) -> None:
    name = groups.make()

    answer = client.delete_cache_parameter_group(CacheParameterGroupName=name)

    assert set(answer) == {"ResponseMetadata"}
    with refused("CacheParameterGroupNotFound", 404, name):
        client.describe_cache_parameters(CacheParameterGroupName=name)


def test_a_group_that_is_used_a_default_one_and_one_that_is_not_there_cannot_be_deleted(
    client: Any, caches: Caches, groups: Groups
) -> None:
    name = groups.make()
    caches.make_group(CacheParameterGroupName=name, NumCacheClusters=1)

    with refused("InvalidCacheParameterGroupState", words="still members of this parameter group"):
        client.delete_cache_parameter_group(CacheParameterGroupName=name)
    with refused("InvalidCacheParameterGroupState", words="cannot be deleted"):
        client.delete_cache_parameter_group(CacheParameterGroupName="default.valkey9.cluster.on")
    with refused("CacheParameterGroupNotFound", 404, MISSING):
        client.delete_cache_parameter_group(CacheParameterGroupName=MISSING)


def test_a_group_with_cluster_enabled_makes_a_cluster(caches: Caches, groups: Groups) -> None:
    name = groups.make()
    groups.modify(name, cluster_enabled="yes")

    group = caches.group(caches.make_group(CacheParameterGroupName=name, AutomaticFailoverEnabled=True))

    assert (group["ClusterEnabled"], group["ClusterMode"]) == (True, "enabled")
    with refused("InvalidCacheParameterGroupState", words="cluster-enabled"):
        groups.modify(name, cluster_enabled="no")
    with refused("InvalidParameterCombination", words="should be disabled"):
        caches.ask_for_cluster(CacheParameterGroupName=name)


def test_a_cache_of_another_family_cannot_use_the_group(caches: Caches, groups: Groups) -> None:
    name = groups.make(family="redis7")

    with refused("InvalidParameterCombination", words="family valkey9 but found one of family redis7"):
        caches.ask_for_group(CacheParameterGroupName=name)


# --- parameters ----------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_lists_its_parameters_in_pages(client: Any, family: str) -> None:
    pages = client.get_paginator("describe_engine_default_parameters").paginate(
        CacheParameterGroupFamily=family, PaginationConfig={"PageSize": 20}
    )

    listed = [page["EngineDefaults"] for page in pages]
    names = [each["ParameterName"] for page in listed for each in page["Parameters"]]
    specific = [each["ParameterName"] for page in listed for each in page.get("CacheNodeTypeSpecificParameters", [])]
    assert sorted([*names, *specific]) == [each.name for each in families.parameters(family)]
    assert len(listed) > 1
    assert {page["CacheParameterGroupFamily"] for page in listed} == {family}
    assert len(specific) == (2 if family == "memcached1.6" else 3)


def test_what_depends_on_the_node_type_is_listed_by_node_type(client: Any) -> None:
    defaults = client.describe_engine_default_parameters(CacheParameterGroupFamily="valkey9")["EngineDefaults"]

    memory = next(each for each in defaults["CacheNodeTypeSpecificParameters"] if each["ParameterName"] == "maxmemory")
    values = {each["CacheNodeType"]: each["Value"] for each in memory["CacheNodeTypeSpecificValues"]}
    assert values["cache.t3.micro"] == "536870912"
    assert memory["IsModifiable"] is False and memory["Source"] == "system"


@pytest.mark.parametrize(
    ("parameters", "code", "status"),
    [
        ({"CacheParameterGroupName": MISSING}, "CacheParameterGroupNotFound", 404),
        ({"Source": "mine"}, "InvalidParameterValue", 400),
        ({"MaxRecords": 19}, "InvalidParameterValue", 400),
        ({"MaxRecords": 101}, "InvalidParameterValue", 400),
        ({"Marker": "elsewhere"}, "InvalidParameterValue", 400),
    ],
)
def test_a_wrong_question_about_parameters_is_refused(
    client: Any, parameters: dict[str, Any], code: str, status: int
) -> None:
    with refused(code, status):
        client.describe_cache_parameters(**{"CacheParameterGroupName": "default.valkey9"} | parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"CacheParameterGroupFamily": "redis2.6"},
        {"CacheParameterGroupFamily": ""},
        {"CacheParameterGroupFamily": "Valkey9"},
        {"MaxRecords": 10},
        {"Marker": "elsewhere"},
    ],
)
def test_a_wrong_question_about_defaults_is_refused(client: Any, parameters: dict[str, Any]) -> None:
    with refused("InvalidParameterValue"):
        client.describe_engine_default_parameters(**{"CacheParameterGroupFamily": "valkey9"} | parameters)


def test_a_group_of_memcached_can_be_made_changed_and_reset(client: Any, groups: Groups) -> None:
    name = groups.make(family="memcached1.6")

    client.modify_cache_parameter_group(
        CacheParameterGroupName=name,
        ParameterNameValues=[{"ParameterName": "max_item_size", "ParameterValue": "2097152"}],
    )
    changed = groups.values(name)
    client.reset_cache_parameter_group(CacheParameterGroupName=name, ResetAllParameters=True)

    assert changed == {"max_item_size": "2097152"}
    assert groups.values(name) == {}
