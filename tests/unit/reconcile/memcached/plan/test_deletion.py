"""A cluster that is being deleted: stopped, cleaned up, forgotten, from whatever it was."""

from elastane.model.replication_groups import Deletion
from elastane.reconcile.memcached.plan import deletion
from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.steps import (
    ForgetCluster,
    RemoveDirectories,
    RemoveEndpointDirectory,
    Step,
    StopEndpoint,
    StopNodes,
)
from elastane.reconcile.memcached.verdicts import SATISFIED, Act
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_situations import (
    NOW,
    absent,
    absent_endpoint,
    coming_up,
    dead,
    dead_endpoint,
    hung,
    new_situation,
    situation,
    telling,
)

FIRST, SECOND = cache_node(1), cache_node(2, is_leaving=True)
KEPT = memcached_cluster("sessions", FIRST, SECOND, published=1)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=1, deletion=Deletion(requested_at=NOW))


def steps(seen: Situation) -> tuple[Step, ...]:
    verdict = deletion.rule(seen)
    assert isinstance(verdict, Act)
    return verdict.steps


def test_whoever_was_not_asked_for_stays() -> None:
    assert deletion.rule(situation(KEPT)) == SATISFIED


def test_all_that_runs_is_stopped_first_what_hangs_and_what_leaves_included() -> None:
    both = (FIRST.id, SECOND.id)

    assert steps(situation(CLUSTER, hung(FIRST))) == (StopEndpoint(), StopNodes(node_ids=both))
    assert steps(situation(CLUSTER, dead(FIRST), endpoint=dead_endpoint())) == (StopNodes(node_ids=(SECOND.id,)),)
    assert steps(situation(CLUSTER, dead(FIRST), absent(SECOND), endpoint=telling(1))) == (StopEndpoint(),)


def test_then_nothing_stays_behind() -> None:
    seen = situation(CLUSTER, dead(FIRST), absent(SECOND), endpoint=dead_endpoint())

    assert steps(seen) == (RemoveEndpointDirectory(), RemoveDirectories(node_ids=(FIRST.id,)))


def test_then_it_is_forgotten() -> None:
    assert steps(situation(CLUSTER, absent(FIRST), absent(SECOND), endpoint=absent_endpoint())) == (ForgetCluster(),)


def test_one_that_is_still_being_created_goes_the_same_way() -> None:
    assert steps(new_situation(CLUSTER, coming_up(FIRST))) == (StopNodes(node_ids=(FIRST.id,)),)
    assert steps(new_situation(CLUSTER)) == (ForgetCluster(),)
