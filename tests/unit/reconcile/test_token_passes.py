"""Passes over a cache with users of IAM: engines follow the minute and the keys, and nothing is done in between."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.model.access import Access
from elastane.model.engine_names import EngineName
from elastane.model.iam_tokens import Cache, Signer, tokens
from elastane.model.ids import Region, UserGroupId, UserId
from elastane.model.secrets import AccessKeyId, Secret
from elastane.model.user_groups import UserGroup
from elastane.model.users import Authentication, User
from elastane.reconcile.passes import load_work, run_pass
from elastane.reconcile.patience import IDLE_SECONDS
from elastane.store import Transaction, access_keys, user_groups, users
from tests.kit import groups
from tests.kit.fake_world import FakeWorld
from tests.unit.store.test_iam_signers import save_key, statement

FIRST, SECOND = groups.node("orders-001"), groups.node("orders-002")
GROUP = groups.group("orders", FIRST, SECOND, access=Access(user_group_id=UserGroupId("readers")))
CACHE = Cache(id=GROUP.id, region=GROUP.region)
CI = Signer(user_name="lea", access_key_id=AccessKeyId("AKIACI"), secret=Secret("of ci"))
PASSES_MAX = 60


class Clock:
    def __init__(self) -> None:
        self.moment = groups.CREATED_AT

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def work(tmp_path: Path, clock: Clock) -> Iterator[FakeWorld]:
    made = FakeWorld(tmp_path, now=clock)
    yield made
    made.store.close()


def save_lea(tx: Transaction) -> None:
    lea = User(
        region=Region(GROUP.region),
        id=UserId("lea"),
        name="lea",
        engine=EngineName.VALKEY,
        access_string="on ~* -@all +@read",
        minimum_engine_version="7.2",
        authentication=Authentication.IAM,
    )
    readers = UserGroup(
        region=lea.region, id=UserGroupId("readers"), engine=EngineName.VALKEY, user_ids=(UserId("lea"),)
    )
    users.save_user(tx, lea)
    user_groups.save_user_group(tx, readers)


async def run_until_idle(work: FakeWorld) -> int:
    """Passes until one has nothing to do; answers how many that took."""
    for count in range(PASSES_MAX):
        loaded = await load_work(work.world, GROUP.key)
        assert loaded is not None
        if await run_pass(work.world, loaded) == IDLE_SECONDS:
            return count
    raise AssertionError(f"not converged: {(await work.observed(GROUP)).verdict}")


async def begin(work: FakeWorld) -> None:
    await work.store.write(save_lea)
    await work.store.write(lambda tx: save_key(tx, "ci", statement()))
    await work.save(GROUP)
    await run_until_idle(work)


def are_good(work: FakeWorld, at: datetime) -> list[bool]:
    """Of each node, whether it knows the tokens of this second."""
    digests = {hashlib.sha256(each.encode()).hexdigest() for each in tokens(CI, CACHE, at)}
    found = []
    for node in GROUP.nodes:
        engine = work.host.find_engine(node.address)
        assert engine is not None
        found.append(digests <= engine.token_digests.get("lea", frozenset()))
    return found


async def test_a_new_cache_knows_the_tokens_when_it_is_ready(work: FakeWorld, clock: Clock) -> None:
    await begin(work)

    assert are_good(work, clock.moment) == [True, True]
    assert await run_until_idle(work) == 0, "and nothing is left to do"


async def test_the_next_minute_is_followed_and_the_rest_of_it_is_quiet(work: FakeWorld, clock: Clock) -> None:
    await begin(work)
    far = clock.moment + timedelta(minutes=11)
    before = are_good(work, far)

    clock.moment += timedelta(minutes=1)
    count = await run_until_idle(work)
    clock.moment += timedelta(seconds=30)

    assert (before, are_good(work, far)) == ([False, False], [True, True])
    assert count >= 1
    assert await run_until_idle(work) == 0


async def test_a_key_that_is_revoked_is_good_on_no_node_after_the_next_passes(work: FakeWorld, clock: Clock) -> None:
    await begin(work)

    await work.store.write(lambda tx: access_keys.remove_access_key(tx, CI.access_key_id))
    await run_until_idle(work)

    assert are_good(work, clock.moment) == [False, False]


async def test_a_node_that_died_knows_them_again(work: FakeWorld, clock: Clock) -> None:
    await begin(work)

    work.host.kill(f"{GROUP.region}/{SECOND.id}")
    await run_until_idle(work)

    assert are_good(work, clock.moment) == [True, True]


async def test_users_that_change_keep_no_node_without_tokens(work: FakeWorld, clock: Clock) -> None:
    await begin(work)

    def change(tx: Transaction) -> None:
        stored = users.find_user(tx, Region(GROUP.region), UserId("lea"))
        assert stored is not None
        changed = replace(stored.body, access_string="on ~* -@all +get")
        users.save_user(tx, changed, revision=stored.revision)

    await work.store.write(change)
    await run_until_idle(work)

    assert are_good(work, clock.moment) == [True, True]
