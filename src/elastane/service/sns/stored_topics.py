"""Topics and subscriptions as a call names them, looked up; and long lists of them, a page at a time."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from elastane.model import faults, paging, sns_faults
from elastane.model.ids import AccountId, Region
from elastane.model.topics import Subscription, Topic, find_topic_arn, find_topic_name
from elastane.service.context import Context
from elastane.store import Transaction, topics
from elastane.store.documents import Stored

PAGE_LENGTH: Final = 100

Item = TypeVar("Item")


def refuse_foreign_topic(ctx: Context, topic_arn: str, name: str = "TopicArn") -> None:
    """Raises InvalidParameter for what is no topic's ARN, or another region's; NotFound for another account's."""
    named = find_topic_name(topic_arn)
    if named is None or named.region != ctx.region:
        raise sns_faults.InvalidParameter(f"Invalid parameter: {name}")
    _refuse_other_account(ctx.account_id, named.account_id)


def get_topic(tx: Transaction, topic_arn: str) -> Stored[Topic]:
    """Raises NotFound."""
    stored = topics.find_topic(tx, topic_arn)
    if stored is None:
        raise sns_faults.NotFound("Topic does not exist")
    return stored


def refuse_foreign_subscription(subscription_arn: str, region: Region) -> None:
    """Raises InvalidParameter for what is no subscription's ARN, or another region's."""
    topic_arn = find_topic_arn(subscription_arn)
    named = None if topic_arn is None else find_topic_name(topic_arn)
    if named is None or named.region != region:
        raise sns_faults.InvalidParameter("Invalid parameter: SubscriptionArn Reason: it is no subscription's ARN here")


def get_subscription(tx: Transaction, subscription_arn: str, region: Region) -> Stored[Subscription]:
    """Raises InvalidParameter for what is no subscription's ARN, and NotFound."""
    refuse_foreign_subscription(subscription_arn, region)
    stored = topics.find_subscription(tx, subscription_arn)
    if stored is None:
        raise sns_faults.NotFound("Subscription does not exist")
    return stored


def page_of(
    items: Iterable[Item], next_token: str | None, *, key: Callable[[Item], str]
) -> tuple[Sequence[Item], str | None]:
    """The next hundred, in the order of their keys, and what goes on behind them. Raises InvalidParameter."""
    after = parse_next_token(next_token)
    following = sorted((item for item in items if key(item) > after), key=key)
    here = following[:PAGE_LENGTH]
    return here, paging.render_marker(key(here[-1])) if len(following) > len(here) else None


def parse_next_token(next_token: str | None) -> str:
    """The last key of the page before; the empty text where there was none. Raises InvalidParameter."""
    if not next_token:
        return ""
    try:
        return paging.parse_marker(next_token, "NextToken")
    except faults.InvalidParameterValue as fault:
        raise sns_faults.InvalidParameter(f"Invalid parameter: NextToken Reason: {fault.message}") from None


def _refuse_other_account(own: AccountId, named: AccountId) -> None:
    if own != named:
        raise sns_faults.NotFound("Topic does not exist")
