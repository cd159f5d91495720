"""Users as engines are told of them: in the file that a node starts with, and as commands to a running one."""

import pytest

from elastane.engines import acl
from elastane.model.acls import CONTROL_USER, OPEN_ACL, Acl, AclUser, mark_name, revision
from elastane.model.secrets import Secret

SECRET = Secret("the control user's")
VERSION = (9, 1)
READER = AclUser(name="reader", access_string="on ~app:* +@read", password_digests=(Secret("a" * 64), Secret("b" * 64)))
LOCKED = AclUser(name="default", access_string="off -@all")
ACL: Acl = (LOCKED, READER)
MARK = mark_name(revision(ACL, SECRET))
FORBIDDEN = ("-acl|setuser", "-config", "-replicaof", "-shutdown", "-debug", "-module")


def words_of(name: str, users: Acl = ACL) -> list[str]:
    (found,) = [words for words in acl.users(users, SECRET, VERSION) if words[0] == name]
    return list(found)


def test_the_control_user_comes_first_and_the_mark_of_all_last() -> None:
    names = [words[0] for words in acl.users(ACL, SECRET, VERSION)]

    assert names == [CONTROL_USER, "default", "reader", MARK]
    assert words_of(MARK) == [MARK, "off"]


def test_no_secret_stands_there_but_by_its_digest() -> None:
    said = str(acl.users(ACL, SECRET, VERSION))

    assert SECRET.reveal() not in said
    assert words_of("reader")[1:4] == ["on", f"#{'a' * 64}", f"#{'b' * 64}"]


def test_who_needs_no_password_is_said_to_need_none() -> None:
    assert words_of("default", OPEN_ACL)[1:3] == ["on", "nopass"]


@pytest.mark.parametrize("users", [OPEN_ACL, ACL], ids=["everybody", "a reader"])
def test_no_customer_may_take_a_node_out_of_our_hands(users: Acl) -> None:
    for user in users:
        assert set(FORBIDDEN) <= set(words_of(user.name, users)) or "-@all" in words_of(user.name, users)


def test_what_is_forbidden_is_forbidden_in_every_selector() -> None:
    selecting = AclUser(name="writer", access_string="on ~* +@read (~w:* +@write +config)", accepts_any_password=True)

    words = words_of("writer", (selecting,))

    (selector,) = [word for word in words if word.startswith("(")]
    assert set(FORBIDDEN) <= set(selector.strip("()").split())
    assert "+config" not in selector.split()


def test_restrictions_fit_the_commands_that_a_version_knows() -> None:
    assert set(FORBIDDEN) <= set(acl.restrictions((7, 0)))
    assert "-cluster|syncslots" not in acl.restrictions((7, 0))


# --- to a running engine -------------------------------------------------------------------------


def test_each_user_is_given_as_a_whole_and_who_is_gone_goes_first_the_former_mark_among_them() -> None:
    former = mark_name("former")

    commands = acl.user_commands(ACL, (CONTROL_USER, "default", "writer", former), VERSION)

    assert commands[0] == ("ACL", "DELUSER", "writer", former)
    assert [command[:4] for command in commands[1:3]] == [
        ("ACL", "SETUSER", "default", "reset"),
        ("ACL", "SETUSER", "reader", "reset"),
    ]


def test_the_control_user_is_never_deleted_or_changed() -> None:
    commands = acl.user_commands(ACL, (CONTROL_USER, "default", "reader", MARK), VERSION)

    assert all(CONTROL_USER not in command for command in commands)


def test_whose_sign_in_is_turned_off_is_cut_off_and_others_live_on() -> None:
    commands = acl.user_commands(ACL, (), VERSION)

    assert [command for command in commands if command[0] == "CLIENT"] == [("CLIENT", "KILL", "USER", "default")]


def test_nobody_is_deleted_where_nobody_is_gone() -> None:
    assert not [command for command in acl.user_commands(ACL, ("default", "reader"), VERSION) if "DELUSER" in command]


def test_the_mark_is_said_by_itself_after_all_else() -> None:
    assert acl.mark_command(ACL, SECRET) == ("ACL", "SETUSER", MARK, "reset")
    assert all(MARK not in command for command in acl.user_commands(ACL, (), VERSION))
