"""What an AUTH token may look like. AWS has two rules: a stricter one where a cache is made.

Sources: API reference, CreateReplicationGroup and ModifyReplicationGroup. AWS's own sentence says no more than that the
token is invalid, which has cost people hours (magenx/Magento-2-aws-cluster-terraform#43); ours goes on.
"""

import re

from elastane.catalog.limits import Limits
from elastane.model import faults

_OF_CREATION = re.compile(r"[A-Za-z0-9!&#$^<>-]*\Z")
_OF_MODIFICATION = re.compile(r'[^/"@%]*\Z')


def refuse_unfit_new_token(token: str, limits: Limits) -> None:
    """Raises InvalidParameterValue. The sentence does not have the token."""
    _refuse_unfit(token, limits, _OF_CREATION, "letters, digits and !&#$^<>-")


def refuse_unfit_token(token: str, limits: Limits) -> None:
    _refuse_unfit(token, limits, _OF_MODIFICATION, 'printable ASCII without / " @ and %')


def _refuse_unfit(token: str, limits: Limits, characters: re.Pattern[str], words: str) -> None:
    is_long_enough = limits.password_length_min <= len(token) <= limits.password_length_max
    if not (is_long_enough and token.isascii() and token.isprintable() and characters.match(token)):
        raise faults.InvalidParameterValue(
            f"Invalid AuthToken provided. It must have {limits.password_length_min} to {limits.password_length_max} "
            f"characters: {words}."
        )
