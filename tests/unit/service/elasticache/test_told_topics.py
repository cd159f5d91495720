"""A call about a cache tells the cache's topic what AWS would tell it."""

from elastane.service.context import Context
from elastane.store.events import list_events_to_tell
from tests.kit.calls import make_security_group
from tests.kit.contexts import call, create_group, settle

TOPIC_ARN = "arn:aws:sns:us-east-1:000000000000:orders"


async def test_a_change_of_security_groups_is_told_the_cache_s_topic(ctx: Context) -> None:
    await create_group(ctx, nodes=1, NotificationTopicArn=TOPIC_ARN)
    await settle(ctx)
    other = await make_security_group(ctx)

    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", SecurityGroupIds=[other])

    found = await ctx.store.read(lambda tx: list_events_to_tell(tx, after_number=0, limit=10))
    assert [(event.message, event.topic_arn) for _, event in found] == [("Applied change to security group", TOPIC_ARN)]
