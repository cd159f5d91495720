"""A web shop's query load on a relational database, first without and then with a cache in front of it.

Run it with `python -m examples.database_caching`; README.md says what it shows and how to read its table.

    __main__      the arguments and the environment
    demo          the order of events: seed, load without, load with, check, report
    endpoint      finds or creates the cache: CACHE_URL, a running Elastane, or one of its own
    database      one connection to SQLite, MariaDB or MySQL
    shop          the shop's questions, and its purchases, as SQL
    seed          the tables and their rows
    cache_aside   the pattern itself, made to be copied into an application
    session       one visitor's way to the shop: with or without the cache
    load          who asks what, by how many workers, and how long each answer took
    check         are the answers through the cache the database's own?
    report        the table
"""
