"""The Condition of a statement: comparisons of what a call says with what the policy wants, all of which must hold.

AWS's rules (IAM User Guide, "IAM JSON policy elements: Condition operators", and "Multivalued context keys"):

| The call | A positive operator | A negated one (Not…) | with …IfExists | Null |
|---|---|---|---|---|
| has the key | one of the wanted values fits | none of them fits | as without it | true if false is wanted |
| has no such key | does not hold | holds | holds | true if true is wanted |
| has no such key, `ForAllValues:` | holds | holds | holds | |
| has no such key, `ForAnyValue:` | does not hold | does not hold | holds | |

One thing is ours: where a call gives a key several values without a quantifier (two tags whose keys differ in case
only; two shards with different numbers of replicas) all of them must fit to allow, and one is enough to deny.
"""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from operator import eq, ge, gt, le, lt
from typing import Any, Final, assert_never

import msgspec

from elastane.model.policy_keys import ConditionKey, KeyKind, find_key
from elastane.model.policy_patterns import (
    Pattern,
    PolicyError,
    Values,
    matches,
    parse_arn_pattern,
    parse_pattern,
)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Wanted = Pattern | Decimal | datetime | bool | Network


class Quantifier(StrEnum):
    """How many of a key's values must fit."""

    PLAIN = ""
    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"


class Family(Enum):
    """What an operator takes texts for."""

    TEXT = "text"
    TEXT_WITHOUT_CASE = "text without case"
    PATTERN = "pattern"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    ADDRESS = "address"
    ARN = "ARN"
    PRESENCE = "presence"


class Operator(msgspec.Struct, frozen=True):
    name: str
    family: Family
    is_negated: bool = False
    compare: Callable[[Any, Any], bool] = eq
    """Of numbers and dates: what the call says, what is wanted."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    operator: Operator
    quantifier: Quantifier
    holds_without_key: bool
    """…IfExists."""
    key: str
    wanted: tuple[Wanted, ...]


def _ordered(prefix: str, family: Family) -> tuple[Operator, ...]:
    return (
        Operator(f"{prefix}Equals", family),
        Operator(f"{prefix}NotEquals", family, is_negated=True),
        Operator(f"{prefix}LessThan", family, compare=lt),
        Operator(f"{prefix}LessThanEquals", family, compare=le),
        Operator(f"{prefix}GreaterThan", family, compare=gt),
        Operator(f"{prefix}GreaterThanEquals", family, compare=ge),
    )


OPERATORS: Final = (
    Operator("StringEquals", Family.TEXT),
    Operator("StringNotEquals", Family.TEXT, is_negated=True),
    Operator("StringEqualsIgnoreCase", Family.TEXT_WITHOUT_CASE),
    Operator("StringNotEqualsIgnoreCase", Family.TEXT_WITHOUT_CASE, is_negated=True),
    Operator("StringLike", Family.PATTERN),
    Operator("StringNotLike", Family.PATTERN, is_negated=True),
    *_ordered("Numeric", Family.NUMBER),
    *_ordered("Date", Family.DATE),
    Operator("Bool", Family.FLAG),
    Operator("IpAddress", Family.ADDRESS),
    Operator("NotIpAddress", Family.ADDRESS, is_negated=True),
    Operator("ArnEquals", Family.ARN),
    Operator("ArnLike", Family.ARN),
    Operator("ArnNotEquals", Family.ARN, is_negated=True),
    Operator("ArnNotLike", Family.ARN, is_negated=True),
    Operator("Null", Family.PRESENCE),
)
"""All of AWS's but BinaryEquals: no key here holds bytes."""

_OPERATORS: Final = {operator.name.lower(): operator for operator in OPERATORS}

_FAMILIES: Final[dict[KeyKind, frozenset[Family]]] = {
    KeyKind.TEXT: frozenset(),
    KeyKind.NUMBER: frozenset({Family.NUMBER}),
    KeyKind.DATE: frozenset({Family.DATE}),
    KeyKind.EPOCH: frozenset({Family.DATE, Family.NUMBER}),
    KeyKind.FLAG: frozenset({Family.FLAG}),
    KeyKind.ADDRESS: frozenset({Family.ADDRESS}),
    KeyKind.ARN: frozenset({Family.ARN}),
}
"""What a key may be taken for besides a text."""

_TEXT_FAMILIES: Final = frozenset({Family.TEXT, Family.TEXT_WITHOUT_CASE, Family.PATTERN})


# --- parsing -------------------------------------------------------------------------------------


def parse_condition(block: object, place: str, *, has_variables: bool) -> tuple[Comparison, ...]:
    """Of ``{operator: {key: value or values}}``. Raises PolicyError for whatever is not understood."""
    comparisons = []
    for operator_text, keys in _mapping(block, place).items():
        below = f"{place}.{operator_text}"
        operator, quantifier, is_if_exists = _parse_operator(operator_text, place)
        for key_text, values in _mapping(keys, below).items():
            key = _parse_key(key_text, operator, quantifier, below)
            where = f"{below}.{key_text}"
            wanted = tuple(
                _parse_wanted(operator, text, where, has_variables=has_variables) for text in _texts(values, where)
            )
            comparisons.append(
                Comparison(
                    operator=operator,
                    quantifier=quantifier,
                    holds_without_key=is_if_exists,
                    key=key.name,
                    wanted=wanted,
                )
            )
    return tuple(comparisons)


