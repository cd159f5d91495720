"""The log of `elastane serve`: lines on stderr, the event's name first, then key=value.

The person in the foreground sees one line for each change of a cache and for each failure. Libraries
are heard only when something is wrong. ELASTANE_LOG sets the level of our own lines.
"""

import logging
import sys
import time
from collections.abc import Mapping
from typing import TextIO

from elastane.config import ConfigError

VARIABLE = "ELASTANE_LOG"
LEVELS = ("debug", "info", "warning", "error")


def write_log_lines(environment: Mapping[str, str], stream: TextIO | None = None) -> None:
    """From here on the log goes to stderr. Called once, by `serve`. Raises ConfigError."""
    level = log_level(environment)
    lines = logging.StreamHandler(sys.stderr if stream is None else stream)
    lines.setFormatter(formatter())
    logging.getLogger().addHandler(lines)
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("elastane").setLevel(level.upper())


def log_level(environment: Mapping[str, str]) -> str:
    """``$ELASTANE_LOG``. Raises ConfigError."""
    level = environment.get(VARIABLE, "").lower() or "info"
    if level not in LEVELS:
        raise ConfigError(f"{VARIABLE} must be one of {', '.join(LEVELS)}; got {environment[VARIABLE]!r}.")
    return level


def formatter() -> logging.Formatter:
    """``2026-11-23T12:00:00Z info acting group=…``: times in UTC, as everywhere in Elastane."""
    lines = _LowerCaseLevels("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    lines.converter = time.gmtime
    return lines


class _LowerCaseLevels(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.levelname = record.levelname.lower()
        return super().format(record)
