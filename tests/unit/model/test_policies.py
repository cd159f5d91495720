"""Policy documents: understood whole or refused, and evaluated as AWS does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.ids import Arn
from elastane.model.policies import (
    POLICY_CHARACTERS_MAX,
    Decision,
    Effect,
    PolicyError,
    Values,
    decide,
    parse_policy,
)

ORDERS = Arn("arn:aws:elasticache:us-east-1:000000000000:replicationgroup:orders")
CREATE, DELETE, DESCRIBE = (
    f"elasticache:{action}"
    for action in ("CreateReplicationGroup", "DeleteReplicationGroup", "DescribeReplicationGroups")
)


def document(*statements: dict[str, Any], **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)} | elements)


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    """Of every action on everything, but for what is said."""
    defaults: dict[str, Any] = {"Effect": effect}
    if "NotAction" not in elements:
        defaults["Action"] = "*"
    if "NotResource" not in elements:
        defaults["Resource"] = "*"
    return defaults | elements


def decided(
    *statements: dict[str, Any], action: str = CREATE, resource: Arn = ORDERS, values: Values | None = None
) -> Decision:
    return decide(parse_policy(document(*statements)), action=action, resource=resource, values=values or {})


# --- evaluated -----------------------------------------------------------------------------------


def test_what_nothing_speaks_of_is_not_allowed() -> None:
    assert decided(statement(Action="s3:*")) is Decision.NOT_ALLOWED
    assert decided(statement(Resource="arn:aws:elasticache:*:*:cluster:*")) is Decision.NOT_ALLOWED
    assert decided(statement("Deny", Action="s3:*")) is Decision.NOT_ALLOWED


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    allow, deny = statement(), statement("Deny", Action="elasticache:Create*")

    assert decided(allow, deny) is decided(deny, allow) is Decision.DENIED
    assert decided(allow, deny, action=DELETE) is Decision.ALLOWED


@pytest.mark.parametrize(
    ("elements", "decision"),
    [
        ({"Action": ["elasticache:Describe*", CREATE]}, Decision.ALLOWED),
        ({"Action": "elasticache:create*group"}, Decision.ALLOWED),
        ({"Action": "elasticache:Describe*"}, Decision.NOT_ALLOWED),
        ({"NotAction": "elasticache:Delete*"}, Decision.ALLOWED),
        ({"NotAction": ["elasticache:Delete*", "elasticache:Create*"]}, Decision.NOT_ALLOWED),
        ({"Resource": ORDERS}, Decision.ALLOWED),
        ({"Resource": ["arn:aws:elasticache:*:*:cluster:*", f"{ORDERS[:-3]}*"]}, Decision.ALLOWED),
        ({"NotResource": ORDERS}, Decision.NOT_ALLOWED),
        ({"NotResource": "arn:aws:elasticache:*:*:cluster:*"}, Decision.ALLOWED),
    ],
)
def test_a_statement_speaks_of_the_actions_and_resources_that_it_names(
    elements: dict[str, Any], decision: Decision
) -> None:
    assert decided(statement(**elements)) is decision


def test_a_statement_speaks_only_where_all_its_conditions_hold() -> None:
    condition = {
        "StringLike": {"elasticache:CacheNodeType": "cache.t*"},
        "Bool": {"elasticache:MultiAZEnabled": "true"},
    }
    small = {"elasticache:cachenodetype": ("cache.t3.micro",)}
    spread = {"elasticache:multiazenabled": ("true",)}

    assert decided(statement(Condition=condition), values=small | spread) is Decision.ALLOWED
    assert decided(statement(Condition=condition), values=small) is Decision.NOT_ALLOWED
    assert decided(statement(), statement("Deny", Condition=condition), values=small | spread) is Decision.DENIED


def test_a_resource_may_name_who_calls() -> None:
    own = statement(Resource="arn:aws:elasticache:*:*:replicationgroup:${aws:username}")

    assert decided(own, values={"aws:username": ("orders",)}) is Decision.ALLOWED
    assert decided(own, values={"aws:username": ("carts",)}) is Decision.NOT_ALLOWED


def test_tags_of_resources_are_asked_for_only_where_they_can_matter() -> None:
    def asks(**elements: Any) -> bool:
        return parse_policy(document(statement(**elements))).asks_for_resource_tags

    assert asks(Condition={"StringEquals": {"aws:ResourceTag/team": "shop"}})
    assert asks(Condition={"StringEquals": {"aws:username": "${aws:ResourceTag/owner}"}})
    assert asks(Resource="arn:aws:elasticache:*:*:cluster:${aws:ResourceTag/team}")
    assert not asks(Condition={"StringEquals": {"aws:RequestTag/team": "shop"}})
    assert not asks()


# --- laws ----------------------------------------------------------------------------------------

ACTIONS = st.sampled_from([CREATE, DELETE, DESCRIBE, "elasticache:*", "elasticache:D*", "*", "s3:*"])
RESOURCES = st.sampled_from(
    [ORDERS, "*", "arn:aws:elasticache:*:*:cluster:*", "arn:aws:elasticache:*:*:replicationgroup:o*"]
)
CONDITIONS = st.sampled_from(
    [
        {},
        {"Condition": {"StringEquals": {"aws:username": "ci"}}},
        {"Condition": {"StringNotEquals": {"aws:username": "ci"}}},
    ]
)


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    return {
        "Effect": effect or draw(st.sampled_from(list(Effect))),
        draw(st.sampled_from(["Action", "NotAction"])): draw(st.lists(ACTIONS, min_size=1, max_size=3)),
        draw(st.sampled_from(["Resource", "NotResource"])): draw(st.lists(RESOURCES, min_size=1, max_size=2)),
        **draw(CONDITIONS),
    }


CALLS = st.fixed_dictionaries(
    {
        "action": st.sampled_from([CREATE, DELETE, DESCRIBE]),
        "resource": st.sampled_from([ORDERS, Arn("*"), Arn(ORDERS.replace("orders", "*"))]),
        "values": st.sampled_from([{}, {"aws:username": ("ci",)}, {"aws:username": ("cd",)}]),
    }
)
MANY = st.lists(statements(), min_size=1, max_size=4)


@given(MANY, CALLS)
def test_the_order_of_statements_makes_no_difference(some: list[dict[str, Any]], call: dict[str, Any]) -> None:
    assert decided(*some, **call) is decided(*reversed(some), **call)


@given(MANY, statements("Deny"), CALLS)
def test_a_deny_more_never_allows_more(some: list[dict[str, Any]], deny: dict[str, Any], call: dict[str, Any]) -> None:
    before, after = decided(*some, **call), decided(*some, deny, **call)

    assert after in (before, Decision.DENIED)


@given(MANY, statements("Allow"), CALLS)
def test_an_allow_more_never_takes_anything_away(
    some: list[dict[str, Any]], allow: dict[str, Any], call: dict[str, Any]
) -> None:
    before, after = decided(*some, **call), decided(*some, allow, **call)

    assert after is before or (before is Decision.NOT_ALLOWED and after is Decision.ALLOWED)


@given(st.lists(statements("Allow"), min_size=1, max_size=3), CALLS)
def test_without_a_deny_nothing_is_denied_explicitly(some: list[dict[str, Any]], call: dict[str, Any]) -> None:
    assert decided(*some, **call) is not Decision.DENIED


@given(
    st.text(max_size=200)
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps)
)
def test_whatever_is_no_policy_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(PolicyError, match=r"\.$"):
        parse_policy(text)


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "The policy is no JSON"),
        ("[" * 100_000, "more than 6144 characters"),
        ("[" * 6_000, "The policy (is no JSON|must be a JSON object)"),
        ("[]", "must be a JSON object"),
        ("{}", "must have a Statement"),
        (document(), "must have a Statement"),
        (document(statement(), Version="2012-10-18"), "Version must be 2012-10-17"),
        (document(statement(), Version=None), "Version must be 2012-10-17"),
        (document(statement(), Id=7), "Id must be a text"),
        (document(statement(), Comment="hello"), "The policy has an element that is not understood: 'Comment'"),
        (document("Allow"), r"Statement\[0\] must be an object"),  # type: ignore[arg-type]  # what is refused here
        (document(statement(), statement("allow")), r"Statement\[1\].Effect must be Allow or Deny; got 'allow'"),
        (document(statement(Principal="*")), r"Statement\[0\] has an element that is not understood: 'Principal'"),
        (document(statement(action="*")), "not understood: 'action'"),
        (document({"Effect": "Allow", "Resource": "*"}), r"must have either Action or NotAction"),
        (document(statement(NotAction="*") | {"Action": "*"}), "must have either Action or NotAction"),
        (document({"Effect": "Allow", "Action": "*"}), "must have either Resource or NotResource"),
        (document(statement(Action=[])), r"Statement\[0\]\.Action must be a text or a list of texts"),
        (document(statement(Action=[7])), "must be a text or a list of texts"),
        (document(statement(Action="")), "must be a text or a list of texts"),
        (document(statement(Action="DescribeEvents")), "what is no action: 'DescribeEvents'"),
        (document(statement(Action="*:Describe")), r"what is no action: '\*:Describe'"),
        (document(statement(Action="elasticache:")), "what is no action"),
        (document(statement(Action="elasticache:${aws:username}")), "what is no action"),
        (document(statement(NotAction="elasticache")), r"Statement\[0\]\.NotAction has what is no action"),
        (document(statement(Resource="orders")), r"Statement\[0\]\.Resource is neither \* nor an ARN"),
        (document(statement(Condition=None)), r"Statement\[0\]\.Condition must be an object"),
        (document(statement(Condition={"Like": {}})), r"Statement\[0\]\.Condition has an operator"),
        (document(statement(Sid="not one")), "A Sid has letters and digits only"),
        (document(statement(Sid=1)), "A Sid has letters and digits only"),
        (document(statement(Sid="a"), statement(Sid="a")), "Two statements have the Sid 'a'"),
        ('{"Statement": [], "Statement": {}}', "'Statement' stands twice"),
        ('{"Statement": NaN}', "NaN is no JSON"),
        (
            document(statement(Resource="arn:aws:elasticache:*:*:cluster:${aws:username}"), Version="2008-10-17"),
            "only a policy of Version 2012-10-17 has any",
        ),
    ],
)
def test_a_document_that_is_not_understood_whole_is_refused_with_the_place(text: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        parse_policy(text)


def test_a_single_statement_needs_no_list_and_an_old_version_no_name() -> None:
    assert parse_policy(json.dumps({"Statement": statement()})) == parse_policy(document(statement()))


def test_white_space_does_not_count_and_characters_do() -> None:
    parse_policy(document(statement()) + " " * POLICY_CHARACTERS_MAX)

    with pytest.raises(PolicyError, match="more than 6144 characters"):
        parse_policy(document(statement(Sid="a" * POLICY_CHARACTERS_MAX)))
