"""`elastane env` and `elastane configure`: how AWS's own tools are told to come here.

`env` is the only command that prints the root's secret; `configure` writes it into AWS's own files. `elastane keys`
makes other keys, and tells each in the same words.
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from elastane.cli import aws_files
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.config import DEFAULT_HOST, DEFAULT_PORT, ListenAddress
from elastane.pki import authorities
from elastane.store import data_directory, root_access_key
from elastane.store.root_access_key import AccessKey

DEFAULT_REGION = "us-east-1"
CONTRADICTING_VARIABLES = (
    "AWS_ENDPOINT_URL_ELASTICACHE",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
)
"""Left over from work with AWS, each would lead elsewhere or make every signature wrong."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """All that a caller needs."""

    url: str
    key: AccessKey
    region: str
    ca_bundle: Path | None
    """Whom a client by TLS has to trust; None where no control plane made an authority yet."""
    is_running: bool
    """Whether a control plane answers at the URL now; else the URL is where one listens by default."""

    @property
    def api_ca_bundle(self) -> Path | None:
        """None where the API is not served by HTTPS."""
        return self.ca_bundle if self.url.startswith("https:") else None


class Shell(StrEnum):
    SH = "sh"
    FISH = "fish"


@told_in_a_sentence()
def env(
    data_dir: DataDirectory = None,
    shell: Annotated[Shell, typer.Option(help="Whose spelling: sh is that of bash and zsh, too.")] = Shell.SH,
) -> None:
    """Print what leads AWS's tools here, for a shell to evaluate.

    In bash and zsh: eval "$(elastane env)". In fish: elastane env --shell fish | source. The secret access key is in
    it.
    """
    directory = chosen_data_dir(data_dir, os.environ)
    access = find_access(directory, os.environ)
    _warn_if_away(access, directory)
    typer.echo("\n".join(environment_lines(access, shell, os.environ)))


@told_in_a_sentence()
def configure(
    data_dir: DataDirectory = None,
    profile: Annotated[str, typer.Option(help="The profile to add, or to bring up to date.")] = "elastane",
) -> None:
    """Add a profile to AWS's own configuration files.

    It is found by everything that reads these files: the AWS CLI, SDKs, Terraform. All else in the files stays as it
    is. AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE are honoured.
    """
    directory = chosen_data_dir(data_dir, os.environ)
    access = find_access(directory, os.environ)
    _warn_if_away(access, directory)
    files = aws_files.find_files(os.environ)
    entry = aws_files.ProfileEntry(
        name=profile, url=access.url, region=access.region, key=access.key, ca_bundle=access.api_ca_bundle
    )
    for path in aws_files.save_profile(files, entry):
        typer.echo(f"Wrote the profile {profile} into {path}.")
    typer.echo(f"Use it: aws --profile {profile} elasticache describe-replication-groups")


def find_access(directory: Path, environment: Mapping[str, str]) -> Access:
    """From the data directory alone. Raises CommandError where no control plane has ever left a key."""
    running = data_directory.find_control_plane(directory)
    is_named = bool(environment.get(root_access_key.ID_VARIABLE))
    if not is_named and not (directory / root_access_key.FILE_NAME).exists():
        raise CommandError(_why_no_key(directory, is_running=running is not None))
    return access_with(root_access_key.load_root_access_key(directory, environment), directory, environment)


def access_with(key: AccessKey, directory: Path, environment: Mapping[str, str]) -> Access:
    running = data_directory.find_control_plane(directory)
    return Access(
        url=ListenAddress(DEFAULT_HOST, DEFAULT_PORT).url if running is None else running.url,
        key=key,
        region=environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION") or DEFAULT_REGION,
        ca_bundle=bundle if (bundle := directory / authorities.DIRECTORY / authorities.BUNDLE_FILE).exists() else None,
        is_running=running is not None,
    )


def environment_lines(access: Access, shell: Shell, environment: Mapping[str, str]) -> Iterator[str]:
    """One command a line. What is set in the environment and would contradict is unset."""
    for name in CONTRADICTING_VARIABLES:
        if name in environment:
            yield f"unset {name}" if shell is Shell.SH else f"set -e {name}"
    values = {
        "AWS_ENDPOINT_URL": access.url,
        "AWS_ACCESS_KEY_ID": access.key.id,
        "AWS_SECRET_ACCESS_KEY": access.key.secret.reveal(),
        "AWS_DEFAULT_REGION": access.region,
        "AWS_REGION": access.region,
        **_trust(access),
    }
    for name, value in values.items():
        yield f"export {name}={shlex.quote(value)}" if shell is Shell.SH else f"set -gx {name} {_fish_quoted(value)}"


def _trust(access: Access) -> dict[str, str]:
    """For caches with encryption in transit, and for an API that is served by HTTPS.

    SSL_CERT_FILE is left alone: it would take from every program what it trusts otherwise. Node adds to what it trusts.
    """
    if access.ca_bundle is None:
        return {}
    trusted = {name: str(access.ca_bundle) for name in ("ELASTANE_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")}
    return trusted if access.api_ca_bundle is None else {**trusted, "AWS_CA_BUNDLE": str(access.api_ca_bundle)}


def _fish_quoted(value: str) -> str:
    """In fish's single quotes the backslash and the quote are escaped, and nothing else is special."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _why_no_key(directory: Path, *, is_running: bool) -> str:
    if is_running:
        return (
            f"The control plane on {directory} was given its root access key in {root_access_key.ID_VARIABLE} and "
            f"{root_access_key.SECRET_VARIABLE}; set the same two here."
        )
    return f"No control plane has ever used the data directory {directory}. Start one first: elastane serve"


def _warn_if_away(access: Access, directory: Path) -> None:
    if not access.is_running:
        typer.echo(
            f"elastane: no control plane runs on {directory} now, so nothing may answer at {access.url}.", err=True
        )
