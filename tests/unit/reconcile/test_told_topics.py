"""Which topic a line of the history is news for: the cache's, while it is active, also when the cache goes."""

import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.model.replication_groups import ReplicationGroup
from elastane.reconcile.transitions import event_of_group, events_between, node_event
from tests.kit import groups
from tests.kit.situations import NOW, absent, situation

TOPIC_ARN = "arn:aws:sns:us-east-1:000000000000:orders"
GROUP = groups.group("orders", groups.node("orders-001"))


def telling(*, is_active: bool = True, topic_arn: str | None = TOPIC_ARN) -> ReplicationGroup:
    upkeep = replace(GROUP.upkeep, notification_topic_arn=topic_arn, is_notification_active=is_active)
    return replace(GROUP, upkeep=upkeep)


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (telling(), TOPIC_ARN),
        (telling(is_active=False), None),
        (telling(topic_arn=None), None),
    ],
    ids=["active", "inactive", "without a topic"],
)
def test_every_line_names_the_topic_that_shall_be_told(group: ReplicationGroup, told: str | None) -> None:
    seen = situation(group, *(absent(node) for node in group.nodes))

    lines = (
        *events_between(seen, NOTHING_OBSERVED, groups.observed(group)),
        node_event(seen, group.nodes[0].id, "Cache cluster deleted"),
        event_of_group(group, "Replication group orders deleted", NOW),
    )

    assert len(lines) > 3
    assert {line.topic_arn for line in lines} == {told}
