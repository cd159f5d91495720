"""Requests that nobody would send: valid ones, changed at one layer or several, against the API.

    make fuzz REQUESTS=1000000          in this process, as many as wanted, from one seed
    python -m tests.fuzz --seed 7 --from 1234 --requests 1      one of them again (what came before made the caches)
    python -m tests.fuzz --side-by-side 8 --requests 20000      several at a time, which meet in the store
    python -m tests.fuzz --sockets --requests 20000             raw bytes, to a control plane that is served
    python -m tests.fuzz --memcached --requests 2000            commands of Memcached, to a configuration endpoint

    drafts      a request that is being made: what it asks for, who signs it, what arrives
    values      random parameters of an action, mostly such that somebody could mean
    mutations   the layers, as tables of changes: parameters, protocol, signature, headers, bytes, arrival
    judging     what no request may ever cause
    in_process  the ASGI application with a real store and a real audit trail, one request after the other
    sockets     a real control plane, and raw bytes that are HTTP or nearly
    configuration_endpoint  a real one in front of a memcached: the same bytes as from one that is asked directly
    memcached_streams       what is sent to both

Everything is drawn from one seed, so a finding can be had again. It asserts: no answer but the documented ones (500 is
never one), each whole and in its protocol; no hang; nothing in the log; memory that does not grow between the middle
and the end.
"""
