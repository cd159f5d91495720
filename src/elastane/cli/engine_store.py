"""`elastane engines list`, `install`, `remove` and `refresh`: which engines there are, and which there could be.

An engine store is a directory with versions side by side (`engines.supply.shelf`): each data directory has one, and
there is one that all data directories of a user share.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from elastane.catalog.engine_sources import EngineSource, engine_sources, find_source, parse_engine_name
from elastane.cli.installation import Installation, inspect_engines, observe_installation
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.progress import drawn
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.cli.tables import SOURCE_NAMES, table, terminal_columns
from elastane.clock import utc_now
from elastane.config import ENGINES_DIRECTORY, shared_engines
from elastane.engines import discovery
from elastane.engines.discovery import STORES, EngineBinary, Source, UnusableBinary
from elastane.engines.supply import SupplyError, installable, installing, shelf
from elastane.engines.supply.apt import packages_of_apt
from elastane.engines.supply.installable import Seen
from elastane.engines.supply.installing import Installed
from elastane.engines.supply.packages import Tell
from elastane.hosts.executables import pids_running_from
from elastane.model.seen_memcached_clusters import shown_node_name
from elastane.model.versions import minor_version
from elastane.store import data_directory

HOW_TO_GET_ONE = "elastane engines install valkey-9.1 fetches one"

Shared = Annotated[
    bool, typer.Option("--shared", help="In the store that all data directories of this user share, not in one's own.")
]


@told_in_a_sentence()
def list_engines(data_dir: DataDirectory = None) -> None:
    """Show every engine found, best source first, why a file found is none, and what else could be installed.

    Looked for in ELASTANE_ENGINES, the engine store of the data directory, the shared one, PATH, and the installed
    wheel. What could be installed is as it was last seen: "elastane engines refresh" asks anew.
    """
    found = inspect_engines(chosen_data_dir(data_dir, os.environ), os.environ)
    seen = installable.load_seen(shared_engines(os.environ))
    typer.echo(engines_text(found, seen, engine_sources(), columns=terminal_columns()))


@told_in_a_sentence()
def install_engine(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Such as valkey-9.1, or the path of a binary that runs here."),
    ],
    data_dir: DataDirectory = None,
    shared: Shared = False,
) -> None:
    """Put engines into the engine store, so that no upgrade of the system changes them.

    A name is fetched from Debian's packages with all its libraries, by the mirror that this machine's apt uses; a
    path is copied. A version that is there already is not fetched again, unless "elastane engines refresh" has seen a
    newer package of it since.
    """
    store = _store(data_dir, os.environ, is_shared=shared)
    wanted = tuple(_named(name) for name in names)
    if not shared:
        data_directory.prepare(store.parent)
    failed: list[SupplyError] = []
    for one in wanted:
        try:
            typer.echo(installed_text(_install(one, store, as_shared=shared)))
        except SupplyError as error:
            failed.append(error)  # the others may be had all the same
    if failed:
        raise ExceptionGroup("not every engine could be installed", failed)


@told_in_a_sentence()
def remove_engine(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as valkey-9.1, as the store names it.")],
    data_dir: DataDirectory = None,
    shared: Shared = False,
) -> None:
    """Remove an engine from the engine store, unless a process runs it.

    A cache that was made with it and is started later needs it again.
    """
    store = _store(data_dir, os.environ, is_shared=shared)
    nodes = node_names(observe_installation(chosen_data_dir(data_dir, os.environ)))
    asyncio.run(_remove(directories_named(store, name), store, nodes))


@told_in_a_sentence()
def refresh_engines() -> None:
    """Ask the machine's mirror which engines could be installed; the lists of packages it reads are some 40 MB."""
    shared = shared_engines(os.environ)
    with drawn() as tell:
        seen = asyncio.run(installable.refresh(engine_sources(), shared, packages_of_apt, utc_now, tell))
    names = ", ".join(f"{one.engine} {one.version} ({one.suite})" for one in seen.engines)
    typer.echo(f"Installable: {names or 'nothing'}.")
    for sentence in seen.missing.values():
        typer.echo(sentence)


# --- list ----------------------------------------------------------------------------------------


def engines_text(
    found: Iterable[EngineBinary | UnusableBinary], seen: Seen, sources: Iterable[EngineSource], *, columns: int
) -> str:
    engines = tuple(found)
    rows = [*_found_rows(engines), *_installable_rows(engines, seen)]
    text = table(("Engine", "Version", "Source", "TLS", "Path", "Problem"), rows, columns=columns) if rows else ""
    lines = [text or f"No engine was found. {HOW_TO_GET_ONE}."]
    if seen.refreshed_at is None:
        names = ", ".join(source.name for source in sources)
        lines.append(f'\nKnown by name: {names}. "elastane engines refresh" asks the mirror which of them it has.')
    lines.extend(f"\n{sentence}" for sentence in seen.missing.values())
    return "\n".join(lines)


def _found_rows(found: Iterable[EngineBinary | UnusableBinary]) -> Iterator[tuple[str, ...]]:
    for one in found:
        source, path = SOURCE_NAMES[one.source], str(one.path)
        if isinstance(one, EngineBinary):
            yield one.engine, one.version, source, "yes" if one.has_tls else "no", path, ""
        else:
            yield "-", "-", source, "-", path, one.reason


