"""Parameters without their secrets, for whoever keeps them: the audit trail.

The published shapes and `models.SENSITIVE_MEMBERS` say what is a secret. `api` calls this after a call was parsed;
what could not be parsed is kept by nobody.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, assert_never

from elastane.wire import models
from elastane.wire.models import ListOf, MapOf, Reference, Scalar, Service, Structure

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""As AWS writes it in CloudTrail's records."""

_ACCESS_STRING = "AccessString"
_PASSWORDS = re.compile(r"([><#!])\s*\S+")
"""In an access string: a password or its hash that is added or taken away, as the engines spell it."""


class Masked(NamedTuple):
    """`secrets` are the texts that were taken out, so that no sentence about them is kept either."""

    parameters: dict[str, object]
    secrets: frozenset[str]


def mask(service: Service, action: str, parameters: Mapping[str, object]) -> Masked:
    operation = models.find_operation(service, action)
    if operation is None or operation.input is None:
        return Masked({}, frozenset())
    secrets: set[str] = set()
    return Masked(_structure(service, operation.input, parameters, secrets), frozenset(secrets))


def without_secrets(sentence: str, secrets: frozenset[str]) -> str:
    """The longest first: one secret may begin with another."""
    for secret in sorted(secrets, key=len, reverse=True):
        sentence = sentence.replace(secret, HIDDEN)
    return sentence


def _structure(
    service: Service, shape: Structure, values: Mapping[str, object], secrets: set[str]
) -> dict[str, object]:
    return {
        name: _hidden_in_access_string(value, secrets)
        if name == _ACCESS_STRING and isinstance(value, str)
        else _value(service, shape.members[name], value, secrets)
        for name, value in values.items()
    }


def _value(service: Service, reference: Reference, value: object, secrets: set[str]) -> object:
    if reference.is_sensitive:
        secrets.update(text for text in _texts(value) if text)
        return HIDDEN
    shape = models.shape(service, reference.shape_name)
    match shape:
        case Structure():
            assert isinstance(value, Mapping)
            return _structure(service, shape, value, secrets)
        case ListOf():
            assert isinstance(value, list)
            return [_value(service, shape.member, held, secrets) for held in value]
        case MapOf():
            assert isinstance(value, Mapping)
            return {str(key): _value(service, shape.value, held, secrets) for key, held in value.items()}
        case Scalar():
            return value
        case _:
            assert_never(shape)


def _texts(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [text for held in value.values() for text in _texts(held)]
    if isinstance(value, list):
        return [text for held in value for text in _texts(held)]
    return [str(value)]


def _hidden_in_access_string(text: str, secrets: set[str]) -> str:
    secrets.update(found[0][1:].strip() for found in _PASSWORDS.finditer(text))
    return _PASSWORDS.sub(rf"\g<1>{HIDDEN}", text)
