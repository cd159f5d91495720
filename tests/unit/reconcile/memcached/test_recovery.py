"""Which Memcached clusters are known again after the store was lost, from what their processes left."""

from datetime import timedelta

from msgspec.structs import replace

from elastane.model.ids import Zone
from elastane.model.memcached_clusters import (
    CacheNode,
    MemcachedCluster,
    PendingChange,
    Publication,
    RestartKind,
    RestartOrder,
)
from elastane.model.memcached_statuses import is_restarting, memcached_cluster_status
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Network
from elastane.model.secrets import Secret
from elastane.model.statuses import CacheClusterStatus
from elastane.reconcile.recovery import LISTS_UNSEEN_MAX, Rebuilt, rebuild
from elastane.reconcile.recovery.remains import Remains, document_parts, parse_file, parse_remains, render_file
from tests.kit import groups
from tests.kit.memcached_clusters import cache_node, memcached_cluster

NOW = groups.CREATED_AT + timedelta(days=7)
FIRST, SECOND, THIRD = (cache_node(number) for number in (1, 2, 3))
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=4)
OTHERS = Network(subnet_group_name="default", configuration_endpoint_address="127.88.48.31")


def left_by(node: CacheNode, document: MemcachedCluster, *, hour: int = 0) -> Remains:
    """A node's directory, written so many hours after the cluster was made."""
    return Remains(
        node_key=document.node_key(node), document=document, started_at=groups.CREATED_AT + timedelta(hours=hour)
    )


def endpoint_of(document: MemcachedCluster, *, hour: int = 0, told: Publication | None = None) -> Remains:
    """The configuration endpoint's directory, its document as old as it is told here."""
    return Remains(
        node_key=document.endpoint_key,
        document=document,
        started_at=groups.CREATED_AT,
        told_at=groups.CREATED_AT + timedelta(hours=hour),
        told=told or document.publication,
    )


def rebuilt_clusters(rebuilt: Rebuilt) -> list[MemcachedCluster]:
    return [one.cluster for one in rebuilt.clusters]


def published_anew(cluster: MemcachedCluster, *, lists_unseen: int = 1) -> MemcachedCluster:
    """With the same list under the next number that nobody knows."""
    version = cluster.publication.version + lists_unseen
    return replace(cluster, publication=replace(cluster.publication, version=version))


# --- what is left ---------------------------------------------------------------------------------


def test_the_file_beside_an_endpoint_holds_the_same_parts_as_an_identity() -> None:
    mine = ParameterGroup(region=CLUSTER.region, name="mine", family="memcached1.6", description="", values={})
    identity = {"form": CLUSTER.key.form, **document_parts(CLUSTER, None)}
    newer = replace(CLUSTER, generation=2)

    parts = parse_file(render_file(newer, mine))
    left = parse_remains(CLUSTER.endpoint_key, {**identity, **parts}, started_at=None)

    assert isinstance(left, Remains)
    assert (left.document, left.parameter_group) == (newer, mine)


# --- what is rebuilt ------------------------------------------------------------------------------


def test_a_cluster_is_rebuilt_without_a_secret_and_beside_groups() -> None:
    group = groups.group("orders", groups.node("orders-001"))
    of_group = Remains(
        node_key="us-east-1/orders-001", document=group, started_at=groups.CREATED_AT, secret=Secret("of the group")
    )

    rebuilt = rebuild([left_by(FIRST, CLUSTER), left_by(SECOND, CLUSTER), endpoint_of(CLUSTER), of_group], now=NOW)

    assert rebuilt_clusters(rebuilt) == [published_anew(CLUSTER)]
    assert [one.group for one in rebuilt.groups] == [group]
    assert rebuilt.address_block == "127.88.0.0/16"
    assert set(rebuilt.recovery.documents) == {str(CLUSTER.key), str(group.key)}
    assert rebuilt.recovery.losses == ()


