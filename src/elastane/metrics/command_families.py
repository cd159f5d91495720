"""The families that AWS counts commands by, as a table, and which of them a command belongs to.

What a command is, its engine says itself (COMMAND): commands that a later engine brings fall into the right families
by themselves. A command may belong to several: HGET is of hashes, and reads. AWS names examples of each family in its
guide (CacheMetrics.Redis); where those and the engine's own groups differ the examples win: DBSIZE is about the
keyspace, and "acts upon no key".
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from elastane.model.measurements import CommandKind, CommandUse


class Access(StrEnum):
    ANY = "any"
    READ = "read"
    WRITE = "write"


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Who belongs to it: whoever one of `categories`, `commands` and `prefix` names, and fits the rest.

    Where none of the three is given it names everybody.
    """

    name: str
    label: str
    """In Prometheus."""
    categories: frozenset[str] = frozenset()
    commands: frozenset[str] = frozenset()
    prefix: str = ""
    access: Access = Access.ANY
    is_keyed: bool | None = None


def _of(name: str, label: str, *categories: str) -> Family:
    return Family(name=name, label=label, categories=frozenset(categories))


def _module(name: str, label: str, prefix: str, access: Access = Access.ANY) -> Family:
    """There only where the module is."""
    return Family(name=name, label=label, prefix=prefix, access=access)


_SCRIPTS = frozenset({"eval", "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro"})

GET_TYPE = Family(name="GetType", label="get_type", access=Access.READ)
SET_TYPE = Family(name="SetType", label="set_type", access=Access.WRITE)

FAMILIES: tuple[Family, ...] = (
    Family(name="ClusterBased", label="cluster", prefix="cluster|"),
    Family(name="EvalBased", label="eval", commands=_SCRIPTS),
    _of("GeoSpatialBased", "geo_spatial", "geo"),
    GET_TYPE,
    _of("HashBased", "hash", "hash"),
    _of("HyperLogLogBased", "hyper_log_log", "hyperloglog"),
    _module("JsonBased", "json", "json."),
    _module("JsonBasedGet", "json_get", "json.", Access.READ),
    _module("JsonBasedSet", "json_set", "json.", Access.WRITE),
    Family(name="KeyBased", label="key", categories=frozenset({"keyspace"}), is_keyed=True),
    _of("ListBased", "list", "list"),
    Family(name="NonKeyType", label="non_key_type", is_keyed=False),
    _of("PubSubBased", "pub_sub", "pubsub"),
    _of("SetBased", "set", "set"),
    SET_TYPE,
    _of("SortedSetBased", "sorted_set", "sortedset"),
    _of("StringBased", "string", "string", "bitmap"),
    _of("StreamBased", "stream", "stream"),
    _module("SearchBased", "search", "ft."),
    _module("SearchBasedGet", "search_get", "ft.", Access.READ),
    _module("SearchBasedSet", "search_set", "ft.", Access.WRITE),
)


def families_of(command: str, kind: CommandKind) -> tuple[Family, ...]:
    return tuple(family for family in FAMILIES if _belongs(family, command, kind))


def _belongs(family: Family, command: str, kind: CommandKind) -> bool:
    names_everybody = not (family.categories or family.commands or family.prefix)
    is_named = (
        names_everybody
        or not family.categories.isdisjoint(kind.categories)
        or command in family.commands
        or (family.prefix != "" and command.startswith(family.prefix))
    )
    fits = {Access.ANY: True, Access.READ: kind.is_read, Access.WRITE: kind.is_write}[family.access]
    return is_named and fits and family.is_keyed in (None, kind.is_keyed)


def calls_field(family: Family) -> str:
    """What the number of a family's calls is called among an engine's numbers."""
    return f"calls_of_{family.label}"


def microseconds_field(family: Family) -> str:
    return f"microseconds_of_{family.label}"


class FamilyTable:
    """Sums up by family what an engine counts by command. Made once for all engines with the same commands."""

    def __init__(self, kinds: Mapping[str, CommandKind]) -> None:
        self.kinds = kinds
        families = {command: families_of(command, kind) for command, kind in kinds.items()}
        present = {family for members in families.values() for family in members}
        fields = [field for family in present for field in (calls_field(family), microseconds_field(family))]
        self._nothing = dict.fromkeys(fields, 0.0)
        self._fields = {
            command: tuple((calls_field(family), microseconds_field(family)) for family in members)
            for command, members in families.items()
        }

    def sum_up(self, commands: Mapping[str, CommandUse]) -> dict[str, float]:
        """0 for a family that was not called, nothing for one that the engine does not have."""
        sums = dict(self._nothing)
        for command, use in commands.items():
            for calls, microseconds in self._fields.get(command, ()):
                sums[calls] += use.calls
                sums[microseconds] += use.microseconds
        return sums
