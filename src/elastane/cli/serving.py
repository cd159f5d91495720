"""`elastane serve`: the control plane in the foreground, until SIGTERM or Ctrl-C."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from msgspec.structs import replace

from elastane import config as settings
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import told_in_a_sentence
from elastane.config import Config, ConfigError, ListenAddress

EPHEMERAL_PREFIX = "elastane-"

_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@told_in_a_sentence()
def serve(
    data_dir: DataDirectory = None,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the AWS API is answered. Port 0 takes any free one.")
    ] = f"{settings.DEFAULT_HOST}:{settings.DEFAULT_PORT}",
    ephemeral: Annotated[
        bool,
        typer.Option("--ephemeral", help="Use a fresh directory, and remove it with all its caches at the end."),
    ] = False,
    dns: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Also answer DNS for ElastiCache-style names, over UDP and TCP."),
    ] = None,
    https: Annotated[
        bool, typer.Option("--https", help="Answer the API by HTTPS alone, proven by the authority of: elastane ca")
    ] = False,
    lenient_vpc_ids: Annotated[
        bool,
        typer.Option("--lenient-vpc-ids", help="Accept ids of subnets and security groups that were made elsewhere."),
    ] = False,
) -> None:
    """Run Elastane in the foreground.

    It answers the AWS API, and keeps the caches that were asked for. When it ends, the caches serve on; the next
    serve adopts them. To stop them as well, use "elastane down".
    """
    from elastane.cli.log_lines import write_log_lines

    if ephemeral and data_dir is not None:
        raise ConfigError("--ephemeral takes a directory of its own; give either it or --data-dir.")
    config = configured(
        os.environ,
        data_dir=chosen_data_dir(data_dir, os.environ),
        listen=listen,
        is_ephemeral=ephemeral,
        dns=dns,
        is_https=https,
        accepts_any_subnet_ids=lenient_vpc_ids,
    )
    write_log_lines(os.environ)
    _leave_when_told_to()
    with ExitStack() as stack:
        if ephemeral:
            # The server removes it when it has served. This is for a start that fails before.
            with _signals_put_off():  # or one that comes when the directory is made finds nobody to remove it
                temporary = tempfile.TemporaryDirectory(prefix=EPHEMERAL_PREFIX, ignore_cleanup_errors=True)
                config = replace(config, data_dir=Path(stack.enter_context(temporary)))
        _run(config)


def configured(
    environment: Mapping[str, str],
    *,
    data_dir: Path,
    listen: str,
    is_ephemeral: bool,
    dns: str | None,
    is_https: bool = False,
    accepts_any_subnet_ids: bool,
) -> Config:
    """The options and the environment, checked. Raises ConfigError."""
    return Config(
        data_dir=data_dir,
        listen=ListenAddress.parse(listen, "--listen"),
        is_ephemeral=is_ephemeral,
        is_https=is_https,
        https_names=settings.https_names(environment),
        public_url=settings.public_url(environment),
        dns=None if dns is None else ListenAddress.parse(dns, "--dns"),
        engine_paths=settings.engine_paths(environment),
        shared_engines=settings.shared_engines(environment),
        may_fetch_engines=settings.may_fetch_engines(environment),
        io_threads_max=settings.io_threads_max(environment),
        address_block=environment.get("ELASTANE_ADDRESS_BLOCK") or None,
        account_id=settings.account_id(environment),
        store_key_file=settings.store_key_file(environment),
        limits=settings.raised_limits(environment),
        accepts_any_subnet_ids=accepts_any_subnet_ids,
        audit_retention_days=settings.whole_number(
            environment,
            "ELASTANE_AUDIT_RETENTION_DAYS",
            settings.AUDIT_RETENTION_DAYS,
            minimum=1,
            maximum=settings.AUDIT_RETENTION_DAYS_MAX,
        ),
        audit_bytes_max=_bytes_max(environment, "ELASTANE_AUDIT_BYTES_MAX", settings.AUDIT_BYTES_MAX),
        collects_metrics=settings.collects_metrics(environment),
        metrics_bytes_max=_bytes_max(environment, "ELASTANE_METRICS_BYTES_MAX", settings.METRICS_BYTES_MAX),
        logs_bytes_max=_bytes_max(environment, "ELASTANE_LOGS_BYTES_MAX", settings.LOGS_BYTES_MAX),
        enforces_security_groups=settings.enforces_security_groups(environment),
        failover_interval_seconds=settings.duration_seconds(
            environment, "ELASTANE_FAILOVER_INTERVAL_SECONDS", settings.FAILOVER_INTERVAL_SECONDS
        ),
        certificate_lifetime=timedelta(
            seconds=settings.duration_seconds(
                environment, "ELASTANE_CERTIFICATE_LIFETIME_SECONDS", settings.CERTIFICATE_LIFETIME.total_seconds()
            )
        ),
        busy_limit_seconds=settings.duration_seconds(
            environment, "ELASTANE_BUSY_LIMIT_SECONDS", settings.BUSY_LIMIT_SECONDS
        ),
    )


def _bytes_max(environment: Mapping[str, str], name: str, default: int) -> int:
    return settings.whole_number(
        environment, name, default, minimum=settings.FILE_BYTES_LEAST, maximum=settings.FILE_BYTES_LIMIT
    )


def _run(config: Config) -> None:
    import asyncio

    import uvloop

    from elastane import server
    from elastane.cli.greeting import greeting
    from elastane.cli.invocation import data_dir_option, elastane_command

    def on_ready(running: server.Running) -> None:
        command = elastane_command(sys.argv[0], os.environ, Path.cwd())
        option = data_dir_option(config.data_dir, os.environ)
        typer.echo(greeting(config, running, command=command, data_dir_option=option))
        sys.stdout.flush()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(config, os.environ, on_ready))
    typer.echo("Elastane has ended, and all its caches." if config.is_ephemeral else "Elastane has ended.")


@contextmanager
def _signals_put_off() -> Iterator[None]:
    """They come when the block has ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_when_told_to() -> None:
    """A signal during the start ends it by way of every `finally`, as the server's own handlers do later.

    The end of the terminal counts as one, or an ephemeral installation would outlive its window. Under nohup
    that signal is ignored, and stays so.
    """

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    for number in _ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, leave)
