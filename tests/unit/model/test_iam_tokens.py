"""The tokens of users of IAM, foreseen: as AWS's own tools make them, in a window around now."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from elastane.model.acls import TOKENS_MARK_PREFIX
from elastane.model.iam_tokens import (
    DIGEST_BYTES,
    EXPIRES_SECONDS,
    MINUTES_AHEAD,
    SIGNERS_MAX,
    SIGNERS_PER_USER_MAX,
    Cache,
    Signer,
    allotted,
    minute_digests,
    minutes_of,
    tokens,
    wanted_tokens,
)
from elastane.model.ids import Region, ReplicationGroupId
from elastane.model.secrets import AccessKeyId, Secret
from tests.kit.iam_tokens import generated, token

KEY = ("AKIAEXAMPLE00000TEST", "a/secret+of-forty-characters-00000000000")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
LEA = Signer(user_name="lea", access_key_id=AccessKeyId(KEY[0]), secret=Secret(KEY[1]))
ORDERS = Cache(id=ReplicationGroupId("orders"), region=Region("us-east-1"))
CONTROL = Secret("the-control-user-s")


@pytest.mark.parametrize("at", [NOON, MIDNIGHT, MIDNIGHT + timedelta(seconds=1)])
@pytest.mark.parametrize("user", ["lea", "a-user-with-hyphens-1"])
@pytest.mark.parametrize(("cache", "region"), [("orders", "us-east-1"), ("Shop-2", "eu-central-1")])
def test_a_token_is_what_botocore_signs(at: datetime, user: str, cache: str, region: str) -> None:
    foreseen = tokens(
        replace(LEA, user_name=user), Cache(id=ReplicationGroupId(cache.lower()), region=Region(region)), at
    )

    assert foreseen[0] == token(cache, user, KEY, at=at, region=region)


def test_a_token_is_what_aws_s_generator_says() -> None:
    made = generated("Orders", "lea", KEY)
    at = datetime.strptime(made.split("X-Amz-Date=")[1][:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    assert tokens(LEA, ORDERS, at)[0] == made


def test_every_spelling_says_the_same_in_the_order_of_an_sdk() -> None:
    spelled = tokens(LEA, ORDERS, NOON)
    parts = [each.removeprefix("orders/?").split("&") for each in spelled]

    assert all(each.startswith("orders/?Action=connect&User=lea&X-Amz-Algorithm=") for each in spelled)
    assert {frozenset(each) for each in parts} == {frozenset(parts[0])}
    names = [[pair.partition("=")[0].removeprefix("X-Amz-") for pair in each[3:]] for each in parts]
    assert names == [
        ["Credential", "Date", "Expires", "SignedHeaders", "Signature"],  # Python, Go
        ["Credential", "Date", "Expires", "Signature", "SignedHeaders"],  # JavaScript
        ["Date", "SignedHeaders", "Expires", "Credential", "Signature"],  # Java, Aws4Signer
        ["Date", "SignedHeaders", "Credential", "Expires", "Signature"],  # Java, AwsV4HttpSigner
    ]


@pytest.mark.parametrize(
    "other",
    [
        tokens(replace(LEA, user_name="max"), ORDERS, NOON),
        tokens(replace(LEA, secret=Secret("another")), ORDERS, NOON),
        tokens(LEA, replace(ORDERS, id=ReplicationGroupId("others")), NOON),
        tokens(LEA, replace(ORDERS, region=Region("eu-west-1")), NOON),
        tokens(LEA, ORDERS, NOON + timedelta(seconds=1)),
    ],
)
def test_whatever_differs_makes_another_token(other: tuple[str, ...]) -> None:
    assert not set(other) & set(tokens(LEA, ORDERS, NOON))


def test_a_minute_has_the_digests_of_all_its_seconds() -> None:
    minute = int(NOON.timestamp()) // 60
    found = minute_digests(LEA, ORDERS, minute)
    expected = [
        hashlib.sha256(each.encode()).digest()
        for second in range(60)
        for each in tokens(LEA, ORDERS, NOON + timedelta(seconds=second))
    ]

    assert found == b"".join(expected)
    assert len(set(expected)) * DIGEST_BYTES == len(found)


def test_every_token_that_is_good_at_some_moment_of_a_minute_is_among_its_minutes() -> None:
    minutes = minutes_of(1000)
    seconds = {60 * minute + second for minute in minutes for second in range(60)}

    good = {now - age for now in range(60_000, 60_060) for age in range(EXPIRES_SECONDS + 1)}
    assert good <= seconds
    assert min(seconds) >= min(good), "none is accepted that has been over for a minute"
    assert max(minutes) == 1000 + MINUTES_AHEAD
    assert minutes[:3] == (1000, 999, 998), "the likeliest first"


def test_the_mark_tells_minute_and_signers_apart_and_names_nobody() -> None:
    def mark(*signers: Signer, at: datetime = NOON, users: tuple[str, ...] = ("lea", "max")) -> str:
        return wanted_tokens(ORDERS, users, signers, at, CONTROL).mark

    other = replace(LEA, access_key_id=AccessKeyId("AKIAOTHER"))
    marks = [
        mark(LEA),
        mark(),
        mark(LEA, other),
        mark(replace(LEA, user_name="max")),
        mark(LEA, at=NOON + timedelta(minutes=1)),
        mark(LEA, users=("lea",)),
        wanted_tokens(ORDERS, ("lea", "max"), (LEA,), NOON, Secret("another cache's")).mark,
    ]
    assert len(set(marks)) == len(marks)
    assert mark(LEA, other) == mark(other, LEA, at=NOON + timedelta(seconds=59), users=("max", "lea"))
    assert all(each.startswith(f"{TOKENS_MARK_PREFIX}{int(NOON.timestamp()) // 60}") for each in marks[:4])
    assert not any(word in each for each in marks for word in ("lea", KEY[0]))


@pytest.mark.parametrize(
    ("users", "keys", "expected"),
    [
        (0, 0, 0),
        (1, 2, 2),
        (1, 9, SIGNERS_PER_USER_MAX),
        (8, 9, SIGNERS_MAX),
        (20, 9, 20),
        (SIGNERS_MAX, 9, SIGNERS_MAX),
    ],
)
def test_engines_are_given_the_tokens_of_as_many_keys_as_they_can_bear(users: int, keys: int, expected: int) -> None:
    signers = {
        f"user-{user}": tuple(replace(LEA, access_key_id=AccessKeyId(f"AKIA{key}")) for key in range(keys))
        for user in range(users)
    }

    found = allotted(signers)

    assert len(found) == expected
    assert not found or found[0].access_key_id == "AKIA0", "the first ones"


def test_nothing_that_is_shown_shows_a_secret() -> None:
    shown = repr(wanted_tokens(ORDERS, ("lea",), (LEA,), NOON, CONTROL))

    assert KEY[1] not in shown
