"""Access strings: what a user may do, in the engines' own rules, checked and put into one normal form.

    on ~orders:* %R~stock:* &news.* -@all +@read +get (~carts:* -@all +@write)
    │  └ keys               └ channels └ commands     └ a selector: rights of its own, beside the others
    └ on or off; off when nothing is said

Called by the service for what callers send, and by the reconciler to add what no customer may do. Pure: which commands
there are is a `Vocabulary`, which the catalog has.

The normal form is that of the engines' own ACL LIST, and so of AWS, whose pages show ``off +get ~keys*`` come back as
``off ~keys* -@all +get``: on or off, keys, channels, databases, commands, selectors; every list of commands begins with
what it starts from. Rules count from left to right, and one that a later one makes void is left out. Channels are
written down where the caller said something about them, and are otherwise the engine's parameter acl-pubsub-default.

Refused: passwords, which have parameters of their own; ``reset``, which would take them away; first arguments
(``+select|0``), which the engines have deprecated; and commands that customers are not allowed. Sources: user guide,
Clusters.RBAC; the engines' acl.c, with which the live tests compare.
"""

import re
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from elastane.model.versions import version_numbers


class AccessStringError(ValueError):
    """The sentence says which rule is wrong, and how."""


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The commands and categories that an engine's access strings may name."""

    commands: dict[str, str]
    """Name, ``get`` or ``client|list``, to the first version that has it."""
    categories: frozenset[str]
    forbidden: frozenset[str]
    """Commands that no customer may use; of one with subcommands, all but those in `permitted`."""
    permitted: frozenset[str]
    oldest_version: str
    """The engine's first version with users, as AWS counts."""
    newest_version: str | None = None
    """The engine's last version, where there will be no other."""


class KeyPattern(msgspec.Struct, frozen=True, kw_only=True):
    pattern: str
    is_read: bool = True
    is_written: bool = True

    @property
    def is_everything(self) -> bool:
        return self.pattern == "*" and self.is_read and self.is_written


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """One set of rights: the user's own, or a selector's. It starts from nothing."""

    keys: tuple[KeyPattern, ...] = ()
    channels: tuple[str, ...] | None = None
    """None: as the engine has it by default. ``*`` stands alone."""
    databases: tuple[int, ...] | None = None
    """None: all of them."""
    commands: tuple[str, ...] = ("-@all",)
    """Rules in their order; the first is ``+@all`` or ``-@all``."""


class AccessString(msgspec.Struct, frozen=True, kw_only=True):
    is_on: bool = False
    root: Permissions = Permissions()
    selectors: tuple[Permissions, ...] = ()


PARTS_VERSION = "7.0"
"""The first with selectors, with reading and writing apart, and with subcommands that are taken away."""
CHANNELS_VERSION = "6.2"
DATABASES_VERSION = "9.1"

DATABASE_NUMBER_MAX = 9999


def parse_access_string(text: str) -> AccessString:
    """Any order, any redundancy. Raises AccessStringError for what is no rule, or none that a customer may give."""
    return _parse(text, None)


def checked_access_string(text: str, vocabulary: Vocabulary) -> AccessString:
    """The same; raises it also for commands that the engine does not have, or has not for customers."""
    access = _parse(text, vocabulary)
    needed = minimum_version(access, vocabulary)
    newest = vocabulary.newest_version
    if newest is not None and version_numbers(needed) > version_numbers(newest):
        raise AccessStringError(f"it needs engine version {needed}, and this engine's last one is {newest}.")
    return access


def render_access_string(access: AccessString) -> str:
    """The normal form. Parsed again, it is the same value."""
    words = ["on" if access.is_on else "off", *_render_permissions(access.root)]
    words += [f"({' '.join(_render_permissions(selector))})" for selector in access.selectors]
    return " ".join(words)


def with_restrictions(access_string: str, restrictions: tuple[str, ...]) -> str:
    """The same user with these rules behind all others, in each selector too.

    A command is allowed when the user's own rights or one selector's allow it, so what is taken away in the root alone
    is not taken away. Raises AccessStringError for a restriction that is no rule.
    """
    access = parse_access_string(access_string)
    restricted = replace(
        access,
        root=_with_rules(access.root, restrictions),
        selectors=tuple(_with_rules(selector, restrictions) for selector in access.selectors),
    )
    return render_access_string(restricted)


