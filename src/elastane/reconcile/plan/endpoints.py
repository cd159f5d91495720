"""Which node listens at which endpoint's address.

An endpoint's address moves with the role: whoever serves it also binds it (`CONFIG SET bind`,
some milliseconds, no root, no proxy). Only one process can bind an address, so the node that
must let go comes first, and while a node that may still hold it cannot be asked, nobody takes it.

The reader endpoint is one address, so one replica answers there; the DNS server gives out all of
them. It stays where it is while it can: moving it drops connections that are being opened.

A connection outlives the listener it came through. So who lets go of the primary endpoint's address
has its clients cut, and only then: cut any sooner, they come back to the same node through the same
address, and write to a replica ("READONLY") until they are restarted. Both by one order: nobody could see
later that the second half of two was never given.
"""

from collections.abc import Iterator

from elastane.model.ids import NodeId
from elastane.model.replication_groups import ClusterMode
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import BindAddresses


def rule(situation: Situation) -> Verdict:
    if situation.group.cluster_mode is ClusterMode.ENABLED:
        return SATISFIED  # its only endpoint is for all node groups: `configuration`
    primary = situation.find_primary(situation.group.node_groups[0])
    if primary is None:
        return SATISFIED  # topology has said why; until then the endpoint stays where it is
    holders = _holders(situation, primary)
    wrong = [
        seen
        for seen in situation.nodes
        if seen.answer is not None and set(seen.answer.bound_addresses) != set(_target(seen, holders))
    ]
    if not wrong:
        return SATISFIED
    wanted = {address for seen in wrong for address in _target(seen, holders)}
    silent = [seen for seen in situation.nodes if may_hold(seen, wanted)]
    if silent:
        return Wait(reason=f"{names(silent)} cannot be asked and may still hold an endpoint's address")
    return Act(
        steps=(
            *_releases(wrong, holders, situation.group.network.primary_endpoint_address),
            *_takes(wrong, holders),
        ),
        why=f"endpoint addresses move: {_sentence(situation, holders)}",
    )


def _releases(
    wrong: list[SeenNode], holders: dict[str, NodeId], primary_endpoint: str | None
) -> Iterator[BindAddresses]:
    """First everybody lets go of what is not theirs: two nodes may be about to swap their addresses."""
    for seen in wrong:
        bound, target = _bound(seen), _target(seen, holders)
        if not bound <= set(target):
            yield BindAddresses(
                node_id=seen.id,
                addresses=tuple(address for address in target if address in bound),
                cuts_clients=primary_endpoint in bound - set(target),
            )


def may_hold(seen: SeenNode, wanted: set[str]) -> bool:
    """Whether a silent node listened at one of these when it was last heard. A new process never did."""
    if not seen.is_running or seen.answer is not None or seen.is_coming_up or seen.before is None:
        return False
    return not seen.before.bound_addresses or bool(wanted & set(seen.before.bound_addresses))


def _takes(wrong: list[SeenNode], holders: dict[str, NodeId]) -> Iterator[BindAddresses]:
    for seen in wrong:
        target = _target(seen, holders)
        if not set(target) <= _bound(seen):
            yield BindAddresses(node_id=seen.id, addresses=target)


def _holders(situation: Situation, primary: SeenNode) -> dict[str, NodeId]:
    """Endpoint address → the node that shall listen there."""
    network = situation.group.network
    holders: dict[str, NodeId] = {}
    if network.primary_endpoint_address is not None:
        holders[network.primary_endpoint_address] = primary.id
    if network.configuration_endpoint_address is not None:
        holders[network.configuration_endpoint_address] = primary.id
    if network.reader_endpoint_address is not None:
        reader = _find_reader(situation, primary, network.reader_endpoint_address)
        if reader is not None:
            holders[network.reader_endpoint_address] = reader
    return holders


def _find_reader(situation: Situation, primary: SeenNode, address: str) -> NodeId | None:
    """A replica in sync; the primary when there is none; nobody yet in a new group that waits for its first sync."""
    if situation.group.is_cluster:
        return primary.id  # a replica in cluster mode sends on whoever has not said READONLY, as clients without it
    replicas = sorted(situation.heirs(situation.group.node_groups[0]), key=lambda seen: seen.id)
    if not replicas:
        is_new = situation.before.available_since is None
        return None if is_new and len(situation.staying) > 1 else primary.id
    current = [seen for seen in replicas if address in _bound(seen)]
    return (current or replicas)[0].id


def _target(seen: SeenNode, holders: dict[str, NodeId]) -> tuple[str, ...]:
    return (seen.node.address, *(address for address, holder in holders.items() if holder == seen.id))


def _bound(seen: SeenNode) -> set[str]:
    assert seen.answer is not None, "only nodes that answered are judged"
    return set(seen.answer.bound_addresses)


def _sentence(situation: Situation, holders: dict[str, NodeId]) -> str:
    if not holders:
        return "none is left"
    network = situation.group.network
    kinds = {network.primary_endpoint_address: "primary", network.configuration_endpoint_address: "configuration"}
    return ", ".join(
        f"the {kinds.get(address, 'reader')} endpoint answers at {node}" for address, node in holders.items()
    )
