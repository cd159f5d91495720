"""When a message is tried again, and which policies are refused."""

import json
from datetime import timedelta
from typing import Any

import pytest

from elastane.model.delivery_policies import (
    PolicyError,
    RetryPolicy,
    delays_seconds,
    effective_policy,
    find_delay,
    refuse_bad_subscription_policy,
    refuse_bad_topic_policy,
    render_topic_policy,
)


def of_subscription(**retries: Any) -> str:
    return json.dumps({"healthyRetryPolicy": retries})


def of_topic(*, overrides: bool = False, **retries: Any) -> str:
    return json.dumps({"http": {"defaultHealthyRetryPolicy": retries, "disableSubscriptionOverrides": overrides}})


def test_by_default_three_retries_are_twenty_seconds_apart() -> None:
    retries = effective_policy(None, None).retries

    assert delays_seconds(retries) == (20.0, 20.0, 20.0)
    assert [find_delay(retries, tried) for tried in (1, 3, 4)] == [timedelta(seconds=20), timedelta(seconds=20), None]


def test_the_phases_follow_one_another() -> None:
    retries = RetryPolicy(
        retry_count=9,
        immediate_count=2,
        shortest_count=2,
        longest_count=2,
        shortest_seconds=1,
        longest_seconds=11,
    )

    assert delays_seconds(retries) == (0, 0, 1, 1, 1, 6, 11, 11, 11)


@pytest.mark.parametrize("function", ["linear", "arithmetic", "geometric", "exponential"])
def test_every_growth_begins_at_the_shortest_delay_and_ends_at_the_longest(function: str) -> None:
    retries = RetryPolicy(retry_count=5, shortest_seconds=1, longest_seconds=60, growth=function)

    delays = delays_seconds(retries)

    assert (delays[0], delays[-1]) == (1, 60)
    assert list(delays) == sorted(delays)


def test_a_subscription_s_policy_goes_before_its_topic_s_unless_the_topic_forbids_it() -> None:
    own = of_subscription(numRetries=1)

    assert effective_policy(of_topic(numRetries=7), own).retries.retry_count == 1
    assert effective_policy(of_topic(numRetries=7), None).retries.retry_count == 7
    assert effective_policy(of_topic(numRetries=7, overrides=True), own).retries.retry_count == 7


def test_what_holds_is_read_back_in_aws_s_names() -> None:
    said = json.loads(render_topic_policy(of_topic(numRetries=7, overrides=True)))

    assert said["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 7
    assert said["http"]["defaultHealthyRetryPolicy"]["minDelayTarget"] == 20
    assert said["http"]["disableSubscriptionOverrides"] is True


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"unknown": {}}',
        '{"throttlePolicy": {"maxReceivesPerSecond": 1}}',
        '{"requestPolicy": {"headerContentType": "image/png"}}',
        '{"requestPolicy": {"headerContentType": "text/plain; a\\r\\nb: c"}}',
        '{"requestPolicy": {"headerContentType": "text/plain; €"}}',
        of_subscription(numRetries=101),
        of_subscription(numRetries=-1),
        of_subscription(numRetries=1, numNoDelayRetries=2),
        of_subscription(minDelayTarget=0),
        of_subscription(minDelayTarget=30, maxDelayTarget=20),
        of_subscription(maxDelayTarget=3601),
        of_subscription(backoffFunction="random"),
        of_subscription(numRetries=100, minDelayTarget=60, maxDelayTarget=60),
        of_subscription(numRetries="3"),
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match=r"DeliveryPolicy: .+"):
        refuse_bad_subscription_policy(text)


def test_good_policies_are_taken() -> None:
    refuse_bad_subscription_policy('{"requestPolicy": {"headerContentType": "application/json"}}')
    refuse_bad_subscription_policy(of_subscription(numRetries=3, minDelayTarget=1, maxDelayTarget=1))
    refuse_bad_topic_policy(of_topic(numRetries=3))
    with pytest.raises(PolicyError):
        refuse_bad_topic_policy(of_topic(numRetries=300))
