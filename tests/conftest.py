"""Settings for every test."""

import asyncio

# On Python 3.11 pytest-asyncio asks for "the current event loop" once, which makes one that nobody closes; with
# warnings as errors that fails whichever test runs when it is collected. Said beforehand, none is made.
asyncio.set_event_loop(None)
