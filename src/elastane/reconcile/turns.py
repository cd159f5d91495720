"""When a group that has nothing to do is looked at again: in its own turn, with a few others.

Called by the loop. Pure. Every group has a turn of its own in each idle interval, drawn from its key.

A look costs a third when others come right before it: the processor is awake and its caches are warm. Measured with
50 idle groups: 3.4 % of a core when each came by itself, 2.8 % in twenty turns, 2.1 % in ten, 1.5 % in five. Fewer
would cost hardly less, and the groups that come together keep callers of the API waiting: 0.4 ms each.
"""

from zlib import crc32

from elastane.model.replication_groups import GroupKey
from elastane.reconcile.patience import IDLE_SECONDS

TURN_COUNT = 5
TURN_SECONDS = IDLE_SECONDS / TURN_COUNT


def last_turn_before(key: GroupKey, due_seconds: float) -> float:
    """The group's last turn that is not later than `due_seconds`, on the same clock; never IDLE_SECONDS earlier.

    Half a turn's length of grace, or a group whose pass ended just before its turn would be looked at twice.
    """
    own_seconds = crc32(str(key).encode()) % TURN_COUNT * TURN_SECONDS
    latest_seconds = due_seconds + TURN_SECONDS / 2
    return latest_seconds - (latest_seconds - own_seconds) % IDLE_SECONDS
