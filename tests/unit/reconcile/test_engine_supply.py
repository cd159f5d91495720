"""A group whose engine is not here: it is ordered, waited for and told of; nothing is started meanwhile."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from msgspec.structs import replace as changed

from elastane.clock import utc_now
from elastane.engines.discovery import EngineBinary
from elastane.model.engine_supply import EngineSupply, Installable, Installing
from elastane.model.statuses import replication_group_status
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.fake_world import BINARY, FakeWorld, reconciling

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
OTHER = groups.group("other", groups.node("other-001"))
ENGINE = f"{GROUP.software.engine} {GROUP.software.version}"


class OrderedSupply:
    """Supplies what a test says, and remembers what was ordered."""

    def __init__(self) -> None:
        self.answer: EngineSupply = Installable()
        self.orders: list[str] = []

    def find(self, engine: str, version: str, patch: str = "") -> EngineSupply:
        return self.answer

    def order(self, engine: str, version: str) -> None:
        self.orders.append(f"{engine} {version}")
        if self.answer == Installable():
            self.answer = Installing(progress="its turn comes")


def running(
    directory: Path, supply: OrderedSupply, binaries: tuple[EngineBinary, ...] = ()
) -> AbstractAsyncContextManager[FakeWorld]:
    work = FakeWorld(directory, supply=supply)
    work.binaries = binaries
    return reconciling(work)


async def sentence(work: FakeWorld) -> str:
    observed = await work.observed(GROUP)
    return "" if observed.verdict is None else observed.verdict.sentence


async def status(work: FakeWorld) -> str:
    return replication_group_status(GROUP, await work.observed(GROUP))


async def test_it_is_ordered_once_waited_for_and_then_the_group_is_made_true(tmp_path: Path) -> None:
    supply = OrderedSupply()
    async with running(tmp_path, supply) as work:
        await work.save(GROUP)
        await eventually(lambda: waits(work, "its turn comes"))
        supply.answer = Installing(progress="40 % of 9 MB")
        await eventually(lambda: waits(work, "40 % of 9 MB"))
        is_creating = await status(work) == "creating"
        work.binaries = (BINARY,)
        await eventually(lambda: is_in(work, "available"))

        assert is_creating
        assert supply.orders == [ENGINE]


async def test_what_cannot_be_installed_fails_the_creation_with_the_reason(tmp_path: Path) -> None:
    supply = OrderedSupply()
    supply.answer = Installable(failure_count=3, failed_at=utc_now(), reason="The mirror is away.")
    async with running(tmp_path, supply) as work:
        await work.save(GROUP)
        await eventually(lambda: is_in(work, "create-failed"))

        messages = [message for _, message in await work.history()]

    assert any(f"{ENGINE} could not be installed: The mirror is away" in message for message in messages)
    assert supply.orders == []


async def test_a_try_that_failed_is_told_in_the_history_and_made_again(tmp_path: Path) -> None:
    supply = OrderedSupply()
    tried = Installable(failure_count=1, failed_at=utc_now(), reason="The mirror is away.")
    supply.answer = tried
    async with running(tmp_path, supply) as work:
        await work.save(GROUP)
        await eventually(lambda: waits(work, "again"), timeout_seconds=5)
        messages = [message for _, message in await work.history()]
        before = list(supply.orders)
        supply.answer = Installable()
        await eventually(lambda: supply.orders)

    assert f"Attention: waits to try again to install {ENGINE}: The mirror is away" in " ".join(messages)
    assert before == []


async def test_while_one_group_waits_for_its_engine_another_is_made_true(tmp_path: Path) -> None:
    supply = OrderedSupply()
    missing = changed(GROUP, software=changed(GROUP.software, version="8.1"))
    async with running(tmp_path, supply, (BINARY,)) as work:
        await work.save(missing)
        await work.save(OTHER)

        async def is_available() -> bool:
            return (await work.observed(OTHER)).available_since is not None

        await eventually(is_available)
        assert "to be installed" in await sentence(work)


async def test_a_lost_engine_is_ordered_again_when_a_node_must_start(tmp_path: Path) -> None:
    supply = OrderedSupply()
    async with running(tmp_path, supply, (BINARY,)) as work:
        await work.save(GROUP)
        await eventually(lambda: is_in(work, "available"))
        work.binaries = ()
        work.host.kill("us-east-1/orders-001")
        work.host.kill("us-east-1/orders-002")
        await eventually(lambda: supply.orders)
        await eventually(lambda: waits(work, "its turn comes"))


async def waits(work: FakeWorld, words: str) -> bool:
    said = await sentence(work)
    return said.startswith("waits") and words in said


async def is_in(work: FakeWorld, wanted: str) -> bool:
    return await status(work) == wanted
