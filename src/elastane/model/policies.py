"""IAM policy documents: what a caller may do, as AWS writes it down.

`parse_policy` understands a document whole or refuses it with a sentence that names the place; nothing in it is ever
passed over. `decide` is AWS's evaluation for one identity-based policy: an explicit Deny wins, then an Allow, and what
nothing speaks of is denied. Both are pure; what a call needs and says of itself is gathered by who asks.
"""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from elastane.model.ids import Arn
from elastane.model.policy_conditions import Comparison, holds, parse_condition
from elastane.model.policy_keys import RESOURCE_TAG
from elastane.model.policy_patterns import (
    Pattern,
    PolicyError,
    Values,
    Variable,
    matches,
    matches_action,
    parse_arn_pattern,
)

__all__ = ["Decision", "Effect", "Policy", "PolicyError", "Statement", "Values", "asked_keys", "decide", "parse_policy"]

POLICY_CHARACTERS_MAX: Final = 6144
"""AWS's limit for a managed policy, white space not counted (IAM and STS quotas)."""


class Effect(StrEnum):
    ALLOW = "Allow"
    DENY = "Deny"


class Decision(StrEnum):
    ALLOWED = "allowed"
    DENIED = "explicitly denied"
    NOT_ALLOWED = "not allowed"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    effect: Effect
    actions: tuple[str, ...]
    is_all_actions_but: bool
    """NotAction."""
    resources: tuple[Pattern, ...]
    is_all_resources_but: bool
    """NotResource."""
    condition: tuple[Comparison, ...] = ()


class Policy(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    statements: tuple[Statement, ...]

    @property
    def asks_for_resource_tags(self) -> bool:
        """Whether it can make a difference which tags a resource has; they are read only then."""
        return any(key.startswith(RESOURCE_TAG) for key in asked_keys(self))

    def may_deny_by(self, action: str, keys: frozenset[str]) -> bool:
        """Whether a Deny of this action hangs on what one of these condition keys says."""
        return any(
            statement.effect is Effect.DENY
            and any(matches_action(each, action) for each in statement.actions) != statement.is_all_actions_but
            and any(comparison.key in keys for comparison in statement.condition)
            for statement in self.statements
        )


def decide(policy: Policy, *, action: str, resource: Arn, values: Values) -> Decision:
    """Whether ``elasticache:CreateReplicationGroup`` may be done to one resource, in a call that says this of itself.

    The resource is ``*`` for an action that knows none, and only a policy's ``*`` stands for that one.
    """
    speaking = [statement for statement in policy.statements if _speaks_of(statement, action, resource, values)]
    if any(statement.effect is Effect.DENY for statement in speaking):
        return Decision.DENIED
    return Decision.ALLOWED if speaking else Decision.NOT_ALLOWED


def _speaks_of(statement: Statement, action: str, resource: Arn, values: Values) -> bool:
    is_action_named = any(matches_action(pattern, action) for pattern in statement.actions)
    if is_action_named == statement.is_all_actions_but:
        return False
    # ElastiCache's names are in lower case, whatever case a caller or a policy writes them in.
    is_resource_named = any(matches(each, resource, values, ignores_case=True) for each in statement.resources)
    if is_resource_named == statement.is_all_resources_but:
        return False
    is_to_deny = statement.effect is Effect.DENY
    return all(holds(comparison, values, is_to_deny=is_to_deny) for comparison in statement.condition)


@lru_cache(maxsize=256)
def asked_keys(policy: Policy) -> frozenset[str]:
    """The condition keys that can make a difference to what it says, by conditions and by variables."""
    return frozenset(key for statement in policy.statements for key in _asked_keys(statement))


def _asked_keys(statement: Statement) -> Iterator[str]:
    patterns = [
        *statement.resources,
        *(wanted for one in statement.condition for wanted in one.wanted if isinstance(wanted, Pattern)),
    ]
    yield from (
        piece.key
        for pattern in patterns
        for segment in pattern.segments
        for piece in segment
        if isinstance(piece, Variable)
    )
    yield from (comparison.key for comparison in statement.condition)


# --- parsing -------------------------------------------------------------------------------------

VERSION: Final = "2012-10-17"
OLD_VERSION: Final = "2008-10-17"
"""Also what a document without a Version is. It has no variables."""

_ACTION: Final = re.compile(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+", re.ASCII)
_SID: Final = re.compile(r"[A-Za-z0-9]*", re.ASCII)
_DOCUMENT_KEYS: Final = frozenset({"Version", "Id", "Statement"})
_STATEMENT_KEYS: Final = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})


