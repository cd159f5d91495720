"""STS's actions, as a table: the one that nearly every tool asks before it asks ElastiCache anything."""

from elastane.service.context import Action
from elastane.service.sts.caller_identity import get_caller_identity

ACTIONS: dict[str, Action] = {
    "GetCallerIdentity": get_caller_identity,
}
