"""The audit trail as CloudTrail's event history shows it: newest first, of one region, of the last ninety days.

Only calls whose caller was proven are events here, as on AWS; `elastane audit` shows the others as well.
"""

from datetime import timedelta
from zlib import crc32

import msgspec

from elastane.model import faults, paging
from elastane.model.audit_trail import CallSearch, Numbered
from elastane.service.cloudtrail.event_records import event_record, event_source
from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters

HISTORY = timedelta(days=90)
"""Of CloudTrail's event history, however long the audit trail is kept."""
RESULTS_MAX = 50
_SOURCE_SUFFIX = ".amazonaws.com"


async def lookup_events(ctx: Context, parameters: Parameters) -> Result:
    """Raises InvalidLookupAttributes, InvalidTimeRange and InvalidNextToken.

    MaxResults out of range and an unknown AttributeKey break limits that the model declares: ValidationException.
    """
    search = _requested_search(ctx, parameters)
    token = parameters.text("NextToken")
    limit = parameters.integer("MaxResults") or RESULTS_MAX
    page = msgspec.structs.replace(
        search,
        before_number=_parse_token(token, parameters) if token else None,
        # One more than the page tells whether there is another one.
        limit=limit + 1,
    )
    # The model's only EventCategory is insight, and there are no Insights: no events of that kind.
    found = () if parameters.text("EventCategory") == "insight" else await ctx.search_calls(page)
    here = found[:limit]
    has_more = len(found) > len(here)
    return {
        "Events": [_answer(numbered, ctx) for numbered in here],
        "NextToken": _render_token(here[-1].number, parameters) if has_more else None,
    }


def _requested_search(ctx: Context, parameters: Parameters) -> CallSearch:
    now = ctx.now()
    start, end = parameters.moment("StartTime"), parameters.moment("EndTime")
    if start is not None and end is not None and start > end:
        raise faults.InvalidTimeRange("The start time must be before the end time.")
    oldest = now - HISTORY
    search = CallSearch(
        region=ctx.region,
        is_proven=True,
        start=oldest if start is None else max(start, oldest),
        # Events are shown to the second: the one that an EndTime names belongs to it.
        end=None if end is None else end.replace(microsecond=999_999),
    )
    attributes = parameters.structures("LookupAttributes") or ()
    if len(attributes) > 1:
        raise faults.InvalidLookupAttributes("Only one lookup attribute can be given.")
    for attribute in attributes:
        value = attribute.required_text("AttributeValue")
        search = _narrowed(search, attribute.required_text("AttributeKey"), value)
    return search


def _narrowed(search: CallSearch, key: str, value: str) -> CallSearch:
    match key:
        case "EventId":
            return msgspec.structs.replace(search, event_id=value)
        case "EventName":
            return msgspec.structs.replace(search, action=value)
        case "ReadOnly":
            if value.lower() not in ("true", "false"):
                raise faults.InvalidLookupAttributes("The value of ReadOnly must be true or false.")
            return msgspec.structs.replace(search, is_reading=value.lower() == "true")
        case "Username":
            return msgspec.structs.replace(search, name=value)
        case "ResourceType":
            return msgspec.structs.replace(search, resource_type=value)
        case "ResourceName":
            return msgspec.structs.replace(search, resource_name=value)
        case "EventSource":
            # Sources that are no services of ours have no events; a bare name is none of AWS's sources.
            service = value.removesuffix(_SOURCE_SUFFIX) if value.endswith(_SOURCE_SUFFIX) else ""
            return msgspec.structs.replace(search, service=service)
        case "AccessKeyId":
            return msgspec.structs.replace(search, access_key_id=value)
    raise AssertionError(f"the model's enumeration has no {key}")


# --- pages ---------------------------------------------------------------------------------------


def _render_token(number: int, parameters: Parameters) -> str:
    return paging.render_marker(f"{number} {_fingerprint(parameters)}")


def _parse_token(token: str, parameters: Parameters) -> int:
    """A token belongs to the parameters that it was given for, as AWS says. Raises InvalidNextToken."""
    refusal = faults.InvalidNextToken("The token is not valid, or was given for a request with other parameters.")
    try:
        number, _, fingerprint = paging.parse_marker(token).partition(" ")
    except faults.InvalidParameterValue:
        raise refusal from None
    if fingerprint != _fingerprint(parameters) or not (number.isascii() and number.isdigit() and len(number) < 19):
        raise refusal
    return int(number)


def _fingerprint(parameters: Parameters) -> str:
    """Of all that says which events are wanted; how many at a time may change from page to page."""
    attributes = [
        (attribute.text("AttributeKey"), attribute.text("AttributeValue"))
        for attribute in parameters.structures("LookupAttributes") or ()
    ]
    asked = (attributes, parameters.moment("StartTime"), parameters.moment("EndTime"), parameters.text("EventCategory"))
    return f"{crc32(msgspec.json.encode(asked)):08x}"


def _answer(numbered: Numbered, ctx: Context) -> Result:
    record = numbered.record
    asked = record.asked
    return {
        "EventId": record.event_id,
        "EventName": asked.action,
        "ReadOnly": "true" if asked.is_reading else "false",
        "AccessKeyId": record.caller.access_key_id,
        # To the second, as in the record below.
        "EventTime": record.at.replace(microsecond=0),
        "EventSource": event_source(asked.service),
        "Username": record.caller.name,
        "Resources": [{"ResourceType": resource.type, "ResourceName": resource.name} for resource in asked.resources],
        "CloudTrailEvent": msgspec.json.encode(event_record(record, ctx.account_id)).decode(),
    }
