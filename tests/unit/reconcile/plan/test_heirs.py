"""Who holds a lost primary's data: never by a name, always by a history."""

from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.observations import Role
from elastane.model.observed_replication_groups import Lineage, ObservedNode
from elastane.model.replication_groups import Node
from elastane.reconcile.plan.heirs import (
    READING,
    READING_SECONDS_MAX,
    UP_TO_DATE_SECONDS,
    are_reading,
    branch,
    find_heirs,
    was_up_to_date,
)
from elastane.reconcile.situation import SeenNode
from tests.kit import groups
from tests.kit.situations import (
    HISTORY,
    LINEAGE,
    NOW,
    OTHER_HISTORY,
    coming_up,
    dead,
    hung,
    newborn,
    orphan,
    primary,
    replica,
    situation,
    worked,
    working,
)

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"))
FIRST, SECOND, THIRD = GROUP.nodes
IN_SYNC = groups.observed_node(SECOND, has_synced=True)
EMPTIED = groups.observed_node(SECOND, has_synced=True, has_held_data=True)
LATER_HISTORY, EARLIER_HISTORY = "c" * 40, "d" * 40
WENT_ON = Lineage(replication_id=HISTORY, previous_replication_id=EARLIER_HISTORY)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(orphan(SECOND, FIRST), True, id="a replica of the same history"),
        pytest.param(replica(SECOND, FIRST, before=IN_SYNC), True, id="one whose link looks up still"),
        pytest.param(
            orphan(SECOND, FIRST, replication_id=OTHER_HISTORY, previous_replication_id=HISTORY),
            True,
            id="one that went on from that history",
        ),
        pytest.param(orphan(SECOND, FIRST, replication_id=OTHER_HISTORY), False, id="one of another history"),
        pytest.param(newborn(SECOND, replication_id=OTHER_HISTORY), False, id="a newborn"),
        pytest.param(
            orphan(SECOND, FIRST, before=groups.observed_node(SECOND)),
            False,
            id="one that was never in sync since its process began: it loaded what it has",
        ),
        pytest.param(
            orphan(SECOND, FIRST, before=replace(IN_SYNC, answered_process_started_at=NOW)),
            False,
            id="one whose process has just begun: an earlier one was in sync",
        ),
        pytest.param(replica(SECOND, FIRST), False, id="one of which nobody knows anything"),
        pytest.param(orphan(SECOND, FIRST, is_loading=True), False, id="one that loads"),
        pytest.param(orphan(SECOND, FIRST, is_syncing=True), False, id="one in the middle of a copy"),
        pytest.param(orphan(SECOND, FIRST, priority=0), False, id="one that says it must never be promoted"),
        pytest.param(orphan(SECOND, FIRST, before=EMPTIED), False, id="one that has lost its data"),
        pytest.param(orphan(SECOND, FIRST, before=EMPTIED, key_count=1), True, id="one that has some again"),
        pytest.param(primary(SECOND), False, id="a primary"),
        pytest.param(hung(SECOND), False, id="one that does not answer"),
        pytest.param(coming_up(SECOND), False, id="one that starts"),
        pytest.param(dead(SECOND), False, id="one that is dead"),
    ],
)
def test_an_heir_is_a_replica_that_was_in_sync_with_this_history(seen: SeenNode, expected: bool) -> None:
    assert find_heirs([seen], LINEAGE) == ((seen,) if expected else ())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"replication_id": LATER_HISTORY, "previous_replication_id": HISTORY}, 3, id="a newer branch"),
        pytest.param({"replication_id": HISTORY}, 2, id="the recorded one"),
        pytest.param({"replication_id": EARLIER_HISTORY}, 1, id="the one before"),
        pytest.param(
            {"replication_id": LATER_HISTORY, "previous_replication_id": EARLIER_HISTORY},
            1,
            id="another one that went on from the one before",
        ),
        pytest.param({"replication_id": OTHER_HISTORY}, 0, id="another history"),
        pytest.param({"replication_id": OTHER_HISTORY, "previous_replication_id": ""}, 0, id="none before either"),
    ],
)
def test_branches_of_the_recorded_history_are_told_apart(changes: dict[str, Any], expected: int) -> None:
    assert branch(orphan(SECOND, FIRST, **changes), WENT_ON) == expected


