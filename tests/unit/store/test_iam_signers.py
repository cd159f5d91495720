"""Which access keys may sign in as which users of IAM: what policies say, asked about both sides."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elastane.model import ids
from elastane.model.callers import root_of
from elastane.model.iam_tokens import Cache
from elastane.model.ids import AccountId, Region, ReplicationGroupId
from elastane.model.secrets import AccessKeyId, Secret
from elastane.store import Store, Transaction, access_keys, iam_signers, tags
from elastane.store.access_keys import AccessKeyRecord

ACCOUNT = AccountId("000000000000")
REGION = Region("us-east-1")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORDERS = Cache(id=ReplicationGroupId("orders"), region=REGION)
ROOT = root_of(ACCOUNT, AccessKeyId("AKIAROOT"), Secret("the root's"))
CONNECT = "elasticache:Connect"


def arn(kind: str, name: str) -> str:
    return ids.arn(REGION, ACCOUNT, kind, name)


ORDERS_ARN, LEA_ARN, MAX_ARN = arn("replicationgroup", "orders"), arn("user", "lea"), arn("user", "max")


def statement(effect: str = "Allow", *resources: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": CONNECT, "Resource": resources or "*", **elements}


def save_key(tx: Transaction, name: str, *statements: dict[str, Any]) -> None:
    record = AccessKeyRecord(
        id=AccessKeyId(f"AKIA{name.upper()}"),
        name=name,
        user_id=f"AIDA{name}",
        created_at=NOON,
        policy_document=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        policy_name=None,
        sealed_secret=tx.sealing.seal(Secret(f"of {name}")),
    )
    access_keys.save_access_key(tx, record)


async def admitted(store: Store, *statements: dict[str, Any], now: datetime = NOON, cache: Cache = ORDERS) -> list[str]:
    """As whom a key with this policy may sign in."""

    def find(tx: Transaction) -> list[str]:
        save_key(tx, "ci", *statements)
        tags.save_tags(tx, ids.arn(REGION, ACCOUNT, "replicationgroup", "orders"), {"Team": "shop"})
        found = iam_signers.find_signers(tx, ACCOUNT, None, cache, ("lea", "max"), now)
        assert all((each.access_key_id, each.secret.reveal()) == ("AKIACI", "of ci") for each in found)
        return [each.user_name for each in found]

    return await store.write(find)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement()], ["lea", "max"]),
        ([statement("Allow", ORDERS_ARN, LEA_ARN)], ["lea"]),
        ([statement("Allow", ORDERS_ARN)], []),
        ([statement("Allow", LEA_ARN)], []),
        ([statement("Allow", arn("replicationgroup", "o*"), arn("user", "*"))], ["lea", "max"]),
        ([statement("Allow", arn("replicationgroup", "others"), LEA_ARN)], []),
        ([statement(Action="elasticache:Describe*")], []),
        ([statement(Action="*")], ["lea", "max"]),
        ([statement(), statement("Deny", MAX_ARN)], ["lea"]),
        ([statement(), statement("Deny", ORDERS_ARN)], []),
        ([statement(Condition={"StringEquals": {"aws:username": "ci"}})], ["lea", "max"]),
        ([statement(Condition={"Bool": {"aws:SecureTransport": "true"}})], ["lea", "max"]),
        ([statement(Condition={"DateGreaterThan": {"aws:CurrentTime": "2026-11-23T11:00:00Z"}})], ["lea", "max"]),
        ([statement(Condition={"DateGreaterThan": {"aws:CurrentTime": "2026-11-23T13:00:00Z"}})], []),
        ([statement(Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})], []),
        ([statement(), statement("Deny", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], []),
        (
            [
                statement(),
                statement(
                    "Deny", Action="elasticache:Create*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
                ),
            ],
            ["lea", "max"],
        ),
        (
            [
                statement("Allow", ORDERS_ARN, Condition={"StringEquals": {"aws:ResourceTag/team": "shop"}}),
                statement("Allow", LEA_ARN),
            ],
            ["lea"],
        ),
        ([statement(Condition={"StringEquals": {"aws:ResourceTag/team": "another"}})], []),
    ],
)
async def test_a_policy_must_allow_both_the_cache_and_the_user(
    store: Store, statements: list[dict[str, Any]], expected: list[str]
) -> None:
    assert await admitted(store, *statements) == expected


async def test_a_policy_that_speaks_of_the_time_is_asked_anew(store: Store) -> None:
    until = statement(Condition={"DateLessThan": {"aws:CurrentTime": "2026-11-23T12:30:00Z"}})
    assert await admitted(store, until) == ["lea", "max"]

    later = await store.read(
        lambda tx: iam_signers.find_signers(tx, ACCOUNT, None, ORDERS, ("lea",), NOON + timedelta(hours=1))
    )

    assert later == ()


async def test_a_policy_may_name_the_user_that_is_called_as_its_key(store: Store) -> None:
    own = statement("Allow", ORDERS_ARN, arn("user", "${aws:username}"))
    await store.write(lambda tx: save_key(tx, "lea", own))
    await store.write(lambda tx: save_key(tx, "max", own))

    found = await store.read(lambda tx: iam_signers.find_signers(tx, ACCOUNT, None, ORDERS, ("lea", "max"), NOON))

    assert [(each.user_name, each.access_key_id) for each in found] == [("lea", "AKIALEA"), ("max", "AKIAMAX")]


async def test_the_root_may_always_and_comes_last(store: Store) -> None:
    await store.write(lambda tx: save_key(tx, "ci", statement()))
    await store.write(lambda tx: save_key(tx, "zoe", statement()))

    found = await store.read(lambda tx: iam_signers.find_signers(tx, ACCOUNT, ROOT, ORDERS, ("lea",), NOON))

    assert [each.access_key_id for each in found] == ["AKIACI", "AKIAZOE", "AKIAROOT"]


async def test_a_revoked_key_signs_nobody_in(store: Store) -> None:
    await store.write(lambda tx: save_key(tx, "ci", statement()))
    await store.write(lambda tx: access_keys.remove_access_key(tx, AccessKeyId("AKIACI")))

    assert await store.read(lambda tx: iam_signers.find_signers(tx, ACCOUNT, None, ORDERS, ("lea",), NOON)) == ()
