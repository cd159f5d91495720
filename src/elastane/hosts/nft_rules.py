"""Who may connect to which cache, as rules for the kernel's packet filter: text out, listing in, no I/O.

    table inet elastane_1a2b3c4d
        arriving    what comes in to this machine: anything but a new connection to one of our addresses passes
        caches      which chain judges connections to an address
        members_N   addresses of nodes that have a security group which rules name; most caches name the same one
        cache_N     one cache: its own nodes, never another VPC, then what its rules admit; the rest is dropped
        itself_N    connections to an address from the same address: on Linux that is how a process of this machine
                    is seen when the address is no loopback one, so it is judged as this machine and never as a node

Only a connection's first packet is judged, so no connection is tracked and what is established lives on when its rule
is revoked, as EC2's tracked connections do. Dropped and not rejected: a caller waits, as in a VPC. What is not TCP over
IPv4 is let pass: nothing of ours listens to it.

One file given to `nft -f -` is one transaction: the old table is gone and the new one there at once.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from elastane.model.admissions import Admission, Guard, Guarded

FAMILY = "inet"
TABLE_PREFIX = "elastane_"
_ARRIVING = "arriving"
_CACHES = "caches"
_MARK = "elastane"


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """What `nft -f -` is given, and by what its listing is recognised."""

    text: str
    mark: str
    """Stands in the table as a comment; it names the block and what was rendered."""
    rule_counts: Mapping[str, int]
    """By chain."""


def table_name(data_dir: Path) -> str:
    """Of the data directory, without links on its way: the same at every start, and no other installation's."""
    return f"{TABLE_PREFIX}{hashlib.sha256(str(data_dir).encode()).hexdigest()[:8]}"


def render(guard: Guard, table: str) -> Rendered:
    members, verdicts = _members(guard), _verdicts(guard)
    chains = dict(_chains(guard, members))
    digest = hashlib.sha256(json.dumps([chains, verdicts, list(members)]).encode()).hexdigest()[:16]
    mark = f"{_mark_of_block(guard.block)} {digest}"
    first, *others = chains[_ARRIVING]
    chains[_ARRIVING] = [f'{first} comment "{mark}"', *others]
    parts = [_render_map(verdicts)]
    parts += [_render_set(name, addresses) for addresses, name in members.items()]
    parts += [_render_chain(name, rules) for name, rules in chains.items()]
    body = "".join(parts)
    text = f"table {FAMILY} {table}\n{render_removal(table)}table {FAMILY} {table} {{\n{body}}}\n"
    return Rendered(text=text, mark=mark, rule_counts={name: len(rules) for name, rules in chains.items()})


def render_removal(table: str) -> str:
    return f"delete table {FAMILY} {table}\n"


# --- chains --------------------------------------------------------------------------------------


def _chains(guard: Guard, members: Mapping[tuple[str, ...], str]) -> Iterator[tuple[str, list[str]]]:
    """Those that are led to first: nft knows no chain before it was named."""
    for number, cache in enumerate(guard.caches, start=1):
        if cache.admissions is not None:
            yield f"itself_{number}", [*_of_this_machine_itself(cache.admissions), "drop"]
            yield f"cache_{number}", [*_of_cache(guard, number, cache, members), "drop"]
    yield _ARRIVING, list(_of_arriving(guard))


def _of_arriving(guard: Guard) -> Iterator[str]:
    yield f"ip daddr != {guard.block} accept"
    yield "meta nfproto != ipv4 accept"
    yield "meta l4proto != tcp accept"
    yield "tcp flags & (fin | syn | rst | ack) != syn accept"
    # Nobody outside has an address of ours: the kernel drops such packets itself, unless it is told not to.
    yield f'iif != "lo" ip saddr {guard.block} drop'
    yield f"ip saddr {guard.control_address} accept"
    if guard.caches:
        yield f"ip daddr vmap @{_CACHES}"
    yield f"ip daddr {{ {', '.join(f'{first}-{last}' for first, last in guard.open_ranges)} }} accept"
    # An address that was given to a node a moment ago is closed until the next rules know it.
    yield "drop"


