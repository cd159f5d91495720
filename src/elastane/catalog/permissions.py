"""What each action needs permission for; the rows are in `permissions.toml`.

Called by `service/authorization`, which asks callers' policies, and by the command line, which checks them when they
are made. A service in `SERVICES_WITHOUT_RESOURCES` has no rows: its actions are asked about by name, on ``*``.
"""

from functools import cache
from typing import Final

import msgspec

from elastane.catalog.tables import load_table
from elastane.model.policies import Policy
from elastane.model.policy_patterns import matches_action

ELASTICACHE: Final = "elasticache"
ELASTANE: Final = "elastane"
"""Our own service, for what AWS has no action for."""
ALWAYS_ALLOWED: Final = frozenset({"sts:GetCallerIdentity"})
"""Nobody can be forbidden to ask who they are, not even explicitly (the action's page in the STS API reference)."""
SERVICES_WITHOUT_RESOURCES: Final = frozenset({"cloudtrail", "cloudwatch", "ec2", "logs", "sns", "sts"})

PERMISSIONS_WITHOUT_ACTION: Final = frozenset({"elasticache:Connect"})
"""What a policy can allow and no call of the API asks for: to sign in to an engine with an access key."""

ARN_PARAMETER: Final = "arn"
"""In place of a kind: the parameter is an ARN itself."""

CACHE: Final = "cache"
"""In place of a kind: a replication group, or a cache cluster. Who asks looks which of them it is."""


class Named(msgspec.Struct, frozen=True):
    """A kind of resource, and the parameter that names one or several; without a parameter, any of the kind."""

    kind: str
    parameter: str | None


class Also(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second permission, on the same resources, where the call has the parameter `given`."""

    given: str
    action: str


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    makes: Named | None
    on: tuple[Named, ...]
    keys: frozenset[str]
    also: Also | None

    @property
    def resources(self) -> tuple[Named, ...]:
        return self.on if self.makes is None else (self.makes, *self.on)


NO_RESOURCES: Final = Permission(makes=None, on=(), keys=frozenset(), also=None)


def get_permission(service: str, action: str) -> Permission:
    """The row. Raises LookupError for an action without one: a new action comes with its row."""
    if service in SERVICES_WITHOUT_RESOURCES:
        return NO_RESOURCES
    row = _rows().get(f"{service}:{action}")
    if row is None:
        raise LookupError(f"{service}:{action} has no row in catalog/permissions.toml.")
    return row


def keys_of_kind(kind: str) -> frozenset[str]:
    """The condition keys that a resource of this kind can have, of those that a call brings."""
    return _file().kinds.get(kind, frozenset())


def kinds() -> frozenset[str]:
    return frozenset(_file().kinds)


def actions() -> frozenset[str]:
    """ElastiCache's, all that AWS publishes, built or not."""
    return frozenset(_file().actions)


def own_actions() -> frozenset[str]:
    """Of our own service."""
    return frozenset(_file().own)


def find_unknown_action(policy: Policy) -> str | None:
    """An action of ElastiCache, or of ours, that a policy names and that there is not: most likely a slip of the pen.

    Such a statement would allow or deny nothing, and nobody would notice before it matters. Actions of services that
    are not answered for here are let be, so that a policy made for AWS is taken whole.
    """
    known = _rows().keys() | PERMISSIONS_WITHOUT_ACTION
    for statement in policy.statements:
        for pattern in statement.actions:
            is_ours = pattern.lower().startswith((f"{ELASTICACHE}:", f"{ELASTANE}:"))
            if is_ours and not any(matches_action(pattern, action) for action in known):
                return pattern
    return None


# --- the table -----------------------------------------------------------------------------------


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    makes: str | None = None
    on: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    also: Also | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: dict[str, frozenset[str]]
    actions: dict[str, _Row]
    """ElastiCache's."""
    own: dict[str, _Row]


_DECODER = msgspec.json.Decoder(_File)


@cache
def _file() -> _File:
    return load_table("permissions.toml", _DECODER)


@cache
def _rows() -> dict[str, Permission]:
    """By service and action, as policies name them."""
    sections = {ELASTICACHE: _file().actions, ELASTANE: _file().own}
    return {f"{service}:{name}": _permission(row) for service, rows in sections.items() for name, row in rows.items()}


def _permission(row: _Row) -> Permission:
    return Permission(
        makes=None if row.makes is None else _named(row.makes),
        on=tuple(_named(text) for text in row.on),
        keys=row.keys,
        also=row.also,
    )


def _named(text: str) -> Named:
    kind, _, parameter = text.partition(" ")
    return Named(kind, parameter or None)
