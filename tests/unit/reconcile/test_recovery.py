"""Which groups are known again after the store was lost, from what their nodes left."""

from datetime import timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from elastane.engines import NodeAddress
from elastane.engines.discovery import EngineBinary
from elastane.model.ids import NodeGroupId
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Form, Network, Node, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.model.statuses import ReplicationGroupStatus, cache_cluster_status, replication_group_status
from elastane.reconcile.orders import Boot, node_order
from elastane.reconcile.recovery import Rebuilt, rebuild
from elastane.reconcile.recovery.as_seen import with_primaries
from elastane.reconcile.recovery.remains import DOCUMENT, Remains, Unreadable, parse_remains
from tests.kit import groups

NOW = groups.CREATED_AT + timedelta(days=7)
SECRET = Secret("the control user's")
FIRST = groups.node("orders-001", address="127.90.0.10")
SECOND = groups.node("orders-002", address="127.90.16.10", zone="us-east-1b")
THIRD = groups.node("orders-003", address="127.90.32.10", zone="us-east-1c")
ORDERS = groups.group("orders", FIRST, SECOND)
ONLY = NodeGroupId("0001")


def left_by(node: Node, document: ReplicationGroup, *, hour: int = 0, secret: Secret | None = SECRET) -> Remains:
    """A node's directory, written so many hours after the group was made."""
    return Remains(
        node_key=f"{document.region}/{node.id}",
        document=document,
        started_at=groups.CREATED_AT + timedelta(hours=hour),
        secret=secret,
    )


def rebuilt_groups(rebuilt: Rebuilt) -> list[ReplicationGroup]:
    return [group.group for group in rebuilt.groups]


# --- what a node leaves ---------------------------------------------------------------------------


def test_a_node_s_order_leaves_the_document_and_the_zone_and_no_secret() -> None:
    binary = EngineBinary(engine="valkey", version="9.1.2", path=Path("/engines/server"), source="path", has_tls=False)
    order = node_order(
        ORDERS,
        SECOND,
        at=NodeAddress(address=SECOND.address, port=6379, secret=SECRET),
        binary=binary,
        directory=Path("/nodes/us-east-1/orders-002"),
        node_key="us-east-1/orders-002",
        boot=Boot(),
    )

    left = parse_remains(order.node_key, order.identity, started_at=None, secret=None)

    assert isinstance(left, Remains)
    assert left.document == ORDERS
    assert order.identity["zone"] == "us-east-1b"
    assert SECRET.reveal() not in str(order.identity)


def test_an_identity_of_an_older_version_and_a_broken_document_are_told_and_not_raised() -> None:
    older = parse_remains("us-east-1/orders-001", {"group": "orders"}, started_at=None, secret=None)
    broken = parse_remains("us-east-1/orders-001", {DOCUMENT: '{"id": 7'}, started_at=None, secret=None)

    assert isinstance(older, Unreadable) and "older version" in older.reason
    assert isinstance(broken, Unreadable) and "cannot be read" in broken.reason


# --- what is rebuilt ------------------------------------------------------------------------------


def test_a_group_is_rebuilt_from_its_newest_document() -> None:
    grown = replace(groups.group("orders", FIRST, SECOND, THIRD), generation=2)

    rebuilt = rebuild([left_by(FIRST, ORDERS), left_by(SECOND, ORDERS), left_by(THIRD, grown, hour=3)], now=NOW)

    assert rebuilt_groups(rebuilt) == [grown]
    assert rebuilt.groups[0].secret == SECRET
    assert rebuilt.recovery.documents == {"us-east-1/replication-group/orders": groups.CREATED_AT + timedelta(hours=3)}
    assert rebuilt.recovery.losses == ()
    assert rebuilt.recovery.confirmed_at is None


def test_of_one_generation_the_document_with_the_later_epoch_is_the_newest() -> None:
    (part,) = ORDERS.node_groups
    promoted = replace(ORDERS, node_groups=(replace(part, target_primary=SECOND.id, epoch=2),))

    rebuilt = rebuild([left_by(FIRST, promoted), left_by(SECOND, ORDERS, hour=1)], now=NOW)

    assert rebuilt_groups(rebuilt) == [promoted]


