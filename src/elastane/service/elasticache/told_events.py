"""A line in the history of what a call changed, written in the call's own transaction."""

from elastane.model.events import Event, SourceType
from elastane.service.context import Context
from elastane.store import Transaction
from elastane.store.events import append_events


def tell(
    tx: Transaction,
    ctx: Context,
    source_type: SourceType,
    source_id: str,
    message: str,
    *,
    topic_arn: str | None = None,
) -> None:
    """A topic is named where the line is one that AWS tells topics of (`model/event_names`)."""
    line = Event(
        region=ctx.region,
        source_type=source_type,
        source_id=source_id,
        message=message,
        at=ctx.now(),
        topic_arn=topic_arn,
    )
    append_events(tx, (line,))
