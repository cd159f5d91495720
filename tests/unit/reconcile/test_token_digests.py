"""Digests of tokens: computed once, in parts where there are many, forgotten when their minute is over."""

import hashlib
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from elastane.model.iam_tokens import (
    MINUTES_AHEAD,
    MINUTES_BEHIND,
    Cache,
    Signer,
    WantedTokens,
    tokens,
    wanted_tokens,
)
from elastane.model.ids import Region, ReplicationGroupId
from elastane.model.secrets import AccessKeyId, Secret
from elastane.reconcile.token_digests import TokenDigests

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORDERS = Cache(id=ReplicationGroupId("orders"), region=Region("us-east-1"))
LEA = Signer(user_name="lea", access_key_id=AccessKeyId("AKIALEA"), secret=Secret("lea's"))
MINUTES = MINUTES_BEHIND + 1 + MINUTES_AHEAD


def wanted(*signers: Signer, at: datetime = NOON, cache: Cache = ORDERS) -> WantedTokens:
    return wanted_tokens(cache, ("lea", "max"), signers, at, Secret("control"))


def digests(signer: Signer, at: datetime) -> set[str]:
    return {hashlib.sha256(each.encode()).hexdigest() for each in tokens(signer, ORDERS, at)}


async def found_by(kept: TokenDigests, asked: WantedTokens) -> dict[str, list[str]]:
    """After as many calls as it takes."""
    for _ in range(100):
        found = await kept.find_digests(asked)
        if found is not None:
            return found
    raise AssertionError("it never has all of them")


async def test_tokens_around_now_are_known_and_others_are_not() -> None:
    found = await found_by(TokenDigests(), wanted(LEA))

    spellings = len(digests(LEA, NOON))
    assert len(found["lea"]) == len(set(found["lea"])) == 60 * MINUTES * spellings
    assert found["max"] == []
    for minutes in (-MINUTES_BEHIND, -1, 0, 3, MINUTES_AHEAD):
        assert digests(LEA, NOON + timedelta(minutes=minutes)) <= set(found["lea"]), minutes
    for seconds in (-60 * MINUTES_BEHIND - 1, 60 * (MINUTES_AHEAD + 1)):
        assert not digests(LEA, NOON + timedelta(seconds=seconds)) & set(found["lea"]), seconds
    assert digests(LEA, NOON) <= set(found["lea"][: 60 * spellings]), "those of this minute come first"


async def test_the_next_minute_brings_one_and_takes_one() -> None:
    kept = TokenDigests()
    before = await found_by(kept, wanted(LEA))

    after = await kept.find_digests(wanted(LEA, at=NOON + timedelta(minutes=1)))

    assert after is not None
    assert len(after["lea"]) == len(before["lea"])
    assert len(set(after["lea"]) - set(before["lea"])) * MINUTES == len(before["lea"])


async def test_many_are_computed_in_parts() -> None:
    signers = [replace(LEA, access_key_id=AccessKeyId(f"AKIA{number}")) for number in range(4)]
    kept = TokenDigests()

    first = await kept.find_digests(wanted(*signers))
    found = await found_by(kept, wanted(*signers))

    assert first is None
    assert len(found["lea"]) == len(set(found["lea"])) == 4 * 60 * MINUTES * len(digests(LEA, NOON))


async def test_who_is_gone_has_none_at_once() -> None:
    kept = TokenDigests()
    await found_by(kept, wanted(LEA))

    assert await kept.find_digests(wanted()) == {"lea": [], "max": []}


async def test_each_cache_has_tokens_of_its_own() -> None:
    kept, other = TokenDigests(), replace(ORDERS, id=ReplicationGroupId("others"))

    found, found_there = await found_by(kept, wanted(LEA)), await found_by(kept, wanted(LEA, cache=other))

    assert not set(found["lea"]) & set(found_there["lea"])
    assert await kept.find_digests(wanted(LEA)) == found
