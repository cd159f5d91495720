"""What ModifyCacheCluster's NumCacheNodes makes of a Memcached cluster: which nodes come, which go, what is taken back.

How a new request meets one that waits for the maintenance window, as AWS's page of the action has it:

    waits      asked for   what comes of it
    ────────   ─────────   ──────────────────────────────────────────────────────────────────────────────
    removal    removal     the new one takes the place of the other
    removal    addition    the new one takes the place of the other
    addition   removal     the new one takes the place of the other
    addition   addition    the new one is added to the other; with ApplyImmediately all of it is done at once
    any        the nodes   nothing waits any more
               there are

An addition that waits cannot be made smaller but by naming which of its nodes shall not come. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from elastane.model.ids import CacheNodeId, cache_node_id


class NodeCountError(ValueError):
    """A request that cannot be; the message is the caller's.

    NodeCountError            AWS answers InvalidParameterCombination
    └── UnknownNodeError      a node is named that there is not; AWS answers InvalidParameterValue
    """


class UnknownNodeError(NodeCountError):
    pass


class NodeCountRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a call says."""

    node_count: int
    """NumCacheNodes: how many the cluster shall have."""
    removed_ids: tuple[CacheNodeId, ...] = ()
    zone_count: int = 0
    """How many NewAvailabilityZones are named."""


class NodeCountChange(msgspec.Struct, frozen=True, kw_only=True):
    """What waits after the call, or is done with it."""

    added_ids: tuple[CacheNodeId, ...] = ()
    """New: they have no zone and no address yet."""
    kept_ids: tuple[CacheNodeId, ...] = ()
    """Of those that waited already."""
    removed_ids: tuple[CacheNodeId, ...] = ()


def changed_nodes(
    present: Sequence[CacheNodeId], waiting: Sequence[CacheNodeId], request: NodeCountRequest
) -> NodeCountChange:
    """`present` are the nodes that there are, `waiting` those of an addition that waits. Raises NodeCountError."""
    expected_count = len(present) + len(waiting)
    _refuse_repeated(request.removed_ids)
    _refuse_unknown(request.removed_ids, (*present, *waiting))
    if request.zone_count and request.node_count <= expected_count:
        raise NodeCountError(
            f"NewAvailabilityZones is only valid when NumCacheNodes is greater than {expected_count}, the number of "
            "cache nodes that there are and that wait to be created."
        )
    if request.node_count == len(present):
        _refuse_removal(request, expected_count, "is the number of cache nodes that there are")
        return NodeCountChange()
    if request.node_count < len(present):
        return NodeCountChange(removed_ids=_removed(present, waiting, request))
    if request.node_count < expected_count:
        return NodeCountChange(kept_ids=_kept(present, waiting, request))
    _refuse_removal(request, expected_count, "removes none")
    added_count = request.node_count - expected_count
    if request.zone_count not in (0, added_count):
        raise NodeCountError(
            f"NewAvailabilityZones names {request.zone_count} Availability Zones, and {added_count} cache nodes are "
            "added."
        )
    return NodeCountChange(added_ids=free_ids((*present, *waiting), added_count), kept_ids=tuple(waiting))


def free_ids(taken: Iterable[CacheNodeId], node_count: int) -> tuple[CacheNodeId, ...]:
    """The lowest numbers that no node has. Terraform counts on it: it names the highest when it removes some."""
    known = set(taken)
    numbers = range(1, len(known) + node_count + 1)
    return tuple(each for number in numbers if (each := cache_node_id(number)) not in known)[:node_count]


def _removed(
    present: Sequence[CacheNodeId], waiting: Sequence[CacheNodeId], request: NodeCountRequest
) -> tuple[CacheNodeId, ...]:
    """AWS counts from the larger number, that with the nodes that wait. They do not come in any case, so that they may
    be named, all of them, or not."""
    removed = tuple(node_id for node_id in present if node_id in request.removed_ids)
    named_waiting_count = len(request.removed_ids) - len(removed)
    removal_count = len(present) - request.node_count
    if len(removed) != removal_count or named_waiting_count not in (0, len(waiting)):
        raise _wrong_count(request, removal_count)
    return removed


def _kept(
    present: Sequence[CacheNodeId], waiting: Sequence[CacheNodeId], request: NodeCountRequest
) -> tuple[CacheNodeId, ...]:
    if not request.removed_ids:
        raise NodeCountError(
            f"{len(waiting)} cache nodes wait to be created, and NumCacheNodes {request.node_count} would add fewer. "
            f"Cancel them first: set NumCacheNodes to {len(present)}, the number of cache nodes that there are."
        )
    kept = tuple(node_id for node_id in waiting if node_id not in request.removed_ids)
    removal_count = len(present) + len(waiting) - request.node_count
    if len(request.removed_ids) != removal_count or len(present) + len(kept) != request.node_count:
        raise _wrong_count(request, removal_count, f"cache nodes that wait to be created ({', '.join(waiting)})")
    return kept


def _wrong_count(request: NodeCountRequest, removal_count: int, of_which: str = "cache nodes") -> NodeCountError:
    return NodeCountError(
        f"NumCacheNodes {request.node_count} removes {removal_count} {of_which}, which CacheNodeIdsToRemove must name; "
        f"it names {len(request.removed_ids)}: [{', '.join(request.removed_ids)}]."
    )


def _refuse_removal(request: NodeCountRequest, expected_count: int, because: str) -> None:
    if request.removed_ids:
        raise NodeCountError(
            f"CacheNodeIdsToRemove is only valid when NumCacheNodes is less than {expected_count}, the number of cache "
            f"nodes that there are and that wait to be created; {request.node_count} {because}."
        )


def _refuse_repeated(removed_ids: Sequence[CacheNodeId]) -> None:
    repeated = [node_id for node_id, times in Counter(removed_ids).items() if times > 1]
    if repeated:
        raise NodeCountError(f"CacheNodeIdsToRemove names {repeated[0]} more than once.")


def _refuse_unknown(removed_ids: Sequence[CacheNodeId], known: Sequence[CacheNodeId]) -> None:
    unknown = [node_id for node_id in removed_ids if node_id not in known]
    if unknown:
        raise UnknownNodeError(f"The cluster has no cache node {', '.join(unknown)}; it has {', '.join(known)}.")
