"""Measuring: every engine and host asked at fixed moments, and what follows from the answers kept as samples.

A room of the doing stair that does nothing to anybody: it asks, through connections of its own, and writes what it
found into the store. Only the server makes its parts and runs them.

    definitions         every metric as a row of a table: begin here; Memcached's are in `memcached_definitions`
    derivations         what a row says
    collect             the loop
    targets             whom it looks at
    asking, looks       everybody asked at one moment, and what a look sees
    fields              what was seen, as fields, whichever engine it was
    node_counters       sorted into what grows and what is; `memcached_counters` of Memcached
    counters            how much has grown between two looks; survives restarts, resets and failovers
    lag, lags           how far replicas are behind
    node_series         stretches of five seconds, and minutes made of them
    samples             from growth and levels to the values of metrics
    latest              what every node last said, raw, for Prometheus
    exposed, exposition what of it is told at `/metrics`, and the text

What it never does: guess. A number that was not said, or that would be compared across an unknown beginning, is absent
and never zero.
"""
