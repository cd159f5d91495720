"""Processes that must not outlive who started them, however that one ends."""

import shutil


def dying_with_us() -> tuple[str, ...]:
    """What to put before a command: the kernel then kills it when its parent dies (PR_SET_PDEATHSIG, by setpriv).

    Nothing where there is no setpriv; every Debian has it.
    """
    setpriv = shutil.which("setpriv")
    return () if setpriv is None else (setpriv, "--pdeathsig", "KILL")
