"""Which /16 an installation's nodes live in: chosen once, and claimed while a control plane runs.

Several installations may share one machine (a developer's own, a CI job's, a test's). Each has a block
of its own. The claim is a socket in the kernel's abstract namespace: it ends with the process, needs no
file and no root. A block whose control plane is away is recognised by its engines: they listen there.

By itself an installation chooses one of 127/8, all of which every Linux has. An operator may name another one, whose
addresses the machine was given before (`ip route add local 10.88.0.0/16 dev lo`), so that other machines reach it.
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
    """Another installation on this machine uses the block, or the machine does not have its addresses."""


def claim_known_block(block: IPv4Network) -> ClaimedBlock:
    """Claims the block that was chosen before, or by the operator. Raises BlockTaken."""
    missing = next((address for address in _probes(block) if not _is_local(address)), None)
    if missing is not None:
        raise BlockTaken(
            "addresses",
            f"this machine does not have all of {block}, {missing} for one; as root, "
            f"`ip route add local {block} dev lo` gives it those addresses",
        )
    claim = _try_claim(block)
    if claim is None:
        raise BlockTaken(
            "addresses",
            f"another Elastane on this machine uses {block}; stop it, or choose another block with "
            "ELASTANE_ADDRESS_BLOCK (a /16, for instance inside 127.0.0.0/8) for a new data directory",
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


def _probes(block: IPv4Network) -> Iterator[str]:
    """Both ends of every sixteenth: what has all these has the whole block, unless somebody means to deceive."""
    for part in block.subnets(prefixlen_diff=4):
        yield str(part[1])
        yield str(part[-2])


def _is_local(address: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


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