def test_a_group_made_anew_under_an_old_name_is_newer_than_any_generation_of_the_old_one() -> None:
    old = replace(ORDERS, generation=9)
    new = replace(ORDERS, created_at=ORDERS.created_at + timedelta(hours=2))

    rebuilt = rebuild([left_by(FIRST, old), left_by(SECOND, new, hour=2)], now=NOW)

    assert rebuilt_groups(rebuilt) == [new]


def test_groups_do_not_disturb_each_other() -> None:
    sessions = groups.cache_cluster("sessions")

    rebuilt = rebuild([left_by(FIRST, ORDERS), left_by(sessions.nodes[0], sessions)], now=NOW)

    assert rebuilt_groups(rebuilt) == [sessions, ORDERS]


def test_a_node_without_a_directory_is_kept_and_told() -> None:
    rebuilt = rebuild([left_by(FIRST, ORDERS)], now=NOW)

    assert rebuilt_groups(rebuilt) == [ORDERS]
    assert rebuilt.recovery.losses == (
        "orders-002 of us-east-1/replication-group/orders has no directory any more: it is built anew",
    )


def test_a_directory_that_the_newest_document_does_not_name_is_left_alone_and_told() -> None:
    shrunk = replace(groups.group("orders", FIRST), generation=2)

    rebuilt = rebuild([left_by(FIRST, shrunk, hour=1), left_by(SECOND, ORDERS)], now=NOW)

    assert rebuilt_groups(rebuilt) == [shrunk]
    (loss,) = rebuilt.recovery.losses
    assert loss.startswith("the directory of us-east-1/orders-002 is left alone")


def test_a_cluster_that_became_a_group_is_rebuilt_as_the_group() -> None:
    cluster = groups.group("orders-001", FIRST, form=Form.CACHE_CLUSTER)

    rebuilt = rebuild([left_by(FIRST, cluster), left_by(SECOND, ORDERS, hour=1)], now=NOW)

    assert rebuilt_groups(rebuilt) == [ORDERS]
    assert rebuilt.recovery.losses == (
        "us-east-1/cache-cluster/orders-001 was not rebuilt: none of its nodes is left to it",
    )


def test_an_address_that_was_given_to_another_node_since_is_the_newer_one_s() -> None:
    heir = groups.node("sessions-001", address=SECOND.address)
    sessions = groups.group("sessions", heir)

    rebuilt = rebuild([left_by(FIRST, ORDERS), left_by(heir, sessions, hour=1)], now=NOW)

    assert [[node.id for node in group.nodes] for group in rebuilt_groups(rebuilt)] == [[FIRST.id], [heir.id]]
    assert "orders-002 was left out of us-east-1/replication-group/orders" in rebuilt.recovery.losses[0]


def test_a_target_that_is_left_out_gives_way_to_a_node_that_is_kept() -> None:
    heir = groups.node("sessions-001", address=FIRST.address)

    rebuilt = rebuild([left_by(SECOND, ORDERS), left_by(heir, groups.group("sessions", heir), hour=1)], now=NOW)

    assert rebuilt_groups(rebuilt)[0].node_groups[0].target_primary == SECOND.id


def test_a_group_whose_endpoint_is_another_s_now_is_not_rebuilt() -> None:
    network = Network(subnet_group_name="default", primary_endpoint_address="127.90.48.10")
    old = groups.group("orders", FIRST, network=network)
    new = groups.group("sessions", SECOND, network=network)

    rebuilt = rebuild([left_by(FIRST, old), left_by(SECOND, new, hour=1)], now=NOW)

    assert rebuilt_groups(rebuilt) == [new]
    assert "an endpoint's address of it is us-east-1/replication-group/sessions's now" in rebuilt.recovery.losses[0]


def test_the_secret_of_any_node_will_do_and_without_one_there_is_no_group() -> None:
    with_one = rebuild([left_by(FIRST, ORDERS, secret=None), left_by(SECOND, ORDERS)], now=NOW)
    with_none = rebuild([left_by(FIRST, ORDERS, secret=None)], now=NOW)

    assert with_one.groups[0].secret == SECRET
    assert with_none.groups == ()
    assert with_none.recovery.documents == {}
    assert "no node's configuration holds the secret" in with_none.recovery.losses[0]


def test_a_directory_that_cannot_be_read_is_told_and_is_not_missing() -> None:
    unreadable = Unreadable(node_key="us-east-1/orders-002", reason="it is empty")

    rebuilt = rebuild([left_by(FIRST, ORDERS), unreadable], now=NOW)

    assert rebuilt.recovery.losses == ("the directory of us-east-1/orders-002 says nothing: it is empty",)


