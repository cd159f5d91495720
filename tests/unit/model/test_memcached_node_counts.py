"""NumCacheNodes, and how a new request meets one that waits: the table of AWS's page, row by row."""

from typing import NamedTuple

import pytest

from elastane.model.ids import CacheNodeId, cache_node_id
from elastane.model.memcached_node_counts import (
    NodeCountChange,
    NodeCountError,
    NodeCountRequest,
    UnknownNodeError,
    changed_nodes,
    free_ids,
)


def ids(*numbers: int) -> tuple[CacheNodeId, ...]:
    return tuple(map(cache_node_id, numbers))


class Row(NamedTuple):
    present: tuple[int, ...]
    waiting: tuple[int, ...]
    request: NodeCountRequest
    change: NodeCountChange


def asked(node_count: int, *removed: int, zone_count: int = 0) -> NodeCountRequest:
    return NodeCountRequest(node_count=node_count, removed_ids=ids(*removed), zone_count=zone_count)


def change(
    *, added: tuple[int, ...] = (), kept: tuple[int, ...] = (), removed: tuple[int, ...] = ()
) -> NodeCountChange:
    return NodeCountChange(added_ids=ids(*added), kept_ids=ids(*kept), removed_ids=ids(*removed))


ROWS = {
    "nothing waits: more": Row((1, 2, 3), (), asked(5), change(added=(4, 5))),
    "more, each with a zone": Row((1, 2, 3), (), asked(5, zone_count=2), change(added=(4, 5))),
    "the lowest free numbers": Row((1, 3, 5), (), asked(6), change(added=(2, 4, 6))),
    "nothing waits: fewer": Row((1, 2, 3), (), asked(1, 2, 3), change(removed=(2, 3))),
    "removed in the order of the nodes": Row((1, 2, 3), (), asked(1, 3, 1), change(removed=(1, 3))),
    "the same number asks for nothing": Row((1, 2, 3), (), asked(3), change()),
    "the present number takes an addition back": Row((1, 2, 3), (4, 5), asked(3), change()),
    "an addition is added to one that waits": Row((1, 2, 3), (4, 5), asked(6), change(added=(6,), kept=(4, 5))),
    "only the new one has a zone": Row((1, 2, 3), (4, 5), asked(6, zone_count=1), change(added=(6,), kept=(4, 5))),
    "what waits is asked for again": Row((1, 2, 3), (4, 5), asked(5), change(kept=(4, 5))),
    "a removal takes the place of an addition": Row((1, 2, 3), (4, 5), asked(2, 3), change(removed=(3,))),
    "those that wait may be named along": Row((1, 2, 3), (4, 5), asked(2, 3, 4, 5), change(removed=(3,))),
    "3 nodes, 4 more wait, 5 asked for: 2 are named": Row((1, 2, 3), (4, 5, 6, 7), asked(5, 6, 7), change(kept=(4, 5))),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_comes_of_a_request(row: Row) -> None:
    assert changed_nodes(ids(*row.present), ids(*row.waiting), row.request) == row.change


REFUSED = {
    "a removal must name nodes": ((1, 2, 3), (), asked(1), "removes 2 cache nodes"),
    "as many as it removes": ((1, 2, 3), (), asked(1, 3), "it names 1: .0003"),
    "and no more": ((1, 2, 3), (), asked(2, 2, 3), "removes 1 cache nodes"),
    "none twice": ((1, 2, 3), (), asked(1, 3, 3), "0003 more than once"),
    "an addition names none": ((1, 2, 3), (), asked(5, 3), "only valid when NumCacheNodes is less than 3"),
    "the present number removes none": ((1, 2, 3), (), asked(3, 3), "only valid when NumCacheNodes is less than 3"),
    "zones are for an addition": ((1, 2, 3), (), asked(3, zone_count=1), "greater than 3"),
    "and not for what waits already": ((1, 2, 3), (4, 5), asked(5, zone_count=2), "greater than 5"),
    "one zone for each": ((1, 2, 3), (), asked(5, zone_count=1), "names 1 Availability Zones, and 2"),
    "an addition that waits is not made smaller": ((1, 2, 3), (4, 5), asked(4), "Cancel them first"),
    "but by naming those that wait": ((1, 2, 3), (4, 5), asked(4, 3), "nodes that wait to be created .0004, 0005."),
    "of those that wait all are named or none": ((1, 2, 3), (4, 5), asked(2, 3, 4), "removes 1 cache nodes"),
}


@pytest.mark.parametrize(("present", "waiting", "request_", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_asked_for(
    present: tuple[int, ...], waiting: tuple[int, ...], request_: NodeCountRequest, sentence: str
) -> None:
    with pytest.raises(NodeCountError, match=sentence):
        changed_nodes(ids(*present), ids(*waiting), request_)


def test_a_node_that_there_is_not_is_named() -> None:
    with pytest.raises(UnknownNodeError, match="no cache node 0009; it has 0001, 0002"):
        changed_nodes(ids(1, 2), (), asked(1, 9))


def test_free_numbers_are_the_lowest() -> None:
    assert free_ids((), 3) == ids(1, 2, 3)
    assert free_ids(ids(2, 3, 9), 3) == ids(1, 4, 5)