def test_what_the_endpoint_was_told_last_is_newer_than_any_start() -> None:
    """Nodes that were removed since do not come back: no process was started when they went."""
    grown = replace(CLUSTER, nodes=(FIRST, SECOND, THIRD), generation=2)
    shrunk = replace(CLUSTER, nodes=(FIRST,), generation=3, publication=Publication(version=7, node_ids=(FIRST.id,)))

    rebuilt = rebuild([left_by(FIRST, CLUSTER), left_by(THIRD, grown, hour=1), endpoint_of(shrunk, hour=2)], now=NOW)

    assert rebuilt_clusters(rebuilt) == [published_anew(shrunk)]
    assert rebuilt.recovery.documents == {str(CLUSTER.key): groups.CREATED_AT + timedelta(hours=2)}
    assert any("us-east-1/sessions.0003 is left alone" in loss for loss in rebuilt.recovery.losses)


def test_the_next_list_has_a_number_that_no_client_has_seen() -> None:
    told = Publication(version=9, node_ids=(FIRST.id, SECOND.id))

    by_endpoint = rebuild([left_by(FIRST, CLUSTER), endpoint_of(CLUSTER, told=told)], now=NOW)

    assert [cluster.publication.version for cluster in rebuilt_clusters(by_endpoint)] == [10]


def test_where_nothing_is_left_of_the_endpoint_the_next_number_is_far_above_what_nodes_know_of() -> None:
    """They know of no list that was told since the last of them was started."""
    by_document = rebuild([left_by(FIRST, CLUSTER), left_by(SECOND, CLUSTER)], now=NOW)

    assert [cluster.publication.version for cluster in rebuilt_clusters(by_document)] == [4 + LISTS_UNSEEN_MAX]


def test_a_list_names_only_nodes_that_there_are_and_that_stay() -> None:
    leaving = replace(CLUSTER, nodes=(FIRST, replace(SECOND, is_leaving=True)), generation=2)
    told = Publication(version=9, node_ids=(FIRST.id, SECOND.id, THIRD.id))

    rebuilt = rebuild([left_by(FIRST, leaving), endpoint_of(leaving, told=told)], now=NOW)

    assert [cluster.publication.node_ids for cluster in rebuilt_clusters(rebuilt)] == [(FIRST.id,)]


def test_a_node_that_was_leaving_has_left_once_nothing_of_it_is_there() -> None:
    leaving = replace(CLUSTER, nodes=(replace(FIRST, is_leaving=True), replace(SECOND, is_leaving=True), THIRD))

    rebuilt = rebuild([left_by(SECOND, CLUSTER), left_by(THIRD, CLUSTER), endpoint_of(leaving, hour=1)], now=NOW)

    assert [[node.id for node in cluster.nodes] for cluster in rebuilt_clusters(rebuilt)] == [[SECOND.id, THIRD.id]]
    assert rebuilt.recovery.losses == ()


def test_a_node_and_an_endpoint_without_directories_are_built_anew() -> None:
    rebuilt = rebuild([left_by(FIRST, CLUSTER)], now=NOW)

    assert rebuilt_clusters(rebuilt) == [published_anew(CLUSTER, lists_unseen=LISTS_UNSEEN_MAX)]
    assert rebuilt.clusters[0].observed.endpoint is None
    assert rebuilt.recovery.losses == (
        "0002 of us-east-1/memcached-cluster/sessions has no directory any more: it is built anew",
    )


def test_an_endpoint_alone_is_enough_for_a_cluster_that_held_nothing_but_what_can_be_lost() -> None:
    rebuilt = rebuild([endpoint_of(CLUSTER)], now=NOW)

    assert rebuilt_clusters(rebuilt) == [published_anew(CLUSTER)]


# --- what is another's by now ---------------------------------------------------------------------


