"""The composition root: builds every part, hands each what it needs, starts them, stops them.

Nothing imports this but the command line, and it decides nothing. The order of the start is the
order of what may go wrong: the directory and its lock, the port, the store, the addresses, the
engines this machine has, the engines that outlived us; then everything runs, in one TaskGroup.
"""

import asyncio
import contextlib
import functools
import logging
import os
import resource
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network

from elastane import api
from elastane.catalog import encryption, endpoint_names, network
from elastane.catalog.limits import Limits, aws_limits
from elastane.clock import every, utc_now
from elastane.config import ENGINES_DIRECTORY, NODES_DIRECTORY, Config, ConfigError, ListenAddress
from elastane.dns import server as dns_server
from elastane.dns.table import Names, table
from elastane.engines import discovery
from elastane.engines.client import LiveEngines
from elastane.engines.discovery import EngineBinary, Places
from elastane.engines.supply.apt import packages_of_apt
from elastane.engines.supply.background import BackgroundInstaller, Directories
from elastane.engines.supply.packages import InstallableEngine
from elastane.hosts import HostError, directories, zones
from elastane.hosts.address_block import claim_free_block, claim_known_block
from elastane.hosts.local import LocalHost
from elastane.hosts.packet_filter import NoFilter, PacketFilter, open_filter
from elastane.http_server import CONNECTION_COUNT_MAX, bounds_within, http_server
from elastane.model.callers import Caller, root_of
from elastane.model.engine_names import EngineName
from elastane.model.failover_settings import FailoverSettings
from elastane.model.ids import AccountId, Region
from elastane.model.service_updates import PatchOffer
from elastane.pki.authorities import Pki, PkiError, open_pki
from elastane.reconcile import lost_store, service_updates
from elastane.reconcile.execute import STOP_GRACE_SECONDS
from elastane.reconcile.loop import Reconciler
from elastane.reconcile.lost_store import Confirmation
from elastane.reconcile.security_groups import SecurityGroupsLoop
from elastane.reconcile.steadiness import Steadiness
from elastane.reconcile.world import NO_SUPPLY, World
from elastane.service.callers import Callers
from elastane.service.context import Context
from elastane.store import (
    AuditTrail,
    Store,
    StoreUnusable,
    Transaction,
    data_directory,
    events,
    replication_groups,
    settings,
)
from elastane.store.audit_trail import FLUSH_SECONDS, Bounds
from elastane.store.data_directory import ControlPlane
from elastane.store.root_access_key import AccessKey, load_root_access_key
from elastane.wire.sigv4 import Signature

log = logging.getLogger("elastane.server")

ENGINES_REFRESH_SECONDS = 5.0
NAMES_REFRESH_SECONDS = 1.0
PRUNE_SECONDS = 3600.0
AUTHORITY_SECONDS = 24 * 3600.0
USES_SECONDS = 10.0
SECURITY_SUITE_END = "-security"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What is told to whoever started us, once we answer."""

    url: str
    key: AccessKey
    engines: tuple[EngineBinary, ...]
    adopted_nodes: tuple[str, ...]
    dns: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What is built before anything runs."""

    config: Config
    limits: Limits
    key: AccessKey
    callers: Callers
    block: IPv4Network
    world: World
    trail: AuditTrail
    steadiness: Steadiness
    confirmation: Confirmation
    pki: Pki
    found: "_Engines"
    installer: BackgroundInstaller | None
    listening: socket.socket
    packet_filter: PacketFilter | NoFilter


