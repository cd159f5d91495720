"""Benchmarks: what Elastane claims about its speed, as commands anyone can run.

    make bench                                          all of them
    python -m benchmarks.provisioning                   one of them
    python -m benchmarks.describe --quick --json FILE   few rounds, to see that it works; the figures to a file

One file for each question, each with a `measure` that answers a `tables.Report`. `command`, `control_plane`, `load`,
`engine_processes`, `large_values` and `tables` are shared and measure nothing by themselves; `failover_*` and
`sentinels` are parts of `failover`, the other `cluster_*` of `cluster_failover` and `resharding`, and `change_*` of
`changes`.

These are no tests: a goal that is missed is printed as missed and fails nothing, because a machine that has other
work to do may miss any. Figures of a run, with the machine they come from, are in docs/reference/performance.md.
"""