def _parse_operator(text: str, place: str) -> tuple[Operator, Quantifier, bool]:
    lowered = text.lower()
    quantifier = next(
        (one for one in (Quantifier.ALL, Quantifier.ANY) if lowered.startswith(one.lower())), Quantifier.PLAIN
    )
    name = lowered.removeprefix(quantifier.lower())
    operator = _OPERATORS.get(name.removesuffix("ifexists"))
    is_if_exists = name.endswith("ifexists")
    if operator is None or (is_if_exists and operator.family is Family.PRESENCE):
        raise PolicyError(f"{place} has an operator that is not understood: {text!r}.")
    return operator, quantifier, is_if_exists


def _parse_key(text: str, operator: Operator, quantifier: Quantifier, place: str) -> ConditionKey:
    key = find_key(text)
    if key is None:
        raise PolicyError(f"{place} has a condition key that no call here can have: {text!r}.")
    if operator.family is Family.PRESENCE:
        return key
    if operator.family not in _FAMILIES[key.kind] | _TEXT_FAMILIES:
        raise PolicyError(f"{place} cannot compare {text}, which is a {key.kind}.")
    if key.has_many_values and quantifier is Quantifier.PLAIN:
        raise PolicyError(f"{place} must say ForAllValues: or ForAnyValue:, because {text} has many values.")
    return key


def _parse_wanted(operator: Operator, text: str, place: str, *, has_variables: bool) -> Wanted:
    try:
        match operator.family:
            case Family.TEXT | Family.TEXT_WITHOUT_CASE:
                return parse_pattern(text, place, has_wildcards=False, has_variables=has_variables)
            case Family.PATTERN:
                return parse_pattern(text, place, has_variables=has_variables)
            case Family.ARN:
                return parse_arn_pattern(text, place, has_variables=has_variables)
            case Family.NUMBER:
                return _parse_number(text)
            case Family.DATE:
                return _parse_date(text)
            case Family.ADDRESS:
                return ipaddress.ip_network(text)
            case Family.FLAG | Family.PRESENCE:
                return _parse_flag(text)
            case _:
                assert_never(operator.family)
    except PolicyError:
        raise
    except ValueError:
        raise PolicyError(f"{place} has a value that {operator.name} cannot compare: {text!r}.") from None


def _mapping(block: object, place: str) -> dict[str, object]:
    if not isinstance(block, dict) or not block:
        raise PolicyError(f"{place} must be an object with something in it.")
    return block


def _texts(values: object, place: str) -> tuple[str, ...]:
    """A value or a list of values; a number or a truth value stands for its text, as AWS takes it."""
    listed = values if isinstance(values, list) else [values]
    if not listed or not all(isinstance(value, str | int | float | bool) for value in listed):
        raise PolicyError(f"{place} must be a text or a list of texts.")
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in listed)


def _parse_number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    return number


def _parse_date(text: str) -> datetime:
    """ISO 8601, in UTC where nothing else is said, or seconds since 1970."""
    if text.isascii() and text.isdecimal() and len(text) > 8:  # fewer digits are a day without hyphens
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parse_flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


# --- asking --------------------------------------------------------------------------------------


def holds(comparison: Comparison, values: Values, *, is_to_deny: bool) -> bool:
    """Whether a call that says this fits. `is_to_deny`: the statement's effect is Deny."""
    operator = comparison.operator
    said = values.get(comparison.key, ())
    if operator.family is Family.PRESENCE:
        return any(wanted is (not said) for wanted in comparison.wanted)
    if not said:
        is_missing_fine = operator.is_negated and comparison.quantifier is not Quantifier.ANY
        return comparison.holds_without_key or is_missing_fine or comparison.quantifier is Quantifier.ALL
    fitting = (_fits(operator, comparison.wanted, text, values) != operator.is_negated for text in said)
    match comparison.quantifier:
        case Quantifier.ALL:
            return all(fitting)
        case Quantifier.ANY:
            return any(fitting)
        case Quantifier.PLAIN:
            return any(fitting) if is_to_deny else all(fitting)
        case _:
            assert_never(comparison.quantifier)


def _fits(operator: Operator, wanted: tuple[Wanted, ...], text: str, values: Values) -> bool:
    """Whether one of the wanted values is fitted by what the call says."""
    read = _read(operator.family, text)
    return read is not None and any(_fits_one(operator, each, read, values) for each in wanted)


def _read(family: Family, text: str) -> str | Decimal | datetime | bool | Network | None:
    """What the call says, taken for what the operator compares; None where it cannot be."""
    try:
        match family:
            case Family.NUMBER:
                return _parse_number(text)
            case Family.DATE:
                return _parse_date(text)
            case Family.FLAG:
                return _parse_flag(text)
            case Family.ADDRESS:
                return ipaddress.ip_network(text)
            case _:
                return text
    except ValueError:
        return None


def _fits_one(
    operator: Operator, wanted: Wanted, read: str | Decimal | datetime | bool | Network, values: Values
) -> bool:
    if isinstance(wanted, Pattern):
        assert isinstance(read, str), "texts are compared as they are"
        return matches(wanted, read, values, ignores_case=operator.family is Family.TEXT_WITHOUT_CASE)
    if isinstance(wanted, ipaddress.IPv4Network):
        return isinstance(read, ipaddress.IPv4Network) and read.subnet_of(wanted)
    if isinstance(wanted, ipaddress.IPv6Network):
        return isinstance(read, ipaddress.IPv6Network) and read.subnet_of(wanted)
    return operator.compare(read, wanted)
