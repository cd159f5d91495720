"""Access keys that are made and revoked by the command line, as an operator does it."""

import shlex

import msgspec

from tests.kit.elastane import RunningElastane


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    secret: str
    environment: dict[str, str]
    """What `elastane keys create` prints, for a program that AWS's variables lead here."""


def made_key(elastane: RunningElastane, name: str, policy_name: str = "read-only") -> MadeKey:
    finished = elastane.run_command("keys", "create", name, "--policy-name", policy_name)
    assert finished.returncode == 0, finished.stderr
    return read_key(finished.stdout)


def read_key(printed: str) -> MadeKey:
    """Of what `elastane keys create` prints."""
    words = [word for word in shlex.split(printed, comments=True) if word != "export"]
    environment = dict(word.split("=", 1) for word in words)
    return MadeKey(
        id=environment["AWS_ACCESS_KEY_ID"], secret=environment["AWS_SECRET_ACCESS_KEY"], environment=environment
    )


def revoke_key(elastane: RunningElastane, name: str) -> None:
    """By its name or its id."""
    finished = elastane.run_command("keys", "revoke", name)
    assert finished.returncode == 0, finished.stderr
