"""The composition root: builds every part, hands each what it needs, starts them, stops them.

Nothing imports this but the command line, and it decides nothing. The order of the start is the
order of what may go wrong: the directory and its lock, the port, the files, the addresses, the
engines this machine has, the engines that outlived us (`parts`); then everything runs, in one TaskGroup:
the API (`endpoint`) and the loops (`loops`).
"""

import asyncio
import gc
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from elastane import api
from elastane.config import Config, ListenAddress
from elastane.engines.discovery import EngineBinary
from elastane.http_server import bounds_within, http_server
from elastane.pki.message_signing import LateSigner
from elastane.server import upkeep
from elastane.server.endpoint import endpoint
from elastane.server.listening import api_names, open_file_count_max, serving_names
from elastane.server.loops import loops, security_groups
from elastane.server.parts import Parts, open_parts
from elastane.store import data_directory
from elastane.store.data_directory import ControlPlane
from elastane.store.root_access_key import AccessKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What is told to whoever started us, once we answer."""

    url: str
    key: AccessKey
    engines: tuple[EngineBinary, ...]
    adopted_nodes: tuple[str, ...]
    dns: str | None


async def serve(config: Config, environment: Mapping[str, str], on_ready: Callable[[Running], None]) -> None:
    """Serves until SIGTERM or SIGINT. Engines go on, unless the installation is ephemeral.

    Raises ConfigError, StoreUnusable, PkiError and HostError, each with one sentence, before anything is started.
    """
    data_directory.prepare(config.data_dir)
    with ExitStack() as stack:
        parts = await open_parts(stack, config, environment)
        try:
            await _run(parts, on_ready)
        finally:
            if config.is_ephemeral:
                await upkeep.take_down(parts.host, parts.packet_filter)
            for engines in (
                parts.world.engines,
                parts.world.memcached,
                parts.measured_engines,
                parts.measured_memcached,
                parts.logged_engines,
            ):
                await engines.aclose()
            await parts.host.aclose()
    if config.is_ephemeral:
        shutil.rmtree(config.data_dir, ignore_errors=True)


async def _run(parts: Parts, on_ready: Callable[[Running], None]) -> None:
    config, world = parts.config, parts.world
    adopted = await parts.host.adopt()
    api.warm_up()
    # What is there by now stays: looked through again and again, it would stop every thread for tens of milliseconds.
    gc.collect()
    gc.freeze()
    context = parts.pki.api_context(api_names(config)) if config.is_https else None
    address = ListenAddress(config.listen.host, parts.listening.getsockname()[1])
    url = address.url_by("https" if config.is_https else "http")
    signer = LateSigner(config.data_dir, world.now)
    await asyncio.to_thread(signer.open_if_made)
    http = http_server(api.application(endpoint(parts, signer)), bounds_within(open_file_count_max()), context)
    guard = security_groups(parts)
    await guard.look(is_kernel_asked=True)  # before anything is started that it guards
    async with serving_names(config, world) as dns_address, asyncio.TaskGroup() as tasks:
        stop = _stop_signals()
        running = [tasks.create_task(loop, name=name) for name, loop in loops(parts, guard, signer, url)]
        serving = tasks.create_task(http.serve(sockets=[parts.listening]), name="http")
        data_directory.write_record(config.data_dir, ControlPlane(pid=os.getpid(), url=url))
        engines = parts.found.usable()
        on_ready(Running(url=url, key=parts.key, engines=engines, adopted_nodes=adopted, dns=dns_address))
        await stop.wait()
        http.should_exit = True
        await serving
        for loop in running:
            loop.cancel()
    await upkeep.save_uses(parts.callers)


def _stop_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