def _installable_rows(found: tuple[EngineBinary | UnusableBinary, ...], seen: Seen) -> Iterator[tuple[str, ...]]:
    """Those whose very package is in no store: one with the same patch and newer fixes is told, too."""
    present = {
        origin.package_version
        for one in found
        if isinstance(one, EngineBinary) and one.source in STORES
        if (origin := shelf.find_origin(one.path.parent.parent)) is not None
    }
    for one in sorted(seen.engines, key=lambda one: (one.engine, one.version)):
        if one.package_version not in present:
            command = f"elastane engines install {one.engine}-{minor_version(one.version)}"
            yield one.engine, one.version, f"installable, {one.suite}", "yes", command, ""


# --- install -------------------------------------------------------------------------------------


def installed_text(installed: Installed) -> str:
    binary = installed.binary
    directory = binary.path.parent.parent
    if not installed.is_new:
        return f"{binary.engine} {binary.version} is installed already, in {directory}."
    origin = "" if installed.candidate is None else f", from {installed.candidate.suite}"
    tls = "with TLS" if binary.has_tls else "without TLS"
    return (
        f"Installed {binary.engine} {binary.version} ({tls}{origin}) into {directory}. "
        "A running Elastane offers it within seconds."
    )


def _install(one: EngineSource | EngineBinary, store: Path, *, as_shared: bool) -> Installed:
    if isinstance(one, EngineBinary):
        return asyncio.run(installing.install_file(one, store))
    found_as: Source = "shared" if as_shared else "store"
    with drawn() as tell:
        return asyncio.run(_fetch(one, store, found_as, tell))


async def _fetch(source: EngineSource, store: Path, found_as: Source, tell: Tell) -> Installed:
    shared = shared_engines(os.environ)
    present = await asyncio.to_thread(installing.find_present, source, store, installable.load_seen(shared).engines)
    if present is not None:
        return Installed(binary=present, candidate=None, is_new=False)
    installed = await installing.install(source, store, packages_of_apt, tell, found_as=found_as)
    if installed.candidate is not None:
        seen = installable.with_engine(
            installable.load_seen(shared), installable.installable(installed.candidate, utc_now())
        )
        installable.save_seen(shared, seen)
    return installed


def _named(name: str) -> EngineSource | EngineBinary:
    """Raises CommandError for what is neither an engine's name nor a binary that runs."""
    file = Path(name)
    if "/" in name or file.is_file():
        return _inspected(file.absolute())
    parsed = parse_engine_name(name)
    source = None if parsed is None else find_source(*parsed)
    if source is None:
        known = ", ".join(one.name for one in engine_sources())
        raise CommandError(
            f"{name!r} is no engine that can be fetched, and no file. By name there are {known}; any other version can "
            "be installed by the path of its binary."
        )
    return source


def _inspected(file: Path) -> EngineBinary:
    asked = discovery.inspect(file, "configured")
    if isinstance(asked, UnusableBinary):
        raise CommandError(asked.reason)
    return asked


# --- remove --------------------------------------------------------------------------------------


def directories_named(store: Path, name: str) -> tuple[Path, ...]:
    """The store's directories of that very name, else all of that engine and version. Raises CommandError."""
    exact = store / name
    if parse_engine_name(name) is None and "/" not in name and "-" in name and exact.is_dir():
        return (exact,)
    found = [directory for directory in sorted(store.glob("*-*")) if directory.name == name or _is(directory, name)]
    if not found:
        there = ", ".join(directory.name for directory in sorted(store.glob("*-*"))) or "nothing"
        raise CommandError(f"{store} has no {name}; it has {there}.")
    return tuple(found)


def _is(directory: Path, name: str) -> bool:
    """Whether ``valkey-9.1.2-1`` is meant by ``valkey-9.1`` or ``valkey-9.1.2``, and not by ``valkey-9.1.20``."""
    rest = directory.name.removeprefix(name)
    return parse_engine_name(name) is not None and rest != directory.name and not rest[:1].isdigit()


def node_names(installation: Installation) -> dict[int, str]:
    """The nodes of a data directory by their processes; a shared store may have users of other ones."""
    named = [(str(node_id), process) for seen in installation.groups for node_id, process in seen.processes.items()]
    named += [
        (shown_node_name(seen.desired, node), seen.processes[node.id])
        for seen in installation.memcached_clusters
        for node in seen.desired.nodes
    ]
    return {process.pid: name for name, process in named if process.pid is not None}


async def _remove(directories: tuple[Path, ...], store: Path, nodes: Mapping[int, str]) -> None:
    async with shelf.hold(store):
        for directory in directories:
            pids = pids_running_from(directory)
            if pids:
                processes = ", ".join(f"{nodes[pid]} (pid {pid})" if pid in nodes else f"pid {pid}" for pid in pids)
                raise CommandError(f"{directory.name} is in use: {processes}. Nothing of it was removed.")
        for directory in directories:
            await asyncio.to_thread(shelf.withdraw, directory)
            typer.echo(f"Removed {directory.name} from {store}.")


def _store(data_dir: Path | None, environment: Mapping[str, str], *, is_shared: bool) -> Path:
    return shared_engines(environment) if is_shared else chosen_data_dir(data_dir, environment) / ENGINES_DIRECTORY
