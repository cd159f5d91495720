"""Who calls with which access key, and when each was last used."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from elastane.model.callers import root_of
from elastane.model.ids import Region
from elastane.model.secrets import AccessKeyId, Secret
from elastane.service.callers import Callers
from elastane.store import Store, access_keys
from tests.kit.contexts import ACCOUNT_ID, NOW, StandingClock
from tests.unit.store.test_access_keys import CI, save

ROOT = root_of(ACCOUNT_ID, AccessKeyId("AKIAROOT"), Secret("swordfish"))
HERE = Region("us-east-1")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path)
    await opened.write(save)
    yield opened
    opened.close()


async def test_the_root_is_found_and_so_is_a_key_until_it_is_revoked(store: Store) -> None:
    callers = Callers(store, ROOT, ACCOUNT_ID, StandingClock())

    assert await callers.find(ROOT.access_key_id) is ROOT
    found = await callers.find(CI)
    assert found is not None and found.username == "ci"
    await store.write(lambda tx: access_keys.remove_access_key(tx, CI))
    assert await callers.find(CI) is None


async def test_a_use_is_saved_later_and_once(store: Store) -> None:
    clock = StandingClock()
    callers = Callers(store, ROOT, ACCOUNT_ID, clock)
    found = await callers.find(CI)
    assert found is not None

    callers.note_use(found, region=HERE, service="elasticache")
    clock.advance(seconds=5)
    callers.note_use(found, region=HERE, service="sts")
    assert await store.read(lambda tx: access_keys.find_use(tx, CI)) is None
    await callers.save_uses()
    await callers.save_uses()

    use = await store.read(lambda tx: access_keys.find_use(tx, CI))
    assert use is not None
    assert (use.service, (use.at - NOW).total_seconds()) == ("sts", 5)


async def test_the_root_s_uses_are_not_noted(store: Store) -> None:
    callers = Callers(store, ROOT, ACCOUNT_ID, StandingClock())

    callers.note_use(ROOT, region=HERE, service="elasticache")
    await callers.save_uses()

    assert await store.read(lambda tx: access_keys.find_use(tx, ROOT.access_key_id)) is None
