"""Node groups in cluster mode as `elastane status` and `elastane explain` show them."""

import msgspec
import pytest
from msgspec.structs import replace

from elastane.cli.explain import explanation
from elastane.cli.fault import find_node_key
from elastane.cli.refusals import CommandError
from elastane.cli.status import status_text
from elastane.cli.status_rows import report
from elastane.model.ids import NodeGroupId
from elastane.model.observed_replication_groups import NodeHealth, VerdictKind
from elastane.model.seen_groups import SeenGroup, Subject
from elastane.model.shown_node_groups import find_resharding, node_group_row, slots_in_short
from tests.kit import groups
from tests.unit.cli.installations import cluster, installation, seen_group

NOW = groups.CREATED_AT
HALVES = ("0-8191", "8192-16383")
THIRDS = ("0-5461", "5462-10922", "10923-16383")
FROM_HALVES = ("0-5461", "8192-13652", "5462-8191,13653-16383")
"""The layout of three that moves the fewest slots of `HALVES`."""
ON_THE_WAY = ("0-6191", "8192-13652", "6192-8191,13653-16383")


def status(*seen: SeenGroup) -> list[list[str]]:
    """The cells of every line."""
    shown = status_text(installation(*seen), (), columns=250)
    return [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in shown.splitlines()]


def section(seen: SeenGroup, title: str) -> list[str]:
    shown = explanation(Subject(group=seen, node_id=None), (), NOW)
    return [line.strip() for line in shown.split(f"{title}\n")[1].split("\n\n")[0].splitlines()]


def deciding(seen: SeenGroup, **sentences: tuple[VerdictKind, str]) -> SeenGroup:
    """With what was decided for node groups: `_0001=(kind, sentence)`."""
    verdicts = {
        NodeGroupId(name.strip("_")): groups.observed_verdict(sentence, now=NOW, kind=kind)
        for name, (kind, sentence) in sentences.items()
    }
    return replace(seen, observed=replace(seen.observed, node_group_verdicts=verdicts))


def test_status_has_a_row_for_each_node_group_of_a_cache_in_cluster_mode() -> None:
    shown = status(cluster(HALVES))

    assert ["carts", "0001", "carts-0001-001", "1 of 1", "8192 (0-8191)", "-"] in shown
    assert ["carts", "0002", "carts-0002-001", "1 of 1", "8192 (8192-16383)", "-"] in shown


def test_status_shows_the_configuration_endpoint_in_a_column_of_its_own() -> None:
    shown = status(cluster(HALVES), seen_group(groups.group("orders")))

    heads = ["Cache", "Form", "Status", "Engine", "Primary endpoint", "Reader endpoint", "Configuration endpoint"]
    assert heads in shown
    assert ["carts", "replication group", "available", "valkey 9.1.2", "-", "-", "127.88.48.12"] in shown
    assert ["orders", "replication group", "available", "valkey 9.1.2", "-", "-", "-"] in shown


def test_without_cluster_mode_status_has_no_column_and_no_row_of_it() -> None:
    shown = status(seen_group(groups.group("orders")))

    assert not [cell for row in shown for cell in row if cell in ("Configuration endpoint", "Node group")]


def test_status_says_how_far_a_resharding_is() -> None:
    seen = cluster(FROM_HALVES, ON_THE_WAY, moving=5461)

    (row,) = [row for row in status(seen) if row[:2] == ["carts", "replication group"]]

    assert row[2] == "modifying (resharding: 86 % moved)"


def test_status_shows_who_leaves_and_what_was_decided_for_it() -> None:
    seen = deciding(cluster(("0-16383", ""), HALVES), _0002=(VerdictKind.ACT, "8192 slots are to move"))

    shown = status(seen)

    row = ["carts", "0002 (leaving)", "carts-0002-001", "1 of 1", "8192 (8192-16383)", "8192 slots are to move"]
    assert row in shown


def test_a_node_group_nobody_could_ask_shows_no_primary() -> None:
    seen = cluster(("0-16383",))
    silent = replace(seen.observed.nodes[0], role=None, health=NodeHealth.UNKNOWN)

    shown = status(replace(seen, observed=replace(seen.observed, nodes=(silent,))))

    assert ["carts", "0001", "-", "0 of 1", "16384 (0-16383)", "-"] in shown


