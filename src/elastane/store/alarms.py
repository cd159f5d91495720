"""Alarms, their states and their history.

An alarm's configuration is written by who asks for it. Its state is a document of its own: evaluations write it, and
SetAlarmState does. Who changes it writes the history and the news for topics in the same transaction, so that neither
is told twice or lost, whoever dies when.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from elastane.model import alarm_history
from elastane.model.alarm_history import HistoryItem, ItemType
from elastane.model.alarm_messages import render_message, render_subject
from elastane.model.alarms import Alarm, AlarmState, StateValue
from elastane.model.ids import AccountId, Region
from elastane.store import topics
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_ALARMS = Kind("alarm", Alarm)
_STATES = Kind("alarm-state", AlarmState)

NO_SUCH_TOPIC = "Topic does not exist"

HISTORY_COUNT_MAX = 200_000
"""Items of all alarms together, some 200 MiB: thousands that change every minute would fill the disk within a month."""
_NUMBER_MAX = 2**63 - 1
PRUNED_AT_ONCE = 5_000
"""In one transaction, for which nobody waits long."""


def find_alarm(tx: Transaction, region: Region, name: str) -> Stored[Alarm] | None:
    return _ALARMS.find(tx, _key(region, name))


def list_alarms(tx: Transaction, region: Region | None = None, *, name_prefix: str = "") -> tuple[Stored[Alarm], ...]:
    """Of a region, or of all; in the order of their names."""
    assert region is not None or not name_prefix, "keys begin with the region"
    return tuple(_ALARMS.list_all(tx, key_prefix="" if region is None else _key(region, name_prefix)))


def list_alarms_from(
    tx: Transaction, region: Region, *, name_prefix: str = "", after_name: str = ""
) -> Iterator[Stored[Alarm]]:
    """Those behind a name, in the order of names; who wants a page of thousands reads no more of them."""
    after_key = _key(region, after_name) if after_name else ""
    return _ALARMS.list_from(tx, key_prefix=_key(region, name_prefix), after_key=after_key, limit=-1)


def count_alarms(tx: Transaction, region: Region) -> int:
    return _ALARMS.count(tx, key_prefix=_key(region, ""))


def save_alarm(tx: Transaction, alarm: Alarm, *, revision: int = NEW) -> None:
    """Raises Conflict."""
    _ALARMS.save(tx, _key(alarm.region, alarm.name), alarm, revision=revision)


def remove_alarm(tx: Transaction, region: Region, name: str) -> None:
    """With its state; its history stays. Idempotent."""
    _ALARMS.remove(tx, _key(region, name))
    _STATES.remove(tx, _key(region, name))


# --- states --------------------------------------------------------------------------------------


def get_state(tx: Transaction, region: Region, name: str) -> Stored[AlarmState]:
    """Of an alarm that there is."""
    stored = _STATES.find(tx, _key(region, name))
    assert stored is not None, "an alarm is saved with its first state"
    return stored


def count_states(tx: Transaction, region: Region) -> Counter[StateValue]:
    """How many alarms of the region are in which state."""
    return Counter(stored.body.value for stored in _STATES.list_all(tx, key_prefix=_key(region, "")))


def save_first_state(tx: Transaction, alarm: Alarm, state: AlarmState) -> None:
    """Raises Conflict."""
    _STATES.save(tx, _key(alarm.region, alarm.name), state, revision=NEW)


def change_state(
    tx: Transaction, alarm: Alarm, before: Stored[AlarmState], after: AlarmState, account_id: AccountId
) -> None:
    """Saves it, and, where the value is another one, writes the history and publishes. Raises Conflict."""
    _STATES.save(tx, _key(alarm.region, alarm.name), after, revision=before.revision)
    if after.value is before.body.value:
        return
    append_history(tx, [alarm_history.state_changed(alarm, before.body, after)])
    if not alarm.actions.is_enabled:
        return
    subject, message = render_subject(alarm, after), render_message(alarm, before.body, after, account_id)
    for topic_arn in alarm.actions.on(after.value):
        message_id = topics.publish(tx, topic_arn=topic_arn, subject=subject, message=message, now=after.updated_at)
        if message_id is None:
            item = alarm_history.action_failed(alarm, after, topic_arn, NO_SUCH_TOPIC)
        else:
            item = alarm_history.action_done(alarm, after, topic_arn, message)
        append_history(tx, [item])


# --- history -------------------------------------------------------------------------------------


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Both ends of the time belong to it. A page goes on behind the last number of the page before."""

    region: Region
    alarm_name: str | None
    type: ItemType | None
    start: datetime
    end: datetime
    is_newest_first: bool
    beyond_number: int | None
    limit: int


def append_history(tx: Transaction, items: Iterable[HistoryItem]) -> None:
    tx.connection.executemany(
        """INSERT INTO alarm_history (region, alarm_name, at, type, summary, data) VALUES (?, ?, ?, ?, ?, ?)""",
        [(each.region, each.alarm_name, _text(each.at), each.type, each.summary, each.data) for each in items],
    )


def list_history(tx: Transaction, query: HistoryQuery) -> tuple[tuple[int, HistoryItem], ...]:
    """With the number of each."""
    is_beyond, order, edge = (
        ("id < :beyond", "DESC", _NUMBER_MAX) if query.is_newest_first else ("id > :beyond", "ASC", 0)
    )
    # An alarm's own items have an index. Of all alarms they are walked in their order, which is given up for the index
    # of a column unless a sign stands before it.
    is_its = "+region = :region" if query.alarm_name is None else "region = :region AND alarm_name = :alarm_name"
    rows = tx.connection.execute(
        f"""
        SELECT id, alarm_name, at, type, summary, data FROM alarm_history
        WHERE {is_its} AND {is_beyond} AND +at >= :start AND +at <= :end AND (:type IS NULL OR type = :type)
        ORDER BY id {order} LIMIT :limit
        """,
        {
            "region": query.region,
            "alarm_name": query.alarm_name,
            "type": query.type,
            "start": _text(query.start),
            "end": _text(query.end),
            "beyond": edge if query.beyond_number is None else query.beyond_number,
            "limit": query.limit,
        },
    )
    return tuple((row[0], _item(query.region, row)) for row in rows)


def prune_history(tx: Transaction, *, before: datetime) -> bool:
    """A piece of what is older, or beyond HISTORY_COUNT_MAX. Whether there may be more."""
    (newest,) = tx.connection.execute("""SELECT max(id) FROM alarm_history""").fetchone()
    pruned = tx.connection.execute(
        """
        DELETE FROM alarm_history WHERE id IN (
            SELECT id FROM alarm_history WHERE at < :before OR id <= :surplus LIMIT :limit
        )
        """,
        {"before": _text(before), "surplus": (newest or 0) - HISTORY_COUNT_MAX, "limit": PRUNED_AT_ONCE},
    )
    return pruned.rowcount == PRUNED_AT_ONCE


def _item(region: Region, row: tuple[int, str, str, str, str, str]) -> HistoryItem:
    _, alarm_name, at, kind, summary, data = row
    return HistoryItem(
        region=region,
        alarm_name=alarm_name,
        at=datetime.fromisoformat(at),
        type=ItemType(kind),
        summary=summary,
        data=data,
    )


def _key(region: Region, name: str) -> str:
    return f"{region}/{name}"


def _text(at: datetime) -> str:
    """Fixed width, so that the order of texts is the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
