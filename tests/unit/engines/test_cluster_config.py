"""The membership a node in cluster mode boots with, and its directives, as text."""

from pathlib import Path

import msgspec
import pytest

from elastane.engines import MemberAddress, NodeAddress
from elastane.engines.cluster_config import ClusterConfig, bus_port, render_nodes
from elastane.engines.valkey import CONFIG_FILE, NodeConfig, UnsafeConfig, render_config, render_files
from elastane.model.ids import MemberId
from elastane.model.secrets import Secret
from elastane.model.slots import parse_slots

SECRET = Secret("a-secret-of-32-characters-000000")
AT = NodeAddress(address="127.88.16.11", port=6379, secret=SECRET)
OTHER = MemberAddress(at=NodeAddress(address="127.88.16.12", port=6379, secret=SECRET), id=MemberId("b" * 40))
CLUSTER = ClusterConfig(own_id=MemberId("a" * 40), nowhere_id=MemberId("f" * 40), others=(OTHER,))
CONFIG = NodeConfig(
    at=AT,
    directory=Path("/data/nodes/rg-0001-001"),
    engine_version="9.1.2",
    memory_bytes=536870912,
    replica_output_buffer_bytes=53687091,
    parameters={},
    cluster=CLUSTER,
)


def lines(config: NodeConfig) -> list[str]:
    return render_config(config).splitlines()


def with_version(version: str) -> NodeConfig:
    return msgspec.structs.replace(CONFIG, engine_version=version)


def test_a_node_boots_as_a_replica_of_nowhere_and_knows_the_others() -> None:
    assert render_nodes(CLUSTER, AT).splitlines() == [
        f"{'f' * 40} 127.88.16.11:1@2 master,handshake - 0 0 0 connected",
        f"{'a' * 40} 127.88.16.11:6379@16379 myself,slave {'f' * 40} 0 0 0 connected",
        f"{'b' * 40} 127.88.16.12:6379@16379 master - 0 0 0 connected",
        "vars currentEpoch 0 lastVoteEpoch 0",
    ]


def test_nowhere_owns_what_may_be_taken_and_the_clusters_epoch_is_known() -> None:
    cluster = msgspec.structs.replace(CLUSTER, nowhere_slots=parse_slots("0-99,200"), current_epoch=7)

    first, *_, last = render_nodes(cluster, AT).splitlines()

    assert first.endswith(" connected 0-99 200-200")
    assert last == "vars currentEpoch 7 lastVoteEpoch 0"


def test_who_joins_a_primary_without_cluster_mode_follows_that_one_from_its_start() -> None:
    cluster = msgspec.structs.replace(CLUSTER, plain_primary=OTHER)

    assert render_nodes(cluster, AT).splitlines()[:-1] == [
        f"{'b' * 40} 127.88.16.12:6379@16379 master - 0 0 0 connected",
        f"{'a' * 40} 127.88.16.11:6379@16379 myself,slave {'b' * 40} 0 0 0 connected",
    ]


def test_no_secret_is_in_the_membership() -> None:
    assert SECRET.reveal() not in render_nodes(CLUSTER, AT)


def test_the_membership_is_a_file_of_a_node_in_cluster_mode_alone() -> None:
    alone = msgspec.structs.replace(CONFIG, cluster=None)

    assert list(render_files(CONFIG)) == [CONFIG_FILE, "nodes.conf"]
    assert list(render_files(alone)) == [CONFIG_FILE]
    assert 'cluster-enabled "no"' in lines(alone)


def test_a_node_in_cluster_mode_elects_nobody_at_first_and_stays_with_its_shard() -> None:
    text = lines(CONFIG)

    assert {'cluster-enabled "yes"', 'cluster-config-file "nodes.conf"', 'cluster-port "16379"'} <= set(text)
    assert {'cluster-replica-no-failover "yes"', 'cluster-allow-replica-migration "no"'} <= set(text)
    assert 'dbfilename "dump.rdb"' in text
    assert not [line for line in text if line.startswith("replicaof")]


NEWER = ("cluster-databases", "cluster-slot-migration-log-max-len", "cluster-config-save-behavior")


@pytest.mark.parametrize(
    ("version", "known"),
    [("9.1.2", NEWER), ("9.0.0", NEWER[:2]), ("8.1.1", ()), ("7.0.15", ())],
)
def test_only_an_engine_that_knows_them_is_given_the_newer_directives(version: str, known: tuple[str, ...]) -> None:
    names = {line.split(" ")[0] for line in lines(with_version(version))}

    assert names & set(NEWER) == set(known)


def test_a_parameter_group_decides_about_coverage_and_not_about_the_membership() -> None:
    parameters = {"cluster-require-full-coverage": "yes"}
    assert 'cluster-require-full-coverage "yes"' in lines(msgspec.structs.replace(CONFIG, parameters=parameters))

    with pytest.raises(UnsafeConfig):
        render_config(msgspec.structs.replace(CONFIG, parameters={"cluster-node-timeout": "1"}))


@pytest.mark.parametrize(("port", "bus"), [(6379, 16379), (55535, 65535), (55536, 45536), (65535, 55535)])
def test_the_bus_has_the_port_that_engines_expect_or_one_that_there_is(port: int, bus: int) -> None:
    assert bus_port(port) == bus
