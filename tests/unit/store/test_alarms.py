"""Alarms' history in the store: found by the alarm, and bounded."""

from datetime import timedelta

import pytest

from elastane.model.alarm_history import HistoryItem, ItemType
from elastane.store import Store, Transaction, alarms
from elastane.store.alarms import HistoryQuery
from tests.kit.contexts import NOW, REGION


def item(number: int, name: str = "load") -> HistoryItem:
    return HistoryItem(
        region=REGION,
        alarm_name=name,
        at=NOW + timedelta(seconds=number),
        type=ItemType.STATE_UPDATE,
        summary=f"{number}",
        data="{}",
    )


def query(*, alarm_name: str | None = None, is_newest_first: bool = True, beyond: int | None = None) -> HistoryQuery:
    return HistoryQuery(
        region=REGION,
        alarm_name=alarm_name,
        type=None,
        start=NOW,
        end=NOW + timedelta(days=1),
        is_newest_first=is_newest_first,
        beyond_number=beyond,
        limit=3,
    )


@pytest.mark.parametrize("is_newest_first", [True, False])
@pytest.mark.parametrize("alarm_name", [None, "load"])
async def test_history_is_read_in_order_and_nothing_is_sorted_for_it(
    store: Store, alarm_name: str | None, is_newest_first: bool
) -> None:
    await store.write(lambda tx: alarms.append_history(tx, [item(number) for number in range(6)]))
    asked: list[str] = []

    def read(tx: Transaction) -> list[list[str]]:
        tx.connection.set_trace_callback(asked.append)
        wanted = query(alarm_name=alarm_name, is_newest_first=is_newest_first)
        first = alarms.list_history(tx, wanted)
        tx.connection.set_trace_callback(None)
        wanted = query(alarm_name=alarm_name, is_newest_first=is_newest_first, beyond=first[-1][0])
        return [[each.summary for _, each in page] for page in (first, alarms.list_history(tx, wanted))]

    pages = await store.read(read)
    plan = await store.read(lambda tx: str(tx.connection.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()))

    in_order = [str(number) for number in range(6)]
    assert pages[0] + pages[1] == (in_order[::-1] if is_newest_first else in_order)
    assert "TEMP B-TREE" not in plan
    assert "alarm_name=?" in plan or alarm_name is None


async def test_history_is_pruned_in_pieces_down_to_its_bound(store: Store) -> None:
    beyond = alarms.PRUNED_AT_ONCE + 1

    def fill(tx: Transaction) -> None:
        alarms.append_history(tx, [item(number) for number in range(beyond)])
        number_max = alarms.HISTORY_COUNT_MAX + beyond
        tx.connection.execute("""UPDATE alarm_history SET id = ? WHERE id = ?""", (number_max, beyond))

    await store.write(fill)
    pieces = [await store.write(lambda tx: alarms.prune_history(tx, before=NOW)) for _ in range(2)]

    assert pieces == [True, False]
    (left,) = await store.read(lambda tx: alarms.list_history(tx, query()))
    assert left[1].summary == str(beyond - 1)
