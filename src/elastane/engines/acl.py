"""The engine's users: ours, the customers', and a mark by which is seen that all of them are there.

Called by `valkey`, which writes them into the file that a node starts with, and by `client`, which gives them to a
running engine. Pure. Both say the same: a user is given as a whole each time, so that nothing of former rights is left,
and connections that it has live on with its new ones, as on AWS.

The mark comes last, so that an engine that has it has all of them. An ACL file was thought of and left: Redis OSS 7.0
closes the connections of every named user whenever it reads one again.

No customer may do what would take a node out of our hands. AWS answers that such a command is unknown; engines have no
word for that, so here they answer NOPERM. Scripts, functions and transactions run with the caller's rights and are no
way around; a selector would be one, and has the same taken away.
"""

import hashlib
from functools import cache

from elastane.catalog import commands
from elastane.model.access_strings import with_restrictions
from elastane.model.acls import CONTROL_USER, Acl, AclUser, mark_name, revision
from elastane.model.secrets import Secret


def users(acl: Acl, secret: Secret, version: tuple[int, int]) -> list[tuple[str, ...]]:
    """Each user's name and rules, word by word, for a configuration file: no password, only its digest."""
    digest = hashlib.sha256(secret.reveal().encode()).hexdigest()
    return [
        (CONTROL_USER, "on", f"#{digest}", "~*", "&*", "+@all"),
        *((user.name, *_rules(user, version)) for user in acl),
        (mark_name(revision(acl, secret)), "off"),
    ]


def user_commands(acl: Acl, names: tuple[str, ...], version: tuple[int, int]) -> tuple[tuple[str, ...], ...]:
    """What gives these users to an engine that has users of these names, a former mark among them.

    Whoever is not among them is cut off, and so is who may not sign in any more.
    """
    kept = {CONTROL_USER, *(user.name for user in acl)}
    gone = [name for name in names if name not in kept]
    return (
        *((("ACL", "DELUSER", *gone),) if gone else ()),
        *(("ACL", "SETUSER", user.name, "reset", *_rules(user, version)) for user in acl),
        *(("CLIENT", "KILL", "USER", user.name) for user in acl if not user.is_on),
    )


def mark_command(acl: Acl, secret: Secret) -> tuple[str, ...]:
    """After all else was accepted."""
    return ("ACL", "SETUSER", mark_name(revision(acl, secret)), "reset")


@cache
def restrictions(version: tuple[int, int]) -> tuple[str, ...]:
    """The rules that take from any customer's user what a node may not be told by customers: see `catalog.commands`.

    Of a command with harmless subcommands each of the others is named: giving the harmless ones back would give them to
    who was never allowed any. That the table misses none is tested with each engine.
    """
    known = commands.commands_of(f"{version[0]}.{version[1]}")
    return tuple(f"-{name}" for name in commands.restricted(known))


def _rules(user: AclUser, version: tuple[int, int]) -> tuple[str, ...]:
    """In the order of the engines' own: passwords behind on and off."""
    switch, *rights = _words(with_restrictions(user.access_string, restrictions(version)))
    passwords = ["nopass"] if user.accepts_any_password else [f"#{one.reveal()}" for one in user.password_digests]
    return switch, *passwords, *rights


def _words(access_string: str) -> list[str]:
    """A selector is one word, spaces included."""
    words: list[str] = []
    for word in access_string.split():
        if words and words[-1].startswith("(") and not words[-1].endswith(")"):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words
