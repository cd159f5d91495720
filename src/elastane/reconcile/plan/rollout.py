"""Running engines are replaced by those the group shall run, one node at a time: another engine, version or patch, or
what its node type brings along and a running engine does not take.

    nodes that run something else     what follows
    ───────────────────────────────   ──────────────────────────────────────────────────────────────────────────
    some, of fewer than three nodes   first a temporary replica comes, so that there is always a second copy
    a replica                         it is stopped, when all others are ready; `nodes` starts it anew
    only the primary                  a replica that runs the new engine is written down as target, and takes over
    none                              the temporary replica leaves
    some, and the new engine does     the group goes back to what it ran, as long as every primary still runs that:
    not come up                       the old engines cannot read what the new ones write

Replicas first for the same reason: a newer engine reads what an older one sends, and never the other way round. So an
old replica of a new primary may never be in sync again, and is not waited for.

Whatever gives up a primary on the way is any failover: the nodes that are started after it run the new engine anyway.
"""

from collections.abc import Iterator

from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import NodeGroup, Software
from elastane.model.software import full_name, has_patch, is_behind, is_here, is_newer, is_same_engine, runs
from elastane.reconcile.plan import engine_supply, members, parameters, promotion, sync_loops
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Satisfied, Verdict, Wait, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import AddTemporaryNode, BindAddresses, RestoreSoftware, RetireNodes, StopNodes

ROLLOUT = "rollout"
"""This rule's name."""

NODES_WITHOUT_HELP_MIN = 3
"""With so many of its own a node group has a second copy of its data while one of them is replaced."""

FAILED_STARTS_MAX = 3
SILENT_SECONDS_MAX = 60.0
"""A new process that has not answered for so long does not come up."""


def rule(situation: Situation) -> Verdict:
    return first_unsatisfied(_judge(situation, node_group) for node_group in situation.group.node_groups)


def _judge(situation: Situation, node_group: NodeGroup) -> Verdict:
    nodes = [seen for seen in situation.of(node_group) if seen in situation.staying]
    temporaries = [seen for seen in nodes if seen.node.is_temporary]
    outdated = [seen for seen in nodes if _is_outdated(seen, situation)]
    former, software = situation.before.software, situation.group.software
    behind = [seen for seen in nodes if _lacks_patch(seen, situation)]
    failed = _why_not(situation, nodes, behind)
    if failed is not None and former is not None and _may_go_back(situation, former):
        return Act(
            steps=(RestoreSoftware(software=former, reason=failed),),
            why=f"{failed}: the group goes on with {full_name(former)}",
        )
    primary = situation.find_primary(node_group)
    if primary is None or not (outdated or temporaries or behind):
        return SATISFIED
    missing = outdated if not is_here(software, situation.engines) else behind
    if missing:
        supplied = engine_supply.verdict(situation)
        if not isinstance(supplied, Satisfied):
            return supplied
    if outdated and missing:
        reason = f"{names(outdated)} must run {software.engine} {software.version}, which is not on this machine"
        return Wait(reason=reason, is_told=True)
    unneeded = [] if outdated else temporaries
    unready = [
        seen
        for seen in situation.staying
        if seen not in unneeded and not _is_ready(seen) and not _is_stuck(seen, situation)
    ]
    if unready:
        return Wait(reason=f"{names(outdated or temporaries)} must wait until {names(unready)} is ready")
    if not outdated and not temporaries:
        return SATISFIED  # another patch than was asked for, which is not to be had
    if not outdated:
        return Act(
            steps=(RetireNodes(node_ids=tuple(seen.id for seen in temporaries)),),
            why=f"every node runs what it shall: {names(temporaries)} is not needed any more",
        )
    if not temporaries and len(nodes) < NODES_WITHOUT_HELP_MIN:
        return Act(
            steps=(AddTemporaryNode(node_group_id=node_group.id),),
            why=f"a temporary replica keeps a copy while {names(outdated)} is replaced",
        )
    replicas = sorted((seen for seen in outdated if seen is not primary), key=lambda seen: (_is_ready(seen), seen.id))
    return _replace_replica(situation, replicas[0]) if replicas else _hand_over(situation, node_group, primary)


def _replace_replica(situation: Situation, replica: SeenNode) -> Verdict:
    software = situation.group.software
    return Act(
        steps=(*_with_its_endpoints_moved(situation, replica), StopNodes(node_ids=(replica.id,))),
        why=f"{replica.id} is started anew with {software.engine} {software.version}",
    )


