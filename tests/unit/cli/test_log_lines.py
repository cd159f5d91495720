"""How a log line looks in the foreground, and which level is chosen."""

import logging

import pytest

from elastane.cli.log_lines import formatter, log_level
from elastane.config import ConfigError


def test_a_line_has_the_time_in_utc_the_level_and_then_the_event() -> None:
    record = logging.LogRecord("elastane.reconcile", logging.INFO, "", 0, "acting group=%s", ("orders",), None)
    record.created = 1_795_435_200.0

    line = formatter().format(record)

    assert line == "2026-11-23T12:00:00Z info acting group=orders"


@pytest.mark.parametrize(("environment", "level"), [({}, "info"), ({"ELASTANE_LOG": "DEBUG"}, "debug")])
def test_the_level_comes_from_the_environment(environment: dict[str, str], level: str) -> None:
    assert log_level(environment) == level


def test_a_level_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match="must be one of debug, info, warning, error; got 'loud'"):
        log_level({"ELASTANE_LOG": "loud"})
