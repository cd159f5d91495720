"""By which names and addresses each node of a group is reached, whoever is primary."""

from msgspec.structs import replace

from elastane.model.access import Access
from elastane.model.ids import AccountId
from elastane.model.replication_groups import Network
from elastane.reconcile.certificate_names import certificate_names
from tests.kit import groups
from tests.kit.encryption import PREFERRED, REQUIRED, encrypted

ACCOUNT_ID = AccountId("000000000000")
ENDPOINTS = Network(
    subnet_group_name="default", primary_endpoint_address="127.88.48.10", reader_endpoint_address="127.88.48.11"
)
GROUP = replace(encrypted(REQUIRED), network=ENDPOINTS)


def test_without_encryption_there_are_none() -> None:
    assert certificate_names(replace(GROUP, access=Access()), ACCOUNT_ID) == {}


def test_each_node_has_its_own_and_all_have_those_of_the_endpoints_so_that_a_failover_changes_none() -> None:
    names = certificate_names(GROUP, ACCOUNT_ID)

    shared = frozenset.intersection(*names.values())
    assert {"127.88.48.10", "127.88.48.11"} < shared
    assert {name.partition(".")[0] for name in shared if not name.startswith("127.")} == {
        "master",
        "replica",
        "orders",
        "orders-ro",
    }
    for node in GROUP.nodes:
        own = names[node.id] - shared
        assert node.address in own
        assert {name.partition(".")[0] for name in own - {node.address}} == {node.id}


def test_both_forms_of_each_name_are_good_whichever_is_told_at_the_moment() -> None:
    """While plain connections are taken too, the endpoint is told in the one form or the other."""
    for mode in (PREFERRED, REQUIRED):
        changed = replace(GROUP, access=Access(transit_encryption=mode))
        assert certificate_names(changed, ACCOUNT_ID) == certificate_names(GROUP, ACCOUNT_ID)


def test_a_cluster_is_reached_by_its_configuration_endpoint_and_by_no_primary_s() -> None:
    cluster = groups.cluster(access=Access(transit_encryption=REQUIRED))

    names = certificate_names(cluster, ACCOUNT_ID)

    shared = frozenset.intersection(*names.values())
    assert groups.CONFIGURATION_ENDPOINT in shared
    assert {name.partition(".")[0] for name in shared - {groups.CONFIGURATION_ENDPOINT}} == {"clustercfg", "orders"}
    assert not any(name.startswith("master.") for name in shared)


def test_a_node_that_is_added_changes_nobody_else_s_names() -> None:
    (part,) = GROUP.node_groups
    grown = replace(GROUP, node_groups=(replace(part, nodes=(*part.nodes, groups.node("orders-004"))),))

    before, after = certificate_names(GROUP, ACCOUNT_ID), certificate_names(grown, ACCOUNT_ID)

    assert {node_id: after[node_id] for node_id in before} == before
    assert set(after) - set(before) == {"orders-004"}
