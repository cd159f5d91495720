"""`elastane engines list` and `elastane engines install`: which engines there are, and one more of them.

The engine store is a folder of the data directory with versions side by side,
``engines/<engine>-<version>/bin/<engine>-server``. A version appears there whole or not at all.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from elastane.cli.installation import inspect_engines
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.cli.tables import SOURCE_NAMES, table, terminal_columns
from elastane.config import ENGINES_DIRECTORY
from elastane.engines import discovery
from elastane.engines.discovery import EngineBinary, UnusableBinary
from elastane.store import data_directory

UNFINISHED_PREFIX = "unfinished."
"""Without a hyphen: discovery only looks into folders named <engine>-<version>."""

HOW_TO_GET_REDIS = "apt-get install redis-server puts one on PATH, where it is found by itself"


@told_in_a_sentence()
def list_engines(data_dir: DataDirectory = None) -> None:
    """Show every engine found, best source first, and why a file found is none.

    Looked for in ELASTANE_ENGINES, the engine store of the data directory, PATH, and the installed wheel.
    """
    found = inspect_engines(chosen_data_dir(data_dir, os.environ), os.environ)
    typer.echo(engines_text(found, columns=terminal_columns()))


@told_in_a_sentence()
def install_engine(
    source: Annotated[str, typer.Argument(metavar="PATH", help="A valkey-server or redis-server that runs here.")],
    data_dir: DataDirectory = None,
) -> None:
    """Copy an engine's binary into the engine store, so that an upgrade of the system does not change it.

    Only from a file: fetching a version by its name is not in this release.
    """
    directory = chosen_data_dir(data_dir, os.environ)
    binary = _inspect(_named_file(source))
    data_directory.prepare(directory)
    typer.echo(install(binary, directory / ENGINES_DIRECTORY))


def engines_text(found: Iterable[EngineBinary | UnusableBinary], *, columns: int) -> str:
    rows = list(_rows(found))
    if not rows:
        return f"No engine was found. {HOW_TO_GET_REDIS}."
    return table(("Engine", "Version", "Source", "TLS", "Path", "Problem"), rows, columns=columns)


def _rows(found: Iterable[EngineBinary | UnusableBinary]) -> Iterator[tuple[str, ...]]:
    for one in found:
        source, path = SOURCE_NAMES[one.source], str(one.path)
        if isinstance(one, EngineBinary):
            yield one.engine, one.version, source, "yes" if one.has_tls else "no", path, ""
        else:
            yield "-", "-", source, "-", path, one.reason


def install(binary: EngineBinary, store_directory: Path) -> str:
    """Copies it in, whole or not at all; the sentence that says what happened. Raises CommandError."""
    installed = store_directory / f"{binary.engine}-{binary.version}"
    program = Path("bin") / f"{binary.engine}-server"
    if installed.exists():
        _inspect(installed / program)
        return f"{binary.engine} {binary.version} is installed already, in {installed}."
    store_directory.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=UNFINISHED_PREFIX, dir=store_directory) as unfinished:
        copied = Path(unfinished) / "whole" / program
        copied.parent.mkdir(parents=True)
        shutil.copyfile(binary.path, copied)
        copied.chmod(0o755)
        _inspect(copied)  # one that needs libraries beside itself runs where it was, and not here
        _flush(copied)
        (Path(unfinished) / "whole").rename(installed)
    return f"Installed {binary.engine} {binary.version} into {installed}. A running Elastane offers it within seconds."


def _named_file(source: str) -> Path:
    """Raises CommandError for a name: there is nothing yet that fetches one."""
    file = Path(source)
    if "/" in source or file.is_file():
        return file.absolute()
    raise CommandError(
        f"{source!r} is no file, and fetching an engine by its name is not in this release: {HOW_TO_GET_REDIS}; "
        "any other version can be installed by the path of its binary."
    )


def _inspect(file: Path) -> EngineBinary:
    """What a binary says it is. Raises CommandError when it does not run or is no engine."""
    asked = discovery.inspect_engines(configured=(file,), path="", store_directory=None)[0]
    if isinstance(asked, UnusableBinary):
        raise CommandError(asked.reason)
    return asked


def _flush(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