@lru_cache(maxsize=256)
def parse_policy(text: str) -> Policy:
    """A JSON document. Raises PolicyError: one sentence that names the place, the first there is."""
    if len(re.sub(r"\s", "", text)) > POLICY_CHARACTERS_MAX:
        raise PolicyError(f"The policy has more than {POLICY_CHARACTERS_MAX} characters, white space not counted.")
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        raise PolicyError(f"The policy is no JSON: {error}.") from error
    if not isinstance(document, dict):
        raise PolicyError("The policy must be a JSON object.")
    _refuse_unknown(document, _DOCUMENT_KEYS, "The policy")
    version = document.get("Version", OLD_VERSION)
    if version not in (VERSION, OLD_VERSION):
        raise PolicyError(f"Version must be {VERSION} (or {OLD_VERSION}); got {version!r}.")
    if not isinstance(document.get("Id", ""), str):
        raise PolicyError("Id must be a text.")
    listed = document.get("Statement")
    statements = listed if isinstance(listed, list) else [listed]
    if not listed:
        raise PolicyError("The policy must have a Statement.")
    _check_sids(statements)
    has_variables = version == VERSION
    return Policy(
        statements=tuple(
            _parse_statement(statement, f"Statement[{number}]", has_variables=has_variables)
            for number, statement in enumerate(statements)
        )
    )


def _parse_statement(statement: object, place: str, *, has_variables: bool) -> Statement:
    if not isinstance(statement, dict):
        raise PolicyError(f"{place} must be an object.")
    _refuse_unknown(statement, _STATEMENT_KEYS, place)
    effect = statement.get("Effect")
    if effect not in tuple(Effect):
        raise PolicyError(f"{place}.Effect must be Allow or Deny; got {effect!r}.")
    action_name, actions = _one_of(statement, "Action", "NotAction", place)
    resource_name, resources = _one_of(statement, "Resource", "NotResource", place)
    for action in actions:
        if _ACTION.fullmatch(action) is None:
            raise PolicyError(f"{place}.{action_name} has what is no action: {action!r}. Write elasticache:Describe*.")
    condition = statement.get("Condition")
    return Statement(
        effect=Effect(effect),
        actions=actions,
        is_all_actions_but=action_name == "NotAction",
        resources=tuple(
            parse_arn_pattern(text, f"{place}.{resource_name}", has_variables=has_variables) for text in resources
        ),
        is_all_resources_but=resource_name == "NotResource",
        condition=()
        if "Condition" not in statement
        else parse_condition(condition, f"{place}.Condition", has_variables=has_variables),
    )


def _one_of(statement: dict[str, object], name: str, negated: str, place: str) -> tuple[str, tuple[str, ...]]:
    """Which of the two the statement has, and its texts."""
    present = [each for each in (name, negated) if each in statement]
    if len(present) != 1:
        raise PolicyError(f"{place} must have either {name} or {negated}.")
    values = statement[present[0]]
    texts = values if isinstance(values, list) else [values]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise PolicyError(f"{place}.{present[0]} must be a text or a list of texts.")
    return present[0], tuple(texts)


def _check_sids(statements: list[object]) -> None:
    sids = [statement["Sid"] for statement in statements if isinstance(statement, dict) and "Sid" in statement]
    for sid in sids:
        if not isinstance(sid, str) or _SID.fullmatch(sid) is None:
            raise PolicyError(f"A Sid has letters and digits only; got {sid!r}.")
        if sids.count(sid) > 1:
            raise PolicyError(f"Two statements have the Sid {sid!r}.")


def _refuse_unknown(found: dict[str, object], known: frozenset[str], place: str) -> None:
    for name in found:
        if name not in known:
            raise PolicyError(f"{place} has an element that is not understood: {name!r}.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """JSON lets a name stand twice and the last one win: half of what is written would be passed over."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise PolicyError(f"The name {name!r} stands twice in one object.")
        found[name] = value
    return found


def _refuse_constant(name: str) -> None:
    raise PolicyError(f"{name} is no JSON.")
