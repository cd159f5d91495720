"""The lines that we print to be pasted: how to call this very Elastane again, and how to make a first cache."""

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from elastane.config import default_data_dir

FIRST_CACHE = """\
  aws elasticache create-replication-group --replication-group-id elc-tutorial \\
      --replication-group-description tutorial --engine valkey --cache-node-type cache.t3.micro \\
      --num-cache-clusters 2 --automatic-failover-enabled
  aws elasticache wait replication-group-available --replication-group-id elc-tutorial
  aws elasticache describe-replication-groups --replication-group-id elc-tutorial"""


def elastane_command(invoked_as: str, environment: Mapping[str, str], directory: Path) -> str:
    """``elastane`` where PATH leads to the one that runs, else its path, seen from `directory` when it is below."""
    program = Path(invoked_as).absolute()
    if program.name == "__main__.py":
        return f"{_shown(Path(sys.executable), directory)} -m elastane"
    on_path = shutil.which(program.name, path=environment.get("PATH", ""))
    if on_path is not None and Path(on_path).absolute() == program:
        return shlex.quote(program.name)
    return _shown(program, directory)


def data_dir_option(data_dir: Path, environment: Mapping[str, str]) -> str:
    """What to add to a command: nothing where another terminal, without ELASTANE_DATA_DIR, would look by itself."""
    elsewhere = {name: value for name, value in environment.items() if name != "ELASTANE_DATA_DIR"}
    return "" if data_dir == default_data_dir(elsewhere) else f" --data-dir {shlex.quote(str(data_dir))}"


def _shown(program: Path, directory: Path) -> str:
    if not program.is_relative_to(directory):
        return shlex.quote(str(program))
    relative = str(program.relative_to(directory))
    return shlex.quote(relative if "/" in relative else f"./{relative}")
