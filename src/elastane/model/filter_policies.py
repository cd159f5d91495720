"""Which messages a subscription wants: SNS's filter policies, of a message's attributes.

A policy names attributes, and for each a list of which one must fit: a text or a number, or one of the operators
`prefix`, `anything-but`, `numeric` and `exists`. All names must be satisfied. Other operators of AWS's, and policies
about a message's body, are refused with a sentence when they are given, and never ignored.

Reference: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from elastane.model.notifications import MessageAttribute

NAME_COUNT_MAX: Final = 5
COMBINATION_COUNT_MAX: Final = 150

_COMPARISONS: Final = ("=", "<", "<=", ">", ">=")
_NUMBER_MAX: Final = 10.0**9


class PolicyError(ValueError):
    """The policy is none, or one that is not understood here. The message is a sentence."""


def parse_policy(text: str) -> dict[str, list[Any]]:
    """Raises PolicyError."""
    try:
        policy = msgspec.json.decode(text)  # which, other than json, takes neither NaN nor half a surrogate pair
    except (msgspec.DecodeError, RecursionError):
        raise PolicyError("FilterPolicy: it is no JSON.") from None
    if not isinstance(policy, dict):
        raise PolicyError("FilterPolicy: it must be a JSON object.")
    if len(policy) > NAME_COUNT_MAX:
        raise PolicyError(f"FilterPolicy: it can have {NAME_COUNT_MAX} names at most.")
    combination_count = 1
    for name, rules in policy.items():
        if not isinstance(rules, list) or not rules:
            raise PolicyError(f'FilterPolicy: "{name}" must be a list that is not empty.')
        combination_count *= len(rules)
        for rule in rules:
            _refuse_unknown(name, rule)
    if combination_count > COMBINATION_COUNT_MAX:
        raise PolicyError(f"FilterPolicy: it can have {COMBINATION_COUNT_MAX} combinations at most.")
    return policy


def is_wanted(policy: Mapping[str, Sequence[Any]], attributes: Mapping[str, MessageAttribute]) -> bool:
    return all(any(_fits(rule, _values(attributes.get(name))) for rule in rules) for name, rules in policy.items())


def _values(attribute: MessageAttribute | None) -> tuple[Any, ...] | None:
    """Of an array each member; None where there is no such attribute. Binary ones are never looked at, as in AWS."""
    if attribute is None or attribute.data_type.startswith("Binary"):
        return None
    if attribute.data_type.startswith("Number"):
        return (float(attribute.value),)
    if attribute.data_type.startswith("String.Array"):
        found = json.loads(attribute.value)
        return tuple(float(each) if _is_number(each) else each for each in found)
    return (attribute.value,)


def _fits(rule: Any, values: tuple[Any, ...] | None) -> bool:
    if isinstance(rule, dict) and "exists" in rule:
        return bool(rule["exists"]) == (values is not None)
    return values is not None and any(_is_met(rule, value) for value in values)


def _is_met(rule: Any, value: Any) -> bool:
    if not isinstance(rule, dict):
        return _is_same(rule, value)
    ((operator, operand),) = rule.items()
    match operator:
        case "prefix":
            return isinstance(value, str) and value.startswith(operand)
        case "anything-but" if isinstance(operand, dict):
            return not (isinstance(value, str) and value.startswith(operand["prefix"]))
        case "anything-but":
            unwanted = operand if isinstance(operand, list) else [operand]
            return not any(_is_same(each, value) for each in unwanted)
        case "numeric":
            pairs = zip(operand[::2], operand[1::2], strict=True)
            return _is_number(value) and all(_compares(value, sign, bound) for sign, bound in pairs)
    raise AssertionError(f"parse_policy lets no {operator} through")


def _is_same(wanted: Any, value: Any) -> bool:
    """A number and the text that spells it are two things, and so are True and 1."""
    if _is_number(wanted) or _is_number(value):
        return _is_number(wanted) and _is_number(value) and float(wanted) == float(value)
    return bool(wanted == value)


def _compares(value: float, sign: str, bound: float) -> bool:
    match sign:
        case "=":
            return value == bound
        case "<":
            return value < bound
        case "<=":
            return value <= bound
        case ">":
            return value > bound
    return value >= bound


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# --- what is refused -----------------------------------------------------------------------------


def _refuse_unknown(name: str, rule: object) -> None:
    if rule is None or isinstance(rule, str | bool) or _is_bound(rule):
        return
    if not isinstance(rule, dict) or len(rule) != 1:
        raise PolicyError(f'FilterPolicy: a rule of "{name}" is neither a value nor an object with one operator.')
    ((operator, operand),) = rule.items()
    is_understood = {
        "exists": lambda: isinstance(operand, bool),
        "prefix": lambda: isinstance(operand, str),
        "anything-but": lambda: _is_exclusion(operand),
        "numeric": lambda: _is_comparison(operand),
    }.get(operator)
    if is_understood is None:
        raise PolicyError(
            f'FilterPolicy: "{operator}" is no operator that is understood here; '
            "prefix, anything-but, numeric and exists are."
        )
    if not is_understood():
        raise PolicyError(f'FilterPolicy: what stands behind "{operator}" of "{name}" is not what belongs there.')


def _is_exclusion(operand: object) -> bool:
    if isinstance(operand, dict):
        return set(operand) == {"prefix"} and isinstance(operand["prefix"], str)
    members = operand if isinstance(operand, list) else [operand]
    return bool(members) and all(isinstance(each, str) or _is_bound(each) for each in members)


def _is_comparison(operand: object) -> bool:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        return False
    bounds = operand[1::2]
    return all(sign in _COMPARISONS for sign in operand[::2]) and all(_is_bound(bound) for bound in bounds)


def _is_bound(value: Any) -> bool:
    """A number between AWS's bounds."""
    return _is_number(value) and abs(value) <= _NUMBER_MAX
