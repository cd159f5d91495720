"""The option that every command shares: which data directory it is about."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from elastane.config import default_data_dir

DataDirectory = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIRECTORY",
        show_default=False,
        help="Where everything is kept. Without it: ELASTANE_DATA_DIR, else elastane below XDG_DATA_HOME or "
        "~/.local/share.",
    ),
]


def chosen_data_dir(named: Path | None, environment: Mapping[str, str]) -> Path:
    """The directory named on the command line, else the environment's, else the default; always absolute."""
    return default_data_dir(environment) if named is None else named.absolute()
