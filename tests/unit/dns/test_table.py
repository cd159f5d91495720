from msgspec.structs import replace

from elastane.catalog.endpoint_names import DEFAULT_SUFFIX
from elastane.dns.table import table
from elastane.model.ids import AccountId
from elastane.model.replication_groups import Network, NodeHealth, ObservedReplicationGroup
from tests.kit import groups

ACCOUNT = AccountId("000000000000")
NETWORK = Network(
    subnet_group_name="default",
    primary_endpoint_address="127.88.48.10",
    reader_endpoint_address="127.88.48.11",
)
GROUP = groups.group(
    "orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"), network=NETWORK
)


def names_of(observed: ObservedReplicationGroup) -> dict[str, tuple[str, ...]]:
    names = table([(GROUP, observed)], ACCOUNT, DEFAULT_SUFFIX)
    return {name.split(".")[0]: addresses for name, addresses in names.items()}


def test_a_group_has_a_name_for_each_endpoint_and_each_node() -> None:
    names = names_of(groups.observed(GROUP))

    assert names["orders"] == ("127.88.48.10",)
    assert names["orders-ro"] == (GROUP.nodes[1].address, GROUP.nodes[2].address)
    assert [names[node.id] for node in GROUP.nodes] == [(node.address,) for node in GROUP.nodes]


def test_the_reader_name_leaves_out_replicas_that_are_not_in_sync() -> None:
    observed = groups.observed(GROUP)
    nodes = (observed.nodes[0], replace(observed.nodes[1], health=NodeHealth.SYNCING), observed.nodes[2])

    assert names_of(replace(observed, nodes=nodes))["orders-ro"] == (GROUP.nodes[2].address,)


def test_without_a_replica_the_reader_name_stands_for_the_primary_endpoint() -> None:
    observed = groups.observed(GROUP)

    assert names_of(replace(observed, nodes=observed.nodes[:1]))["orders-ro"] == ("127.88.48.10",)


def test_a_cache_cluster_has_its_node_s_name_only() -> None:
    cluster = groups.cache_cluster("sessions")

    names = table([(cluster, groups.observed(cluster))], ACCOUNT, DEFAULT_SUFFIX)

    assert list(names.values()) == [(cluster.nodes[0].address,)]
