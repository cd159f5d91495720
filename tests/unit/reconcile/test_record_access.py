"""What a pass remembers of encryption, certificates and users, and what it tells of them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.access import TransitEncryption
from elastane.model.acls import CONTROL_USER, OPEN_ACL, mark_name, wanted_users
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.secrets import Secret
from elastane.reconcile.plan.verdicts import SATISFIED
from elastane.reconcile.record import record_pass
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.transitions import events_between
from tests.kit import groups
from tests.kit.encryption import OFF, PREFERRED, REQUIRED, WITHOUT_TLS, encrypted, served, talking
from tests.kit.situations import RUNNING, dead, decided, hung, newborn, primary, replica, situation

GROUP = encrypted(REQUIRED)
FIRST, SECOND, THIRD = GROUP.nodes
PLAIN, BOTH, ALONE = talking(OFF), talking(PREFERRED), talking(REQUIRED)


def recorded(seen: Situation) -> ObservedReplicationGroup:
    return record_pass(seen, decided("all", SATISFIED))


def seen_as(third: SeenNode, *parameters: dict[str, str], before: TransitEncryption = PREFERRED) -> Situation:
    first, second = parameters
    return situation(
        GROUP,
        primary(FIRST, parameters=first),
        replica(SECOND, FIRST, parameters=second),
        third,
        before=groups.observed(GROUP, transit_encryption=before),
    )


# --- encryption ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "third", "offered"),
    [
        ((ALONE, ALONE), replica(THIRD, FIRST, parameters=ALONE), REQUIRED),
        ((ALONE, BOTH), replica(THIRD, FIRST, parameters=ALONE), PREFERRED),
        ((ALONE, ALONE), newborn(THIRD, parameters=BOTH), PREFERRED),
        ((ALONE, ALONE), hung(THIRD), REQUIRED),
        ((ALONE, ALONE), dead(THIRD), REQUIRED),
        ((talking(PREFERRED, by_tls=False),) * 2, dead(THIRD), PREFERRED),
    ],
    ids=["all", "one is behind", "a new one is behind", "one is silent", "one is dead", "nobody is through"],
)
def test_the_group_offers_what_all_that_answer_offer_and_until_then_what_it_did(
    parameters: tuple[dict[str, str], dict[str, str]], third: SeenNode, offered: TransitEncryption
) -> None:
    assert recorded(seen_as(third, *parameters)).transit_encryption is offered


def test_while_nobody_answers_it_is_what_it_was() -> None:
    silent = situation(GROUP, *map(hung, GROUP.nodes), before=groups.observed(GROUP, transit_encryption=PREFERRED))

    assert recorded(silent).transit_encryption is PREFERRED


def test_whether_an_engine_has_tls_is_remembered_while_it_is_silent() -> None:
    able = recorded(seen_as(replica(THIRD, FIRST, parameters=WITHOUT_TLS), ALONE, ALONE))
    later = recorded(replace(seen_as(hung(THIRD, before=able.find_node(THIRD.id)), ALONE, ALONE), before=able))

    for record in (able, later):
        assert [node.has_tls for node in record.nodes] == [True, True, False]


# --- certificates --------------------------------------------------------------------------------


def with_certificate(
    serial_number: str, before: ObservedReplicationGroup, *, is_new_process: bool = False
) -> Situation:
    certificate = replace(served(), serial_number=serial_number)
    first = primary(FIRST, certificates=(certificate,), before=before.find_node(FIRST.id))
    started_at = RUNNING.started_at + timedelta(minutes=is_new_process)
    first = replace(first, process=replace(RUNNING, started_at=started_at))
    return situation(GROUP, first, dead(SECOND), dead(THIRD), before=before)


def told(seen: Situation, before: ObservedReplicationGroup) -> list[str]:
    lines = events_between(seen, before, recorded(seen))
    return [event.source_id for event in lines if "certificate" in event.message]


def test_a_certificate_that_a_process_serves_in_the_place_of_another_is_told_once() -> None:
    at_first = recorded(with_certificate("1", groups.observed(GROUP)))
    renewed = with_certificate("2", at_first)
    after = recorded(renewed)

    assert told(renewed, at_first) == [FIRST.id]
    assert told(with_certificate("2", after), after) == []


def test_the_first_certificate_and_that_of_a_new_process_are_no_renewal() -> None:
    nothing = groups.observed(GROUP)
    at_first = recorded(with_certificate("1", nothing))

    assert told(with_certificate("1", nothing), nothing) == []
    assert told(with_certificate("2", at_first, is_new_process=True), at_first) == []


# --- users ---------------------------------------------------------------------------------------

WANTED = wanted_users(OPEN_ACL, Secret("the control user's"))
NAMES = (CONTROL_USER, "default", mark_name(WANTED.revision))


def with_users(*names: tuple[str, ...] | None) -> Situation:
    """None for a node that is silent."""
    seen = [
        hung(node) if known is None else replica(node, FIRST, user_names=known)
        for node, known in zip(GROUP.nodes, names, strict=True)
    ]
    return situation(GROUP, *seen, users=WANTED, before=groups.observed(GROUP, acl_revision="of before"))


def test_users_are_known_once_all_nodes_have_answered_with_them() -> None:
    assert recorded(with_users(NAMES, NAMES, NAMES)).acl_revision == WANTED.revision


@pytest.mark.parametrize("third", [None, (), NAMES[:2]])
def test_they_are_not_while_one_is_silent_or_has_others(third: tuple[str, ...] | None) -> None:
    """It may let in whom it should not."""
    assert recorded(with_users(NAMES, NAMES, third)).acl_revision == "of before"


def test_users_that_cannot_be_known_are_what_they_were() -> None:
    assert recorded(replace(with_users(NAMES, NAMES, NAMES), users=None)).acl_revision == "of before"
