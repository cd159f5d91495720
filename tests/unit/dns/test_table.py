"""Which names there are, and which addresses they stand for."""

from msgspec.structs import replace

from elastane.catalog.endpoint_names import DEFAULT_SUFFIX
from elastane.dns.table import memcached_table, table
from elastane.model.access import Access, TransitEncryption
from elastane.model.ids import AccountId, NodeGroupId
from elastane.model.observed_replication_groups import NodeHealth, ObservedReplicationGroup
from elastane.model.replication_groups import ClusterMode, Network, NodeGroup, ReplicationGroup
from elastane.reconcile.certificate_names import certificate_names
from tests.kit import groups, memcached_clusters

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


def test_with_encryption_in_transit_each_has_a_name_of_either_form() -> None:
    """And a certificate for all of them: `reconcile.certificate_names`."""
    encrypted = replace(GROUP, access=Access(transit_encryption=TransitEncryption.REQUIRED))

    names = table([(encrypted, groups.observed(encrypted))], ACCOUNT, DEFAULT_SUFFIX)

    assert {name for name in names if name.startswith("master.orders.")} != set()
    assert len(names) == 2 * len(table([(GROUP, groups.observed(GROUP))], ACCOUNT, DEFAULT_SUFFIX))
    certified = certificate_names(encrypted, ACCOUNT)
    assert set(names) == {name for of_node in certified.values() for name in of_node if name.endswith(".test")}


# --- cluster mode --------------------------------------------------------------------------------


def cluster(mode: ClusterMode = ClusterMode.ENABLED, *, is_second_leaving: bool = False) -> ReplicationGroup:
    """Two node groups of two nodes; with the endpoints that its cluster mode has."""
    shards = [[groups.node(f"carts-{shard}-{number}") for number in ("001", "002")] for shard in ("0001", "0002")]
    has_primary_endpoint = mode is not ClusterMode.ENABLED
    return groups.group(
        "carts",
        cluster_mode=mode,
        network=Network(
            subnet_group_name="default",
            primary_endpoint_address="127.88.48.20" if has_primary_endpoint else None,
            reader_endpoint_address="127.88.48.21" if has_primary_endpoint else None,
            configuration_endpoint_address="127.88.48.22",
        ),
        node_groups=tuple(
            NodeGroup(
                id=NodeGroupId(f"000{number}"),
                nodes=tuple(nodes),
                target_primary=nodes[0].id,
                epoch=1,
                is_leaving=number == 2 and is_second_leaving,
            )
            for number, nodes in enumerate(shards, 1)
        ),
    )


def kinds_of(group: ReplicationGroup, observed: ObservedReplicationGroup) -> dict[str, tuple[str, ...]]:
    """Of the group's names that are no node's: the labels that say what they are."""
    names = table([(group, observed)], ACCOUNT, DEFAULT_SUFFIX)
    own = {name: addresses for name, addresses in names.items() if not name.startswith("carts-000")}
    return {f"{name.split('.')[0]} {name.split('.')[2]}": addresses for name, addresses in own.items()}


def test_in_cluster_mode_the_only_endpoint_s_name_stands_for_every_node() -> None:
    group = cluster()

    kinds = kinds_of(group, groups.observed(group))

    assert kinds == {"carts clustercfg": tuple(node.address for node in group.nodes)}


def test_in_cluster_mode_every_node_has_the_name_that_a_node_has_without_it() -> None:
    group = cluster()

    names = table([(group, groups.observed(group))], ACCOUNT, DEFAULT_SUFFIX)

    found = {name.split(".")[0]: addresses for name, addresses in names.items() if ".0001.use1." in name}
    assert found == {node.id: (node.address,) for node in group.nodes}


def test_a_compatible_group_has_the_names_of_both_kinds() -> None:
    group = cluster(ClusterMode.COMPATIBLE)

    assert set(kinds_of(group, groups.observed(group))) == {"carts ng", "carts-ro ng", "carts clustercfg"}


def test_the_configuration_name_leaves_out_who_is_not_in_sync() -> None:
    group = cluster()
    observed = groups.observed(group)
    nodes = (replace(observed.nodes[0], health=NodeHealth.DOWN), *observed.nodes[1:])

    kinds = kinds_of(group, replace(observed, nodes=nodes))

    assert kinds["carts clustercfg"] == tuple(node.address for node in group.nodes[1:])


def test_the_configuration_name_leaves_out_who_will_be_gone_soon() -> None:
    group = cluster(is_second_leaving=True)
    first, second = group.node_groups
    leaving = replace(first, nodes=(first.nodes[0], replace(first.nodes[1], is_leaving=True)))

    kinds = kinds_of(replace(group, node_groups=(leaving, second)), groups.observed(group))

    assert kinds["carts clustercfg"] == (first.nodes[0].address,)


def test_before_any_node_is_in_sync_the_configuration_name_stands_for_the_endpoint_s_address() -> None:
    group = cluster()

    kinds = kinds_of(group, replace(groups.observed(group), nodes=()))

    assert kinds["carts clustercfg"] == ("127.88.48.22",)


# --- Memcached clusters --------------------------------------------------------------------------


def test_a_memcached_cluster_has_a_name_for_its_configuration_endpoint_and_for_each_node() -> None:
    cluster = memcached_clusters.memcached_cluster("sessions")

    names = memcached_table([cluster], ACCOUNT, DEFAULT_SUFFIX)

    kinds = {name.split(".")[2]: addresses for name, addresses in names.items()}
    assert kinds == {
        "cfg": (memcached_clusters.CONFIGURATION_ADDRESS,),
        "0001": (cluster.nodes[0].address,),
        "0002": (cluster.nodes[1].address,),
    }


def test_a_memcached_cluster_and_a_replication_group_of_the_same_id_share_no_name() -> None:
    cluster = memcached_clusters.memcached_cluster("orders")

    theirs = table([(GROUP, groups.observed(GROUP))], ACCOUNT, DEFAULT_SUFFIX)

    assert not memcached_table([cluster], ACCOUNT, DEFAULT_SUFFIX).keys() & theirs.keys()
