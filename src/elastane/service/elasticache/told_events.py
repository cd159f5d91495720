"""A line in the history of what a call changed, written in the call's own transaction."""

from elastane.model.events import Event, SourceType
from elastane.service.context import Context
from elastane.store import Transaction
from elastane.store.events import append_events


def tell(tx: Transaction, ctx: Context, source_type: SourceType, source_id: str, message: str) -> None:
    line = Event(region=ctx.region, source_type=source_type, source_id=source_id, message=message, at=ctx.now())
    append_events(tx, (line,))
