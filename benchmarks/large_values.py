"""A keyspace of some size for a group to have beside what is written meanwhile: text that no engine can compress.

Called by `failover` and `changes`. Each value follows from its number, so that all can be read back and none needs to
be remembered.
"""

import base64
import random
from typing import Any

VALUE_BYTES = 100_000


def fill(client: Any, bytes_count: int) -> None:
    """Through a client of one node or of a cluster, one value after the other."""
    for number in range(bytes_count // VALUE_BYTES):
        client.set(_key(number), _value(number))


def count_missed(client: Any, bytes_count: int) -> int:
    """How many of those that `fill` wrote are not to be read as they were written."""
    return sum(client.get(_key(number)) != _value(number) for number in range(bytes_count // VALUE_BYTES))


def _key(number: int) -> str:
    return f"value-{number}"


def _value(number: int) -> str:
    return base64.b64encode(random.Random(number).randbytes(VALUE_BYTES * 3 // 4)).decode()
