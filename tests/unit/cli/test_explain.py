"""What `elastane explain` says of a cache, a node, and of an id that nobody has."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from elastane.cli import app
from elastane.cli.explain import explanation, find_subjects
from elastane.cli.refusals import CommandError
from elastane.model.access import Access, AuthTokens, TransitEncryption
from elastane.model.enforcement import Enforcement
from elastane.model.events import Event, SourceType
from elastane.model.ids import NodeId, Region, UserGroupId
from elastane.model.moments import moment
from elastane.model.observed_replication_groups import (
    NOTHING_OBSERVED,
    Failure,
    ObservedReplicationGroup,
    ObservedVerdict,
    VerdictKind,
)
from elastane.model.replication_groups import Network
from elastane.model.secrets import Sealed
from elastane.model.seen_groups import Subject
from elastane.store import Store, Transaction, events, replication_groups
from tests.kit import groups
from tests.kit.groups import CREATED_AT, REGION
from tests.unit.cli.installations import seen_group

NOW = CREATED_AT + timedelta(seconds=90)


def explained(observed: ObservedReplicationGroup | None = None, *, node: str | None = None) -> str:
    group = seen_group(groups.group("orders"), observed)
    subject = Subject(group=group, node_id=None if node is None else NodeId(node))
    return explanation(subject, (), NOW)


def section(shown: str, title: str) -> list[str]:
    return shown.split(f"{title}\n")[1].split("\n\n")[0].splitlines()


def failure(*, count: int = 3, is_permanent: bool = False) -> ObservedReplicationGroup:
    failed = Failure(
        sentence="orders-001: it ended at once",
        generation=1,
        at=NOW - timedelta(seconds=0.5),
        count=count,
        is_permanent=is_permanent,
    )
    return groups.observed(groups.group("orders"), failure=failed)


def event(name: str, message: str, *, seconds: int, source_type: SourceType = SourceType.REPLICATION_GROUP) -> Event:
    return Event(
        region=REGION,
        source_type=source_type,
        source_id=name,
        message=message,
        at=CREATED_AT + timedelta(seconds=seconds),
    )


def save_orders(tx: Transaction) -> None:
    replication_groups.save_replication_group(tx, groups.group("orders"))
    events.append_events(tx, [event("carts", "of another group", seconds=0)])
    events.append_events(tx, [event("orders", f"line {number}", seconds=number) for number in range(12)])
    of_node = event("orders-001", "of a node", seconds=12, source_type=SourceType.CACHE_CLUSTER)
    events.append_events(tx, [of_node])


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    store = Store.open(tmp_path)
    asyncio.run(store.write(save_orders))
    store.close()
    return tmp_path


def test_it_begins_with_what_the_thing_is_and_its_status() -> None:
    assert explained().startswith("orders is a replication group in us-east-1; it is available\n")


def test_what_is_desired_names_the_target_primary_its_epoch_and_the_generation() -> None:
    assert section(explained(), "What it shall be") == [
        "  valkey 9.1 on cache.t4g.micro, port 6379",
        "  node group 0001: 2 nodes, primary orders-001 (epoch 1)",
        "  generation 1, which grows with every change that is asked for",
    ]


@pytest.mark.parametrize(
    ("access", "words"),
    [
        (
            Access(transit_encryption=TransitEncryption.PREFERRED),
            ["encryption in transit preferred: plain connections at port 6379, TLS at 6380"],
        ),
        (
            Access(transit_encryption=TransitEncryption.REQUIRED, user_group_id=UserGroupId("apps")),
            ["encryption in transit required: TLS alone, at port 6379", "lets in the users of apps"],
        ),
        (
            Access(
                transit_encryption=TransitEncryption.REQUIRED,
                auth_tokens=AuthTokens(sealed_digests=(Sealed("v1.x"),), is_optional=True, modified_at=NOW),
            ),
            [
                "encryption in transit required: TLS alone, at port 6379",
                "lets in who has 1 AUTH token, and who has none",
            ],
        ),
    ],
)
def test_who_may_connect_and_how_is_told(access: Access, words: list[str]) -> None:
    shown = explanation(Subject(group=seen_group(groups.group("orders", access=access)), node_id=None), (), NOW)

    assert section(shown, "What it shall be")[1:-2] == [f"  {line}" for line in words]


def test_a_change_under_way_is_told_by_its_generations() -> None:
    shown = explained(NOTHING_OBSERVED)

    assert section(shown, "How far that is true") == [
        "  generation 0 of 1: a change is still under way",
        "  never available so far",
    ]
    assert section(shown, "What the last pass decided") == ["  there has been no pass over it yet"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (VerdictKind.ACT, 'the rule "topology" acts'),
        (VerdictKind.WAIT, 'the rule "topology" waits'),
        (VerdictKind.FAILED, 'the rule "topology" gave up, and nothing more is tried by itself'),
        (VerdictKind.SATISFIED, "no rule finds anything to do"),
    ],
)
def test_the_verdict_is_the_rules_own_sentence_with_its_age(kind: VerdictKind, words: str) -> None:
    verdict = ObservedVerdict(kind=kind, rule="topology", sentence="orders-002 is at 83% of its sync", since=CREATED_AT)

    shown = explained(groups.observed(groups.group("orders"), verdict=verdict))

    assert section(shown, "What the last pass decided") == [
        "  orders-002 is at 83% of its sync",
        f"  {words}, since 2026-11-23 12:00:00 UTC (90 s ago)",
    ]


def test_a_failure_has_its_count_and_the_moment_of_the_next_try() -> None:
    assert section(explained(failure(count=3)), "The last failure") == [
        "  orders-001: it ended at once",
        "  3 times in a row, last at 2026-11-23 12:01:29 UTC (0.5 s ago), for generation 1",
        "  next try at 2026-11-23 12:01:30 UTC (in 0.5 s)",
    ]


def test_a_try_that_should_have_been_made_by_now_is_due() -> None:
    assert section(explained(failure(count=1)), "The last failure")[2] == "  the next try is due now"


def test_a_failure_that_no_retry_can_mend_has_no_next_try() -> None:
    shown = explained(failure(is_permanent=True))

    assert section(shown, "The last failure")[2].startswith("  no further try will be made")


def test_without_a_failure_and_without_events_it_says_none() -> None:
    assert section(explained(), "The last failure") == ["  None."]
    assert section(explained(), "Recent events") == ["  None."]


def test_each_node_has_its_role_health_place_process_and_sentence() -> None:
    lines = section(explained(), "Nodes")

    assert lines[0].startswith("  orders-001: primary, ready; 127.")
    assert lines[0].endswith(" in us-east-1a; process: pid 100")
    assert lines[1] == "    answers"
    assert lines[2].startswith("  orders-002: replica, ready;")


def test_a_node_that_dies_before_it_answers_says_how_often() -> None:
    desired = groups.group("orders")
    flapping = groups.observed_node(desired.nodes[0], failed_starts=4)

    shown = explained(groups.observed(desired, nodes=(flapping,)))

    assert "    its last 4 processes ended before they ever answered" in section(shown, "Nodes")


def test_a_node_that_does_not_run_with_its_parameters_yet_says_with_which() -> None:
    desired = groups.group("orders")
    waiting = groups.observed_node(desired.nodes[0], awaited_parameters={"databases": "32"}, is_reboot_awaited=True)

    shown = explained(groups.observed(desired, nodes=(waiting,)))

    told = "    does not run yet with databases of its parameter group; a reboot is needed"
    assert told in section(shown, "Nodes")


def test_for_a_node_only_that_node_is_shown_and_its_own_status_comes_first() -> None:
    shown = explained(node="orders-002")

    assert shown.startswith("orders-002 is a node of orders; as a cache cluster it is available\n")
    assert "orders-001:" not in shown


def test_an_id_is_found_however_it_is_typed() -> None:
    group = seen_group(groups.group("orders"))

    found = find_subjects([group], "Orders-002", None)

    assert found == (Subject(group=group, node_id=NodeId("orders-002")),)


def test_a_cache_cluster_whose_node_has_its_own_name_is_found_once_and_as_the_whole() -> None:
    cluster = seen_group(groups.cache_cluster("sessions"))

    assert find_subjects([cluster], "sessions", None) == (Subject(group=cluster, node_id=None),)


def test_an_id_in_several_regions_is_asked_back_and_the_region_decides() -> None:
    here, there = seen_group(groups.group("orders")), seen_group(groups.group("orders", region=Region("eu-west-1")))

    with pytest.raises(CommandError, match="orders is in eu-west-1 and in us-east-1: say which one with --region"):
        find_subjects([here, there], "orders", None)

    assert find_subjects([here, there], "orders", "eu-west-1") == (Subject(group=there, node_id=None),)


def test_an_unknown_id_is_answered_with_near_ones() -> None:
    known = [seen_group(groups.group("orders")), seen_group(groups.group("carts"))]

    with pytest.raises(CommandError, match=r"no cache and no node named order-001\. What there is: orders-001"):
        find_subjects(known, "order-001", None)


def test_an_unknown_id_where_there_is_nothing_says_so() -> None:
    with pytest.raises(CommandError, match="There is none at all yet"):
        find_subjects([], "orders", None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "3.0 s ago"), (90, "90 s ago"), (180, "3 min ago"), (3600 * 5, "5 h ago"), (86400 * 4, "4 days ago")],
)
def test_ages_are_in_the_unit_a_person_would_choose(seconds: int, words: str) -> None:
    assert moment(NOW, NOW + timedelta(seconds=seconds)) == f"2026-11-23 12:01:30 UTC ({words})"


def test_the_command_shows_the_ten_newest_events_of_the_group_and_its_nodes_oldest_first(data_dir: Path) -> None:
    result = CliRunner().invoke(app, ["explain", "orders", "--data-dir", str(data_dir)])

    lines = section(result.stdout, "Recent events")
    assert [line.split("  ")[-1] for line in lines] == [
        *(f"orders: line {number}" for number in range(3, 12)),
        "orders-001: of a node",
    ]


def test_the_command_shows_a_nodes_own_events_for_a_node(data_dir: Path) -> None:
    result = CliRunner().invoke(app, ["explain", "orders-001", "--data-dir", str(data_dir)])

    assert [line.split("  ")[-1] for line in section(result.stdout, "Recent events")] == ["orders-001: of a node"]


def test_the_command_exits_with_two_for_an_unknown_id(data_dir: Path) -> None:
    result = CliRunner().invoke(app, ["explain", "nothing", "--data-dir", str(data_dir)])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no cache and no node named nothing." in result.stderr


def test_a_cache_s_security_groups_are_told_with_whether_they_are_enforced() -> None:
    orders = groups.group("orders", network=Network(subnet_group_name="default", security_group_ids=("sg-1", "sg-2")))
    subject = Subject(group=seen_group(orders), node_id=None)
    enforced = Enforcement(is_enforced=True, sentence="Enforced by the kernel.", since=CREATED_AT)
    closed = replace(enforced, with_unknown_groups=(str(orders.key),))
    opened = replace(closed, is_unknown_open=True)

    assert "  security groups sg-1, sg-2: Enforced by the kernel.\n" in explanation(subject, (), NOW, enforced)
    assert "open to all who reach its addresses" in explanation(subject, (), NOW, opened)
    assert "is not known here, and lets nobody in" in explanation(subject, (), NOW, closed)
    assert "security groups" not in explanation(subject, (), NOW)
