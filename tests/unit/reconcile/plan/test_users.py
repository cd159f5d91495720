"""Every engine that answers is given the users of the group, whatever it had before."""

import pytest

from elastane.model.acls import CONTROL_USER, OPEN_ACL, AclUser, mark_name, wanted_users
from elastane.model.secrets import Secret
from elastane.reconcile.plan import users
from elastane.reconcile.plan.verdicts import SATISFIED, Act
from elastane.reconcile.steps import SetUsers, SideBySide
from tests.kit.encryption import REQUIRED, encrypted
from tests.kit.situations import hung, newborn, primary, replica, situation

GROUP = encrypted(REQUIRED)
FIRST, SECOND, THIRD = GROUP.nodes

ACL = (
    AclUser(name="default", access_string="off -@all"),
    AclUser(name="reader", access_string="on ~* +@read", password_digests=(Secret("a" * 64),)),
)
WANTED = wanted_users(ACL, Secret("the control user's"))
MARK = mark_name(WANTED.revision)
NAMES = (CONTROL_USER, "default", "reader", MARK)


def test_who_has_exactly_the_users_of_the_group_is_left_alone() -> None:
    seen = situation(
        GROUP,
        primary(FIRST, user_names=NAMES),
        replica(SECOND, FIRST, user_names=tuple(reversed(NAMES))),
        hung(THIRD),
        users=WANTED,
    )

    assert users.rule(seen) == SATISFIED
    assert [users.has_users(node, seen) for node in seen.nodes] == [True, True, False]


@pytest.mark.parametrize(
    "names",
    [
        (),
        (CONTROL_USER, "default", "reader"),
        (CONTROL_USER, "default", MARK),
        ("default", "reader", MARK),
        (*NAMES, "somebody"),
        (*NAMES, mark_name("another")),
        (CONTROL_USER, "default", "reader", mark_name("another")),
    ],
    ids=["nobody", "no mark", "one missing", "not ours", "somebody else", "two marks", "another mark"],
)
def test_whoever_has_others_is_given_all_of_them(names: tuple[str, ...]) -> None:
    seen = situation(
        GROUP,
        primary(FIRST, user_names=NAMES),
        replica(SECOND, FIRST, user_names=names),
        hung(THIRD),
        users=WANTED,
    )

    assert users.rule(seen) == Act(
        steps=(SetUsers(node_id=SECOND.id),), why="orders-002 must know the users that the group has by now"
    )


def test_all_are_told_at_once_whatever_their_role_and_whether_they_are_in_sync() -> None:
    seen = situation(
        GROUP,
        primary(FIRST, user_names=()),
        replica(SECOND, FIRST, user_names=(), is_loading=True),
        newborn(THIRD, user_names=()),
        users=WANTED,
    )

    verdict = users.rule(seen)

    assert isinstance(verdict, Act)
    assert verdict.steps == (SideBySide(tracks=tuple((SetUsers(node_id=node.id),) for node in GROUP.nodes)),)


def test_users_that_cannot_be_known_are_left_as_they_are() -> None:
    seen = situation(GROUP, primary(FIRST, user_names=("stranger",)), hung(SECOND), hung(THIRD), users=None)

    assert users.rule(seen) == SATISFIED
    assert not users.has_users(seen.nodes[0], seen)


def test_the_revision_tells_apart_rights_passwords_and_secrets_and_not_the_order() -> None:
    key = Secret("the control user's")
    default, reader = ACL
    others = (
        (default,),
        OPEN_ACL,
        (default, AclUser(name="reader", access_string="on ~* +@all", password_digests=reader.password_digests)),
        (default, AclUser(name="reader", access_string="on ~* +@read", password_digests=(Secret("b" * 64),))),
        (default, AclUser(name="reader", access_string="on ~* +@read", accepts_any_password=True)),
    )

    revisions = {wanted_users(acl, key).revision for acl in (ACL, *others)} | {
        wanted_users(ACL, Secret("another")).revision
    }

    assert len(revisions) == len(others) + 2
    assert wanted_users((reader, default), key).revision == WANTED.revision
