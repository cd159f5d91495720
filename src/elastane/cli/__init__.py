"""The command line: the only room that a person at a terminal meets.

One file for each command or pair of commands; the table below is all there is. A command reads its
options here at the edge, asks pure functions for the text, and prints it. Nothing here decides
anything about caches: `serve` hands over to the server, and the others look at a data directory from
outside, whether or not a control plane runs on it.

Every command that the world refuses says one sentence on stderr and exits with 2, never a traceback
(`refusals`). What is heavy to import (the server, rich) is imported inside the command that needs it,
so that `elastane serve` answers at once and `elastane env` is quick in a shell's start-up file.
"""

from typing import Annotated

import typer

from elastane.cli import (
    access,
    audit,
    authority,
    engine_store,
    explain,
    fault,
    keys,
    recover,
    serving,
    status,
    takedown,
    top,
)

APP_HELP = (
    "Elastane is a self-hosted ElastiCache: the AWS API in front of real Valkey, Redis OSS and Memcached engines."
)

# Plain help and plain tracebacks: sentences need no boxes, and rich would be imported for them.
app = typer.Typer(
    help=APP_HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
engines = typer.Typer(
    help="Show the engines this machine can run, add one, or remove one.", no_args_is_help=True, rich_markup_mode=None
)

faults = typer.Typer(
    help="Cause what Elastane survives, on the nodes of one data directory.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

access_keys = typer.Typer(
    help="Make access keys that may do only what a policy says, show them, revoke them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.command("serve")(serving.serve)
app.command("env")(access.env)
app.command("configure")(access.configure)
app.command("ca")(authority.ca)
app.command("status")(status.status)
app.command("top")(top.top)
app.command("explain")(explain.explain)
app.command("audit")(audit.audit)
app.command("recover")(recover.recover)
app.add_typer(engines, name="engines")
engines.command("list")(engine_store.list_engines)
engines.command("install")(engine_store.install_engine)
engines.command("remove")(engine_store.remove_engine)
engines.command("refresh")(engine_store.refresh_engines)
app.add_typer(faults, name="fault")
faults.command("kill")(fault.kill)
faults.command("hang")(fault.hang)
faults.command("resume")(fault.resume)
faults.command("zone")(fault.zone)
app.add_typer(access_keys, name="keys")
access_keys.command("create")(keys.create_key)
access_keys.command("list")(keys.list_keys)
access_keys.command("show")(keys.show_key)
access_keys.command("revoke")(keys.revoke_key)
app.command("down")(takedown.down)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"elastane {version('elastane')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The options that belong to no command; the help shown above them is APP_HELP."""


def main() -> None:
    """The `elastane` command."""
    app()
