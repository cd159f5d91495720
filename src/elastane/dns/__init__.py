"""A small DNS server for endpoint names, for those who point a resolver at it.

It is authoritative for one suffix and for nothing else: it asks nobody, caches nothing and
refuses every other name. `server` starts it with a lookup, a function from a name to its present
addresses; a failover is seen by the next question, since answers live for seconds.

    answers    one packet in, one packet out: pure, no sockets
    server     the sockets: UDP and TCP on one port

Optional: endpoints are plain addresses by default, and nothing else depends on this room. It never
decides where a name points, and never answers an answer.
"""
