"""What a node in cluster mode is started with: the cluster's directives, and the membership it boots with.

Called by `valkey` when a node's files are rendered. Pure. The text of ``nodes.conf`` is written anew before every
start, and never is the engine's own of last time read: a lost or broken one costs nothing, no node has an id but the
one that was given to it, and no former primary comes back with a claim to slots.

The guarded boot, in cluster mode. `replicaof` is refused there, so the file says it: the node is a replica of
*nowhere*, a primary at port 1 of the node's own address. That one is marked ``handshake``, so that nobody is told of
it; the engine drops it by itself after ``cluster-node-timeout``, and the node stays a replica then, of nobody. It owns
`nowhere_slots` in this one node's eyes: with all slots owned by somebody the engine boots in the state ``ok``, and is
writable at once when it takes them. A primary whose state was ever ``fail`` waits up to five seconds before it serves.
"""

import msgspec

from elastane.engines import NOWHERE_PORT, MemberAddress, NodeAddress
from elastane.model.ids import MemberId
from elastane.model.slots import NO_SLOTS, Slots

NODES_FILE = "nodes.conf"

NOWHERE_BUS_PORT = NOWHERE_PORT + 1

BUS_PORT_OFFSET = 10_000

NODE_TIMEOUT = "15000"
"""Milliseconds, as AWS has it: the engines' own election, for as long as nobody else does it."""
NODE_TIMEOUT_IN_CONVERSION = "3600000"
"""A primary without cluster mode has no bus, and must not be held dead for it. The reconciler ends this later."""

DATABASES_VERSION = (9, 0)
MOVES_VERSION = (9, 0)
BEST_EFFORT_VERSION = (9, 1)


class ClusterConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Who a node is in its cluster, and whom it knows when it boots."""

    own_id: MemberId
    nowhere_id: MemberId
    nowhere_slots: Slots = NO_SLOTS
    """What nowhere owns in this node's eyes: the shard's slots while nobody serves them, else none."""
    others: tuple[MemberAddress, ...] = ()
    """Every other node, of all shards. Their secrets are not used here."""
    plain_primary: MemberAddress | None = None
    """A primary that runs without cluster mode, which the node then follows from its start: no order could make it."""
    current_epoch: int = 0
    """The highest cluster epoch known: a claim to slots that is not above their last owner's is refused by others."""


def bus_port(port: int) -> int:
    """Where a node's cluster bus listens: the engines' own rule, and for ports near the end its mirror image."""
    return port + BUS_PORT_OFFSET if port + BUS_PORT_OFFSET <= 65535 else port - BUS_PORT_OFFSET


def render_nodes(cluster: ClusterConfig, at: NodeAddress) -> str:
    """The text of ``nodes.conf``: nowhere, the node itself, the others as primaries without slots."""
    plain = cluster.plain_primary
    nowhere = f"{at.address}:{NOWHERE_PORT}@{NOWHERE_BUS_PORT} master,handshake"
    followed_id = cluster.nowhere_id if plain is None else plain.id
    lines = [
        f"{followed_id} {nowhere if plain is None else f'{_place(plain.at)} master'} - 0 0 0 connected"
        f"{_slots(cluster.nowhere_slots)}",
        f"{cluster.own_id} {_place(at)} myself,slave {followed_id} 0 0 0 connected",
        *(f"{other.id} {_place(other.at)} master - 0 0 0 connected" for other in cluster.others if other != plain),
        f"vars currentEpoch {cluster.current_epoch} lastVoteEpoch 0",
    ]
    return "\n".join(lines) + "\n"


def directives(cluster: ClusterConfig, at: NodeAddress, version: tuple[int, int]) -> dict[str, str]:
    """What nobody may change of an engine in cluster mode, by name."""
    return {
        "cluster-enabled": "yes",
        "cluster-config-file": NODES_FILE,
        "cluster-port": str(bus_port(at.port)),
        "cluster-announce-ip": at.address,
        "cluster-node-timeout": NODE_TIMEOUT if cluster.plain_primary is None else NODE_TIMEOUT_IN_CONVERSION,
        # A node that was never in sync would win an election with an empty hand; the reconciler lifts this later.
        "cluster-replica-no-failover": "yes",
        # A replica stays with its shard. It still follows whoever took all its primary's slots within the shard (the
        # engines tell that apart), but neither an orphaned primary elsewhere nor the shard that its own slots went to.
        "cluster-allow-replica-migration": "no",
        **_newer(version),
    }


def _newer(version: tuple[int, int]) -> dict[str, str]:
    found = {}
    if version >= DATABASES_VERSION:
        found["cluster-databases"] = "16"  # AWS: databases 0 to 15, where an older engine has one
    if version >= MOVES_VERSION:
        found["cluster-slot-migration-log-max-len"] = "50"  # the whole log is read at every look
        # A move ends in a pause of writes, which begins when no more than this is on its way. The default of 0 is
        # never seen under a steady load; this much is sent in a few milliseconds.
        found["slot-migration-max-failover-repl-bytes"] = "1048576"
    if version >= BEST_EFFORT_VERSION:
        found["cluster-config-save-behavior"] = "best-effort"  # a full disk ends no node: the file is not read again
    return found


def _place(at: NodeAddress) -> str:
    return f"{at.address}:{at.replication_port}@{bus_port(at.port)}"


def _slots(slots: Slots) -> str:
    return "".join(f" {part.first}-{part.last}" for part in slots)
