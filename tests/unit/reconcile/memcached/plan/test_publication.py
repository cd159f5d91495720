"""Who is in the list that clients are told, and when it gets a new number."""

import pytest
from msgspec.structs import replace

from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster, Publication
from elastane.model.observed_memcached_clusters import ObservedCacheNode
from elastane.reconcile.memcached.plan import publication
from elastane.reconcile.memcached.situation import SeenNode, Situation
from elastane.reconcile.memcached.steps import Publish
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict, Wait
from tests.kit.memcached_clusters import cache_node, memcached_cluster, observed_cache_node
from tests.kit.memcached_situations import (
    absent,
    back,
    coming_up,
    dead,
    dead_endpoint,
    hung,
    just_silent,
    new_situation,
    newly_ready,
    ready,
    situation,
    started,
    telling,
    with_failed_starts,
)

FIRST, SECOND, THIRD = cache_node(1), cache_node(2), cache_node(3)
ALL = (FIRST.id, SECOND.id, THIRD.id)
BOTH = ALL[:2]


def of(*nodes: CacheNode, version: int = 4, published: tuple[CacheNodeId, ...] = BOTH) -> MemcachedCluster:
    return memcached_cluster("sessions", *nodes, publication=Publication(version=version, node_ids=published))


PAIR, GROWING = of(FIRST, SECOND), of(FIRST, SECOND, THIRD)


def published(seen: Situation) -> tuple[int, tuple[CacheNodeId, ...]] | None:
    """The list that is written; None when none is."""
    verdict: Verdict = publication.rule(seen)
    if not isinstance(verdict, Act):
        return None
    (step,) = verdict.steps
    assert isinstance(step, Publish)
    return step.version, step.node_ids


def test_what_is_published_and_so_stays() -> None:
    assert publication.rule(situation(PAIR)) == SATISFIED


# --- the first list ------------------------------------------------------------------------------


NEW = memcached_cluster("sessions", FIRST, SECOND)


def test_the_first_list_has_all_nodes_and_waits_for_the_last_of_them() -> None:
    early = publication.rule(new_situation(NEW, newly_ready(FIRST), coming_up(SECOND, seconds=30)))

    assert early == Wait(reason="the list of nodes waits for the first answer of node 0002")
    assert published(new_situation(NEW, newly_ready(FIRST), newly_ready(SECOND))) == (1, BOTH)


def test_the_first_list_does_not_wait_for_the_endpoint() -> None:
    assert published(new_situation(NEW, newly_ready(FIRST), newly_ready(SECOND), endpoint=dead_endpoint())) == (1, BOTH)


# --- adding, removing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "list_written"),
    [
        pytest.param(absent(THIRD), None, id="is not there"),
        pytest.param(coming_up(THIRD), None, id="comes up"),
        pytest.param(coming_up(THIRD, seconds=30), None, id="comes up slowly"),
        pytest.param(dead(THIRD, before=with_failed_starts(THIRD, 2)), None, id="does not start"),
        pytest.param(newly_ready(THIRD), (5, ALL), id="answers"),
    ],
)
def test_a_new_node_is_published_once_it_answers(
    seen: SeenNode, list_written: tuple[int, tuple[CacheNodeId, ...]] | None
) -> None:
    assert published(situation(GROWING, seen)) == list_written


def test_nodes_that_come_within_a_second_come_in_one_list() -> None:
    fourth = cache_node(4)
    cluster = of(FIRST, SECOND, THIRD, fourth)
    failing = coming_up(fourth, before=with_failed_starts(fourth, 1, was_ready=False))

    soon = publication.rule(situation(cluster, newly_ready(THIRD), coming_up(fourth, seconds=0.9)))
    late = published(situation(cluster, newly_ready(THIRD), coming_up(fourth, seconds=1)))
    tried_before = published(situation(cluster, newly_ready(THIRD), failing))

    assert soon == Wait(reason="node 0003 is new: published together with node 0004, or without in a moment")
    assert late == tried_before == (5, ALL)


