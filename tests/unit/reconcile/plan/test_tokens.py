"""When engines are told the tokens of users of IAM: with the minute, with the keys, and after their users."""

from datetime import timedelta

from msgspec.structs import replace

from elastane.model.acls import CONTROL_USER, MARK_PREFIX, AclUser, WantedUsers, current_revision, wanted_users
from elastane.model.iam_tokens import Cache, Signer, WantedTokens, wanted_tokens
from elastane.model.secrets import AccessKeyId, Secret
from elastane.reconcile.plan import tokens, users
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import SetTokens, SetUsers, SideBySide
from tests.kit import groups, situations
from tests.kit.situations import NOW

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
SECRET = Secret("control")
LEA_S_USER = AclUser(name="lea", access_string="on", signs_in_with_tokens=True)
ACL = (AclUser(name="default", access_string="off -@all"), LEA_S_USER)
USERS = wanted_users(ACL, SECRET)
CACHE = Cache(id=GROUP.id, region=GROUP.region)
LEA = Signer(user_name="lea", access_key_id=AccessKeyId("AKIALEA"), secret=Secret("lea's"))


def wanted(*signers: Signer, minutes_later: int = 0) -> WantedTokens:
    return wanted_tokens(CACHE, ("lea",), signers, NOW + timedelta(minutes=minutes_later), SECRET)


def names(*marks: str) -> tuple[str, ...]:
    return (CONTROL_USER, "default", "lea", f"{MARK_PREFIX}{USERS.revision}", *marks)


def nodes(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[SeenNode, ...]:
    return (situations.primary(FIRST, user_names=first), situations.replica(SECOND, FIRST, user_names=second))


def situation(
    seen: tuple[SeenNode, ...], asked: WantedTokens | None, asked_users: WantedUsers | None = USERS
) -> Situation:
    return replace(situations.situation(GROUP, *seen), tokens=asked, users=asked_users)


def steps_of(verdict: Verdict) -> tuple[object, ...]:
    assert isinstance(verdict, Act)
    return verdict.steps


def test_a_group_without_users_of_iam_has_no_tokens() -> None:
    assert tokens.rule(situation(nodes(names(), names()), None)) is SATISFIED


def test_who_has_the_mark_of_this_minute_is_left_alone_and_others_are_told() -> None:
    now, former = wanted(LEA), wanted(LEA, minutes_later=-1)

    assert tokens.rule(situation(nodes(names(now.mark), names(now.mark)), now)) is SATISFIED
    one_late = tokens.rule(situation(nodes(names(now.mark), names(former.mark)), now))
    both_late = tokens.rule(situation(nodes(names(), names(former.mark)), now))

    assert steps_of(one_late) == (SetTokens(node_id=SECOND.id),)
    (side_by_side,) = steps_of(both_late)
    assert side_by_side == SideBySide(tracks=((SetTokens(node_id=FIRST.id),), (SetTokens(node_id=SECOND.id),)))


def test_a_key_that_is_gone_is_heard_of_in_the_same_minute() -> None:
    now = wanted()

    seen = nodes(names(now.mark), names(wanted(LEA).mark))

    assert steps_of(tokens.rule(situation(seen, now))) == (SetTokens(node_id=SECOND.id),)


def test_who_does_not_answer_is_not_told() -> None:
    now = wanted(LEA)
    seen = (situations.primary(FIRST, user_names=names(now.mark)), situations.hung(SECOND))

    assert tokens.rule(situation(seen, now)) is SATISFIED


def test_users_that_are_made_anew_get_their_tokens_with_the_same_order() -> None:
    now = wanted(LEA)
    seen = nodes((CONTROL_USER, "default"), names(now.mark))

    with_iam = users.rule(situation(seen, now))
    without = users.rule(situation(seen, None))

    assert steps_of(with_iam) == (SetUsers(node_id=FIRST.id), SetTokens(node_id=FIRST.id))
    assert steps_of(without) == (SetUsers(node_id=FIRST.id),)


def test_the_revision_of_users_does_not_speak_of_tokens() -> None:
    mark = wanted(LEA).mark

    assert current_revision(names(mark), ACL) == current_revision(names(), ACL) == USERS.revision
    assert current_revision((*names(mark), "intruder"), ACL) == ""


def test_a_user_with_passwords_and_one_of_iam_are_two_revisions() -> None:
    with_none = replace(ACL[1], signs_in_with_tokens=False)

    assert wanted_users((ACL[0], with_none), SECRET).revision != USERS.revision
