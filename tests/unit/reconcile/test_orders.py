from pathlib import Path

from msgspec.structs import replace

from elastane.engines import NodeAddress
from elastane.engines.cluster_config import NODES_FILE
from elastane.engines.discovery import EngineBinary
from elastane.engines.valkey import DUMP_FILE
from elastane.model.member_ids import member_id, nowhere_id
from elastane.model.parameter_groups import ParameterGroup
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
NOT_IN_A_CLUSTER = Boot()


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


# --- with a parameter group of the customer's -----------------------------------------------------


def mine(**values: str) -> ParameterGroup:
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return ParameterGroup(region=GROUP.region, name="mine", family="valkey9", description="", values=named)


def text_of(parameter_group: ParameterGroup, boot: Boot = NOT_IN_A_CLUSTER, binary: EngineBinary = BINARY) -> str:
    order = node_order(
        GROUP,
        FIRST,
        at=AT,
        binary=binary,
        directory=Path("/nodes/orders"),
        node_key="orders",
        boot=boot,
        parameter_group=parameter_group,
    )
    return next(iter(order.files.values()))


def test_changed_values_are_what_nodes_are_started_with_and_asked_for() -> None:
    group = mine(maxmemory_policy="allkeys-lru", reserved_memory_percent="50", notify_keyspace_events="KEA")

    targets, text = target_parameters(GROUP, group), text_of(group)

    assert (targets["maxmemory-policy"], targets["notify-keyspace-events"]) == ("allkeys-lru", "AKE")
    assert targets["maxmemory"] == str(536_870_912 // 2)
    assert 'maxmemory-policy "allkeys-lru"' in text and 'notify-keyspace-events "AKE"' in text
    assert f'maxmemory "{targets["maxmemory"]}"' in text


def test_a_part_of_the_buffer_limits_leaves_the_others_as_they_are() -> None:
    group = mine(client_output_buffer_limit_normal_hard_limit="1000000")

    assert target_parameters(GROUP, group)["client-output-buffer-limit"] == (
        "normal 1000000 0 0 replica 53687091 53687091 60 pubsub 33554432 8388608 60"
    )


def test_a_backlog_that_the_customer_named_is_not_made_larger() -> None:
    assert target_parameters(GROUP, mine(repl_backlog_size="16384"))["repl-backlog-size"] == "16384"
    assert int(target_parameters(GROUP, mine())["repl-backlog-size"]) > 10_000_000 / 3


def test_a_node_is_never_started_with_fewer_databases_than_its_primary_has() -> None:
    group = mine(databases="4")

    assert 'databases "4"' in text_of(group)
    assert 'databases "16"' in text_of(group, Boot(databases_min=16))
    assert 'databases "4"' in text_of(group, Boot(databases_min=2))


def test_an_engine_without_defragmentation_is_not_started_with_it() -> None:
    group, able = mine(activedefrag="yes"), replace(BINARY, can_defragment=True)

    assert 'activedefrag "no"' in text_of(group) and 'activedefrag "yes"' in text_of(group, binary=able)
    assert target_parameters(GROUP, group, BINARY)["activedefrag"] == "no"
    assert target_parameters(GROUP, group, able)["activedefrag"] == "yes"
