from pathlib import Path

from msgspec.structs import replace

from elastane.engines import NodeAddress
from elastane.engines.cluster_config import NODES_FILE
from elastane.engines.discovery import EngineBinary
from elastane.engines.valkey import DUMP_FILE
from elastane.model.member_ids import member_id, nowhere_id
from elastane.model.replication_groups import ClusterMode, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.model.slots import SlotRange
from elastane.reconcile.orders import Boot, node_order, target_parameters
from elastane.reconcile.plan.parameters import NO_ELECTION
from tests.kit import groups

GROUP = groups.group("orders")
FIRST = GROUP.nodes[0]
AT = NodeAddress(address=FIRST.address, port=6379, secret=Secret("control-secret"))
BINARY = EngineBinary(engine="valkey", version="9.1.2", path=Path("/engines/server"), source="path", has_tls=False)


def test_a_member_s_order_has_its_membership_and_removes_what_a_start_must_not_read() -> None:
    group = groups.cluster(shards=2)
    first, other = group.nodes[0], group.nodes[1]

    def text(boot: Boot, group: ReplicationGroup = group) -> str:
        at = replace(AT, address=first.address)
        directory = Path("/nodes/orders")
        order = node_order(group, first, at=at, binary=BINARY, directory=directory, node_key="orders", boot=boot)
        assert order.removed_files == ((DUMP_FILE,) if group.is_cluster else ())
        return order.files.get(NODES_FILE, "")

    guarded = text(Boot())
    alone = text(Boot(nowhere_slots=(SlotRange(0, 99),), current_epoch=7))
    converting = text(Boot(plain_primary=other))

    nowhere, own = nowhere_id(group.region, first), member_id(group.region, first)
    assert f"{own} {first.address}:6379@16379 myself,slave {nowhere}" in guarded
    assert all(member_id(group.region, node) in guarded for node in group.nodes)
    assert "connected 0-99" in alone and "currentEpoch 7" in alone
    assert f"myself,slave {member_id(group.region, other)}" in converting
    assert text(Boot(), replace(group, cluster_mode=ClusterMode.DISABLED)) == ""


def test_a_cluster_s_engines_elect_nobody_before_they_are_allowed_to() -> None:
    assert target_parameters(groups.cluster())[NO_ELECTION] == "no"
    assert NO_ELECTION not in target_parameters(GROUP)


def test_memory_is_the_node_type_s_less_a_quarter() -> None:
    small = replace(GROUP, software=replace(GROUP.software, node_type="cache.t3.micro"))

    assert target_parameters(small)["maxmemory"] == str(536_870_912 * 3 // 4)


def test_what_the_system_bounds_is_not_enforced() -> None:
    assert "maxclients" not in target_parameters(GROUP)


def test_an_order_carries_the_config_the_identity_and_no_secret_in_its_arguments() -> None:
    order = node_order(
        GROUP,
        FIRST,
        at=AT,
        binary=BINARY,
        directory=Path("/nodes/orders-001"),
        node_key="us-east-1/orders-001",
        boot=Boot(),
    )

    assert order.argv[0] == "/engines/server"
    assert "control-secret" not in " ".join(order.argv)
    (text,) = order.files.values()
    assert f'bind "{FIRST.address}"' in text and "maxclients" in text and "replicaof" in text
    assert order.identity["group"] == GROUP.id and order.identity["node"] == FIRST.id