async def serve(config: Config, environment: Mapping[str, str], on_ready: Callable[[Running], None]) -> None:
    """Serves until SIGTERM or SIGINT. Engines go on, unless the installation is ephemeral.

    Raises ConfigError, StoreUnusable, PkiError and HostError, each with one sentence, before anything is started.
    """
    allowed = _limits(config)
    data_directory.prepare(config.data_dir)
    with ExitStack() as stack:
        stack.enter_context(data_directory.hold(config.data_dir))
        listening = stack.enter_context(_listen(config.listen))
        with lost_store.advised():
            store = stack.enter_context(contextlib.closing(Store.open(config.data_dir, key_file=config.store_key_file)))
            recovered = await lost_store.rebuild_if_lost(store, config.data_dir / NODES_DIRECTORY, utc_now)
        confirmation = Confirmation(recovered, config.data_dir)
        trail = stack.enter_context(contextlib.closing(AuditTrail.open(config.data_dir, _audit_bounds(config))))
        key = load_root_access_key(config.data_dir, environment)
        root = root_of(AccountId(config.account_id), key.id, key.secret)
        pki = _open_pki(config)
        block = await _claim_addresses(stack, config, store)
        host = LocalHost(config.data_dir / NODES_DIRECTORY, faults_directory=config.data_dir / zones.FAULTS_DIRECTORY)
        steadiness = Steadiness(utc_now)
        found = _Engines(config, environment)
        await found.refresh()
        installer = _installer(config, found)
        packet_filter = await open_filter(config.data_dir, environment, is_wanted=config.enforces_security_groups)
        world = World(
            store=store,
            host=host,
            engines=LiveEngines(context=pki.control_context, source_address=network.control_address(block)),
            binaries=found.usable,
            supply=installer or NO_SUPPLY,
            now=utc_now,
            unsteady=lambda: confirmation.find_reason() or steadiness.reason(),
            failover_settings=FailoverSettings(
                busy_seconds=config.busy_limit_seconds, interval_seconds=config.failover_interval_seconds
            ),
            account_id=AccountId(config.account_id),
            address_block=block,
            pki=pki,
            io_threads_max=config.io_threads_max,
            root=root,
        )
        parts = _Parts(
            config=config,
            limits=allowed,
            key=key,
            callers=Callers(store, root, account_id=world.account_id, now=utc_now),
            block=block,
            world=world,
            trail=trail,
            steadiness=steadiness,
            confirmation=confirmation,
            pki=pki,
            found=found,
            installer=installer,
            listening=listening,
            packet_filter=packet_filter,
        )
        try:
            await _run(parts, on_ready)
        finally:
            if config.is_ephemeral:
                await _take_down(host, packet_filter)
            await world.engines.aclose()
            await host.aclose()
    if config.is_ephemeral:
        shutil.rmtree(config.data_dir, ignore_errors=True)


async def _run(parts: _Parts, on_ready: Callable[[Running], None]) -> None:
    config, world, found = parts.config, parts.world, parts.found
    adopted = await world.host.adopt()
    api.warm_up()
    context = parts.pki.api_context(_api_names(config)) if config.is_https else None
    http = http_server(api.application(_endpoint(parts)), bounds_within(_open_file_count_max()), context)
    address = ListenAddress(config.listen.host, parts.listening.getsockname()[1])
    url = address.url_by("https" if config.is_https else "http")
    keeper = _security_groups(parts)
    await keeper.look(is_kernel_asked=True)  # before anything is started that it guards
    async with _names(config, world) as dns_address, asyncio.TaskGroup() as tasks:
        stop = _stop_signals()
        loops = [
            tasks.create_task(Reconciler(world).run(), name="reconcile"),
            tasks.create_task(parts.steadiness.run(), name="steadiness"),
            tasks.create_task(keeper.run(), name="security-groups"),
            tasks.create_task(every(ENGINES_REFRESH_SECONDS, found.refresh), name="engines"),
            tasks.create_task(every(_renewal_seconds(config), lambda: _renew_authority(parts.pki)), name="pki"),
            tasks.create_task(every(PRUNE_SECONDS, lambda: _prune(parts)), name="prune"),
            tasks.create_task(every(USES_SECONDS, lambda: _save_uses(parts.callers)), name="access-key-uses"),
            tasks.create_task(every(FLUSH_SECONDS, parts.trail.flush), name="audit-trail"),
        ]
        look_for_updates = functools.partial(service_updates.look, world, lambda: _patch_offers(parts))
        loops.append(tasks.create_task(every(service_updates.LOOK_SECONDS, look_for_updates), name="service-updates"))
        if parts.installer is not None:
            loops.append(tasks.create_task(parts.installer.run(), name="installer"))
            loops.append(tasks.create_task(every(ENGINES_REFRESH_SECONDS, parts.installer.look), name="installable"))
        if parts.confirmation.find_reason() is not None:
            look = functools.partial(parts.confirmation.look, world)
            loops.append(tasks.create_task(every(lost_store.LOOK_SECONDS, look), name="confirmation"))
        serving = tasks.create_task(http.serve(sockets=[parts.listening]), name="http")
        data_directory.write_record(config.data_dir, ControlPlane(pid=os.getpid(), url=url))
        on_ready(Running(url=url, key=parts.key, engines=found.usable(), adopted_nodes=adopted, dns=dns_address))
        await stop.wait()
        http.should_exit = True
        await serving
        for loop in loops:
            loop.cancel()
    await _save_uses(parts.callers)


