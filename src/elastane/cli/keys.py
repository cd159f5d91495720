"""`elastane keys`: access keys for callers that are not the root, each with a policy that says what it may do.

They are rows of the store, written in one transaction beside the control plane, if one runs: it looks a key up at every
call, so a new one is in force, and a revoked one refused, with the next call. The secret is sealed in the store with
the key in `store.key`, and told once.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from elastane.catalog import permissions, ready_policies
from elastane.catalog.ready_policies import ReadyPolicy
from elastane.cli import access, aws_files
from elastane.cli.access import Shell
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.cli.tables import table, terminal_columns
from elastane.clock import utc_now
from elastane.config import store_key_file
from elastane.model.moments import moment
from elastane.model.policies import PolicyError, parse_policy
from elastane.store import Store, Transaction, access_keys
from elastane.store.access_keys import AccessKeyRecord, AccessKeyUse
from elastane.store.root_access_key import AccessKey, draw_access_key, draw_id

USER_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}", re.ASCII)
"""AWS's rule for the names of IAM users."""

ALREADY_THERE = (
    "There is an access key {name} already: revoke it first (elastane keys revoke {name}), or choose another name."
)

KeyName = Annotated[str, typer.Argument(metavar="NAME", help="The name of the key, or its access key id.")]


@told_in_a_sentence()
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the user that the key stands for, such as ci.")],
    policy: Annotated[
        str | None, typer.Option(metavar="FILE", help="An IAM policy document in JSON; - reads it from the input.")
    ] = None,
    policy_name: Annotated[ReadyPolicy | None, typer.Option(help="A ready-made policy instead.")] = None,
    shell: Annotated[Shell, typer.Option(help="Whose spelling: sh is that of bash and zsh, too.")] = Shell.SH,
    profile: Annotated[
        str | None, typer.Option(help="Write it into AWS's own files under this name instead of printing it.")
    ] = None,
    data_dir: DataDirectory = None,
) -> None:
    """Make an access key, and print what leads AWS's tools here with it. The secret is told this once.

    In bash and zsh: eval "$(elastane keys create ci --policy ci.json)".
    """
    directory = chosen_data_dir(data_dir, os.environ)
    document = requested_document(policy, policy_name)
    key = draw_access_key()
    add_key(directory, os.environ, name, key, document, policy_name=policy_name, now=utc_now())
    granted = access.access_with(key, directory, os.environ)
    if profile is None:
        typer.echo(f"# The access key {name}. Its secret is told this once; it is in no other place but sealed.")
        typer.echo("\n".join(access.environment_lines(granted, shell, os.environ)))
        return
    entry = aws_files.ProfileEntry(
        name=profile, url=granted.url, region=granted.region, key=key, ca_bundle=granted.api_ca_bundle
    )
    try:
        written = aws_files.save_profile(aws_files.find_files(os.environ), entry)
    except BaseException:
        remove_key(directory, os.environ, key.id)  # nobody would ever know its secret
        raise
    for path in written:
        typer.echo(f"Wrote the profile {profile} with the access key {name} into {path}.")


@told_in_a_sentence()
def list_keys(data_dir: DataDirectory = None) -> None:
    """Show the access keys there are: name, id, policy, when made and when last used. No secrets."""
    found = Store.read_from_outside(chosen_data_dir(data_dir, os.environ), _list_with_uses)
    typer.echo(keys_text(found or (), utc_now(), columns=terminal_columns()))


@told_in_a_sentence()
def show_key(name: KeyName, data_dir: DataDirectory = None) -> None:
    """Print the policy of an access key."""
    found = Store.read_from_outside(
        chosen_data_dir(data_dir, os.environ), lambda tx: _find(access_keys.list_access_keys(tx), name)
    )
    if found is None:
        raise CommandError(_no_such_key(name))
    typer.echo(found.policy_document.strip())


@told_in_a_sentence()
def revoke_key(name: KeyName, data_dir: DataDirectory = None) -> None:
    """End an access key at once: the next call with it is refused. There is no way back but another key."""
    key = remove_key(chosen_data_dir(data_dir, os.environ), os.environ, name)
    typer.echo(f"Revoked {key.name} ({key.id}): whoever calls with it is refused from now on.")


