"""What became of alarms, as DescribeAlarmHistory tells it: for thirty days, also of alarms that are deleted."""

from datetime import datetime

from elastane.model import cloudwatch_faults, paging
from elastane.model.alarm_history import HISTORY_KEPT, HistoryItem, ItemType
from elastane.service.cloudwatch.alarms import METRIC_ALARM, parse_page_token
from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters
from elastane.store import alarms
from elastane.store.alarms import HistoryQuery

RECORDS_DEFAULT = 100
_NUMBER_LENGTH_MAX = 18


async def describe_alarm_history(ctx: Context, parameters: Parameters) -> Result:
    """Newest first, where nothing else is asked. Raises InvalidPageToken."""
    types, item_type = parameters.texts("AlarmTypes"), parameters.text("HistoryItemType")
    beyond = _parse_number(parse_page_token(parameters))
    # Contributors are of alarms on queries, which are not built: no items of that kind.
    if (types and METRIC_ALARM not in types) or (item_type is not None and item_type not in set(ItemType)):
        return {"AlarmHistoryItems": []}
    limit = parameters.integer("MaxRecords") or RECORDS_DEFAULT
    start, end = _window(ctx.now(), parameters)
    query = HistoryQuery(
        region=ctx.region,
        alarm_name=parameters.text("AlarmName"),
        type=None if item_type is None else ItemType(item_type),
        start=start,
        end=end,
        is_newest_first=parameters.text("ScanBy") != "TimestampAscending",
        beyond_number=beyond,
        # One more than the page tells whether there is another one.
        limit=limit + 1,
    )
    found = await ctx.store.read(lambda tx: alarms.list_history(tx, query))
    here = found[:limit]
    has_more = len(found) > len(here)
    return {
        "AlarmHistoryItems": [_answer(item) for _, item in here],
        "NextToken": paging.render_marker(str(here[-1][0])) if has_more else None,
    }


def _window(now: datetime, parameters: Parameters) -> tuple[datetime, datetime]:
    oldest = now - HISTORY_KEPT
    return max(oldest, parameters.moment("StartDate") or oldest), parameters.moment("EndDate") or now


def _parse_number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _NUMBER_LENGTH_MAX):
        raise cloudwatch_faults.InvalidPageToken("The token is not valid: it was not given by DescribeAlarmHistory.")
    return int(text)


def _answer(item: HistoryItem) -> Result:
    return {
        "AlarmName": item.alarm_name,
        "AlarmType": METRIC_ALARM,
        "Timestamp": item.at,
        "HistoryItemType": item.type,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
    }
