"""What may be had: node types, engine versions, parameter families, limits, and the built-in network.

Data, not ifs: what AWS decides by the row is a row in a TOML file beside the module that looks
it up. Supporting a new node type, parameter or engine version should touch this room alone.

    node_types       find_node_type("cache.t4g.micro"): memory, vCPU, engines, where it may scale to
    engine_versions  what a requested version string means, and which versions are really here
    families         parameter group families, their defaults, and those an engine takes as directives
    limits           AWS's quotas, in one place, which an operator may raise
    network          the built-in default VPC: zones, subnets, and the addresses in them
    endpoint_names   the DNS names of endpoints and nodes

Asked by `service` (what may be created), `reconcile` (how a node is configured) and `dns`. Files
are read once, at the first question, and every function is pure: nothing here knows the time,
the machine, or what exists. Whether a binary is present is an argument.
"""