def test_the_json_has_the_same_facts() -> None:
    seen = cluster(FROM_HALVES, ON_THE_WAY, moving=5461)

    (group,) = msgspec.json.decode(msgspec.json.encode(report(installation(seen), ())))["groups"]

    assert (group["cluster_mode"], group["configuration_endpoint"]) == ("enabled", "127.88.48.12")
    assert group["resharding"] == {"moved_percent": 86, "slots_left": 730, "slot_count": 5461}
    assert group["node_groups"][2] == {
        "id": "0003",
        "slots": "6192-8191,13653-16383",
        "slot_count": 4731,
        "primaries": ["carts-0003-001"],
        "replicas": ["carts-0003-002"],
        "ready_replica_count": 1,
        "node_count": 2,
        "is_leaving": False,
        "sentence": "",
    }


def test_explain_says_what_each_node_group_shall_own_and_who_shall_go() -> None:
    lines = section(cluster(("0-16383", ""), HALVES), "What it shall be")

    assert lines[1:4] == [
        "cluster mode enabled, 2 node groups",
        "node group 0001: 2 nodes, primary carts-0001-001 (epoch 1), slots 0-16383",
        "node group 0002: gone, once its slots are moved away",
    ]


def test_explain_says_what_each_node_group_owns_and_how_far_a_resharding_is() -> None:
    lines = section(cluster(FROM_HALVES, ON_THE_WAY, moving=5461), "How far that is true")

    assert lines[-4:] == [
        "resharding: 86 % moved, 730 of 5461 slots are left",
        "node group 0001 owns 6192 slots: 0-6191",
        "node group 0002 owns 5461 slots: 8192-13652",
        "node group 0003 owns 4731 slots: 6192-8191,13653-16383",
    ]


def test_explain_names_the_node_groups_that_wait_and_counts_the_others() -> None:
    seen = deciding(
        cluster(THIRDS),
        _0001=(VerdictKind.SATISFIED, "well"),
        _0002=(VerdictKind.WAIT, "carts-0002-002 is at 83 % of its sync"),
        _0003=(VerdictKind.SATISFIED, "well"),
    )

    lines = section(seen, "What the last pass decided")

    assert lines[-2:] == [
        'node group 0002: carts-0002-002 is at 83 % of its sync ("failover")',
        "2 other node groups: nothing to do",
    ]


def test_explain_says_no_more_than_once_that_all_is_well() -> None:
    seen = deciding(cluster(HALVES), _0001=(VerdictKind.SATISFIED, "well"), _0002=(VerdictKind.SATISFIED, "well"))

    assert not [line for line in section(seen, "What the last pass decided") if "node group" in line]


def test_a_resharding_is_over_when_each_slot_is_where_it_shall_be() -> None:
    assert find_resharding(cluster(THIRDS, moving=5461)) is None


def test_slots_that_nobody_asked_to_be_moved_are_no_resharding() -> None:
    assert find_resharding(cluster(HALVES, ("0-16383", ""))) is None


def test_slots_that_went_astray_are_no_less_than_nothing_moved() -> None:
    row = find_resharding(cluster(HALVES, ("0-16383", ""), moving=10))

    assert row is not None
    assert (row.moved_percent, row.slots_left, row.slot_count) == (0, 8192, 8192)


def test_a_fault_finds_a_node_of_any_node_group_by_its_id() -> None:
    found = installation(cluster(HALVES))

    assert find_node_key(found, "carts-0002-001", None) == "us-east-1/carts-0002-001"
    with pytest.raises(CommandError, match="carts is a replication group: name one of its nodes"):
        find_node_key(found, "carts", None)


@pytest.mark.parametrize(
    ("owned", "words"),
    [("", "none"), ("7", "1 (7)"), ("0-9,20-29,40", "21 (0-9,20-29,40)"), ("0,2,4,6-9", "7 (4 ranges)")],
)
def test_many_ranges_are_counted_where_there_is_little_room(owned: str, words: str) -> None:
    seen = cluster(("0-16383",), (owned,))

    row = node_group_row(seen, seen.desired.node_groups[0])

    assert slots_in_short(row) == words
