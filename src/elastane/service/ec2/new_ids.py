"""Ids of what customers make, in AWS's form: the kind and 17 hexadecimal digits."""

import secrets
from collections.abc import Callable

DrawId = Callable[[str], str]
"""Answers a new id of a kind: ``sg``, ``sgr``, ``subnet``."""


def draw_id(kind: str) -> str:
    return f"{kind}-0{secrets.token_hex(8)}"
