"""Certificates that are renewed and users that change in a small world, where nodes die and control planes are away."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.clock import utc_now
from elastane.model.access import Access, AuthTokens
from elastane.model.acls import current_revision, wanted_users
from elastane.model.secrets import Secret
from elastane.store import acls
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.encryption import REQUIRED
from tests.kit.fake_binaries import VALKEY
from tests.kit.fake_replication import FakeNode
from tests.kit.fake_world import SECRET, FakeWorld, reconciling, until_converged

NODES = tuple(groups.node(f"orders-00{number}") for number in (1, 2, 3))
GROUP = groups.group("orders", *NODES, access=Access(transit_encryption=REQUIRED))


class Clock:
    """Real time, and as much more as a test has let pass."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@contextlib.asynccontextmanager
async def encrypted_group(directory: Path, clock: Clock) -> AsyncIterator[FakeWorld]:
    work = FakeWorld(directory, now=clock)
    work.binaries = (VALKEY,)
    async with reconciling(work):
        await work.save(GROUP)
        await until_converged(work, GROUP)
        yield work


def serials(work: FakeWorld) -> list[str]:
    """Of those that run."""
    engines = [work.host.find_engine(node.address) for node in NODES]
    served = [None if engine is None else engine.certificate for engine in engines]
    return [certificate.serial_number for certificate in served if certificate is not None]


async def until_others_are_served(work: FakeWorld, former: list[str]) -> None:
    async def are_served() -> None:
        assert len(serials(work)) == len(NODES)
        assert not set(serials(work)) & set(former)

    await eventually(are_served)
    await until_converged(work, GROUP)


async def until_looked_at(work: FakeWorld, engine: FakeNode) -> None:
    """Some passes have begun and ended since now."""
    looks = engine.look_count

    async def is_looked_at() -> None:
        work.world.store.bell.ring(GROUP.key)
        assert engine.look_count > looks + 2

    await eventually(is_looked_at)


def lose_link(replica: FakeNode) -> None:
    replica.link = None


def is_linked(replica: FakeNode, primary: FakeNode) -> bool:
    return replica.link is primary


# --- certificates --------------------------------------------------------------------------------


async def test_certificates_are_renewed_before_they_expire_under_processes_that_go_on(tmp_path: Path) -> None:
    clock = Clock()
    async with encrypted_group(tmp_path, clock) as work:
        before, processes = serials(work), [work.host.engine(node.address) for node in NODES]

        clock.ahead = timedelta(days=61)
        await until_others_are_served(work, before)

        assert [work.host.engine(node.address) for node in NODES] == processes
        told = [source for source, message in await work.history() if "certificate" in message]
        assert sorted(told) == sorted(node.id for node in NODES)


async def test_certificates_that_are_young_are_left_alone(tmp_path: Path) -> None:
    clock = Clock()
    async with encrypted_group(tmp_path, clock) as work:
        before = serials(work)

        clock.ahead = timedelta(days=59)
        await until_looked_at(work, work.host.engine(NODES[1].address))

        assert serials(work) == before


async def test_when_another_authority_issues_all_nodes_get_its_certificates_and_trust_both(tmp_path: Path) -> None:
    async with encrypted_group(tmp_path, Clock()) as work:
        before = serials(work)

        work.pki.make_authority()
        work.pki.issue_by_newest()
        await until_others_are_served(work, before)

        engines = [work.host.engine(node.address) for node in NODES]
        assert [engine.certificate.issuer for engine in engines if engine.certificate] == ["authority 2"] * 3
        assert [engine.trusted for engine in engines] == [frozenset({"authority 1", "authority 2"})] * 3


async def test_after_an_absence_longer_than_certificates_live_nodes_are_talked_to_and_replicas_follow_again(
    tmp_path: Path,
) -> None:
    """A replica whose link broke meanwhile is not let in by an expired certificate: it needs the new one first."""
    clock = Clock()
    async with encrypted_group(tmp_path, clock) as work:
        before = serials(work)
        primary, replica = (work.host.engine(node.address) for node in NODES[:2])
        work.unsteady = "we were away"

        clock.ahead = timedelta(days=100)
        lose_link(replica)
        await until_looked_at(work, replica)
        assert not is_linked(replica, primary)
        work.unsteady = None
        await until_others_are_served(work, before)

        assert is_linked(replica, primary)
        assert [work.host.engine(node.address) for node in NODES[:2]] == [primary, replica]


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("order", [0, 1, 2])
async def test_a_node_that_dies_while_certificates_are_renewed_ends_with_a_new_one(
    tmp_path: Path, who: int, order: int
) -> None:
    clock = Clock()
    async with encrypted_group(tmp_path, clock) as work:
        before = serials(work)
        work.engines.before_order(order, lambda: work.host.kill(f"{groups.REGION}/{NODES[who].id}"))

        clock.ahead = timedelta(days=61)
        await until_others_are_served(work, before)

        assert work.engines.has_struck
        assert len(serials(work)) == len(NODES)


# --- users ---------------------------------------------------------------------------------------


async def ask_for_token(work: FakeWorld, token: str) -> None:
    digest = Secret(hashlib.sha256(token.encode()).hexdigest())
    sealed = await work.store.read(lambda tx: tx.sealing.seal(digest))
    present = await work.find(GROUP)
    assert present is not None
    tokens = AuthTokens(sealed_digests=(sealed,), modified_at=utc_now())
    access = replace(present.access, auth_tokens=tokens)
    await work.save(replace(present, access=access, generation=present.generation + 1))


async def check_users(work: FakeWorld) -> str:
    """All engines have those of the group; answers their revision, which was recorded."""
    group = await work.find(GROUP)
    assert group is not None
    acl = await work.store.read(lambda tx: acls.find_acl(tx, group))
    assert acl is not None
    wanted = wanted_users(acl, SECRET)
    for node in NODES:
        assert current_revision(work.host.engine(node.address).user_names, acl) == wanted.revision, node.id
    assert (await work.observed(GROUP)).acl_revision == wanted.revision
    return wanted.revision


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("order", [0, 1, 2])
async def test_a_node_that_dies_while_users_change_ends_with_the_users_of_all(
    tmp_path: Path, who: int, order: int
) -> None:
    async with encrypted_group(tmp_path, Clock()) as work:
        former = await check_users(work)
        work.engines.before_order(order, lambda: work.host.kill(f"{groups.REGION}/{NODES[who].id}"))

        await ask_for_token(work, "a-token-of-16-characters")
        await until_converged(work, GROUP)

        assert work.engines.has_struck
        assert await check_users(work) != former


async def test_users_are_not_called_known_while_a_node_that_may_not_know_them_is_silent(tmp_path: Path) -> None:
    async with encrypted_group(tmp_path, Clock()) as work:
        former = await check_users(work)
        silent = work.host.at(f"{groups.REGION}/{NODES[2].id}")
        work.engines.blind(silent)

        await ask_for_token(work, "a-token-of-16-characters")

        async def others_know_them() -> None:
            names = {work.host.engine(node.address).user_names for node in NODES[:2]}
            assert len(names) == 1
            assert names != {work.host.engine(NODES[2].address).user_names}

        await eventually(others_know_them)
        await until_looked_at(work, work.host.engine(NODES[1].address))
        assert (await work.observed(GROUP)).acl_revision == former
        work.engines.unblind(silent)
        await until_converged(work, GROUP)
        assert await check_users(work) != former
