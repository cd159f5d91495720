from pathlib import Path

from msgspec.structs import replace

from elastane.engines import NodeAddress
from elastane.engines.discovery import EngineBinary
from elastane.model.secrets import Secret
from elastane.reconcile.orders import node_order, target_parameters
from tests.kit import groups

GROUP = groups.group("orders")
FIRST = GROUP.nodes[0]
AT = NodeAddress(address=FIRST.address, port=6379, secret=Secret("control-secret"))
BINARY = EngineBinary(engine="valkey", version="9.1.2", path=Path("/engines/server"), source="path", has_tls=False)


def test_memory_is_the_node_type_s_less_a_quarter() -> None:
    small = replace(GROUP, software=replace(GROUP.software, node_type="cache.t3.micro"))

    assert target_parameters(small)["maxmemory"] == str(536_870_912 * 3 // 4)


def test_what_the_system_bounds_is_not_enforced() -> None:
    assert "maxclients" not in target_parameters(GROUP)


def test_an_order_carries_the_config_the_identity_and_no_secret_in_its_arguments() -> None:
    order = node_order(
        GROUP, FIRST, at=AT, binary=BINARY, directory=Path("/nodes/orders-001"), node_key="us-east-1/orders-001"
    )

    assert order.argv[0] == "/engines/server"
    assert "control-secret" not in " ".join(order.argv)
    (text,) = order.files.values()
    assert f'bind "{FIRST.address}"' in text and "maxclients" in text and "replicaof" in text
    assert order.identity["group"] == GROUP.id and order.identity["node"] == FIRST.id
