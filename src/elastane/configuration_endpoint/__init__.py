"""A Memcached cluster's configuration endpoint: it tells clients which nodes there are, and passes on all the rest.

A process of its own for each cluster, started by a host like a node (`command_line`, in a directory with its files), so
that it goes on while there is no control plane. Stock memcached does not know ``config get cluster``; AWS's nodes do,
and its endpoint is a name for any of them. Here the endpoint answers that one question itself. Every other command of a
connection goes to one node, the first in the list that can be reached, byte for byte, and its replies come back so.

    requests        one connection's bytes cut into what is passed on and what is asked here, without I/O
    answers         what is answered here, without I/O
    configuration   what the control plane wrote: where to listen, the nodes, the version; read anew when it changes
    channels        sockets that nobody waits for
    encryption      the same with TLS
    relays          one customer's connection and the node that it is passed on to
    serving         all of them, in one thread, with bounds for how many and how much is held of each

Nothing but the standard library and `model.discovery` is imported, and of the former little: it has to start in a
moment, and there may be many. The control plane writes its files and asks it questions as clients do; it is never told
anything over a connection.
"""

import sys


def command_line() -> tuple[str, ...]:
    """What a host runs, in the directory with the endpoint's files."""
    return (sys.executable, "-P", "-m", "elastane.configuration_endpoint")
