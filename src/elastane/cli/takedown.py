"""`elastane down`: ends the control plane of a data directory, then every engine of it, and nothing else.

What is signalled is proven to be ours first: the control plane by its hold on the directory's lock, an
engine by its identity file. Both signals go through a pidfd, so a pid used again is never hit.
"""

import asyncio
import os
import select
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import typer

from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.config import NODES_DIRECTORY
from elastane.hosts import HostError, pidfd
from elastane.hosts.local import LocalHost
from elastane.hosts.packet_filter import NoFilter, PacketFilter, find_filter
from elastane.model.observations import Running
from elastane.store import data_directory
from elastane.store.data_directory import LOCK_FILE_NAME, ControlPlane

CONTROL_PLANE_SECONDS_MAX = 30.0
"""Longer than it gives the requests under way, and an ephemeral one its engines."""

ENGINE_GRACE_SECONDS = 5.0


@told_in_a_sentence()
def down(data_dir: DataDirectory = None) -> None:
    """Stop Elastane and every cache of a data directory.

    The data in the caches is gone with their processes, as it is in memory; the caches themselves are still asked
    for, and the next serve starts them anew, empty. To delete a cache for good, use the API.
    """
    directory = chosen_data_dir(data_dir, os.environ)
    if not directory.is_dir():
        typer.echo(f"Nothing runs: there is no data directory {directory}.")
        return
    is_anything_stopped = stop_control_plane(directory)
    if not directory.is_dir():
        typer.echo("It was ephemeral: its caches and its data directory went with it.")
        return
    # Held, so that no control plane comes between and starts again what is being stopped.
    with data_directory.hold(directory):
        is_anything_stopped |= asyncio.run(stop_engines(directory))
        is_anything_stopped |= asyncio.run(remove_rules(find_filter(directory, os.environ)))
    if not is_anything_stopped:
        typer.echo(f"Nothing runs on {directory}.")


def stop_control_plane(directory: Path) -> bool:
    """Whether there was one. Returns when it is gone. Raises CommandError when it cannot be stopped."""
    control_plane = data_directory.find_control_plane(directory)
    if control_plane is None:
        return False
    with _handle(control_plane, directory) as descriptor:
        pidfd.send_signal(descriptor, signal.SIGTERM)
        if not _is_gone_within(descriptor, CONTROL_PLANE_SECONDS_MAX):
            raise CommandError(
                f"The control plane (pid {control_plane.pid}) is there {CONTROL_PLANE_SECONDS_MAX:g} s after it was "
                "told to end; its engines were left alone. Look at its log."
            )
    typer.echo(f"Stopped the control plane at {control_plane.url} (pid {control_plane.pid}).")
    return True


async def stop_engines(directory: Path) -> bool:
    """Whether there was any. Raises the HostErrors of those that could not be stopped, after all others were."""
    host = LocalHost(directory / NODES_DIRECTORY)
    try:
        results = await asyncio.gather(*(_stop_engine(host, node) for node in await host.list_nodes()))
    finally:
        await host.aclose()
    failures = [result for result in results if isinstance(result, HostError)]
    if failures:
        raise ExceptionGroup("engines that could not be stopped", failures)
    return any(results)


async def remove_rules(packet_filter: PacketFilter | NoFilter) -> bool:
    """Whether there was a table of rules for the caches' addresses. Raises FilterFailed when it could not be removed.

    Who may not touch the packet filter has not made one either, unless the control plane ran with more rights.
    """
    if isinstance(packet_filter, NoFilter) or not await packet_filter.remove():
        return False
    typer.echo(f"Removed the packet filter's table {packet_filter.table}.")
    return True


async def _stop_engine(host: LocalHost, node: str) -> bool | HostError:
    """One engine's trouble must not keep the others from being stopped."""
    try:
        process = await host.observe_process(node)
        if not isinstance(process, Running):
            return False
        await host.stop_process(node, grace_seconds=ENGINE_GRACE_SECONDS)
    except HostError as error:
        return error
    typer.echo(f"Stopped {node} (pid {process.pid}).")
    return True


# --- the control plane's process ------------------------------------------------------------------


@contextmanager
def _handle(control_plane: ControlPlane, directory: Path) -> Iterator[int]:
    """A pidfd of the process that holds the lock. Raises CommandError when the record names another one.

    The record outlives a control plane that was killed, and then its pid may be anybody's. First open,
    then look, as in hosts/pidfd: a pidfd cannot come to mean another process.
    """
    try:
        descriptor = os.pidfd_open(control_plane.pid)
    except OSError:
        raise CommandError(_not_here(control_plane, directory)) from None
    with closing(os.fdopen(descriptor, "rb", buffering=0)):
        if not _has_open(control_plane.pid, directory / LOCK_FILE_NAME):
            raise CommandError(_not_here(control_plane, directory))
        yield descriptor


def _has_open(pid: int, file: Path) -> bool:
    """Whether a process has this file open, as a control plane has its lock."""
    descriptors = Path(f"/proc/{pid}/fd")
    with suppress(OSError):  # the process went, or is somebody else's: not ours to signal either way
        return any(_is_same_file(descriptor, file) for descriptor in descriptors.iterdir())
    return False


def _is_same_file(descriptor: Path, file: Path) -> bool:
    try:
        return descriptor.samefile(file)
    except OSError:
        return False  # closed meanwhile


def _is_gone_within(descriptor: int, timeout_seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(timeout_seconds * 1000))


def _not_here(control_plane: ControlPlane, directory: Path) -> str:
    return (
        f"A control plane holds {directory}, and it is not process {control_plane.pid}, which the directory names: it "
        "is starting at this moment, or runs in another container. Try again, or stop it where it runs."
    )
