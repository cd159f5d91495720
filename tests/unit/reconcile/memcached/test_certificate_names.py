"""By which names and addresses each process of a Memcached cluster is reached."""

from msgspec.structs import replace

from elastane.model.ids import AccountId
from elastane.reconcile.memcached.certificate_names import certificate_names
from tests.kit.memcached_clusters import CONFIGURATION_ADDRESS, memcached_cluster

ACCOUNT_ID = AccountId("000000000000")
CLUSTER = memcached_cluster(is_encrypted=True)


def test_without_encryption_there_are_none() -> None:
    assert certificate_names(replace(CLUSTER, is_encrypted=False), ACCOUNT_ID) == {}


def test_each_process_has_its_own_address_and_name_and_none_of_another() -> None:
    names = certificate_names(CLUSTER, ACCOUNT_ID)

    assert set(names) == set(CLUSTER.process_keys)
    assert not frozenset.intersection(*names.values())
    first = CLUSTER.nodes[0]
    assert first.address in names[CLUSTER.node_key(first)]
    assert any(".0001.use1." in name for name in names[CLUSTER.node_key(first)])
    assert CONFIGURATION_ADDRESS in names[CLUSTER.endpoint_key]
    assert any(".cfg.use1." in name for name in names[CLUSTER.endpoint_key])
