"""Parameter group families: inheritance, default groups, and what an engine is started with."""

import pytest

from elastane.catalog import engine_versions, families, node_types
from elastane.catalog.families import AppliedBy, ChangeType, Parameter, UnknownFamilyError
from elastane.catalog.node_types import NodeType


def parameter(family: str, name: str) -> Parameter | None:
    return next((found for found in families.parameters(family) if found.name == name), None)


def micro() -> NodeType:
    found = node_types.find_node_type("cache.t4g.micro")
    assert found is not None
    return found


def test_each_family_has_a_default_group_without_and_with_cluster_mode() -> None:
    groups = {group.name: group for group in families.default_parameter_groups()}

    assert groups["default.valkey9"].description == "Default parameter group for valkey9"
    assert groups["default.valkey9.cluster.on"].family == "valkey9"
    assert groups["default.valkey9.cluster.on"].is_cluster_mode_enabled
    assert "default.memcached1.6" in groups and "default.memcached1.6.cluster.on" not in groups
    assert len(groups) == 2 * len(families.FAMILIES) - 1


def test_a_default_group_is_found_by_the_name_a_cache_is_given() -> None:
    name = families.default_parameter_group_name("redis7", is_cluster_mode_enabled=True)

    found = families.find_default_parameter_group(name)

    assert found is not None
    assert found.family == "redis7"
    assert families.find_default_parameter_group("default.redis2.6") is None


def test_every_version_of_valkey_belongs_to_a_family_we_have() -> None:
    valkey_families = {known.family for known in engine_versions.known_versions("valkey")}

    assert valkey_families <= set(families.FAMILIES)


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(UnknownFamilyError, match=r"redis2\.6"):
        families.parameters("redis2.6")


def test_a_later_family_changes_removes_and_adds() -> None:
    changed, before = parameter("valkey8", "repl-backlog-size"), parameter("valkey7", "repl-backlog-size")

    assert changed is not None and changed.value == "10485760"
    assert before is not None and before.value == "1048576"
    assert parameter("redis7", "hash-max-ziplist-entries") is None
    assert parameter("redis7", "hash-max-listpack-entries") is not None
    assert parameter("valkey9", "lazyfree-lazy-user-del") is None


def test_valkey_7_has_the_parameters_of_redis_7() -> None:
    assert {found.name for found in families.parameters("valkey7")} == {
        found.name for found in families.parameters("redis7")
    }


@pytest.mark.parametrize("family", families.FAMILIES)
def test_every_parameter_is_complete_and_in_order(family: str) -> None:
    found = families.parameters(family)

    assert [each.name for each in found] == sorted(each.name for each in found)
    assert all(each.description.endswith(".") for each in found)
    assert {each.name for each in found if each.value is None} == set(families.node_type_values(family, micro()))


@pytest.mark.parametrize("family", families.FAMILIES)
def test_a_default_is_among_the_values_it_allows(family: str) -> None:
    for found in families.parameters(family):
        choices = found.allowed_values.split(",")
        if found.value is None or not found.allowed_values or any("-" in choice[1:] for choice in choices):
            continue

        assert found.value in choices, found.name


def test_a_parameter_needs_at_least_the_oldest_version_of_its_family() -> None:
    inherited, own = parameter("valkey8", "acl-pubsub-default"), parameter("valkey8", "commandlog-reply-larger-than")

    assert inherited is not None and inherited.minimum_engine_version == "8.0"
    assert own is not None and own.minimum_engine_version == "8.1"


def test_databases_rehashing_and_the_cluster_mode_need_a_reboot() -> None:
    rebooting = {found.name for found in families.parameters("redis6.x") if found.is_conditionally_modifiable}
    immediate = {found.name for found in families.parameters("valkey9") if found.change_type is ChangeType.IMMEDIATE}

    assert rebooting == {"activerehashing", "cluster-enabled", "databases"}
    assert {"maxmemory-policy", "timeout", "reserved-memory-percent"} <= immediate


def test_an_engine_is_not_told_what_only_aws_knows() -> None:
    told = families.engine_parameters("valkey9", micro(), engine_version="9.1.2")

    service, nobody = (
        {found.name for found in families.parameters("valkey9") if found.applied_by is applied_by}
        for applied_by in (AppliedBy.SERVICE, AppliedBy.NOBODY)
    )
    assert {"reserved-memory-percent", "cluster-enabled"} <= service
    assert "close-on-replica-write" in nobody
    assert (service | nobody).isdisjoint(told)


def test_memcached_s_parameters_depend_on_the_node_type_in_memory_and_threads() -> None:
    assert families.node_type_values("memcached1.6", micro()) == {"max_cache_memory": "512", "num_threads": "2"}
    assert families.engine("memcached1.6") == "memcached"
    assert not families.has_cluster_mode("memcached1.6")


def test_what_a_group_changes_takes_the_place_of_the_default() -> None:
    changed = {"maxmemory-policy": "allkeys-lru", "reserved-memory-percent": "50", "commandlog-reply-larger-than": "1"}

    told = families.engine_parameters("valkey8", micro(), engine_version="8.0", changed=changed)

    assert told["maxmemory-policy"] == "allkeys-lru"
    assert told["maxmemory"] == str(536_870_912 // 2)
    assert "commandlog-reply-larger-than" not in told


def test_an_engine_is_told_what_the_tutorial_relies_on() -> None:
    told = families.engine_parameters("valkey9", micro(), engine_version="9.1")

    assert told["maxmemory-policy"] == "volatile-lru"
    assert told["maxmemory"] == "402653184"
    assert told["notify-keyspace-events"] == ""
    assert told["client-output-buffer-limit"] == (
        "normal 0 0 0 replica 53687091 53687091 60 pubsub 33554432 8388608 60"
    )
    assert not any(name.startswith("client-output-buffer-limit-") for name in told)


@pytest.mark.parametrize("family", ["redis7", "valkey7", "valkey8", "valkey9"])
def test_latencies_are_tracked_whatever_a_customer_says(family: str) -> None:
    told = families.engine_parameters(family, micro(), changed={"latency-tracking": "no"})

    assert told["latency-tracking"] == "yes"


def test_latencies_are_not_tracked_by_who_does_not_know_the_word() -> None:
    assert "latency-tracking" not in families.engine_parameters("redis6.x", micro())


def test_an_older_engine_of_a_family_is_spared_directives_it_does_not_know() -> None:
    old = families.engine_parameters("valkey8", micro(), engine_version="8.0.1")
    new = families.engine_parameters("valkey8", micro(), engine_version="8.1.0")
    unsaid = families.engine_parameters("valkey8", micro())

    assert "commandlog-reply-larger-than" in new
    assert "commandlog-reply-larger-than" not in old
    assert unsaid == old
