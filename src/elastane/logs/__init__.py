"""Logs of engines, delivered: slow logs and what engines write, to log groups, to files and to standard output.

The third thing beside passes and metrics that looks at what runs. `collect` looks once a second at every node whose
group wants a log delivered, `reading` says what is new there, `sinks` writes it down. Where each log was read up to
(`positions`) is kept in the file that holds the log events, in the transaction that adds them: so nothing is delivered
twice and nothing is left out, whenever we are killed.

What no care of ours can keep: the slow log is in an engine's memory and nowhere else. Of an engine that dies by itself
the entries since the last look are gone, and so are those that did not fit into its slowlog-max-len between two looks.
The latter are counted and told. Before an engine is stopped on purpose, and before its directory is removed, its logs
are read once more.

Nothing here decides anything about nodes. It has its own connections, so that no look of the passes waits for it.
"""
