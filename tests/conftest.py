"""Settings for every test."""

import asyncio
import os
import signal

import hypothesis
import pytest

# On Python 3.11 pytest-asyncio asks for "the current event loop" once, which makes one that nobody closes; with
# warnings as errors that fails whichever test runs when it is collected. Said beforehand, none is made.
asyncio.set_event_loop(None)

# A shell's job in the background is told to ignore Ctrl-C, and so would be whatever a test starts and then interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples at every run: no test depends on luck. To hunt for new ones: ELASTANE_TESTS_AT_RANDOM=1.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
if not os.environ.get("ELASTANE_TESTS_AT_RANDOM"):
    hypothesis.settings.load_profile("repeatable")

# Whatever a test starts leaves the machine's own packet filter alone, also where the tests run as root. Tests of what
# is enforced make networks of their own, and say so.
os.environ["ELASTANE_ENFORCE_SECURITY_GROUPS"] = "no"

PROCESSES_PER_CORE = 1.5
"""With `-n auto`. Most tests of the slow rings wait for engines most of the time, and leave the core to another one.
With two a core, engines on slow cores had too little time to be heard in."""
PROCESS_COUNT_MAX = 16


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return min(int(PROCESSES_PER_CORE * len(os.sched_getaffinity(0))), PROCESS_COUNT_MAX)