# --- the parts -----------------------------------------------------------------------------------


def _security_groups(parts: _Parts) -> SecurityGroupsLoop:
    world = parts.world
    return SecurityGroupsLoop(
        world.store,
        parts.packet_filter,
        world.account_id,
        parts.block,
        world.now,
        opens_unknown=parts.config.accepts_any_subnet_ids,
        find_reason_to_wait=parts.confirmation.find_reason,
    )


def _installable(parts: _Parts) -> tuple[InstallableEngine, ...]:
    return () if parts.installer is None else parts.installer.installable()


def _patch_offers(parts: _Parts) -> tuple[PatchOffer, ...]:
    """What nodes could run, here or to be fetched; a suite of security fixes is Debian's word for what is in it."""
    here = ((one.engine, one.version, False) for one in parts.found.usable())
    fetchable = ((one.engine, one.version, one.suite.endswith(SECURITY_SUITE_END)) for one in _installable(parts))
    return tuple(
        PatchOffer(engine=EngineName(engine), patch=version, is_security_fix=is_security_fix)
        for engine, version, is_security_fix in (*here, *fetchable)
        if engine != "memcached"
    )


class _Engines:
    """The engines this machine has, looked up again now and then: one installed later is found."""

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        self._config = config
        self._path = environment.get("PATH", "")
        self._found: tuple[EngineBinary, ...] = ()

    async def refresh(self) -> None:
        self._found = await asyncio.to_thread(
            discovery.find_engines,
            Places(
                configured=self._config.engine_paths,
                store_directory=self._config.data_dir / ENGINES_DIRECTORY,
                shared_directory=self._config.shared_engines,
                path=self._path,
            ),
        )

    def usable(self) -> tuple[EngineBinary, ...]:
        return self._found


def _installer(config: Config, found: _Engines) -> BackgroundInstaller | None:
    """None where the operator allows no fetching. What is ephemeral installs where others can use it later."""
    if not config.may_fetch_engines:
        return None
    store = config.shared_engines if config.is_ephemeral else config.data_dir / ENGINES_DIRECTORY
    return BackgroundInstaller(
        Directories(store=store, shared=config.shared_engines), packages_of_apt, utc_now, found.refresh
    )