def test_a_subnet_group_that_a_customer_made_is_told_as_lost() -> None:
    placed = groups.group("orders", FIRST, network=Network(subnet_group_name="nightly"))

    rebuilt = rebuild([left_by(FIRST, placed)], now=NOW)

    (loss,) = rebuilt.recovery.losses
    assert loss.startswith("the subnet group nightly of us-east-1/replication-group/orders is lost")


def test_the_address_block_is_the_nodes_and_unknown_without_any() -> None:
    assert rebuild([left_by(FIRST, ORDERS)], now=NOW).address_block == "127.90.0.0/16"
    assert rebuild([Unreadable(node_key="us-east-1/x", reason="")], now=NOW).address_block is None


# --- what customers read meanwhile ----------------------------------------------------------------


def test_a_rebuilt_group_reads_as_modifying_and_not_as_being_created() -> None:
    rebuilt = rebuild([left_by(FIRST, ORDERS)], now=NOW).groups[0]

    (seen,) = rebuilt.observed.nodes
    assert replication_group_status(rebuilt.group, rebuilt.observed) is ReplicationGroupStatus.MODIFYING
    assert cache_cluster_status(rebuilt.group, FIRST, rebuilt.observed) == "modifying"
    assert (seen.id, seen.health, seen.role) == (FIRST.id, NodeHealth.UNKNOWN, None)


def test_what_is_told_outlives_a_restart() -> None:
    recovery = rebuild([left_by(FIRST, ORDERS)], now=NOW).recovery

    again = msgspec.json.decode(msgspec.json.encode(recovery), type=type(recovery))

    assert again == recovery
    assert again.mark == recovery.mark


# --- the confirmation -----------------------------------------------------------------------------


def test_who_is_primary_now_becomes_the_target_under_a_new_epoch() -> None:
    confirmed = with_primaries(ORDERS, {ONLY: SECOND.id})

    (part,) = confirmed.node_groups
    assert (part.target_primary, part.epoch) == (SECOND.id, 2)


def test_a_primary_that_is_the_target_or_of_no_group_or_unseen_changes_nothing() -> None:
    assert with_primaries(ORDERS, {ONLY: FIRST.id}) == ORDERS
    assert with_primaries(ORDERS, {ONLY: THIRD.id}) == ORDERS
    assert with_primaries(ORDERS, {}) == ORDERS


# --- parameter groups -----------------------------------------------------------------------------

TUNED = replace(ORDERS, software=replace(ORDERS.software, parameter_group_name="mine"))
MINE = ParameterGroup(region=ORDERS.region, name="mine", family="valkey9", description="", values={"timeout": "60"})


def test_a_node_s_order_leaves_the_customer_s_parameter_group() -> None:
    order = node_order(
        TUNED,
        SECOND,
        at=NodeAddress(address=SECOND.address, port=6379, secret=SECRET),
        binary=EngineBinary(engine="valkey", version="9.1.2", path=Path("/x"), source="path", has_tls=False),
        directory=Path("/nodes/us-east-1/orders-002"),
        node_key="us-east-1/orders-002",
        boot=Boot(),
        parameter_group=MINE,
    )

    left = parse_remains(order.node_key, order.identity, started_at=None, secret=None)

    assert isinstance(left, Remains) and left.parameter_group == MINE


def test_a_parameter_group_is_rebuilt_as_the_node_started_last_knew_it() -> None:
    newer = replace(MINE, values={"timeout": "90"})
    first = replace(left_by(FIRST, TUNED, hour=2), parameter_group=newer)
    second = replace(left_by(SECOND, TUNED, hour=1), parameter_group=MINE)

    rebuilt = rebuild([first, second], now=NOW)

    assert rebuilt.parameter_groups == (newer,)
    assert any("us-east-1/mine is as it was" in loss for loss in rebuilt.recovery.losses)


def test_a_parameter_group_that_no_node_knows_is_told_as_lost() -> None:
    rebuilt = rebuild([left_by(FIRST, TUNED), left_by(SECOND, TUNED)], now=NOW)

    assert rebuilt.parameter_groups == ()
    assert rebuilt_groups(rebuilt) == [TUNED]
    assert any("mine of us-east-1/replication-group/orders is lost" in loss for loss in rebuilt.recovery.losses)
