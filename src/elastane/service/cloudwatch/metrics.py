"""Which metrics there are, and metrics of a caller's own."""

from datetime import timedelta
from zlib import crc32

import msgspec

from elastane.model import cloudwatch_faults, faults, paging
from elastane.service.cloudwatch.named_metrics import answer_metric
from elastane.service.cloudwatch.requested_samples import requested_batches
from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters
from elastane.store.errors import TooManyMetrics
from elastane.store.metric_listings import MetricQuery

PAGE_SIZE = 500
LISTED_FOR = timedelta(weeks=2)
"""Without data for longer, a metric is not listed; its data can be had for as long as it is kept."""
RECENTLY = timedelta(hours=3)


async def list_metrics(ctx: Context, parameters: Parameters) -> Result:
    """Raises InvalidParameterValue."""
    if parameters.text("OwningAccount") not in (None, ctx.account_id):
        return {"Metrics": []}
    is_recent = parameters.text("RecentlyActive") is not None
    query = MetricQuery(
        region=ctx.region,
        namespace=parameters.text("Namespace"),
        name=parameters.text("MetricName"),
        dimensions=tuple(
            (each.required_text("Name"), each.text("Value")) for each in parameters.structures("Dimensions") or ()
        ),
        seen_since=ctx.now() - (RECENTLY if is_recent else LISTED_FOR),
        # One more than the page tells whether there is another one.
        limit=PAGE_SIZE + 1,
    )
    fingerprint = f"{crc32(msgspec.json.encode((query.namespace, query.name, query.dimensions, is_recent))):08x}"
    token = parameters.text("NextToken")
    if token:
        query = msgspec.structs.replace(query, after=_parse_token(token, fingerprint))
    try:
        found = await ctx.metric_series.list_metrics(query)
    except ValueError:
        raise _token_refusal() from None
    here = found[:PAGE_SIZE]
    answer: dict[str, object] = {"Metrics": [answer_metric(each.metric) for each in here]}
    if len(found) > len(here):
        answer["NextToken"] = paging.render_marker(f"{fingerprint} {here[-1].key}")
    if parameters.flag("IncludeLinkedAccounts"):
        answer["OwningAccounts"] = [ctx.account_id] * len(here)
    return answer


async def put_metric_data(ctx: Context, parameters: Parameters) -> Result:
    """All of a call's data is kept, or none. Raises InvalidParameterValue, InvalidParameterCombination,
    MissingParameter, and LimitExceeded for new metrics beyond what is kept."""
    # A call has room for hundreds of thousands of numbers.
    batches = await ctx.aside(lambda: requested_batches(ctx, parameters))
    try:
        await ctx.metric_series.append_batches(batches)
    except TooManyMetrics as error:
        raise cloudwatch_faults.LimitExceeded(str(error)) from None
    return {}


def _parse_token(token: str, fingerprint: str) -> str:
    try:
        given, _, key = paging.parse_marker(token, "NextToken").partition(" ")
    except faults.InvalidParameterValue:
        raise _token_refusal() from None
    if given != fingerprint:
        raise _token_refusal()
    return key


def _token_refusal() -> faults.InvalidParameterValue:
    """ListMetrics declares no InvalidNextToken."""
    return faults.InvalidParameterValue(
        "The value for parameter NextToken is invalid, or was given for a request with other parameters."
    )