def _offered(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Caches of Memcached cannot be made, though engines of it are found and installed."""
    return tuple((engine, version) for engine, version in pairs if engine != "memcached")


def _limits(config: Config) -> Limits:
    """AWS's limits, raised where the operator says so. Raises ConfigError."""
    try:
        return aws_limits().with_overrides(config.limits)
    except ValueError as error:
        raise ConfigError(f"ELASTANE_LIMITS: {error}") from error


def _audit_bounds(config: Config) -> Bounds:
    return Bounds(retention=timedelta(days=config.audit_retention_days), bytes_max=config.audit_bytes_max)


def _endpoint(parts: _Parts) -> api.Endpoint:
    world = parts.world

    def context(signature: Signature, caller: Caller) -> Context:
        return Context(
            store=world.store,
            now=world.now,
            account_id=world.account_id,
            region=Region(signature.region),
            caller_arn=caller.arn,
            access_key_id=caller.access_key_id,
            user_id=caller.user_id,
            limits=parts.limits,
            address_block=parts.block,
            offered_engines=lambda: _offered((one.engine, one.version) for one in parts.found.usable()),
            installable_engines=lambda: _offered((one.engine, one.version) for one in _installable(parts)),
            accepts_any_subnet_ids=parts.config.accepts_any_subnet_ids,
            encrypting_engines=lambda: tuple(
                (binary.engine, binary.version) for binary in parts.found.usable() if binary.has_tls
            ),
            defragmenting_engines=lambda: tuple(
                (binary.engine, binary.version) for binary in parts.found.usable() if binary.can_defragment
            ),
            search_calls=parts.trail.search,
        )

    def note_use(caller: Caller, signature: Signature) -> None:
        parts.callers.note_use(caller, region=signature.region, service=signature.service)

    return api.Endpoint(
        find_caller=parts.callers.find,
        context=context,
        now=world.now,
        note_use=note_use,
        audit_trail=parts.trail,
        find_reason_for_reading_only=lambda: parts.confirmation.find_reason() or parts.trail.find_failure(),
    )


@contextlib.contextmanager
def _listen(address: ListenAddress) -> Iterator[socket.socket]:
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


def _open_pki(config: Config) -> Pki:
    """With the bundles that nodes have, should the authorities that made them be lost. Raises PkiError."""
    find_bundles = functools.partial(
        directories.read_everywhere, config.data_dir / NODES_DIRECTORY, encryption.BUNDLE_FILE
    )
    return open_pki(config.data_dir, utc_now, config.certificate_lifetime, find_bundles)


async def _claim_addresses(stack: ExitStack, config: Config, store: Store) -> IPv4Network:
    """The block of addresses: the operator's, else the one chosen before, else a free one, then kept."""
    stored = await store.read(lambda tx: settings.find_setting(tx, settings.ADDRESS_BLOCK))
    named = config.address_block if stored is None else stored
    if stored is not None and config.address_block not in (None, stored):
        raise ConfigError(
            f"This data directory's nodes live in {stored}; ELASTANE_ADDRESS_BLOCK cannot move them to "
            f"{config.address_block}."
        )
    try:
        claimed = (
            claim_free_block(str(config.data_dir)) if named is None else claim_known_block(network.parse_block(named))
        )
    except ValueError as error:
        raise ConfigError(f"ELASTANE_ADDRESS_BLOCK: {error}") from error
    stack.callback(claimed.claim.close)
    if stored is None:
        await store.write(lambda tx: settings.save_setting(tx, settings.ADDRESS_BLOCK, str(claimed.block)))
    return claimed.block


def _open_file_count_max() -> int | None:
    """The system's soft limit is for programs that cannot count beyond 1,024; it is raised to the hard one, also for
    the engines that are started from here. None where there is none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return None if soft == resource.RLIM_INFINITY else soft


def _stop_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def _names(config: Config, world: World) -> AsyncIterator[str | None]:
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
    return table(observed, account_id, endpoint_names.DEFAULT_SUFFIX)


async def _prune(parts: _Parts) -> None:
    """AWS keeps a customer's events for fourteen days; so do we. What was asked of the API is kept longer."""
    world = parts.world
    before = world.now() - timedelta(days=parts.limits.event_retention_days)
    await parts.trail.prune(world.now())
    try:
        await world.store.write(lambda tx: events.prune_events(tx, before=before))
    except StoreUnusable as error:
        log.error("events not pruned reason=%s", error)


def _api_names(config: Config) -> tuple[str, ...]:
    """By which it is reached from this machine, and by which the operator says it is from others."""
    own = ("localhost", "127.0.0.1", "::1", socket.gethostname(), config.listen.host.strip("[]"))
    wildcards = ("0.0.0.0", "::")
    return tuple(dict.fromkeys(name for name in (*own, *config.https_names) if name not in wildcards))


def _renewal_seconds(config: Config) -> float:
    """Our own certificates live as long as nodes' do."""
    return min(AUTHORITY_SECONDS, config.certificate_lifetime.total_seconds() / 3)


async def _renew_authority(pki: Pki) -> None:
    try:
        await asyncio.to_thread(pki.renew)
    except PkiError as error:
        log.error("authority not renewed reason=%s", error)


async def _save_uses(callers: Callers) -> None:
    """When access keys were last used is worth no failure."""
    try:
        await callers.save_uses()
    except StoreUnusable as error:
        log.error("last uses of access keys not saved reason=%s", error)


async def _take_down(host: LocalHost, packet_filter: PacketFilter | NoFilter) -> None:
    """Ends every node of this data directory, then what guards them."""
    nodes = await host.list_nodes()
    await asyncio.gather(*(host.stop_process(node, grace_seconds=STOP_GRACE_SECONDS) for node in nodes))
    if isinstance(packet_filter, PacketFilter):
        try:
            await packet_filter.remove()
        except HostError as error:
            log.error("packet filter left behind table=%s reason=%s", packet_filter.table, error)
