"""`elastane ca`: whom a client has to trust that connects by TLS."""

import os

import typer

from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.pki import authorities


@told_in_a_sentence()
def ca(data_dir: DataDirectory = None) -> None:
    """Print the certificates of the authority that engines prove themselves by, as PEM.

    For instance: elastane ca > ca.pem, and redis-cli --tls --cacert ca.pem. It is no secret.
    """
    directory = chosen_data_dir(data_dir, os.environ)
    path = directory / authorities.DIRECTORY / authorities.BUNDLE_FILE
    try:
        typer.echo(path.read_text(), nl=False)
    except FileNotFoundError:
        raise CommandError(
            f"No control plane has ever used the data directory {directory}. Start one first: elastane serve"
        ) from None
