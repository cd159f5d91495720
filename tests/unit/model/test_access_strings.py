"""Access strings: their grammar, their normal form, what they need of an engine, and what is put behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.catalog.commands import vocabulary
from elastane.model.access_strings import (
    AccessString,
    AccessStringError,
    checked_access_string,
    minimum_version,
    parse_access_string,
    render_access_string,
    with_restrictions,
)
from elastane.model.engine_names import EngineName
from tests.kit.access_strings import access_strings

REDIS = vocabulary(EngineName.REDIS)
VALKEY = vocabulary(EngineName.VALKEY)


def normal(text: str) -> str:
    return render_access_string(checked_access_string(text, VALKEY))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # AWS's own examples: user guide, Clusters.RBAC
        ("on ~* +@all", "on ~* +@all"),
        ("off +get ~keys*", "off ~keys* -@all +get"),
        ("~objects:* ~items:* ~public:*", "off ~objects:* ~items:* ~public:* -@all"),
        ("on ~app::* -@all +@read", "on ~app::* -@all +@read"),
        (
            "on ~app::* -@all +@read +@hash -setbit -bitfield -hset",
            "on ~app::* -@all +@read +@hash -setbit -bitfield -hset",
        ),
        # on and off
        ("on off", "off -@all"),
        ("OFF ON", "on -@all"),
        # keys
        ("on allkeys", "on ~* -@all"),
        ("on ~a ~b ~a", "on ~a ~b -@all"),
        ("on ~a ~*", "on ~* -@all"),
        ("on ~a resetkeys ~b", "on ~b -@all"),
        ("on %R~a %W~b %RW~c", "on %R~a %W~b ~c -@all"),
        ("on %r~a %w~a", "on ~a -@all"),
        ("on %R~* %W~*", "on ~* -@all"),
        ("on %R~* ~a", "on %R~* ~a -@all"),
        # channels
        ("on &a &b &a", "on resetchannels &a &b -@all"),
        ("on &a &*", "on &* -@all"),
        ("on allchannels resetchannels", "on resetchannels -@all"),
        # databases
        ("on db=3,1,3", "on db=1,3 -@all"),
        ("on db=1 db=2", "on db=2 -@all"),
        ("on resetdbs", "on resetdbs -@all"),
        ("on db=1 alldbs", "on -@all"),
        # commands
        ("on +GET +@Read", "on -@all +get +@read"),
        ("on +get -@read +get", "on -@all -@read +get"),
        ("on +@all -keys nocommands +get", "on -@all +get"),
        ("on allcommands -keys", "on +@all -keys"),
        ("on +client|list -client", "on -@all -client"),
        ("on +client -client|kill", "on -@all +client -client|kill"),
        ("on +@read +@write -@read", "on -@all +@write -@read"),
        # selectors
        ("on (+get ~a)", "on -@all (~a -@all +get)"),
        ("on (~a +@all &x) ~b", "on ~b -@all (~a resetchannels &x +@all)"),
        ("on ()", "on -@all (-@all)"),
        ("on ( +get )", "on -@all (-@all +get)"),
        ("on (+get) clearselectors (+set)", "on -@all (-@all +set)"),
        # copied from ACL LIST
        ("on sanitize-payload ~* &* +@all", "on ~* &* +@all"),
        ("  on   ~*  ", "on ~* -@all"),
    ],
)
def test_an_access_string_has_one_normal_form(text: str, expected: str) -> None:
    assert normal(text) == expected
    assert normal(expected) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("on >secret-password", "parameters of their own"),
        ("on <secret-password", "parameters of their own"),
        ("on #0123", "parameters of their own"),
        ("on !0123", "parameters of their own"),
        ("on nopass", "nopass: passwords"),
        ("on resetpass", "resetpass: passwords"),
        ("reset on", "reset: passwords"),
        ("on skip-sanitize-payload", "not a rule"),
        ("on ~* ~a", "behind ~*"),
        ("on ~* %R~*", "behind ~*"),
        ("on &* &a", "behind &*"),
        ("on ~", "not a pattern of keys"),
        ("on %~a", "not a pattern of keys"),
        ("on %RR~a", "not a pattern of keys"),
        ("on &", "not a rule"),
        ("on db=", "not a rule"),
        ("on db=a", "not a rule"),
        ("on db=-1", "not a rule"),
        ("on db=10000", "9999 at most"),
        ("on +", "no such command"),
        ("on +nothing", "no such command"),
        ("on -nothing", "no such command"),
        ("on +get|", "no such command"),
        ("on +select|0", "no such command"),
        ("on +@nothing", "no such category"),
        ("on +nothing +@all", "no such command"),
        ("on +config", "config is not available"),
        ("on -CONFIG", "config is not available"),
        ("on +config|get", "config|get is not available"),
        ("on +@all -debug", "debug is not available"),
        ("on +acl|setuser", "acl|setuser is not available"),
        ("on +cluster|meet", "cluster|meet is not available"),
        ("on (+shutdown ~*)", "shutdown is not available"),
        ("on (+get", "is not closed"),
        ("on (on)", "not a rule"),
        ("on (clearselectors)", "not a rule"),
        ("on ((+get))", "may end with a bracket"),
        ("on (~a) +get)", "no such command"),
        ("on (+get ~foo))", "may end with a bracket"),
        ("on (+get ~it's)", "quotation marks"),
        ("on ~a\n+@all", "cannot be printed"),
        ("on ~a\x00", "cannot be printed"),
        ("enabled", "not a rule"),
    ],
)
def test_what_is_no_rule_for_customers_is_refused(text: str, words: str) -> None:
    with pytest.raises(AccessStringError) as caught:
        checked_access_string(text, VALKEY)

    assert words in str(caught.value)
    assert "secret-password" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["on +acl|whoami", "on +acl -acl|cat", "on +cluster|nodes", "on -cluster", "on +script|load"]
)
def test_what_is_harmless_of_a_forbidden_command_may_be_named(text: str) -> None:
    assert checked_access_string(text, VALKEY).is_on


@pytest.mark.parametrize(
    ("text", "of_redis", "of_valkey"),
    [
        ("on ~* +@all", "6.0", "7.2"),
        ("on +get +client|list", "6.0", "7.2"),
        ("on +lmove", "6.2", "7.2"),
        ("on &*", "6.2", "7.2"),
        ("on resetchannels", "6.2", "7.2"),
        ("on %R~a", "7.0", "7.2"),
        ("on +client -client|list", "7.0", "7.2"),
        ("on (+get ~a)", "7.0", "7.2"),
        ("on (+get ~a) clearselectors", "6.0", "7.2"),
        ("on +function|list", "7.0", "7.2"),
    ],
)
def test_what_is_used_says_which_engine_version_is_needed(text: str, of_redis: str, of_valkey: str) -> None:
    assert minimum_version(checked_access_string(text, REDIS), REDIS) == of_redis
    assert minimum_version(checked_access_string(text, VALKEY), VALKEY) == of_valkey


@pytest.mark.parametrize(
    ("text", "version"),
    [("on db=0", "9.1"), ("on (db=0 +get)", "9.1"), ("on +hexpire", "9.0"), ("on (+script|show)", "8.0")],
)
def test_what_only_valkey_has_needs_its_version_and_is_refused_to_redis_oss(text: str, version: str) -> None:
    assert minimum_version(checked_access_string(text, VALKEY), VALKEY) == version
    with pytest.raises(AccessStringError, match=f"needs engine version {version}"):
        checked_access_string(text, REDIS)


def test_restrictions_go_behind_everything_in_each_selector_too() -> None:
    restricted = with_restrictions("on ~* -@all +get (~a +@all) (+config)", ("-config", "-acl|setuser"))

    assert restricted == (
        "on ~* -@all +get -config -acl|setuser (~a +@all -config -acl|setuser) (-@all -config -acl|setuser)"
    )
    assert with_restrictions(restricted, ("-config", "-acl|setuser")) == restricted


def test_a_restriction_that_is_no_rule_is_an_error() -> None:
    with pytest.raises(AccessStringError):
        with_restrictions("on ~* +@all", ("without-debug",))


@given(access_strings(VALKEY))
def test_any_accepted_string_keeps_its_meaning_in_the_normal_form(text: str) -> None:
    access = checked_access_string(text, VALKEY)

    assert checked_access_string(render_access_string(access), VALKEY) == access


@given(access_strings(VALKEY))
def test_with_restrictions_nothing_that_is_restricted_is_given_back(text: str) -> None:
    restricted = parse_access_string(with_restrictions(text, ("-client|kill", "-get")))

    for permissions in (restricted.root, *restricted.selectors):
        assert permissions.commands[-2:] == ("-client|kill", "-get")


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        access = checked_access_string(text, VALKEY)
    except AccessStringError as error:
        assert str(error).endswith(".")
    else:
        assert isinstance(access, AccessString)