@pytest.mark.parametrize(
    ("changes", "ordered", "expected"),
    [
        pytest.param({"key_count": 1}, SECOND, 3, id="it was ordered, and has data that nobody knows"),
        pytest.param({"key_count": 0}, SECOND, 0, id="it was ordered, and is empty"),
        pytest.param({"key_count": 1}, THIRD, 0, id="somebody else was ordered"),
        pytest.param({"key_count": 1, "replication_id": HISTORY}, SECOND, 2, id="ordered, and it has the recorded one"),
        pytest.param({"key_count": 1, "replication_id": EARLIER_HISTORY}, SECOND, 1, id="ordered, and it has an older"),
    ],
)
def test_a_history_that_nobody_knows_is_newer_where_it_was_ordered_to_begin(
    changes: dict[str, Any], ordered: Node, expected: int
) -> None:
    seen = orphan(SECOND, FIRST, **({"replication_id": OTHER_HISTORY} | changes))

    assert branch(seen, WENT_ON, ordered.id) == expected


TAKEN = groups.observed_node(SECOND, has_synced=False, first_replication_id=OTHER_HISTORY)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(TAKEN, True, id="its history has another name than at its first answer"),
        pytest.param(replace(TAKEN, first_replication_id=HISTORY), False, id="it came with this history from its disk"),
        pytest.param(replace(TAKEN, first_replication_id=""), False, id="nobody knows what it came with"),
        pytest.param(replace(TAKEN, first_replication_id=HISTORY, has_synced=True), True, id="it was seen in sync"),
    ],
)
def test_a_sync_that_no_pass_has_seen_end_is_told_by_the_name_of_the_history(
    before: ObservedNode, expected: bool
) -> None:
    seen = orphan(SECOND, FIRST, before=before)

    assert find_heirs([seen], LINEAGE) == ((seen,) if expected else ())


def test_no_history_is_shared_by_having_none_before() -> None:
    nameless = orphan(SECOND, FIRST, replication_id=OTHER_HISTORY, previous_replication_id="")

    assert branch(nameless, LINEAGE) == 0


def test_without_a_recorded_history_all_are_alike() -> None:
    one, other = orphan(SECOND, FIRST), orphan(THIRD, FIRST, replication_id=OTHER_HISTORY)

    assert find_heirs([one, other], None) == (one, other)


def test_only_the_newest_branch_inherits_whatever_the_offsets_are() -> None:
    newer = orphan(SECOND, FIRST, replication_id=LATER_HISTORY, previous_replication_id=HISTORY, offset_bytes=1)
    older = orphan(THIRD, FIRST, offset_bytes=900)

    assert find_heirs([older, newer], LINEAGE) == (newer,)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(orphan(SECOND, FIRST), True, id="it was when we last heard its primary"),
        pytest.param(replica(SECOND, FIRST, link_silent_seconds=20 + UP_TO_DATE_SECONDS - 1), True, id="as long as we"),
        pytest.param(replica(SECOND, FIRST, link_silent_seconds=20 + UP_TO_DATE_SECONDS), False, id="not for longer"),
        pytest.param(replica(SECOND, FIRST, link_silent_seconds=None), False, id="it cannot say"),
        pytest.param(replica(SECOND, FIRST, is_link_up=False, link_silent_seconds=0), False, id="its link is down"),
        pytest.param(replica(SECOND, THIRD), False, id="it hears somebody else"),
        pytest.param(hung(SECOND), False, id="it does not answer, and was not before"),
    ],
)
def test_who_heard_the_primary_as_long_as_we_did_is_up_to_date(seen: SeenNode, expected: bool) -> None:
    assert was_up_to_date(seen, working(FIRST, seconds=20), NOW) is expected


def test_somebody_reads_while_a_link_looks_up_and_not_for_ever() -> None:
    def is_reading(link_up: bool, *, sentence: str = READING, ago_seconds: float = 0) -> bool:
        heir = replica(SECOND, FIRST, is_link_up=link_up)
        last = groups.observed_verdict(sentence, seconds_ago=ago_seconds, now=NOW)
        seen = situation(GROUP, dead(FIRST), heir, dead(THIRD), before=worked(GROUP, verdict=last))
        return are_reading([heir], seen)

    assert is_reading(True, sentence="something else", ago_seconds=900)
    assert is_reading(True, ago_seconds=READING_SECONDS_MAX - 0.01)
    assert not is_reading(True, ago_seconds=READING_SECONDS_MAX)
    assert not is_reading(True, ago_seconds=-900), "a clock that was put back"
    assert not is_reading(False)


def test_a_primary_s_link_is_no_reading() -> None:
    seen = situation(GROUP, primary(FIRST), replica(SECOND, FIRST), dead(THIRD))

    assert seen.nodes[0].answer is not None and seen.nodes[0].answer.role is Role.PRIMARY
    assert not are_reading([seen.nodes[0]], seen)
