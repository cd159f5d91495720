"""The configuration endpoint tells what is published: one that tells an older list is given the new one.

After `publication`, which has the word when it tells a newer one. Whether it tells it is seen by asking, as clients do.
One that does not answer is given nothing: it reads what is published when it starts.
"""

from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.steps import Tell
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict


def rule(situation: Situation) -> Verdict:
    answer, published = situation.endpoint.answer, situation.cluster.publication
    if answer is None or answer.version >= published.version:
        return SATISFIED
    return Act(steps=(Tell(),), why=f"the configuration endpoint tells list {answer.version}, not {published.version}")
