"""Which values a parameter may be given."""

import pytest

from elastane.catalog import families
from elastane.model import faults
from elastane.model.replication_groups import EngineName, Software
from elastane.service.elasticache.parameter_values import checked_values, refuse_contradiction, refuse_unfit

SOFTWARE = Software(
    engine=EngineName.VALKEY, version="9.1", node_type="cache.t4g.micro", parameter_group_name="mine", port=6379
)

ALLOWED = (
    ("valkey9", "maxmemory-policy", "allkeys-lfu"),
    ("valkey9", "maxmemory-samples", "64"),
    ("redis7", "maxmemory-samples", "2147483647"),
    ("valkey9", "timeout", "0"),
    ("valkey9", "timeout", "20"),
    ("valkey9", "slowlog-log-slower-than", "-1"),
    ("valkey9", "slowlog-log-slower-than", "9223372036854775807"),
    ("valkey9", "repl-backlog-size", "4294967296"),
    ("valkey9", "notify-keyspace-events", ""),
    ("valkey9", "notify-keyspace-events", "KEA"),
    ("valkey9", "notify-keyspace-events", "n$K"),
    ("valkey9", "rename-commands", ""),
    ("valkey9", "cluster-enabled", "yes"),
    ("valkey9", "databases", "1"),
    ("memcached1.6", "chunk_size_growth_factor", "1.07"),
    ("memcached1.6", "slab_automove", "2"),
    ("memcached1.6", "no_modern", "1"),
    ("memcached1.6", "binding_protocol", "ascii"),
)

REFUSED = (
    ("valkey9", "no-such-parameter", "1", "Parameter no-such-parameter doesn't exist"),
    ("valkey9", "repl-timeout", "5", "doesn't exist"),
    ("redis7", "commandlog-reply-larger-than", "5", "doesn't exist"),
    ("valkey9", "maxmemory", "1", "maxmemory cannot be modified"),
    ("valkey9", "appendonly", "yes", "appendonly cannot be modified"),
    ("redis7", "activerehashing", "no", "activerehashing cannot be modified"),
    ("valkey9", "maxmemory-policy", "Allkeys-LRU", "not valid for the parameter maxmemory-policy. Allowed values: vol"),
    ("valkey9", "maxmemory-samples", "65", "Allowed values: 1-64"),
    ("valkey9", "maxmemory-samples", "0", "not valid"),
    ("valkey9", "maxmemory-samples", "03", "not valid"),
    ("valkey9", "maxmemory-samples", "+3", "not valid"),
    ("valkey9", "maxmemory-samples", "3.0", "not valid"),
    ("valkey9", "maxmemory-samples", "three", "not valid"),
    ("valkey9", "maxmemory-samples", "", "The value that is empty"),
    ("valkey9", "maxmemory-samples", "٣", "not valid"),
    ("valkey9", "maxmemory-samples", "9" * 5000, "not valid"),
    ("redis7", "maxmemory-samples", "2147483648", "at most 2147483647"),
    ("valkey9", "timeout", "19", "Allowed values: 0,20-"),
    ("valkey9", "slowlog-log-slower-than", "-2", "not valid"),
    ("valkey9", "repl-backlog-size", "64mb", "not valid"),
    ("valkey9", "repl-backlog-size", "16383", "not valid"),
    ("valkey9", "activedefrag", "on", "Allowed values: yes,no"),
    ("valkey9", "notify-keyspace-events", "KEQ", "characters"),
    ("valkey9", "notify-keyspace-events", "KK", "each once"),
    ("valkey9", "notify-keyspace-events", "AKEn", "n not beside A"),
    ("valkey9", "notify-keyspace-events", "Kg$lshzxetdn", "n not beside A"),
    ("valkey9", "rename-commands", "keys blocked", "does not rename or block commands"),
    ("memcached1.6", "chunk_size_growth_factor", "1", "not valid"),
    ("memcached1.6", "chunk_size_growth_factor", "nan", "not valid"),
    ("memcached1.6", "no_modern", "yes", "Allowed values: 0,1"),
    ("memcached1.6", "num_threads", "4", "cannot be modified"),
)


@pytest.mark.parametrize(("family", "name", "value"), ALLOWED)
def test_a_value_within_what_the_parameter_allows_is_taken_as_it_is(family: str, name: str, value: str) -> None:
    assert checked_values(family, {name: value}) == {name: value}


@pytest.mark.parametrize(("family", "name", "value", "sentence"), REFUSED)
def test_any_other_value_is_refused_with_what_is_allowed(family: str, name: str, value: str, sentence: str) -> None:
    with pytest.raises(faults.InvalidParameterValue) as refusal:
        checked_values(family, {"timeout": "20"} | {name: value} if family != "memcached1.6" else {name: value})

    assert sentence in refusal.value.message


@pytest.mark.parametrize("family", families.FAMILIES)
def test_every_default_that_can_be_changed_can_be_said(family: str) -> None:
    defaults = {
        each.name: each.value for each in families.parameters(family) if each.is_modifiable and each.value is not None
    }

    assert checked_values(family, defaults) == defaults


CONTRADICTIONS = (
    ({"reserved-memory": "1", "reserved-memory-percent": "25"}, "exclude each other"),
    ({"reserved-memory-percent": "100"}, "leaves no memory"),
)


@pytest.mark.parametrize(("values", "sentence"), CONTRADICTIONS)
def test_values_that_contradict_each_other_are_refused(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match=sentence):
        refuse_contradiction(values)


def test_reserving_nothing_in_bytes_leaves_the_percentage() -> None:
    refuse_contradiction({"reserved-memory": "0", "reserved-memory-percent": "50"})
    refuse_contradiction({"reserved-memory": "1048576"})


UNFIT = (
    ({"reserved-memory": "536870912"}, "leaves no memory for data on cache.t4g.micro"),
    ({"activedefrag": "yes"}, "activedefrag cannot be yes for valkey 9.1"),
)


@pytest.mark.parametrize(("values", "sentence"), UNFIT)
def test_values_that_a_cache_s_nodes_cannot_run_with_are_refused(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match=sentence):
        refuse_unfit(values, SOFTWARE, can_defragment=False)


def test_an_engine_built_for_it_defragments() -> None:
    refuse_unfit({"activedefrag": "yes", "reserved-memory": "536870911"}, SOFTWARE, can_defragment=True)
