"""Settings for every test."""

import asyncio
import os

import hypothesis

# On Python 3.11 pytest-asyncio asks for "the current event loop" once, which makes one that nobody closes; with
# warnings as errors that fails whichever test runs when it is collected. Said beforehand, none is made.
asyncio.set_event_loop(None)

# The same examples at every run: no test depends on luck. To hunt for new ones: ELASTANE_TESTS_AT_RANDOM=1.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
if not os.environ.get("ELASTANE_TESTS_AT_RANDOM"):
    hypothesis.settings.load_profile("repeatable")
