"""The token with which other machines read /metrics: made at the first start, in a file of its own for its owner only.

Not an access key: Prometheus signs nothing, and who has this can read numbers and do nothing else. A file, so that
Prometheus can be pointed at it (`credentials_file`) or at a copy. Removed, it is made anew at the next start.
"""

import secrets
from pathlib import Path

from elastane.model.secrets import Secret
from elastane.store.errors import StoreUnusable
from elastane.store.private_files import create_private_file

FILE_NAME = "metrics.token"
CHARACTERS_LEAST = 16
"""An operator may put a token of their own there, and no shorter one."""


def load_metrics_token(directory: Path) -> Secret:
    """The file's, else a new one that is then in the file. Blocking. Raises StoreUnusable."""
    path = directory / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8").strip() if path.exists() else _create(path)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnusable(f"The token of /metrics, {path}, cannot be read or written: {error}.") from error
    if len(text) < CHARACTERS_LEAST:
        raise StoreUnusable(
            f"The token of /metrics, {path}, has fewer than {CHARACTERS_LEAST} characters. Remove the file: a new one "
            "is made."
        )
    return Secret(text)


def _create(path: Path) -> str:
    token = secrets.token_urlsafe(32)
    create_private_file(path, f"{token}\n".encode())
    return token