# --- what is asked for ----------------------------------------------------------------------------


def requested_document(policy: str | None, policy_name: ReadyPolicy | None) -> str:
    """The text of the policy, understood whole. Raises CommandError."""
    if (policy is None) == (policy_name is None):
        names = "|".join(ReadyPolicy)
        raise CommandError(f"Say what the key may do, in one of two ways: --policy FILE or --policy-name {names}.")
    if policy_name is not None:
        return ready_policies.policy_document(policy_name)
    assert policy is not None, "one of the two is given"
    document = _read_document(policy)
    try:
        unknown = permissions.find_unknown_action(parse_policy(document))
    except PolicyError as error:
        raise CommandError(str(error)) from error
    if unknown is not None:
        raise CommandError(f"The policy names {unknown}, and ElastiCache has no such action.")
    return document


def _read_document(policy: str) -> str:
    try:
        return sys.stdin.read() if policy == "-" else Path(policy).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise CommandError(f"The policy {policy} cannot be read: {error}.") from error


# --- the store ------------------------------------------------------------------------------------


def add_key(
    directory: Path,
    environment: Mapping[str, str],
    name: str,
    key: AccessKey,
    document: str,
    *,
    policy_name: str | None,
    now: datetime,
) -> None:
    """All of it, or nothing. Raises CommandError for a name that cannot be or is taken, StoreUnusable."""
    if USER_NAME.fullmatch(name) is None:
        raise CommandError(f"A name has 1 to 64 letters, digits and + = , . @ _ - in it; got {name!r}.")

    def add(tx: Transaction) -> None:
        # As on AWS, names that differ in case only are one.
        if any(each.name.lower() == name.lower() for each in access_keys.list_access_keys(tx)):
            raise CommandError(ALREADY_THERE.format(name=name))
        record = AccessKeyRecord(
            id=key.id,
            name=name,
            user_id=draw_id("AIDA"),
            created_at=now,
            policy_document=document,
            policy_name=policy_name,
            sealed_secret=tx.sealing.seal(key.secret),
        )
        access_keys.save_access_key(tx, record)

    Store.write_from_outside(directory, add, key_file=store_key_file(environment))


def remove_key(directory: Path, environment: Mapping[str, str], name: str) -> AccessKeyRecord:
    """The key that was removed. Raises CommandError where there is none of this name or id, StoreUnusable."""

    def remove(tx: Transaction) -> AccessKeyRecord:
        found = _find(access_keys.list_access_keys(tx), name)
        if found is None:
            raise CommandError(_no_such_key(name))
        access_keys.remove_access_key(tx, found.id)
        return found

    return Store.write_from_outside(directory, remove, key_file=store_key_file(environment))


def _find(keys: Sequence[AccessKeyRecord], name: str) -> AccessKeyRecord | None:
    return next((key for key in keys if name == key.id or name.lower() == key.name.lower()), None)


def _no_such_key(name: str) -> str:
    return f"There is no access key {name}. `elastane keys list` shows those there are."


def _list_with_uses(tx: Transaction) -> tuple[tuple[AccessKeyRecord, AccessKeyUse | None], ...]:
    return tuple((key, access_keys.find_use(tx, key.id)) for key in access_keys.list_access_keys(tx))


# --- the text: pure -------------------------------------------------------------------------------


def keys_text(found: Sequence[tuple[AccessKeyRecord, AccessKeyUse | None]], now: datetime, *, columns: int) -> str:
    if not found:
        return (
            "There are no access keys but the root's, which may do everything. Make one:\n\n"
            "  elastane keys create ci --policy-name read-only"
        )
    rows = (
        (
            key.name,
            key.id,
            key.policy_name or "its own",
            moment(key.created_at, now),
            "never" if use is None else f"{moment(use.at, now)} ({use.service}, {use.region})",
        )
        for key, use in found
    )
    return table(("Name", "Access key id", "Policy", "Created", "Last used"), rows, columns=columns)
