"""The tables of metrics are AWS's list, with nothing left out, and say what they must."""

import re

import pytest

from elastane.metrics.definitions import ABSENT, DEFINITIONS, definitions_of
from elastane.metrics.derivations import Definition, Derivation, ExposedType, GroupSet
from elastane.model.engine_names import EngineName

HOST = """
CPUUtilization CPUCreditBalance CPUCreditUsage FreeableMemory SwapUsage MajorPageFaults NetworkBytesIn NetworkBytesOut
NetworkPacketsIn NetworkPacketsOut NetworkMaxBytesIn NetworkMaxBytesOut NetworkMaxPacketsIn NetworkMaxPacketsOut
NetworkBandwidthInAllowanceExceeded NetworkBandwidthOutAllowanceExceeded NetworkConntrackAllowanceExceeded
NetworkLinkLocalAllowanceExceeded NetworkPacketsPerSecondAllowanceExceeded NetworkBaselineUsageInPercentage
NetworkBaselineUsageOutPercentage NetworkBaselineMaxUsageInPercentage NetworkBaselineMaxUsageOutPercentage
"""

ENGINE = """
ActiveDefragHits AuthenticationFailures CommandAuthorizationFailures KeyAuthorizationFailures
ChannelAuthorizationFailures DatabaseAuthorizationFailures BytesUsedForCache UsedMemoryDataset BytesReadFromDisk
BytesWrittenToDisk NumItemsReadFromDisk NumItemsWrittenToDisk CacheHits CacheMisses CacheHitRate CurrConnections
NewConnections BlockedConnections RejectedConnections CurrItems CurrVolatileItems CurrItemsWithVolatileFields Reclaimed
ReclaimedFields Evictions DatabaseMemoryUsagePercentage DatabaseMemoryUsageCountedForEvictPercentage
DatabaseCapacityUsagePercentage DatabaseCapacityUsageCountedForEvictPercentage DB0AverageTTL EngineCPUUtilization
IsMaster KeysTracked MemoryFragmentationRatio AllocatorFragmentationBytes AllocatorFragmentationRatio
MasterLinkHealthStatus ReplicationBytes ReplicationLag GlobalDatastoreReplicationLag SaveInProgress
TrafficManagementActive IamAuthenticationExpirations IamAuthenticationThrottling SuccessfulReadRequestLatency
SuccessfulWriteRequestLatency ErrorCount ProcessedCommands PubSubChannels PubSubShardChannels SearchNumberOfIndexes
SearchTotalIndexedDocuments SearchUsedMemoryBytes DurabilityLag DurabilityBufferExceededErrorCount
"""

FAMILIES = """
ClusterBased EvalBased GeoSpatialBased GetType HashBased HyperLogLogBased JsonBased JsonBasedGet JsonBasedSet KeyBased
ListBased NonKeyType PubSubBased SetBased SetType SortedSetBased StringBased StreamBased SearchBased SearchBasedGet
SearchBasedSet
"""

MEMCACHED = """
BytesReadIntoMemcached BytesWrittenOutFromMemcached BytesUsedForCacheItems BytesUsedForHash CasBadval CasHits CasMisses
CmdFlush CmdGet CmdSet CmdTouch CmdConfigGet CmdConfigSet CurrConfig CurrConnections CurrItems DecrHits DecrMisses
DeleteHits DeleteMisses IncrHits IncrMisses GetHits GetMisses TouchHits TouchMisses Evictions EvictedUnfetched
ExpiredUnfetched Reclaimed SlabsMoved NewConnections NewItems UnusedMemory
"""


def names_of(engine: EngineName) -> set[str]:
    return {definition.name for definition in definitions_of(engine)}


@pytest.mark.parametrize("engine", [EngineName.VALKEY, EngineName.REDIS])
def test_both_tables_together_are_every_metric_that_aws_has(engine: EngineName) -> None:
    names = {*HOST.split(), *ENGINE.split()}
    names |= {f"{family}{end}" for family in FAMILIES.split() for end in ("Cmds", "CmdsLatency")}

    assert names_of(engine) | ABSENT.keys() == names
    assert not names_of(engine) & ABSENT.keys()


def test_of_memcached_there_is_every_metric_that_aws_has_but_those_of_the_host_that_are_absent() -> None:
    assert names_of(EngineName.MEMCACHED) == {*MEMCACHED.split(), *HOST.split()} - ABSENT.keys()


def test_every_metric_of_memcached_is_also_told_of_the_cluster() -> None:
    assert all(definition.is_listed_by_cluster for definition in definitions_of(EngineName.MEMCACHED))


@pytest.mark.parametrize("engine", list(EngineName))
def test_no_metric_of_an_engine_is_defined_twice(engine: EngineName) -> None:
    assert len(names_of(engine)) == len(definitions_of(engine))


def test_a_name_that_two_engines_have_has_one_unit() -> None:
    units = {(definition.name, definition.unit) for definition in DEFINITIONS}

    assert len({definition.name for definition in DEFINITIONS}) == len(units)


def test_what_is_absent_has_a_sentence_for_it() -> None:
    assert all(re.fullmatch(r"[A-Z].+\.", sentence) for sentence in ABSENT.values())


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_a_derivation_has_the_fields_that_it_needs(definition: Definition) -> None:
    counts = {
        Derivation.DIFFERENCE: {2},
        Derivation.PERCENT_OF: {2, 3},
        Derivation.PERCENT_OF_GROWTH: {2},
        Derivation.SHARE: {2},
        Derivation.MEAN: {2},
    }

    assert len(definition.fields) in counts.get(definition.derivation, {1})
    assert definition.source


def test_only_three_metrics_are_told_of_whole_groups() -> None:
    told = {definition.name: definition.group_sets for definition in DEFINITIONS if definition.group_sets}

    assert told == {
        "EngineCPUUtilization": (GroupSet.GROUP, GroupSet.NODE_GROUP, GroupSet.ROLE),
        "DatabaseMemoryUsageCountedForEvictPercentage": (GroupSet.GROUP, GroupSet.NODE_GROUP),
        "DatabaseCapacityUsageCountedForEvictPercentage": (GroupSet.GROUP, GroupSet.NODE_GROUP),
    }


def test_two_metrics_are_told_by_tier() -> None:
    assert {definition.name for definition in DEFINITIONS if definition.has_tier} == {"BytesUsedForCache", "CurrItems"}


EXPOSED = [definition.exposed for definition in DEFINITIONS if definition.exposed is not None]


def test_exposed_names_follow_prometheus_rules_and_end_with_their_unit() -> None:
    for exposed in EXPOSED:
        assert re.fullmatch(r"(redis|memcached|elastane_node)_[a-z0-9_]+", exposed.name)
        assert exposed.name.endswith("_total") == (exposed.type is ExposedType.COUNTER)
        assert exposed.help.endswith(".")


def test_a_name_that_opentelemetry_has_is_that_name_spelled_for_prometheus() -> None:
    named = [exposed for exposed in EXPOSED if exposed.opentelemetry_name is not None]

    assert len(named) >= 12
    for exposed in named:
        assert exposed.opentelemetry_name is not None
        assert exposed.name.startswith(exposed.opentelemetry_name.replace(".", "_"))
    assert all(exposed.name.startswith("elastane_") for exposed in EXPOSED if exposed not in named)


def test_one_name_has_one_type_and_one_help() -> None:
    assert len({exposed.name for exposed in EXPOSED}) == len({(e.name, e.type, e.help, e.scale) for e in EXPOSED})
    assert len({(exposed.name, exposed.labels) for exposed in EXPOSED}) == len(EXPOSED)
