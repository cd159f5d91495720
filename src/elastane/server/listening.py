"""Where it is listened: the API's port, the names it is called by, the DNS server, and how many files that may take."""

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from elastane.catalog import endpoint_names
from elastane.clock import every
from elastane.config import Config, ConfigError, ListenAddress
from elastane.dns import server as dns_server
from elastane.dns.table import Names, memcached_table, table
from elastane.http_server import CONNECTION_COUNT_MAX
from elastane.model.ids import AccountId
from elastane.reconcile.world import World
from elastane.store import Transaction, memcached_clusters, replication_groups

NAMES_REFRESH_SECONDS = 1.0


@contextlib.contextmanager
def listen(address: ListenAddress) -> Iterator[socket.socket]:
    """The port, taken before anything is started. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    with contextlib.closing(listening):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((address.host, address.port))
            # At once: whoever is told that we listen may connect before the HTTP server has come to accept,
            # and of two sockets that are only bound, the second one's failure would come too late to be told.
            listening.listen(CONNECTION_COUNT_MAX)
        except OSError as error:
            raise ConfigError(
                f"Elastane cannot listen on {address}: {error.strerror}. Choose another one with --listen HOST:PORT."
            ) from error
        yield listening


def open_file_count_max() -> int | None:
    """The system's soft limit is for programs that cannot count beyond 1,024; it is raised to the hard one, also for
    the engines that are started from here. None where there is none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return None if soft == resource.RLIM_INFINITY else soft


def api_names(config: Config) -> tuple[str, ...]:
    """By which it is reached from this machine, and by which the operator says it is from others."""
    own = ("localhost", "127.0.0.1", "::1", socket.gethostname(), config.listen.host.strip("[]"))
    wildcards = ("0.0.0.0", "::")
    return tuple(dict.fromkeys(name for name in (*own, *config.https_names) if name not in wildcards))


@asynccontextmanager
async def serving_names(config: Config, world: World) -> AsyncIterator[str | None]:
    """The DNS server, where one is asked for, and its table of names kept fresh. Raises ConfigError."""
    if config.dns is None:
        yield None
        return
    names: Names = {}

    async def refresh() -> None:
        fresh = await world.store.read(lambda tx: _all_names(tx, world.account_id))
        names.clear()
        names.update(fresh)

    await refresh()
    async with asyncio.TaskGroup() as tasks:
        try:
            async with dns_server.serve(config.dns.host, config.dns.port, names.get) as listening:
                refreshing = tasks.create_task(every(NAMES_REFRESH_SECONDS, refresh), name="dns-names")
                yield f"{listening.host}:{listening.port}"
                refreshing.cancel()
        except OSError as error:
            # Of a datagram socket uvloop tells only in the cause what was wrong.
            told = error.__cause__ if isinstance(error.__cause__, OSError) else error
            reason = os.strerror(told.errno) if told.errno else str(told)
            raise ConfigError(f"The DNS server cannot listen on {config.dns}: {reason}.") from error


def _all_names(tx: Transaction, account_id: AccountId) -> Names:
    groups = [stored.body for stored in replication_groups.list_replication_groups(tx)]
    observed = ((group, replication_groups.get_observed(tx, group.key)) for group in groups)
    clusters = (stored.body for stored in memcached_clusters.list_memcached_clusters(tx))
    suffix = endpoint_names.DEFAULT_SUFFIX
    return table(observed, account_id, suffix) | memcached_table(clusters, account_id, suffix)
