"""Which /16 of 127/8 an installation's nodes live in: chosen once, and claimed while a control plane runs.

Several installations may share one machine (a developer's own, a CI job's, a test's). Each has a block
of its own. The claim is a socket in the kernel's abstract namespace: it ends with the process, needs no
file and no root. A block whose control plane is away is recognised by its engines: they listen there.
"""

import hashlib
import socket
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import msgspec

from elastane.hosts import HostError

FIRST_CHOICE = 88
_SECOND_OCTETS = range(64, 127)
_SOCKETS = Path("/proc/net/tcp")
_LISTEN = "0A"
"""The state LISTEN in that table."""


class ClaimedBlock(msgspec.Struct, frozen=True):
    """A block and the socket that claims it; close the socket to let go."""

    block: IPv4Network
    claim: socket.socket


class BlockTaken(HostError):
    """Another installation on this machine uses the block."""


def claim_known_block(block: IPv4Network) -> ClaimedBlock:
    """Claims the block that was chosen before, or by the operator. Raises BlockTaken."""
    claim = _try_claim(block)
    if claim is None:
        raise BlockTaken(
            "addresses",
            f"another Elastane on this machine uses {block}; stop it, or choose another block with "
            "ELASTANE_ADDRESS_BLOCK (a /16 inside 127.0.0.0/8) for a new data directory",
        )
    return ClaimedBlock(block, claim)


def claim_free_block(seed: str, *, listening: Path = _SOCKETS) -> ClaimedBlock:
    """Chooses and claims a block that nobody uses: 127.88.0.0/16 first, then one that follows from the seed."""
    taken = listening_second_octets(listening)
    for octet in _candidates(seed):
        block = IPv4Network(f"127.{octet}.0.0/16")
        claim = None if octet in taken else _try_claim(block)
        if claim is not None:
            return ClaimedBlock(block, claim)
    raise BlockTaken("addresses", "every block from 127.64.0.0/16 to 127.126.0.0/16 is in use on this machine")


def _candidates(seed: str) -> Iterator[int]:
    yield FIRST_CHOICE
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4])
    count = len(_SECOND_OCTETS)
    yield from (_SECOND_OCTETS[(start + index) % count] for index in range(count))


def _try_claim(block: IPv4Network) -> socket.socket | None:
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0elastane-addresses-{block.network_address}")
    except OSError:
        claim.close()
        return None
    return claim


def listening_second_octets(listening: Path = _SOCKETS) -> set[int]:
    """The second octets of all 127.x addresses that somebody listens on. Addresses are hexadecimal, byte-swapped."""
    octets = set()
    for line in listening.read_text().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        if state == _LISTEN and local[6:8] == "7F":
            octets.add(int(local[4:6], 16))
    return octets
