"""How a user shall sign in, as a call asks for it: in the old parameters, or in AuthenticationMode.

    Passwords                one or two
    NoPasswordRequired       none is asked for
    AuthenticationMode       Type password with Passwords, no-password-required, or iam

Passwords leave this module as digests.
"""

import hashlib

import msgspec

from elastane.catalog.limits import Limits
from elastane.model import faults
from elastane.model.engine_names import EngineName
from elastane.model.secrets import Secret
from elastane.model.users import Authentication
from elastane.service.parameters import Parameters

_FORBIDDEN_CHARACTERS = frozenset(',"/@')


class RequestedAuthentication(msgspec.Struct, frozen=True, kw_only=True):
    authentication: Authentication
    digests: tuple[Secret, ...] = ()


def requested_authentication(parameters: Parameters, limits: Limits) -> RequestedAuthentication | None:
    """None when nothing is said. Raises InvalidParameterValue and InvalidParameterCombination."""
    mode = parameters.structure("AuthenticationMode")
    passwords = parameters.texts("Passwords")
    no_password = parameters.flag("NoPasswordRequired")
    if mode is None:
        return _of_old_parameters(passwords, no_password, limits)
    if passwords or no_password is not None:
        raise faults.InvalidParameterCombination(
            "AuthenticationMode cannot be combined with Passwords or NoPasswordRequired."
        )
    return _of_mode(mode.text("Type") or "", mode.texts("Passwords"), limits)


def refuse_unfit_authentication(engine: EngineName, authentication: Authentication) -> None:
    """AWS: user groups of Valkey hold only users who authenticate, and so all users of Valkey do."""
    if engine is EngineName.VALKEY and authentication is Authentication.NO_PASSWORD:
        raise faults.InvalidParameterCombination("A user with the engine valkey must have a password.")


def digest(password: str) -> Secret:
    """SHA-256 in hexadecimal digits, as engines keep it."""
    return Secret(hashlib.sha256(password.encode()).hexdigest())


def _of_old_parameters(
    passwords: tuple[str, ...] | None, no_password: bool | None, limits: Limits
) -> RequestedAuthentication | None:
    if no_password and passwords:
        raise faults.InvalidParameterCombination("Passwords cannot be combined with NoPasswordRequired.")
    if passwords:
        return _with_passwords(passwords, limits)
    return RequestedAuthentication(authentication=Authentication.NO_PASSWORD) if no_password else None


def _of_mode(mode: str, passwords: tuple[str, ...] | None, limits: Limits) -> RequestedAuthentication:
    if mode == "iam":
        # The one place that says so: whoever builds it answers it here, and asks that UserId and UserName are equal.
        raise faults.InvalidParameterValue(
            "AuthenticationMode: the type iam is not offered by this version of Elastane. A user who could sign in "
            "without being checked would be worse than none."
        )
    if mode == "password":
        if not passwords:
            raise faults.InvalidParameterCombination("AuthenticationMode password needs one or two Passwords.")
        return _with_passwords(passwords, limits)
    if mode != "no-password-required":
        raise faults.InvalidParameterValue(
            f"Invalid value {mode} for AuthenticationMode.Type. Must be one of password, no-password-required, iam."
        )
    if passwords:
        raise faults.InvalidParameterCombination("Passwords cannot be combined with no-password-required.")
    return RequestedAuthentication(authentication=Authentication.NO_PASSWORD)


def _with_passwords(passwords: tuple[str, ...], limits: Limits) -> RequestedAuthentication:
    if len(passwords) > limits.passwords_per_user:
        raise faults.InvalidParameterValue(f"A user can have at most {limits.passwords_per_user} passwords.")
    for password in passwords:
        _refuse_unfit_password(password, limits)
    if len(set(passwords)) < len(passwords):
        raise faults.InvalidParameterValue("The passwords of a user must differ.")
    return RequestedAuthentication(
        authentication=Authentication.PASSWORD, digests=tuple(digest(password) for password in passwords)
    )


def _refuse_unfit_password(password: str, limits: Limits) -> None:
    """The sentences name no password."""
    if not limits.password_length_min <= len(password) <= limits.password_length_max:
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#24273.
        raise faults.InvalidParameterValue(
            f"Passwords length must be between {limits.password_length_min}-{limits.password_length_max} characters."
        )
    if not (password.isascii() and password.isprintable()) or _FORBIDDEN_CHARACTERS & set(password):
        raise faults.InvalidParameterValue(
            'Passwords can only have printable ASCII characters, without the comma, ", / and @.'
        )
