"""CloudTrail's actions, as a table: the one that asks who did what. Trails, lakes and insights are not built."""

from elastane.service.cloudtrail.events import lookup_events
from elastane.service.context import Action

ACTIONS: dict[str, Action] = {
    "LookupEvents": lookup_events,
}
