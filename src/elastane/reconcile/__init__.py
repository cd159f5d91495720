"""The doing stair: makes what is desired true, and keeps it true.

Theory of operation
-------------------
A *pass* is: load what is desired → observe → plan → record → execute. One pass at a time per
cache; caches in parallel. What wakes a pass (a bell, a dying process, the clock)
carries no data: a pass looks for itself, and remembers nothing that the store does not.

- `observe` asks the host and the engines about every node. It never raises for the world's
  failures; *unknown* is a value, and it is not "down".
- `plan` is a tuple of pure rules in order of danger. The first one that is not satisfied speaks
  alone, and says why in a sentence that people read in `elastane explain`, the console and events.
- `steps` are frozen values in the imperative, each safe to repeat after a crash at any line.
- `execute` stops at the first step that fails. It does not retry: the next pass is the retry.
- Success is what the *next* observation sees, never what a reply said.

So there is nothing to resume after a crash of ours: a restarted control plane observes first,
finds engines serving, and goes on from what it sees. It never replays stored roles over live ones.
"""
