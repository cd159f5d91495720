"""Log groups and streams by the names callers use, or the fault AWS answers for a name that is not there."""

from elastane.model import log_faults
from elastane.model.log_groups import LogGroup, LogStream, is_group_name
from elastane.service.context import Context
from elastane.service.parameters import Parameters
from elastane.store import log_rows
from elastane.store.log_events import LogRows

_NO_GROUP = "The specified log group does not exist."
_NO_STREAM = "The specified log stream does not exist."


def get_group(rows: LogRows, ctx: Context, name: str) -> LogGroup:
    """Raises ResourceNotFound."""
    found = log_rows.find_group(rows, ctx.region, name)
    if found is None:
        raise log_faults.ResourceNotFound(_NO_GROUP)
    return found


def get_stream(rows: LogRows, group: LogGroup, name: str) -> LogStream:
    """Raises ResourceNotFound."""
    found = log_rows.find_stream(rows, group, name)
    if found is None:
        raise log_faults.ResourceNotFound(_NO_STREAM)
    return found


def requested_group_name(ctx: Context, parameters: Parameters) -> str:
    """By logGroupName, or by logGroupIdentifier, which may be an ARN; one of the two. Raises InvalidParameter."""
    name, identifier = parameters.text("logGroupName"), parameters.text("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise log_faults.InvalidParameter("Exactly one of logGroupName and logGroupIdentifier must be specified.")
    return name if name is not None else group_name_of(ctx, identifier or "")


def group_name_of(ctx: Context, identifier: str) -> str:
    """The name in an identifier. Raises InvalidParameter, and ResourceNotFound for another account's or region's."""
    if not identifier.startswith("arn:"):
        return identifier
    kind, _, name = identifier.partition(":log-group:")
    name = name.removesuffix(":*")
    if not is_group_name(name):
        raise log_faults.InvalidParameter("The specified ARN is not that of a log group.")
    if kind != f"arn:aws:logs:{ctx.region}:{ctx.account_id}":
        raise log_faults.ResourceNotFound(_NO_GROUP)
    return name
