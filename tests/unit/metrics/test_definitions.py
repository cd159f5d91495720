"""The tables of metrics are AWS's list, with nothing left out, and say what they must."""

import re

import pytest

from elastane.metrics.definitions import ABSENT, DEFINITIONS, Definition, Derivation, ExposedType, GroupSet

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

BY_NAME = {definition.name: definition for definition in DEFINITIONS}


def test_both_tables_together_are_every_metric_that_aws_has() -> None:
    names = {*HOST.split(), *ENGINE.split()}
    names |= {f"{family}{end}" for family in FAMILIES.split() for end in ("Cmds", "CmdsLatency")}

    assert BY_NAME.keys() | ABSENT.keys() == names
    assert not BY_NAME.keys() & ABSENT.keys()


def test_no_metric_is_defined_twice() -> None:
    assert len(BY_NAME) == len(DEFINITIONS)


def test_what_is_absent_has_a_sentence_for_it() -> None:
    assert all(re.fullmatch(r"[A-Z].+\.", sentence) for sentence in ABSENT.values())


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_a_derivation_has_the_fields_that_it_needs(definition: Definition) -> None:
    counts = {
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
        assert re.fullmatch(r"(redis|elastane_node)_[a-z0-9_]+", exposed.name)
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
