"""`elastane audit`: who asked the API for what, when, from where, and what came of it.

It reads the audit trail's file from outside, whether or not a control plane runs. The rows are values, and the text
is made of them by pure functions.
"""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.cli.tables import table, terminal_columns
from elastane.clock import every, utc_now
from elastane.model.audit_trail import CallRecord, CallSearch, Chain, Numbered
from elastane.store.audit_rows import NotedHead, Verified
from elastane.store.audit_trail import search_from_outside, verify_from_outside

FOLLOW_SECONDS = 0.5
FOLLOWED_AT_ONCE = 1_000
HEADS = ("time", "region", "caller", "action", "outcome", "from", "resources")
COLUMNS_MIN = 160
"""A narrower terminal breaks lines by itself: better than actions and addresses in pieces."""
BROKEN_EXIT_CODE = 1
FOLLOW_BEGINNING = 10
"""Records shown before those that come."""


@told_in_a_sentence()
def audit(
    data_dir: DataDirectory = None,
    caller: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of this caller: an ARN, a name, or an access key's id.")
    ] = None,
    action: Annotated[str | None, typer.Option(metavar="ACTION", help="Only this action, as AWS spells it.")] = None,
    resource: Annotated[str | None, typer.Option(metavar="ID", help="Only what names this resource.")] = None,
    outcome: Annotated[
        str | None, typer.Option(metavar="OUTCOME", help='"success", "fault", or a fault\'s code.')
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only from then on: 2026-11-23T12:00, or 30m, 12h, 7d ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only up to then.")] = None,
    limit: Annotated[int, typer.Option(metavar="COUNT", min=1, help="The newest so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Whole records, one JSON object a line.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check the chains of hashes instead; exit code 1 for a broken one.")
    ] = False,
    noted: Annotated[
        list[str] | None,
        typer.Option(metavar="HEAD", help="With --verify: a head that it printed before, which must still be there."),
    ] = None,
) -> None:
    """Show who asked the API for what, and what came of it: the audit trail, oldest first.

    Reading and refused calls are there as well. What nobody has proven is marked with a question mark.
    """
    directory = chosen_data_dir(data_dir, os.environ)
    if verify:
        _verify(directory, [parse_head(text) for text in noted or ()])
        return
    now = utc_now()
    search = CallSearch(
        caller=caller,
        action=action,
        resource_name=resource,
        outcome=outcome,
        start=None if since is None else parse_time(since, now, "--since"),
        end=None if until is None else parse_time(until, now, "--until"),
        limit=limit,
    )
    if follow:
        with contextlib.suppress(KeyboardInterrupt):  # how it is meant to end
            asyncio.run(_follow(directory, search, as_json=as_json))
        return
    found = tuple(reversed(_found(directory, search)))
    typer.echo(
        json_lines(found) if as_json else records_text(found, columns=max(terminal_columns(), COLUMNS_MIN)),
        nl=not as_json,
    )


def _found(directory: Path, search: CallSearch) -> tuple[Numbered, ...]:
    found = search_from_outside(directory, search)
    if found is None:
        raise CommandError(f"There is no audit trail in {directory}: no control plane has run there.")
    return found


async def _follow(directory: Path, search: CallSearch, *, as_json: bool) -> None:
    """The newest few, and then whatever is added, line by line."""
    begun = tuple(reversed(_found(directory, msgspec.structs.replace(search, limit=FOLLOW_BEGINNING))))
    newest = _found(directory, CallSearch(limit=1))
    last = max((numbered.number for numbered in (*begun, *newest)), default=0)
    _print_lines(begun, as_json=as_json)

    async def look() -> None:
        nonlocal last
        added = _found(
            directory,
            msgspec.structs.replace(search, after_number=last, is_oldest_first=True, limit=FOLLOWED_AT_ONCE),
        )
        _print_lines(added, as_json=as_json)
        last = added[-1].number if added else last

    await every(FOLLOW_SECONDS, look)


def _print_lines(found: Sequence[Numbered], *, as_json: bool) -> None:
    if found:
        typer.echo(json_lines(found) if as_json else "\n".join("  ".join(row) for row in rows(found)), nl=not as_json)


def _verify(directory: Path, noted: Sequence[NotedHead]) -> None:
    verified = verify_from_outside(directory, noted)
    if verified is None:
        raise CommandError(f"There is no audit trail in {directory}: no control plane has run there.")
    typer.echo(verified_text(verified))
    if any(chain.broken_at is not None for chain in verified):
        raise typer.Exit(BROKEN_EXIT_CODE)


# --- what is asked for: pure ---------------------------------------------------------------------

_AGO = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_time(text: str, now: datetime, option: str) -> datetime:
    """A moment, in UTC where it names no zone, or so long ago. Raises CommandError."""
    try:
        if (ago := _AGO.fullmatch(text)) is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandError(
            f"{option} must be a time like 2026-11-23T12:00, or 30m, 12h or 7d ago; got {text!r}."
        ) from None


def parse_head(text: str) -> NotedHead:
    """``changes:1234:<64 hexadecimal digits>``, as --verify prints it. Raises CommandError."""
    chain, _, rest = text.partition(":")
    number, _, head_hash = rest.partition(":")
    is_spelled = number.isascii() and number.isdecimal() and re.fullmatch(r"[0-9a-f]{64}", head_hash) is not None
    if chain not in [str(known) for known in Chain] or not is_spelled:
        raise CommandError(f"--noted must be a head as --verify prints it, CHAIN:NUMBER:HASH; got {text!r}.")
    return NotedHead(chain=Chain(chain), number=int(number), head_hash=head_hash)


# --- the text: pure ------------------------------------------------------------------------------


def records_text(found: Sequence[Numbered], *, columns: int) -> str:
    return table(HEADS, rows(found), columns=columns) if found else "No call is recorded that meets all of this."


def rows(found: Iterable[Numbered]) -> list[tuple[str, ...]]:
    return [
        (
            record.at.strftime("%Y-%m-%d %H:%M:%S"),
            record.region or "-",
            _caller(record),
            printable(record.asked.action or "-"),
            record.outcome.code or "success",
            record.origin.address or "-",
            printable(", ".join(resource.name for resource in record.asked.resources) or "-"),
        )
        for record in (numbered.record for numbered in found)
    ]


def _caller(record: CallRecord) -> str:
    caller = record.caller
    if caller.is_proven:
        return printable(caller.name or caller.access_key_id or "-")
    return "nobody" if caller.access_key_id is None else f"{printable(caller.access_key_id)}?"


def json_lines(found: Iterable[Numbered]) -> str:
    """In ASCII alone: what a caller sent must not steer the terminal that it is shown on."""
    return "".join(
        json.dumps({"number": numbered.number} | msgspec.to_builtins(numbered.record)) + "\n" for numbered in found
    )


def printable(text: str) -> str:
    """Without what would steer a terminal, or begin another line."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def verified_text(verified: Iterable[Verified]) -> str:
    return "\n".join(_verified_line(chain) for chain in verified)


def _verified_line(chain: Verified) -> str:
    counted = f"{chain.chain}: {chain.record_count:,} records"
    if chain.broken_at is not None:
        return f"{counted}, BROKEN at number {chain.broken_at}: {chain.sentence}."
    return f"{counted}, whole. Head: {chain.chain}:{chain.head_number}:{chain.head_hash}"
