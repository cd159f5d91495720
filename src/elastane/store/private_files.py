"""Small files for their owner only, in the data directory: a key, a token. Blocking."""

import os
from pathlib import Path


def create_private_file(path: Path, octets: bytes) -> None:
    """Written beside and renamed, so that no reader ever sees half of it; on the disk then. Raises OSError."""
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
