"""Disks that are full: small file systems of their own, which only root may mount."""

import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(directory: Path, size: str = "6m") -> Iterator[None]:
    """A small disk of its own. Only root may mount one."""
    directory.mkdir(parents=True)
    finished = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "elastane-tests", str(directory)], capture_output=True, text=True
    )
    if finished.returncode != 0:
        pytest.skip(f"this user may not mount a tmpfs: {finished.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


@contextmanager
def full_disk(directory: Path) -> Iterator[None]:
    """Not a byte left, for the length of a `with`."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(b"\0" * 4096):
                pass
    try:
        yield
    finally:
        ballast.unlink()
