"""Which processes run a program below a directory: asked of the kernel, of everybody whose programs we may see.

Called before an engine is removed from an engine store, which several data directories may share.
"""

from pathlib import Path


def pids_running_from(directory: Path, proc: Path = Path("/proc")) -> tuple[int, ...]:
    """Those of other users are not told by the kernel, and not found here; they have stores of their own."""
    real = directory.resolve()
    found: list[int] = []
    for link in proc.glob("[0-9]*/exe"):
        try:
            program = link.readlink()
        except OSError:
            continue  # it has ended, is a thread of the kernel, or another user's
        if program.is_relative_to(real):
            found.append(int(link.parent.name))
    return tuple(sorted(found))
