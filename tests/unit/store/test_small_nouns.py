"""Tags, settings, subnet groups, parameter groups, control secrets and test failovers: a few functions each."""

from datetime import UTC, datetime, timedelta

import pytest

from elastane.model.ids import AccountId, Arn, Region, Zone
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.secrets import Secret
from elastane.model.subnet_groups import SubnetGroup
from elastane.store import (
    Conflict,
    Store,
    Transaction,
    credentials,
    failovers,
    parameter_groups,
    service_updates,
    settings,
    subnet_groups,
    tags,
)
from elastane.store.documents import Stored
from tests.kit.groups import REGION
from tests.unit.model.test_service_updates import update

ORDERS = Arn("arn:aws:elasticache:us-east-1:000000000000:replicationgroup:orders")
NIGHTLY = SubnetGroup(name="nightly", region=REGION, description="for the nights", subnet_ids=("subnet-1",))


async def test_tags_are_replaced_as_a_whole_and_kept_in_the_order_of_keys(store: Store) -> None:
    await store.write(lambda tx: tags.save_tags(tx, ORDERS, {"team": "shop", "cost": "7"}))
    await store.write(lambda tx: tags.save_tags(tx, ORDERS, {"team": "pay", "area": "eu"}))

    assert list((await store.read(lambda tx: tags.get_tags(tx, ORDERS))).items()) == [("area", "eu"), ("team", "pay")]


async def test_a_resource_without_tags_has_none_and_may_lose_them_twice(store: Store) -> None:
    await store.write(lambda tx: tags.save_tags(tx, ORDERS, {"team": "shop"}))
    await store.write(lambda tx: tags.remove_tags(tx, ORDERS))
    await store.write(lambda tx: tags.remove_tags(tx, ORDERS))

    assert await store.read(lambda tx: tags.get_tags(tx, ORDERS)) == {}


async def test_a_setting_is_what_was_saved_last(store: Store) -> None:
    await store.write(lambda tx: settings.save_setting(tx, "block", "127.88.0.0/16"))
    await store.write(lambda tx: settings.save_setting(tx, "block", "127.90.0.0/16"))

    assert await store.read(lambda tx: settings.find_setting(tx, "block")) == "127.90.0.0/16"
    assert await store.read(lambda tx: settings.find_setting(tx, "other")) is None


async def test_a_parameter_group_is_found_in_its_region_only_until_it_is_removed(store: Store) -> None:
    tuned = ParameterGroup(region=REGION, name="tuned", family="valkey9", description="", values={"timeout": "60"})
    await store.write(lambda tx: parameter_groups.save_parameter_group(tx, tuned))

    def found(tx: Transaction, region: Region = REGION) -> Stored[ParameterGroup] | None:
        return parameter_groups.find_parameter_group(tx, region, "tuned")

    assert await store.read(found) == Stored(tuned, 1)
    assert await store.read(lambda tx: found(tx, Region("eu-west-1"))) is None
    assert await store.read(lambda tx: parameter_groups.list_parameter_groups(tx, REGION)) == (tuned,)
    with pytest.raises(Conflict):
        await store.write(lambda tx: parameter_groups.save_parameter_group(tx, tuned))
    await store.write(lambda tx: parameter_groups.remove_parameter_group(tx, REGION, "tuned"))
    assert await store.read(found) is None


async def test_a_subnet_group_is_found_in_its_region_only(store: Store) -> None:
    elsewhere = Region("us-east-10")
    await store.write(lambda tx: subnet_groups.save_subnet_group(tx, NIGHTLY))

    found = await store.read(lambda tx: subnet_groups.find_subnet_group(tx, REGION, "nightly"))

    assert found is not None
    assert found.body == NIGHTLY
    assert await store.read(lambda tx: subnet_groups.find_subnet_group(tx, elsewhere, "nightly")) is None
    assert await store.read(lambda tx: subnet_groups.list_subnet_groups(tx, elsewhere)) == ()


async def test_a_subnet_group_cannot_be_new_twice(store: Store) -> None:
    await store.write(lambda tx: subnet_groups.save_subnet_group(tx, NIGHTLY))

    with pytest.raises(Conflict):
        await store.write(lambda tx: subnet_groups.save_subnet_group(tx, NIGHTLY))


