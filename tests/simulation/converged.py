"""What must be true once a story has converged: the world is what the document says, everywhere and in every detail."""

from elastane.model.ids import node_key
from elastane.model.replication_groups import ClusterMode, NodeGroup, ReplicationGroup
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, Slots, format_slots, union
from elastane.model.software import runs
from tests.kit.fake_bus import view_of
from tests.kit.fake_engines import FakeNode
from tests.kit.fake_views import is_in, slot_of
from tests.simulation.invariants import InvariantBroken, Witness
from tests.simulation.machine import CONFIGURATION_ENDPOINT, PRIMARY_ENDPOINT, READER_ENDPOINT, Machine


async def check(group: ReplicationGroup, machine: Machine, witness: Witness) -> None:
    keys = {node_key(group.region, node.id) for node in group.nodes}
    _must(set(machine.running()) == keys, "exactly the nodes asked for run")
    _must(set(await machine.host.list_nodes()) == keys, "no directory is left behind")
    _must(not any(part.is_leaving for part in group.node_groups), "who was to leave has left")
    _must(not any(node.is_leaving for node in group.nodes), "who was to leave has left")
    _must(not any(node.is_temporary for node in group.nodes), "no temporary replica is left")
    for node in machine.nodes():
        name = f"{group.software.engine} {group.software.version}"
        _must(runs(group.software, node.engine, node.version), f"{machine.key_of(node.at.address)} runs {name}")
    for node_group in group.node_groups:
        _check_node_group(group, node_group, machine)
    if group.network.primary_endpoint_address is not None:
        _check_endpoints(group, machine)
    if group.is_cluster:
        _check_cluster(group, machine)
        _check_keys(group, machine, witness)


def picture(machine: Machine) -> object:
    """What a pass may change."""
    return [
        (
            at,
            node.role,
            node.follows,
            node.bound_addresses,
            node.cut_count,
            dict(node.parameters),
            node.user_names,
            node.certificate,
            None if node.view is None else (node.view.own.slots, node.view.own.epoch, sorted(node.view.members)),
        )
        for at, node in sorted(machine.engines.nodes.items())
    ]


def _engines(group: ReplicationGroup, node_group: NodeGroup, machine: Machine) -> dict[str, FakeNode]:
    return {node.id: machine.node(node_key(group.region, node.id)) for node in node_group.nodes}


def _check_node_group(group: ReplicationGroup, node_group: NodeGroup, machine: Machine) -> None:
    engines = _engines(group, node_group, machine)
    primaries = [name for name, node in engines.items() if node.role == "primary"]
    _must(primaries == [node_group.target_primary], f"who shall be primary is, and not {primaries}")
    primary = engines[node_group.target_primary]
    _must(all(node.follows == primary.place for node in engines.values() if node is not primary), "replicas follow it")


def _check_endpoints(group: ReplicationGroup, machine: Machine) -> None:
    engines = _engines(group, group.node_groups[0], machine)
    target = group.node_groups[0].target_primary
    _must(PRIMARY_ENDPOINT in engines[target].bound_addresses, "the primary endpoint is at the primary")
    readers = [name for name, node in engines.items() if READER_ENDPOINT in node.bound_addresses]
    _must(len(readers) == 1, f"one node serves the readers, and not {readers}")
    if group.is_cluster:
        _must(readers == [target], "in cluster mode a replica would send readers on: the primary serves them")
    else:
        _must(readers[0] != target or len(engines) == 1, "a replica serves the readers")


def _check_cluster(group: ReplicationGroup, machine: Machine) -> None:
    """Every view is the same, and what was asked for."""
    wanted = {part.target_primary: part.slots for part in group.node_groups}
    _must(union(*wanted.values()) == ALL_SLOTS, "every slot is somebody's")
    names = {view_of(node).own.id: machine.key_of(node.at.address).rpartition("/")[2] for node in machine.nodes()}
    _must(len(names) == len(group.nodes), "no two nodes have one name")
    for node in machine.nodes():
        view, name = view_of(node), names[view_of(node).own.id]
        _must(set(view.members) == set(names), f"{name} knows everybody and nobody else")
        owned: dict[str, Slots] = {names[one.id]: one.slots for one in view.members.values() if one.slots}
        shown = {owner: format_slots(slots) for owner, slots in owned.items()}
        _must(owned == {owner: slots for owner, slots in wanted.items() if slots != NO_SLOTS}, f"{name} sees {shown}")
        _must(not view.leaving and not view.arriving, f"{name} has no open slot")
        _must(not any(move.is_running for move in machine.engines.moves.of(node)), f"{name} moves nothing")
        _must(view.is_serving, f"{name} serves")
    endpoint = [node for node in machine.nodes() if CONFIGURATION_ENDPOINT in node.bound_addresses]
    _must(len(endpoint) == 1, "one node answers at the configuration endpoint")
    if group.cluster_mode is ClusterMode.COMPATIBLE:
        _must(endpoint[0].role == "primary", "with one shard it is the primary")


def _check_keys(group: ReplicationGroup, machine: Machine, witness: Witness) -> None:
    for part in group.node_groups:
        owner = machine.node(node_key(group.region, part.target_primary))
        lost = sorted(key for key in witness.owed if is_in(slot_of(key), part.slots) and key not in owner.keys)
        _must(not lost, f"{part.target_primary} lacks {len(lost)} acknowledged writes: {', '.join(lost[:5])}")


def _must(is_so: bool, sentence: str) -> None:
    if not is_so:
        raise InvariantBroken(f"converged, and it is not so: {sentence}")