def test_one_that_leaves_is_out_of_it_at_once_dead_or_alive() -> None:
    leaving = replace(SECOND, is_leaving=True)
    cluster = of(FIRST, leaving)

    assert published(situation(cluster)) == (5, (FIRST.id,))
    assert published(situation(cluster, dead(leaving))) == (5, (FIRST.id,))


def test_a_removal_waits_for_nobody_and_takes_along_who_answers() -> None:
    fourth, leaving = cache_node(4), replace(SECOND, is_leaving=True)
    cluster = of(FIRST, leaving, THIRD, fourth)

    assert published(situation(cluster, newly_ready(THIRD), coming_up(fourth))) == (5, (FIRST.id, THIRD.id))


def test_what_the_document_does_not_know_any_more_is_not_published() -> None:
    assert published(situation(of(FIRST, SECOND, published=ALL))) == (5, BOTH)


# --- nodes that were lost ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seen", [dead(SECOND), hung(SECOND), just_silent(SECOND), absent(SECOND), coming_up(SECOND)], ids=lambda seen: "-"
)
def test_one_that_is_lost_stays_in_its_place(seen: SeenNode) -> None:
    assert publication.rule(situation(PAIR, seen)) == SATISFIED


def test_one_that_is_back_is_told_by_a_new_number() -> None:
    assert published(situation(PAIR, back(SECOND))) == (5, BOTH)


RETURNED_AT_4: ObservedCacheNode = observed_cache_node(SECOND, returned_at_version=4)


def test_a_return_is_told_also_by_whoever_comes_after_a_control_plane_that_died() -> None:
    at_4 = situation(PAIR, ready(SECOND, before=RETURNED_AT_4))
    at_5 = situation(of(FIRST, SECOND, version=5), ready(SECOND, before=RETURNED_AT_4))

    assert published(at_4) == (5, BOTH)
    assert publication.rule(at_5) == SATISFIED


def test_one_that_is_lost_again_is_told_when_it_is_back() -> None:
    assert publication.rule(situation(PAIR, dead(SECOND, before=RETURNED_AT_4))) == SATISFIED


def test_those_that_come_back_together_are_told_together() -> None:
    waiting = publication.rule(situation(PAIR, back(FIRST), coming_up(SECOND)))

    assert waiting == Wait(reason="node 0001 is back: published together with node 0002, or without in a moment")
    assert published(situation(PAIR, back(FIRST), back(SECOND))) == (5, BOTH)


def test_the_first_answer_ever_is_no_return() -> None:
    assert publication.rule(situation(PAIR, newly_ready(SECOND))) == SATISFIED
    assert not publication.has_returned(coming_up(SECOND, before=started(SECOND)), PAIR.publication)


# --- a store that was lost -----------------------------------------------------------------------


def test_a_list_that_is_newer_than_what_is_written_is_gone_beyond() -> None:
    assert published(situation(PAIR, endpoint=telling(9))) == (10, BOTH)
    assert published(situation(of(FIRST, SECOND, version=0, published=()), endpoint=telling(9))) == (10, BOTH)


def test_also_with_a_change_at_the_same_time() -> None:
    assert published(situation(GROWING, newly_ready(THIRD), endpoint=telling(9))) == (10, ALL)


def test_where_nothing_is_written_what_is_told_stays_until_all_answer() -> None:
    cluster = of(FIRST, SECOND, version=0, published=())

    assert isinstance(publication.rule(situation(cluster, dead(SECOND), endpoint=telling(9))), Wait)


def test_the_reason_says_who() -> None:
    leaving = replace(SECOND, is_leaving=True)
    fourth = cache_node(4)
    cluster = of(FIRST, leaving, THIRD, fourth, published=(*BOTH, fourth.id))

    verdict = publication.rule(situation(cluster, newly_ready(THIRD), back(FIRST), back(fourth)))

    assert isinstance(verdict, Act)
    assert verdict.why == "node 0003 is new, nodes 0001 and 0004 are back, node 0002 leaves: clients are told"