def minimum_version(access: AccessString, vocabulary: Vocabulary) -> str:
    """The oldest engine version that understands it: ``7.0``. Its commands are in the vocabulary."""
    needed = [vocabulary.oldest_version]
    if access.selectors:
        needed.append(PARTS_VERSION)
    for permissions in (access.root, *access.selectors):
        needed += _needed_versions(permissions, vocabulary)
    return max(needed, key=version_numbers)


def _needed_versions(permissions: Permissions, vocabulary: Vocabulary) -> list[str]:
    needed = [vocabulary.commands[rule[1:]] for rule in permissions.commands if not rule[1:].startswith("@")]
    if any(rule.startswith("-") and "|" in rule for rule in permissions.commands):
        needed.append(PARTS_VERSION)
    if not all(key.is_read and key.is_written for key in permissions.keys):
        needed.append(PARTS_VERSION)
    if permissions.channels is not None:
        needed.append(CHANNELS_VERSION)
    if permissions.databases is not None:
        needed.append(DATABASES_VERSION)
    return needed


# --- words ---------------------------------------------------------------------------------------


def _parse(text: str, vocabulary: Vocabulary | None) -> AccessString:
    access = AccessString()
    words = iter(_words(text))
    for word in words:
        if word.startswith("("):
            rules = _selector_rules(word, words)
            for rule in rules:
                _refuse_unknown(rule, vocabulary)
            access = replace(access, selectors=(*access.selectors, _with_rules(Permissions(), rules)))
        else:
            _refuse_unknown(word, vocabulary)
            access = _with_word(access, word)
    return access


def _words(text: str) -> list[str]:
    """Spaces divide, and nothing else: a line's end inside would become a line of its own in an engine's file."""
    if not text.isprintable():
        raise AccessStringError("it has a character that cannot be printed.")
    return text.split()


def _selector_rules(first: str, following: Iterator[str]) -> tuple[str, ...]:
    """As the engines read it: from a word that begins with a bracket up to the next that ends with one."""
    words = [first]
    while not words[-1].endswith(")"):
        try:
            words.append(next(following))
        except StopIteration:
            raise AccessStringError(f"the selector {' '.join(words)} is not closed.") from None
    inner = " ".join(words)[1:-1].split()
    for rule in inner:
        if rule.endswith(")"):
            # Ours: the engines take it as the last rule, and would end the selector there in any other place.
            raise AccessStringError(f"{rule}: inside a selector no pattern may end with a bracket.")
        if "'" in rule or '"' in rule:  # which the engines take off there, and nowhere else
            raise AccessStringError(f"{rule}: inside a selector no pattern may have quotation marks.")
    return tuple(inner)


def _with_word(access: AccessString, word: str) -> AccessString:
    """A word of the user's own; those of a selector have no part in this."""
    match word.lower():
        case "on" | "off":
            return replace(access, is_on=word.lower() == "on")
        case "clearselectors":
            return replace(access, selectors=())
        case "sanitize-payload":
            return access  # what is so anyway; ACL LIST shows it, which people copy
    return replace(access, root=_with_rule(access.root, word))


def _refuse_unknown(rule: str, vocabulary: Vocabulary | None) -> None:
    if vocabulary is None or not rule.startswith(("+", "-")):
        return
    name = rule[1:].lower()
    if name.startswith("@"):
        if name[1:] not in vocabulary.categories | {"all"}:
            raise AccessStringError(f"{rule}: there is no such category of commands.")
        return
    container, _, part = name.partition("|")
    # All of a command's subcommands may be named together when some of them are allowed.
    is_mixed = not part and any(each.startswith(f"{name}|") for each in vocabulary.permitted)
    is_forbidden = name in vocabulary.forbidden or container in vocabulary.forbidden
    if is_forbidden and not is_mixed and name not in vocabulary.permitted:
        raise AccessStringError(f"{rule}: the command {name} is not available and cannot be part of an access string.")
    if name not in vocabulary.commands:
        raise AccessStringError(f"{rule}: there is no such command.")


# --- rules ---------------------------------------------------------------------------------------

_COMMAND = re.compile(r"[+-](@[a-z0-9-]+|[a-z0-9._-]+(\|[a-z0-9._-]+)?)\Z")
_KEY = re.compile(r"(?:~|%(?P<access>r|w|rw|wr)~)(?P<pattern>.+)\Z", re.IGNORECASE)
_DATABASES = re.compile(r"db=(?P<numbers>[0-9]+(,[0-9]+)*)\Z", re.IGNORECASE)
_PASSWORDS = (">", "<", "#", "!")


