"""What is built before anything runs, in the order of what may go wrong."""

import functools
import socket
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network

from elastane.catalog import encryption, network
from elastane.catalog.limits import Limits, aws_limits
from elastane.clock import utc_now
from elastane.config import NODES_DIRECTORY, Config, ConfigError
from elastane.engines.client import LiveEngines
from elastane.engines.memcached_client import LiveMemcached
from elastane.engines.supply.background import BackgroundInstaller
from elastane.hosts import directories, zones
from elastane.hosts.address_block import claim_free_block, claim_known_block
from elastane.hosts.local import LocalHost
from elastane.hosts.packet_filter import NoFilter, PacketFilter, open_filter
from elastane.logs import sinks
from elastane.logs.collect import LogDeliveries
from elastane.metrics.collect import Collector
from elastane.model.callers import root_of
from elastane.model.failover_settings import FailoverSettings
from elastane.model.ids import AccountId
from elastane.model.secrets import Secret
from elastane.pki.authorities import Pki, open_pki
from elastane.reconcile import lost_store
from elastane.reconcile.lost_store import Confirmation
from elastane.reconcile.steadiness import Steadiness
from elastane.reconcile.world import NO_SUPPLY, OPEN_FILES_MAX, World
from elastane.server.engines import FoundEngines, make_installer
from elastane.server.listening import listen, open_file_count_max
from elastane.service.callers import Callers
from elastane.store import (
    AuditTrail,
    LogEvents,
    MetricSeries,
    Store,
    audit_trail,
    data_directory,
    log_events,
    metric_series,
    settings,
)
from elastane.store.metrics_token import load_metrics_token
from elastane.store.root_access_key import AccessKey, load_root_access_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Of the data directory, open for the life of the process."""

    store: Store
    trail: AuditTrail
    metric_series: MetricSeries
    metrics_token: Secret
    log_events: LogEvents


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    config: Config
    limits: Limits
    key: AccessKey
    callers: Callers
    listening: socket.socket
    files: Files
    pki: Pki
    host: LocalHost
    found: FoundEngines
    installer: BackgroundInstaller | None
    packet_filter: PacketFilter | NoFilter
    steadiness: Steadiness
    confirmation: Confirmation
    world: World
    measured_engines: LiveEngines
    """Connections of their own: no measurement, and no log, keeps the reconciler waiting."""
    measured_memcached: LiveMemcached
    collector: Collector
    logged_engines: LiveEngines
    log_deliveries: LogDeliveries


async def open_parts(stack: ExitStack, config: Config, environment: Mapping[str, str]) -> Parts:
    """What is to be closed is closed by the stack, but for the engines' connections and the host.

    Raises ConfigError, StoreUnusable, PkiError and HostError.
    """
    limits = _limits(config)
    stack.enter_context(data_directory.hold(config.data_dir))
    listening = stack.enter_context(listen(config.listen))
    with lost_store.advised():
        store = stack.enter_context(closing(Store.open(config.data_dir, key_file=config.store_key_file)))
        recovered = await lost_store.rebuild_if_lost(store, config.data_dir / NODES_DIRECTORY, utc_now)
    confirmation, steadiness = Confirmation(recovered, config.data_dir), Steadiness(utc_now)
    files = _open_files(stack, config, store)
    account_id, key = AccountId(config.account_id), load_root_access_key(config.data_dir, environment)
    root = root_of(account_id, key.id, key.secret)
    pki = _open_pki(config)
    block = await _claim_addresses(stack, config, store)
    host = LocalHost(config.data_dir / NODES_DIRECTORY, faults_directory=config.data_dir / zones.FAULTS_DIRECTORY)
    found = FoundEngines(config, environment)
    await found.refresh()
    installer = make_installer(config, found)
    packet_filter = await open_filter(config.data_dir, environment, is_wanted=config.enforces_security_groups)

    own_address = network.control_address(block)
    engines = functools.partial(LiveEngines, context=pki.control_context, source_address=own_address)
    memcached = functools.partial(LiveMemcached, context=pki.control_context, source_address=own_address)
    logged_engines, measured_engines, measured_memcached = engines(), engines(), memcached()
    log_deliveries = _log_deliveries(config, files, host, logged_engines, block)
    collector = _collector(files, host, measured_engines, measured_memcached)
    world = World(
        store=store,
        host=host,
        engines=engines(),
        memcached=memcached(),
        binaries=found.usable,
        supply=installer or NO_SUPPLY,
        now=utc_now,
        unsteady=lambda: confirmation.find_reason() or steadiness.reason(),
        failover_settings=_failover_settings(config),
        account_id=account_id,
        address_block=block,
        pki=pki,
        collect_last=log_deliveries.collect_last,
        io_threads_max=config.io_threads_max,
        open_files_max=open_file_count_max() or OPEN_FILES_MAX,
        root=root,
    )
    return Parts(
        config=config,
        limits=limits,
        key=key,
        callers=Callers(store, root, account_id=account_id, now=utc_now),
        listening=listening,
        files=files,
        pki=pki,
        host=host,
        found=found,
        installer=installer,
        packet_filter=packet_filter,
        steadiness=steadiness,
        confirmation=confirmation,
        world=world,
        measured_engines=measured_engines,
        measured_memcached=measured_memcached,
        collector=collector,
        logged_engines=logged_engines,
        log_deliveries=log_deliveries,
    )


def _collector(files: Files, host: LocalHost, engines: LiveEngines, memcached: LiveMemcached) -> Collector:
    return Collector(
        store=files.store,
        series=files.metric_series,
        host=host,
        engines=engines,
        memcached=memcached,
        now=utc_now,
    )


def _log_deliveries(
    config: Config, files: Files, host: LocalHost, engines: LiveEngines, block: IPv4Network
) -> LogDeliveries:
    return LogDeliveries(
        files.store,
        files.log_events,
        host,
        engines,
        utc_now,
        directory=config.data_dir / sinks.DIRECTORY_NAME,
        own_address=network.control_address(block),
    )


def _failover_settings(config: Config) -> FailoverSettings:
    return FailoverSettings(busy_seconds=config.busy_limit_seconds, interval_seconds=config.failover_interval_seconds)


def _open_files(stack: ExitStack, config: Config, store: Store) -> Files:
    """Each is bounded as the operator says."""
    directory = config.data_dir
    audit = audit_trail.Bounds(retention=timedelta(days=config.audit_retention_days), bytes_max=config.audit_bytes_max)
    metrics = metric_series.Bounds(bytes_max=config.metrics_bytes_max)
    logs = log_events.Bounds(bytes_max=config.logs_bytes_max)
    return Files(
        store=store,
        trail=stack.enter_context(closing(AuditTrail.open(directory, audit))),
        metric_series=stack.enter_context(closing(MetricSeries.open(directory, metrics))),
        metrics_token=load_metrics_token(directory),
        log_events=stack.enter_context(closing(LogEvents.open(directory, logs))),
    )


def _limits(config: Config) -> Limits:
    """AWS's limits, raised where the operator says so. Raises ConfigError."""
    try:
        return aws_limits().with_overrides(config.limits)
    except ValueError as error:
        raise ConfigError(f"ELASTANE_LIMITS: {error}") from error


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
