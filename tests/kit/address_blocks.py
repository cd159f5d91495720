"""Blocks of loopback addresses for tests: whoever starts engines holds one, and several runs of pytest never share one.

A test takes its control plane away, or kills every engine, and lets them come back. An installation that is started
meanwhile, by a test in another process, would find their block unused and take it. So the tests' blocks lie beyond
those that an installation chooses from by itself, and each is held for as long as somebody may come back to it. What
holds it is a socket in the kernel's abstract namespace, which ends with the process.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from itertools import cycle, islice

from elastane.hosts.address_block import listening_second_octets

_FIRST_OCTET, _COUNT = 128, 127
_OCTETS = islice(cycle(range(_FIRST_OCTET, _FIRST_OCTET + _COUNT)), os.getpid() % _COUNT, None)
"""Round and round, so that a block comes again long after its last user has ended."""


@contextmanager
def held_block() -> Iterator[IPv4Network]:
    """A /16 of 127/8 in which nobody listens, and which no other test is given meanwhile."""
    in_use = listening_second_octets()
    for octet in islice(_OCTETS, _COUNT):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as claim:
            if octet not in in_use and _is_claimed(claim, octet):
                yield IPv4Network(f"127.{octet}.0.0/16")
                return
    raise AssertionError(f"every block from 127.{_FIRST_OCTET}.0.0/16 on is in use on this machine")


def _is_claimed(claim: socket.socket, octet: int) -> bool:
    try:
        claim.bind(f"\0elastane-tests-127.{octet}")
    except OSError:
        return False
    return True