async def test_zones_given_to_subnets_are_kept_for_each_region(store: Store) -> None:
    zones = {"subnet-b": Zone("us-east-1b"), "subnet-a": Zone("us-east-1a")}
    await store.write(lambda tx: subnet_groups.save_subnet_zones(tx, REGION, zones))

    assert await store.read(lambda tx: subnet_groups.get_subnet_zones(tx, REGION)) == zones
    assert await store.read(lambda tx: subnet_groups.get_subnet_zones(tx, Region("eu-west-1"))) == {}


async def test_a_control_secret_is_revealed_only_by_asking_for_it(store: Store) -> None:
    await store.write(lambda tx: credentials.save_control_secret(tx, "id", Secret("swordfish")))

    secret = await store.read(lambda tx: credentials.get_control_secret(tx, "id"))

    assert secret.reveal() == "swordfish"
    assert "swordfish" not in repr(secret) + str(secret)


async def test_a_control_secret_is_never_changed_under_its_id(store: Store) -> None:
    await store.write(lambda tx: credentials.save_control_secret(tx, "id", Secret("swordfish")))

    with pytest.raises(Conflict):
        await store.write(lambda tx: credentials.save_control_secret(tx, "id", Secret("marlin")))


async def test_a_secret_that_is_not_there_is_our_mistake(store: Store) -> None:
    await store.write(lambda tx: credentials.save_control_secret(tx, "id", Secret("swordfish")))
    await store.write(lambda tx: credentials.remove_control_secret(tx, "id"))
    await store.write(lambda tx: credentials.remove_control_secret(tx, "id"))

    with pytest.raises(LookupError, match="The control secret id is not in the store"):
        await store.read(lambda tx: credentials.get_control_secret(tx, "id"))


ACCOUNT = AccountId("000000000000")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
LONG_AGO = NOON - timedelta(days=365)


async def append(store: Store, *moments: datetime, forget_until: datetime = LONG_AGO) -> None:
    def append_all(tx: Transaction) -> None:
        for at in moments:
            failovers.append_test_failover(tx, ACCOUNT, at, forget_until=forget_until)

    await store.write(append_all)


async def listed(store: Store, *, after: datetime = LONG_AGO, until: datetime = NOON + AN_HOUR) -> list[datetime]:
    return list(await store.read(lambda tx: failovers.list_test_failovers(tx, ACCOUNT, after=after, until=until)))


async def test_test_failovers_are_listed_from_the_oldest_that_counts(store: Store) -> None:
    await append(store, NOON + AN_HOUR, NOON, NOON - AN_HOUR)

    assert await listed(store, after=NOON - AN_HOUR) == [NOON, NOON + AN_HOUR]


async def test_test_failovers_of_a_clock_that_was_ahead_do_not_count_yet(store: Store) -> None:
    await append(store, NOON, NOON + AN_HOUR)

    assert await listed(store, until=NOON) == [NOON]


async def test_an_account_has_its_own_test_failovers(store: Store) -> None:
    other = AccountId("111111111111")
    await store.write(lambda tx: failovers.append_test_failover(tx, other, NOON, forget_until=LONG_AGO))

    assert await listed(store) == []


async def test_old_test_failovers_are_forgotten_with_the_next_one(store: Store) -> None:
    await append(store, NOON - AN_HOUR, NOON)

    await append(store, NOON + AN_HOUR, forget_until=NOON - AN_HOUR)

    assert await listed(store) == [NOON, NOON + AN_HOUR]


async def test_two_test_failovers_of_one_moment_are_two(store: Store) -> None:
    await append(store, NOON, NOON)

    assert await listed(store) == [NOON, NOON]


async def test_service_updates_are_kept_once_and_listed_by_name(store: Store) -> None:
    first, second = update("9.1.3"), update("9.1.4")
    await store.write(lambda tx: service_updates.save_new_service_update(tx, second))
    await store.write(lambda tx: service_updates.save_new_service_update(tx, first))

    assert await store.read(service_updates.list_service_updates) == (first, second)
    with pytest.raises(Conflict):
        await store.write(lambda tx: service_updates.save_new_service_update(tx, first))
