"""Condition operators, one row each: what a call says, what a policy wants, and whether that holds."""

import pytest

from elastane.model.policy_conditions import OPERATORS, holds, parse_condition
from elastane.model.policy_patterns import PolicyError

TYPE = "elasticache:CacheNodeType"
NODES = "elasticache:NumNodeGroups"
FLAG = "elasticache:MultiAZEnabled"
NOW = "aws:CurrentTime"
IP = "aws:SourceIp"
ARN = "aws:PrincipalArn"

ROWS = [
    ("StringEquals", TYPE, "cache.t3.micro", "cache.t3.micro", True),
    ("StringEquals", TYPE, ["a", "cache.t3.micro"], "cache.t3.micro", True),
    ("StringEquals", TYPE, "cache.t3.*", "cache.t3.micro", False),
    ("StringEquals", TYPE, "CACHE.T3.MICRO", "cache.t3.micro", False),
    ("StringNotEquals", TYPE, ["a", "b"], "c", True),
    ("StringNotEquals", TYPE, ["a", "b"], "b", False),
    ("StringEqualsIgnoreCase", TYPE, "CACHE.T3.micro", "cache.t3.MICRO", True),
    ("StringNotEqualsIgnoreCase", TYPE, "CACHE.T3.micro", "cache.t3.MICRO", False),
    ("StringLike", TYPE, "cache.t?.*", "cache.t3.micro", True),
    ("StringLike", TYPE, "cache.r*", "cache.t3.micro", False),
    ("StringNotLike", TYPE, "cache.t*", "cache.t3.micro", False),
    ("StringNotLike", TYPE, "cache.r*", "cache.t3.micro", True),
    ("stringlike", TYPE.upper(), "cache.t*", "cache.t3.micro", True),
    ("NumericEquals", NODES, "3", "3.0", True),
    ("NumericEquals", NODES, 3, "4", False),
    ("NumericNotEquals", NODES, "3", "4", True),
    ("NumericNotEquals", NODES, "3", "3", False),
    ("NumericLessThan", NODES, "3", "2", True),
    ("NumericLessThan", NODES, "3", "3", False),
    ("NumericLessThanEquals", NODES, "20", "3", True),
    ("NumericLessThanEquals", NODES, "20", "21", False),
    ("NumericGreaterThan", NODES, "3", "3", False),
    ("NumericGreaterThan", NODES, "3", "10", True),
    ("NumericGreaterThanEquals", NODES, "3", "3", True),
    ("NumericGreaterThanEquals", NODES, "3", "2", False),
    ("DateEquals", NOW, "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z", True),
    ("DateNotEquals", NOW, "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z", False),
    ("DateLessThan", NOW, "2026-11-24", "2026-11-23T12:00:00Z", True),
    ("DateLessThan", NOW, "2026-11-23", "2026-11-23T12:00:00Z", False),
    ("DateLessThanEquals", NOW, "2026-11-23T13:00:00+01:00", "2026-11-23T12:00:00Z", True),
    ("DateGreaterThan", NOW, "1700000000", "2026-11-23T12:00:00Z", True),
    ("DateGreaterThan", "aws:EpochTime", "2026-11-23T12:00:00Z", "1700000000", False),
    ("DateGreaterThanEquals", NOW, "2026-11-23T12:00:01Z", "2026-11-23T12:00:00Z", False),
    ("Bool", FLAG, "true", "true", True),
    ("Bool", FLAG, True, "false", False),
    ("Bool", FLAG, "False", "false", True),
    ("IpAddress", IP, "203.0.113.0/24", "203.0.113.7", True),
    ("IpAddress", IP, "203.0.113.0/24", "203.0.114.7", False),
    ("IpAddress", IP, "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", IP, ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
    ("NotIpAddress", IP, "203.0.113.0/24", "203.0.113.7", False),
    ("NotIpAddress", IP, "203.0.113.0/24", "::1", True),
    ("ArnEquals", ARN, "arn:aws:iam::*:user/ci", "arn:aws:iam::000000000000:user/ci", True),
    ("ArnLike", ARN, "arn:aws:iam::*:user/c?", "arn:aws:iam::000000000000:user/ci", True),
    ("ArnLike", ARN, "arn:aws:iam::*:role/*", "arn:aws:iam::000000000000:user/ci", False),
    ("ArnNotEquals", ARN, "arn:aws:iam::*:user/ci", "arn:aws:iam::000000000000:user/ci", False),
    ("ArnNotLike", ARN, "arn:aws:iam::*:role/*", "arn:aws:iam::000000000000:user/ci", True),
    ("Null", TYPE, "true", "cache.t3.micro", False),
    ("Null", TYPE, "false", "cache.t3.micro", True),
]


def is_so(operator: str, key: str, wanted: object, said: tuple[str, ...], *, is_to_deny: bool = False) -> bool:
    (comparison,) = parse_condition({operator: {key: wanted}}, "Condition", has_variables=True)
    return holds(comparison, {key.lower(): said} if said else {}, is_to_deny=is_to_deny)


@pytest.mark.parametrize(("operator", "key", "wanted", "said", "does_hold"), ROWS)
def test_an_operator_compares_as_aws_says(operator: str, key: str, wanted: object, said: str, does_hold: bool) -> None:
    assert is_so(operator, key, wanted, (said,)) is does_hold


def test_every_operator_has_a_row_above() -> None:
    assert {operator.name.lower() for operator in OPERATORS} == {row[0].lower() for row in ROWS}


@pytest.mark.parametrize(
    ("operator", "does_hold"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringLikeIfExists", True),
        ("NumericLessThan", False),
        ("NumericNotEquals", True),
        ("NumericLessThanIfExists", True),
        ("Bool", False),
        ("BoolIfExists", True),
        ("NotIpAddress", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
def test_of_a_key_that_the_call_does_not_have_an_operator_holds_as_aws_says(operator: str, does_hold: bool) -> None:
    wanted = {"Numeric": (NODES, "3"), "Bool": (FLAG, "true"), "NotIp": (IP, "10.0.0.0/8")}
    key, value = next((pair for prefix, pair in wanted.items() if operator.startswith(prefix)), (TYPE, "a"))

    assert is_so(operator, key, value, ()) is does_hold


def test_null_asks_whether_the_call_has_the_key() -> None:
    assert is_so("Null", TYPE, "true", ())
    assert not is_so("Null", TYPE, "false", ())


@pytest.mark.parametrize(
    ("operator", "said", "does_hold"),
    [
        ("ForAllValues:StringEquals", ("team", "cost"), True),
        ("ForAllValues:StringEquals", ("team", "secret"), False),
        ("ForAnyValue:StringEquals", ("team", "secret"), True),
        ("ForAnyValue:StringEquals", ("secret",), False),
        ("ForAllValues:StringNotEquals", ("secret",), True),
        ("ForAllValues:StringNotEquals", ("team", "secret"), False),
        ("ForAnyValue:StringNotEquals", ("team", "secret"), True),
        ("ForAnyValue:StringNotEquals", ("team", "cost"), False),
        ("forallvalues:stringlike", ("team",), True),
    ],
)
def test_of_many_values_all_must_fit_or_any(operator: str, said: tuple[str, ...], does_hold: bool) -> None:
    assert is_so(operator, "aws:TagKeys", ["team", "cost"], said) is does_hold


def test_several_values_of_a_plain_key_must_all_fit_to_allow_and_one_is_enough_to_deny() -> None:
    said = ("1", "5")

    assert not is_so("NumericLessThanEquals", "elasticache:ReplicasPerNodeGroup", "3", said)
    assert is_so("NumericGreaterThan", "elasticache:ReplicasPerNodeGroup", "3", said, is_to_deny=True)
    assert not is_so("StringEquals", "aws:RequestTag/team", "prod", ("prod", "other"))
    assert is_so("StringEquals", "aws:RequestTag/team", "prod", ("prod", "other"), is_to_deny=True)


def test_what_a_call_says_and_an_operator_cannot_read_fits_nothing() -> None:
    (comparison,) = parse_condition({"NumericLessThan": {NODES: "3"}}, "Condition", has_variables=True)

    assert not holds(comparison, {NODES.lower(): ("many",)}, is_to_deny=False)


def test_a_variable_may_be_wanted() -> None:
    (comparison,) = parse_condition(
        {"StringEquals": {"aws:RequestTag/owner": "${aws:username}"}}, "Condition", has_variables=True
    )

    assert holds(comparison, {"aws:requesttag/owner": ("ci",), "aws:username": ("ci",)}, is_to_deny=False)
    assert not holds(comparison, {"aws:requesttag/owner": ("cd",), "aws:username": ("ci",)}, is_to_deny=False)


def test_all_comparisons_are_kept() -> None:
    block = {"StringEquals": {TYPE: "a", "aws:username": "ci"}, "Bool": {FLAG: "true"}}

    assert [one.key for one in parse_condition(block, "Condition", has_variables=True)] == [
        TYPE.lower(),
        "aws:username",
        FLAG.lower(),
    ]


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        (None, "Condition must be an object"),
        ({}, "Condition must be an object with something in it"),
        ({"StringEquals": {}}, r"Condition\.StringEquals must be an object with something"),
        ({"StringEquals": {TYPE: []}}, rf"Condition\.StringEquals\.{TYPE} must be a text or a list"),
        ({"StringEquals": {TYPE: {"a": 1}}}, "must be a text or a list"),
        ({"StringEquals": {TYPE: [None]}}, "must be a text or a list"),
        ({"StringMatches": {TYPE: "a"}}, "operator that is not understood: 'StringMatches'"),
        ({"BinaryEquals": {TYPE: "a"}}, "operator that is not understood"),
        ({"NullIfExists": {TYPE: "true"}}, "operator that is not understood"),
        ({"ForSomeValues:StringEquals": {TYPE: "a"}}, "operator that is not understood"),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, "no call here can have: 'aws:MultiFactorAuth"),
        ({"StringEquals": {"elasticache:NodeType": "a"}}, "no call here can have"),
        ({"StringEquals": {"aws:RequestTag/": "a"}}, "no call here can have"),
        ({"StringEquals": {"aws:TagKeys": "a"}}, "must say ForAllValues: or ForAnyValue:"),
        ({"NumericEquals": {TYPE: "3"}}, "cannot compare elasticache:CacheNodeType, which is a text"),
        ({"IpAddress": {"aws:username": "10.0.0.0/8"}}, "cannot compare aws:username"),
        ({"NumericEquals": {NODES: "many"}}, "a value that NumericEquals cannot compare: 'many'"),
        ({"NumericEquals": {NODES: "NaN"}}, "cannot compare: 'NaN'"),
        ({"NumericEquals": {NODES: "${aws:username}"}}, "cannot compare"),
        ({"DateLessThan": {NOW: "tomorrow"}}, "cannot compare: 'tomorrow'"),
        ({"Bool": {FLAG: "yes"}}, "cannot compare: 'yes'"),
        ({"Null": {TYPE: "maybe"}}, "cannot compare: 'maybe'"),
        ({"IpAddress": {IP: "10.0.0.1/8"}}, "cannot compare: '10.0.0.1/8'"),
        ({"IpAddress": {IP: "10.0.*"}}, "cannot compare"),
        ({"ArnLike": {ARN: "user/*"}}, r"neither \* nor an ARN"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(block: object, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        parse_condition(block, "Condition", has_variables=True)