def _hand_over(situation: Situation, node_group: NodeGroup, primary: SeenNode) -> Verdict:
    """What follows is a switchover, and the primary is a replica like any other."""
    heirs = [seen for seen in situation.heirs(node_group) if not _is_outdated(seen, situation)]
    if not heirs:
        return Wait(reason=f"the primary {primary.id} must be started anew, and no replica is in sync to take over")
    heir = promotion.best([seen for seen in heirs if not seen.node.is_temporary] or heirs, node_group.target_primary)
    return Act(
        steps=(promotion.record(node_group, heir),),
        why=f"{heir.id} takes over from {primary.id}, which is started anew after that",
    )


def _with_its_endpoints_moved(situation: Situation, leaver: SeenNode) -> Iterator[BindAddresses]:
    """Before it is stopped, somebody else answers at the endpoints that it answers at."""
    assert leaver.answer is not None, "who is outdated has answered"
    own = leaver.node.address
    endpoints = tuple(address for address in leaver.answer.bound_addresses if address != own)
    others = [seen for seen in situation.staying if seen is not leaver and _is_ready(seen)]
    if not endpoints or not others:
        return
    taker = min(others, key=lambda seen: (seen.is_primary, _is_outdated(seen, situation), seen.id))
    assert taker.answer is not None, "who is ready has answered"
    yield BindAddresses(node_id=leaver.id, addresses=(own,))
    yield BindAddresses(node_id=taker.id, addresses=(*taker.answer.bound_addresses, *endpoints))


# --- what there is to know -----------------------------------------------------------------------


def _is_outdated(seen: SeenNode, situation: Situation) -> bool:
    return seen.answer is not None and (
        situation.is_outdated(seen) or parameters.is_replacement_needed(seen, situation)
    )


def _is_ready(seen: SeenNode) -> bool:
    is_known = seen.answer is not None and not seen.is_held_back and not members.is_unknown(seen)
    return seen.health is NodeHealth.READY and is_known


def _is_stuck(seen: SeenNode, situation: Situation) -> bool:
    """A replica of the old kind, which may be unable to read what its primary sends: replacing it is what mends it."""
    return seen.is_replica and situation.is_outdated(seen)


def _lacks_patch(seen: SeenNode, situation: Situation) -> bool:
    """Whether it runs an older patch than was asked for, and no newer one is here."""
    software, answer = situation.group.software, seen.answer
    if answer is None or not runs(software, answer.engine, answer.engine_version):
        return False
    return is_behind(answer.engine_version, software) and not has_patch(software, situation.engines)


def _why_not(situation: Situation, nodes: list[SeenNode], behind: list[SeenNode]) -> str | None:
    """Why the new engine does not come up at one of these nodes, if it does not."""
    software = situation.group.software
    what = f"{software.engine} {software.version}"
    if behind or not is_here(software, situation.engines):
        missing = engine_supply.find_failure(situation)
        if missing is not None:
            return missing
    for seen in nodes:
        if _is_outdated(seen, situation) or _is_ready(seen):
            continue
        if seen.before is not None and seen.before.failed_starts >= FAILED_STARTS_MAX:
            return f"{what} does not start at {seen.id} ({seen.before.failed_starts} tries): {seen.before.sentence}"
        if seen.is_coming_up and seen.silence is not None and _seconds_since(seen, situation) > SILENT_SECONDS_MAX:
            return f"{what} runs at {seen.id} and does not answer"
        if seen.is_replica and sync_loops.is_looping(seen, situation):
            return f"{what} at {seen.id} cannot get a copy of the data"
    failure = situation.before.failure
    if failure is not None and failure.is_permanent and failure.count >= FAILED_STARTS_MAX:
        return failure.sentence
    return None


def _seconds_since(seen: SeenNode, situation: Situation) -> float:
    assert seen.silence is not None, "asked of one that is silent"
    return (situation.now - seen.silence.since).total_seconds()


def _may_go_back(situation: Situation, former: Software) -> bool:
    """Whether what the group ran before is another engine, which can be started, and nobody needs a newer one to live:
    neither a primary, nor, where there is none, who may become it."""
    if is_same_engine(former, situation.group.software):
        return False
    deciding: list[SeenNode] = []
    for node_group in situation.group.node_groups:
        primary = situation.find_primary(node_group)
        deciding += situation.of(node_group) if primary is None else [primary]
    return is_here(former, situation.engines) and not any(
        seen.is_running and _may_be_newer(seen, former) for seen in deciding
    )


def _may_be_newer(seen: SeenNode, former: Software) -> bool:
    """Whether it runs, or for all that is known may run, what that software cannot read from."""
    is_known = seen.answer is not None or not seen.is_coming_up
    last = seen.answer or seen.before
    if not is_known or last is None or last.engine is None or last.engine_version is None:
        return True
    return is_newer(last.engine, last.engine_version, former)
