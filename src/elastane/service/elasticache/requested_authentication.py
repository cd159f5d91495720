"""How a user shall sign in, as a call asks for it: in the old parameters, or in AuthenticationMode.

    Passwords                one or two
    NoPasswordRequired       none is asked for
    AuthenticationMode       Type password with Passwords, no-password-required, or iam: tokens that access keys sign

Passwords leave this module as digests.
"""

import hashlib

import msgspec

from elastane.catalog.limits import Limits
from elastane.model import faults
from elastane.model.engine_names import EngineName
from elastane.model.ids import UserId
from elastane.model.secrets import Secret
from elastane.model.users import Authentication
from elastane.model.versions import version_numbers
from elastane.service.parameters import Parameters

_OLDEST_WITH_IAM = {EngineName.REDIS: "7.0", EngineName.VALKEY: "7.2"}

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


def refuse_unfit_iam_user(user_id: UserId, name: str, authentication: Authentication) -> None:
    """AWS: a user of IAM has one id and name, for a token is signed for the id and presented with the name.

    Source: user guide, auth-iam ("For IAM-enabled ElastiCache users, the username and user id properties must be
    identical"). An id is in lower case.
    """
    if authentication is Authentication.IAM and user_id != name:
        raise faults.InvalidParameterValue(
            f"For a user with the authentication type iam, UserName must be the UserId, {user_id}."
        )


def minimum_version_for(authentication: Authentication, engine: EngineName, needed_version: str) -> str:
    """AWS: users of IAM need Redis OSS 7.0 or Valkey 7.2 (user guide, auth-iam, limitations)."""
    if authentication is not Authentication.IAM:
        return needed_version
    return max(needed_version, _OLDEST_WITH_IAM[engine], key=version_numbers)


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
        if passwords:
            raise faults.InvalidParameterCombination("Passwords cannot be combined with iam.")
        return RequestedAuthentication(authentication=Authentication.IAM)
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