def _of_cache(guard: Guard, number: int, cache: Guarded, members: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    pairs = (f"{address} . {address}" for address in (*cache.node_addresses, *cache.endpoint_addresses))
    yield f"ip saddr . ip daddr {{ {', '.join(pairs)} }} goto itself_{number}"
    yield f"ip saddr {{ {', '.join(cache.node_addresses)} }} accept"
    if cache.foreign_ranges:
        yield f"ip saddr {{ {', '.join(cache.foreign_ranges)} }} drop"
    for admission in cache.admissions or ():
        if admission.sources.is_machine_admitted:
            yield f'iif "lo" ip saddr != {guard.block} tcp dport {admission.port} accept'
        if admission.sources.addresses:
            yield f"ip saddr @{members[admission.sources.addresses]} tcp dport {admission.port} accept"
        yield from _of_ranges(admission)


def _of_this_machine_itself(admissions: Iterable[Admission]) -> Iterator[str]:
    for admission in admissions:
        if admission.sources.is_machine_admitted:
            yield f"tcp dport {admission.port} accept"
        yield from _of_ranges(admission)


def _of_ranges(admission: Admission) -> Iterator[str]:
    ranges = admission.sources.ranges
    if "0.0.0.0/0" in ranges:
        yield f"tcp dport {admission.port} accept"
    elif ranges:
        yield f"ip saddr {{ {', '.join(ranges)} }} tcp dport {admission.port} accept"


def _verdicts(guard: Guard) -> dict[str, str]:
    return {
        address: "accept" if cache.admissions is None else f"goto cache_{number}"
        for number, cache in enumerate(guard.caches, start=1)
        for address in (*cache.node_addresses, *cache.endpoint_addresses)
    }


def _members(guard: Guard) -> dict[tuple[str, ...], str]:
    """The name of the set that holds these addresses, for all that are named together."""
    admissions = (admission for cache in guard.caches for admission in cache.admissions or ())
    together = dict.fromkeys(admission.sources.addresses for admission in admissions if admission.sources.addresses)
    return {addresses: f"members_{number}" for number, addresses in enumerate(together, start=1)}


def _render_set(name: str, addresses: Iterable[str]) -> str:
    return f"\tset {name} {{\n\t\ttype ipv4_addr\n\t\telements = {{ {', '.join(addresses)} }}\n\t}}\n"


def _render_map(verdicts: Mapping[str, str]) -> str:
    elements = ",\n".join(f"\t\t\t{address} : {verdict}" for address, verdict in verdicts.items())
    inside = f"\t\telements = {{\n{elements}\n\t\t}}\n" if verdicts else ""
    return f"\tmap {_CACHES} {{\n\t\ttype ipv4_addr : verdict\n{inside}\t}}\n"


def _render_chain(name: str, rules: Iterable[str]) -> str:
    hook = "\t\ttype filter hook input priority filter; policy accept;\n" if name == _ARRIVING else ""
    lines = "".join(f"\t\t{rule}\n" for rule in rules)
    return f"\tchain {name} {{\n{hook}{lines}\t}}\n"


def _mark_of_block(block: str) -> str:
    return f"{_MARK} {block}"


# --- what nft lists ------------------------------------------------------------------------------


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A table as the kernel has it now."""

    mark: str
    """Empty when its first rule is not ours."""
    rule_counts: Mapping[str, int]
    is_hooked: bool
    """Whether packets come by at all."""
    fingerprint: str
    """Changes with anything in the table, but not with the numbers that the kernel gives."""


def parse_listing(text: str) -> Listed:
    """Of ``nft -j list table``. Raises ValueError, KeyError or TypeError for what is no such listing."""
    entries: list[dict[str, Any]] = _entries(text)
    chains = [entry["chain"] for entry in entries if "chain" in entry]
    rules = [entry["rule"] for entry in entries if "rule" in entry]
    counts = {str(chain["name"]): 0 for chain in chains}
    for rule in rules:
        counts[rule["chain"]] += 1
    marks = [str(rule.get("comment", "")) for rule in rules if rule["chain"] == _ARRIVING]
    return Listed(
        mark=next((mark for mark in marks if mark.startswith(_MARK)), ""),
        rule_counts=counts,
        is_hooked=any(chain["name"] == _ARRIVING and chain.get("hook") == "input" for chain in chains),
        fingerprint=hashlib.sha256(json.dumps(_without_handles(entries), sort_keys=True).encode()).hexdigest(),
    )


def is_as_rendered(listed: Listed, rendered: Rendered) -> bool:
    return listed.is_hooked and listed.mark == rendered.mark and listed.rule_counts == rendered.rule_counts


def parse_tables(text: str) -> tuple[str, ...]:
    """The names of the tables of any Elastane, of ``nft -j list tables``."""
    found = (entry["table"] for entry in _entries(text) if "table" in entry)
    names = (str(table["name"]) for table in found if table["family"] == FAMILY)
    return tuple(name for name in names if name.startswith(TABLE_PREFIX))


def guards_block(listed: Listed, block: str) -> bool:
    return listed.mark.startswith(f"{_mark_of_block(block)} ")


def _entries(text: str) -> list[dict[str, Any]]:
    listing = json.loads(text)
    return [entry for entry in listing["nftables"] if "metainfo" not in entry]


def _without_handles(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_handles(part) for name, part in value.items() if name != "handle"}
    if isinstance(value, list):
        return [_without_handles(part) for part in value]
    return value
