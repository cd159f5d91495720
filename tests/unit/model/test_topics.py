"""What may be a topic's name, a subscription's endpoint, and what ARNs say."""

from datetime import UTC, datetime

import pytest

from elastane.model.ids import AccountId, Arn, Region
from elastane.model.topics import (
    Subscription,
    SubscriptionProtocol,
    find_topic_arn,
    find_topic_name,
    is_endpoint_url,
    is_file_name,
    is_topic_name,
    server_of,
    topic_arn,
)

ARN = topic_arn(Region("us-east-1"), AccountId("000000000000"), "orders")


def subscription(protocol: SubscriptionProtocol, endpoint: str) -> Subscription:
    return Subscription(
        arn=Arn(f"{ARN}:11111111-2222-3333-4444-555555555555"),
        topic_arn=ARN,
        protocol=protocol,
        endpoint=endpoint,
        principal=Arn("arn:aws:iam::000000000000:root"),
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("orders", True), ("a" * 256, True), ("a" * 257, False), ("", False), ("orders.fifo", False), ("or ders", False)],
)
def test_a_topic_s_name_has_letters_digits_hyphens_and_underscores(text: str, is_one: bool) -> None:
    assert is_topic_name(text) is is_one


def test_an_arn_says_region_account_and_name() -> None:
    named = find_topic_name(ARN)

    assert named is not None
    assert (named.region, named.account_id, named.name) == ("us-east-1", "000000000000", "orders")
    assert find_topic_arn(f"{ARN}:11111111-2222-3333-4444-555555555555") == ARN


@pytest.mark.parametrize("text", ["", "orders", "arn:aws:sqs:us-east-1:000000000000:orders", f"{ARN}:more", f"{ARN}\n"])
def test_what_is_no_topic_s_arn_names_none(text: str) -> None:
    assert find_topic_name(text) is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("orders.jsonl", True),
        ("orders", True),
        ("", False),
        (".hidden", False),
        ("../orders", False),
        ("a/b", False),
        ("/etc/passwd", False),
        ("orders.jsonl.1", False),
        ("a\n", False),
        ("a" * 101, False),
    ],
)
def test_a_file_is_a_plain_name_and_never_a_path(text: str, is_one: bool) -> None:
    assert is_file_name(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("http://127.0.0.1:8000/told?by=us", True),
        ("http://[::1]:8000/", True),
        ("https://orders.example/", False),
        ("http://", False),
        ("http:///told", False),
        ("http://user:password@orders.example/", False),
        ("http://orders.example/a b", False),
        ("http://orders.example/\r\nHost: other", False),
        ("http://orders.example:99999/", False),
        ("http://orders.example/ü", False),
        ("file:///etc/passwd", False),
    ],
)
def test_an_endpoint_is_a_url_of_its_protocol_that_holds_no_secret(text: str, is_one: bool) -> None:
    assert is_endpoint_url(text, SubscriptionProtocol.HTTP) is is_one


def test_two_paths_of_one_server_are_one_server() -> None:
    first = subscription(SubscriptionProtocol.HTTP, "http://Orders.example:80/first")
    second = subscription(SubscriptionProtocol.HTTP, "http://orders.example:80/second")
    file = subscription(SubscriptionProtocol.FILE, "orders")

    assert server_of(first) == server_of(second) == "http://orders.example:80"
    assert server_of(file) == "file:orders"
