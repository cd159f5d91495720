"""What the tests of this room share: orders of small programs, and looks at real processes."""

import shutil
import sys
from pathlib import Path

from elastane.hosts import Host, NodeOrder, identity
from elastane.hosts.zones import ZONE_KEY
from elastane.model.ids import Zone
from elastane.model.observations import Running

NODE_KEY = "us-east-1/elc-tutorial-001"
OTHER_KEY = "us-east-1/elc-tutorial-002"
ZONE = Zone("us-east-1a")

_SLEEP = shutil.which("sleep")
assert _SLEEP, "a POSIX system has sleep(1)"
SLEEP = str(Path(_SLEEP).resolve())


def order(
    node_key: str = NODE_KEY, *argv: str, files: dict[str, str] | None = None, zone: Zone | None = None
) -> NodeOrder:
    """An order of a node that does nothing for a long time, or of another program."""
    return NodeOrder(
        node_key=node_key,
        argv=argv or (SLEEP, "600"),
        files=files or {},
        identity={"replication_group_id": "elc-tutorial", "epoch": "1"} | ({ZONE_KEY: zone} if zone else {}),
    )


def shell_order(script: str, node_key: str = NODE_KEY) -> NodeOrder:
    """An order of a node that runs a line of shell."""
    return order(node_key, "/bin/sh", "-c", script)


def python_order(script: str, node_key: str = NODE_KEY) -> NodeOrder:
    """An order of a node that runs some Python."""
    return order(node_key, sys.executable, "-c", script)


async def is_running(host: Host, node_key: str) -> bool:
    return isinstance(await host.observe_process(node_key), Running)


def is_alive(pid: int) -> bool:
    """Whether any process of this pid is alive, whoever's it is."""
    status = identity.observe_status(pid)
    return status is not None and status.is_alive


def find_open_files(pid: int) -> dict[int, str]:
    """The files a process has open. None at all when some were closed while we looked, as they are around an exec."""
    try:
        return {int(link.name): str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    except FileNotFoundError:
        return {}


def has_become(pid: int, program: str) -> bool:
    """Whether the process runs this program by now, and no longer the shell that held it."""
    return str(Path(f"/proc/{pid}/exe").readlink()) == program
