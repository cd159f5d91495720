"""How a command ends that cannot do what it was asked: a sentence on stderr, and exit code 2.

What is told this way are the errors that others raise on purpose, each with a sentence for a person.
Anything else is our bug and keeps its traceback.
"""

import contextlib
from collections.abc import Iterator

import typer

from elastane.config import ConfigError
from elastane.engines.supply import SupplyError
from elastane.hosts import HostError
from elastane.pki.authorities import PkiError
from elastane.store import StoreError

EXIT_CODE = 2


class CommandError(Exception):
    """A command cannot do what it was asked. The message is one sentence for the person at the terminal."""


_TOLD = (CommandError, ConfigError, HostError, PkiError, StoreError, SupplyError, PermissionError)


@contextlib.contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Turns what the world refuses into its sentence and exit code 2. Also a decorator for a whole command."""
    try:
        yield
    except Exception as error:
        sentences = sentences_of(error)
        if not sentences:
            raise
        for sentence in sentences:
            typer.echo(f"elastane: {sentence}", err=True)
        raise typer.Exit(EXIT_CODE) from None


def sentences_of(error: BaseException) -> tuple[str, ...]:
    """What to tell, each sentence once; nothing when any part of the error is a bug of ours.

    A TaskGroup wraps even a lone error in a group, so groups are opened first.
    """
    errors = tuple(_leaves(error))
    if not all(isinstance(one, _TOLD) for one in errors):
        return ()
    return tuple(dict.fromkeys(_sentence(one) for one in errors))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


def _sentence(error: BaseException) -> str:
    if isinstance(error, PermissionError):
        return f"{error.filename} belongs to somebody else: {error.strerror}."
    return str(error)
