"""One start, from the order to the running process, and what to say when it fails.

Called by `local` in threads: all of it may block. Each function starts from what is on disk and leaves on disk what the
next control plane needs; nothing is remembered here.
"""

import fcntl
import os
import signal
from pathlib import Path

import msgspec

from elastane.hosts import HostError, NodeOrder, StartFailed, directories, pidfd, zones
from elastane.hosts.identity import NodeIdentity, find_identity, mark_process, save_identity
from elastane.model.observations import Absent, Exited


def find_living(directory: Path, node_key: str) -> pidfd.Handle | None:
    """The handle of the process that this directory's identity names, if it is alive. Quick enough for the loop."""
    identity = find_identity(directory, node_key)
    if identity is None or identity.process is None:
        return None
    try:
        return pidfd.open_living(identity.process)
    except OSError as error:
        raise HostError(node_key, directories.explain(error, directory)) from error


def find_or_start(root: Path, order: NodeOrder, *, faults_directory: Path | None = None) -> pidfd.Handle:
    """The process of this node: the one that runs already, or a new one. Raises `StartFailed`."""
    directory = directories.node_directory(root, order.node_key)
    _check_order(order)
    try:
        directories.ensure_directory(root, order.node_key)
        with directories.opened(directory, os.O_RDONLY | os.O_DIRECTORY) as lock:
            _lock_directory(lock, order.node_key)
            return find_living(directory, order.node_key) or _start(directory, order, faults_directory)
    except OSError as error:
        raise StartFailed(order.node_key, directories.explain(error, directory)) from error


def _lock_directory(descriptor: int, node_key: str) -> None:
    """Should a second control plane run by mistake, then one of the two starts the engine, not both."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StartFailed(node_key, "another Elastane is starting it at this moment; only one may run here") from error


def _start(directory: Path, order: NodeOrder, faults_directory: Path | None) -> pidfd.Handle:
    """Identity without a process, files, process held, identity with the process, release: see `pidfd.hold_process`.

    Whether the zone is lost is asked once more before the release. Who takes a zone down writes the marker and reads
    the identities then: either we see the marker now, or they see this process.
    """
    identity = NodeIdentity(node_key=order.node_key, argv=order.argv, identity=order.identity)
    save_identity(directory, identity)
    for name in order.removed_files:
        (directory / name).unlink(missing_ok=True)
    for name, text in order.files.items():
        directories.write_file(directory / name, text)
    with directories.opened_log(directory) as log:
        log_start_bytes = os.fstat(log).st_size
        with pidfd.hold_process(order.argv, directory=directory, log_descriptor=log) as held:
            mark = mark_process(held.pid, log_start_bytes=log_start_bytes)
            save_identity(directory, msgspec.structs.replace(identity, process=mark))
            if faults_directory is not None:
                zones.refuse_lost(order, zones.list_lost_zones(faults_directory))
            held.release()
    return pidfd.Handle(pidfd=held.pidfd, mark=mark)


def _check_order(order: NodeOrder) -> None:
    binary = Path(order.argv[0])
    taken = {directories.IDENTITY_NAME, directories.LOG_NAME}
    unusual = [
        name for name in (*order.files, *order.removed_files) if not directories.is_plain_name(name) or name in taken
    ]
    if unusual:
        raise StartFailed(order.node_key, f"a node's file cannot be named {unusual[0]!r}")
    if not binary.is_absolute():
        raise StartFailed(order.node_key, f"the engine's path must be absolute, and {str(binary)!r} is not")
    if not binary.is_file():
        raise StartFailed(order.node_key, f"there is no engine at {binary}; install it, or configure another path")
    if not os.access(binary, os.X_OK):
        raise StartFailed(order.node_key, f"{binary} may not be executed; try: chmod +x {binary}")


def describe_end(process: Exited | Absent, directory: Path) -> str:
    """Why there is no process right after a start, as a sentence for a person."""
    if isinstance(process, Absent):
        return f"its directory {directory} vanished while it started"
    if process.exit_code is None:
        end = "ended at once"
    elif process.exit_code < 0:
        end = f"was ended at once by signal {-process.exit_code} ({signal.strsignal(-process.exit_code)})"
    else:
        end = f"ended at once with exit code {process.exit_code}"
    words = f"; its last words: {process.last_words}" if process.last_words else " without a word"
    return f"its process {end}{words}"
