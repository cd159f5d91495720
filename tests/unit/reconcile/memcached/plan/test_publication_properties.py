"""What is published, whatever the nodes do: numbers grow, who leaves goes, who was in the list and stays stays."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from elastane.model.memcached_clusters import CacheNode, Publication
from elastane.reconcile.memcached.plan import publication
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode, Situation
from elastane.reconcile.memcached.steps import Publish
from elastane.reconcile.memcached.verdicts import SATISFIED, Act
from tests.kit.memcached_clusters import cache_node, memcached_cluster, observed_cache_node
from tests.kit.memcached_situations import (
    absent,
    back,
    coming_up,
    dead,
    dead_endpoint,
    hung,
    just_silent,
    newly_ready,
    ready,
    situation,
    telling,
)

VERSIONS = st.integers(0, 6)
STATES: tuple[Callable[[CacheNode], SeenNode], ...] = (
    ready,
    newly_ready,
    back,
    coming_up,
    lambda node: coming_up(node, seconds=30),
    just_silent,
    hung,
    dead,
    absent,
    lambda node: ready(node, before=observed_cache_node(node, returned_at_version=3)),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    nodes = [cache_node(number, is_leaving=draw(st.booleans())) for number in range(1, draw(st.integers(1, 5)) + 1)]
    version = draw(VERSIONS)
    listed = tuple(node.id for node in nodes if draw(st.booleans())) if version else ()
    cluster = memcached_cluster("sessions", *nodes, publication=Publication(version=version, node_ids=listed))
    endpoint: SeenEndpoint = draw(st.one_of(st.just(dead_endpoint()), VERSIONS.map(telling)))
    return situation(cluster, *(draw(st.sampled_from(STATES))(node) for node in nodes), endpoint=endpoint)


@given(situations())
def test_a_list_that_is_published_is_right(seen: Situation) -> None:
    verdict = publication.rule(seen)
    if not isinstance(verdict, Act):
        return
    (step,) = verdict.steps
    assert isinstance(step, Publish)
    former, told = seen.cluster.publication, seen.endpoint.answer
    staying = {node.id: node for node in seen.staying}
    kept = [node_id for node_id in former.node_ids if node_id in staying]

    assert step.version > former.version
    assert told is None or step.version > told.version
    assert list(step.node_ids) == sorted(set(step.node_ids))
    assert set(step.node_ids) <= staying.keys(), "nobody who leaves"
    assert set(step.node_ids) >= set(kept), "everybody who was in it and stays"
    assert [node_id for node_id in step.node_ids if node_id in kept] == sorted(kept)
    assert all(staying[node_id].answer is not None for node_id in step.node_ids if node_id not in kept)


@given(situations())
def test_once_it_is_published_there_is_nothing_more_to_say(seen: Situation) -> None:
    verdict = publication.rule(seen)
    if not isinstance(verdict, Act):
        return
    (step,) = verdict.steps
    assert isinstance(step, Publish)
    published = Publication(version=step.version, node_ids=step.node_ids)
    later = tuple(_recorded(node, seen.cluster.publication) for node in seen.nodes)

    again = publication.rule(replace(seen, cluster=replace(seen.cluster, publication=published), nodes=later))

    assert again == SATISFIED


def _recorded(seen: SeenNode, published: Publication) -> SeenNode:
    """As the pass after it sees it, in which nothing has changed."""
    if seen.answer is None:
        return seen
    version = published.version if publication.has_returned(seen, published) else None
    return ready(seen.node, before=observed_cache_node(seen.node, returned_at_version=version))