def _with_rules(permissions: Permissions, rules: tuple[str, ...]) -> Permissions:
    for rule in rules:
        permissions = _with_rule(permissions, rule)
    return permissions


def _with_rule(before: Permissions, rule: str) -> Permissions:
    match rule.lower():
        case "allkeys":
            return _with_key(before, "~*")
        case "resetkeys":
            return replace(before, keys=())
        case "allchannels" | "&*":
            return replace(before, channels=("*",))
        case "resetchannels":
            return replace(before, channels=())
        case "alldbs":
            return replace(before, databases=None)
        case "resetdbs":
            return replace(before, databases=())
        case "allcommands":
            return _with_command(before, "+@all")
        case "nocommands":
            return _with_command(before, "-@all")
        case "reset" | "resetpass" | "nopass":
            raise AccessStringError(f"{rule}: passwords are set with parameters of their own.")
    return _with_value(before, rule)


def _with_value(before: Permissions, rule: str) -> Permissions:
    """A rule that holds a name, a pattern or numbers."""
    if rule.startswith(_PASSWORDS):
        raise AccessStringError("passwords are set with parameters of their own.")  # not shown again: it may be one
    if rule.startswith(("~", "%")):
        return _with_key(before, rule)
    if rule.startswith("&") and rule != "&":
        return _with_channel(before, rule[1:])
    if rule.startswith(("+", "-")):
        return _with_command(before, rule.lower())
    found = _DATABASES.match(rule)
    if found is not None:
        return _with_databases(before, found["numbers"])
    raise AccessStringError(f"{rule}: this is not a rule of an access string.")


def _with_key(before: Permissions, rule: str) -> Permissions:
    found = _KEY.match(rule)
    if found is None:
        raise AccessStringError(f"{rule}: this is not a pattern of keys.")
    if rule != "~*" and any(key.is_everything for key in before.keys):
        raise AccessStringError(f"{rule}: a pattern behind ~* has no effect. resetkeys begins an empty list.")
    access = (found["access"] or "rw").lower()
    present = next((key for key in before.keys if key.pattern == found["pattern"]), None)
    asked = KeyPattern(
        pattern=found["pattern"],
        is_read="r" in access or (present is not None and present.is_read),
        is_written="w" in access or (present is not None and present.is_written),
    )
    if asked.is_everything:
        return replace(before, keys=(asked,))
    if present is None:
        return replace(before, keys=(*before.keys, asked))
    return replace(before, keys=tuple(asked if key is present else key for key in before.keys))


def _with_channel(before: Permissions, pattern: str) -> Permissions:
    present = before.channels or ()
    if present == ("*",):
        raise AccessStringError(f"&{pattern}: a pattern behind &* has no effect. resetchannels begins an empty list.")
    return replace(before, channels=tuple(dict.fromkeys((*present, pattern))))


def _with_databases(before: Permissions, numbers: str) -> Permissions:
    """A list takes the place of the one before, as in the engine."""
    databases = tuple(sorted({int(number) for number in numbers.split(",")}))
    if databases[-1] > DATABASE_NUMBER_MAX:
        raise AccessStringError(f"db={numbers}: the number of a database is {DATABASE_NUMBER_MAX} at most.")
    return replace(before, databases=databases)


def _with_command(before: Permissions, rule: str) -> Permissions:
    if not _COMMAND.match(rule):
        raise AccessStringError(f"{rule}: this names neither a command nor a category.")
    name = rule[1:]
    if name == "@all":
        return replace(before, commands=(rule,))
    first, *others = before.commands
    # Whatever was said of the same commands before is void now.
    kept = (other for other in others if other[1:] != name and not other[1:].startswith(f"{name}|"))
    return replace(before, commands=(first, *kept, rule))


# --- the normal form -----------------------------------------------------------------------------


def _render_permissions(permissions: Permissions) -> list[str]:
    words = [_render_key(key) for key in permissions.keys]
    if permissions.channels == ("*",):
        words.append("&*")
    elif permissions.channels is not None:
        words += ["resetchannels", *(f"&{pattern}" for pattern in permissions.channels)]
    if permissions.databases is not None:
        numbers = ",".join(str(number) for number in permissions.databases)
        words.append(f"db={numbers}" if numbers else "resetdbs")
    return [*words, *permissions.commands]


def _render_key(key: KeyPattern) -> str:
    access = "" if key.is_read and key.is_written else "%R" if key.is_read else "%W"
    return f"{access}~{key.pattern}"