def test_a_node_s_address_that_was_given_to_another_since_is_the_newer_one_s() -> None:
    heir = replace(memcached_cluster("carts", cache_node(1, address=SECOND.address)), network=OTHERS)

    rebuilt = rebuild([left_by(FIRST, CLUSTER), left_by(heir.nodes[0], heir, hour=1)], now=NOW)

    assert [[node.id for node in cluster.nodes] for cluster in rebuilt_clusters(rebuilt)] == [["0001"], ["0001"]]
    assert any("0002 was left out of us-east-1/memcached-cluster/sessions" in loss for loss in rebuilt.recovery.losses)


def test_a_cluster_whose_id_is_a_node_s_of_a_group_now_is_not_rebuilt() -> None:
    """Both are the id of a cache cluster, and there is one of a name."""
    node = groups.node("sessions", address="127.88.1.99")
    group = groups.group("sessions", node)
    newer = Remains(
        node_key="us-east-1/sessions",
        document=group,
        started_at=groups.CREATED_AT + timedelta(hours=1),
        secret=Secret("of the group"),
    )

    rebuilt = rebuild([left_by(FIRST, CLUSTER), newer], now=NOW)

    assert rebuilt.clusters == ()
    assert any(
        f"{CLUSTER.key} was not rebuilt: its id is {group.key}'s now" == loss for loss in rebuilt.recovery.losses
    )


def test_nodes_that_were_to_come_are_given_up_where_their_addresses_are_others_now() -> None:
    added = cache_node(3, zone=Zone("us-east-1b"))
    waiting = replace(CLUSTER, pending=PendingChange(added=(added,)))
    heir = replace(memcached_cluster("carts", cache_node(1, address=added.address)), network=OTHERS)

    undisturbed = rebuild([left_by(FIRST, waiting), left_by(SECOND, waiting)], now=NOW)
    disturbed = rebuild(
        [left_by(FIRST, waiting), left_by(SECOND, waiting), left_by(heir.nodes[0], heir, hour=1)], now=NOW
    )

    given_up = replace(waiting, pending=None)
    assert rebuilt_clusters(undisturbed) == [published_anew(waiting, lists_unseen=LISTS_UNSEEN_MAX)]
    assert published_anew(given_up, lists_unseen=LISTS_UNSEEN_MAX) in rebuilt_clusters(disturbed)
    assert any(loss.startswith("what waits for the maintenance window") for loss in disturbed.recovery.losses)


# --- what is known of it ---------------------------------------------------------------------------


def test_a_rebuilt_cluster_reads_as_modifying_and_one_that_never_published_as_being_created() -> None:
    served = rebuild([left_by(FIRST, CLUSTER), left_by(SECOND, CLUSTER)], now=NOW).clusters[0]
    unpublished = replace(CLUSTER, publication=Publication(version=0, node_ids=()))
    new = rebuild([left_by(FIRST, unpublished), left_by(SECOND, unpublished)], now=NOW).clusters[0]

    assert memcached_cluster_status(served.cluster, served.observed) is CacheClusterStatus.MODIFYING
    assert memcached_cluster_status(new.cluster, new.observed) is CacheClusterStatus.CREATING
    assert new.cluster.publication.version == 0
    assert [node.was_ready for node in served.observed.nodes] == [True, True]


def test_a_reboot_that_was_carried_out_is_not_carried_out_again() -> None:
    order = RestartOrder(requested_at=groups.CREATED_AT + timedelta(hours=1), kind=RestartKind.REBOOT)
    ordered = replace(CLUSTER, nodes=(replace(FIRST, restart=order), replace(SECOND, restart=order)), generation=2)

    rebuilt = rebuild([left_by(FIRST, ordered, hour=2), left_by(SECOND, CLUSTER)], now=NOW).clusters[0]

    first, second = rebuilt.cluster.nodes
    assert not is_restarting(first, rebuilt.observed.find_node(first.id)), "its process was started by that order"
    assert is_restarting(second, rebuilt.observed.find_node(second.id)), "its process is still the former one"
