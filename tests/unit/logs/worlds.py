"""A store with a group that wants its logs delivered, and engines that say what a test lets them say."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from elastane.engines import NodeAddress, NothingListens
from elastane.hosts import HostError, LogPiece
from elastane.hosts.engine_logs import read_log
from elastane.logs.collect import LogDeliveries
from elastane.model.ids import Region
from elastane.model.log_groups import LogEvent
from elastane.model.log_lines import LogPlace, SlowLog, SlowLogEntry
from elastane.model.logs import LogDelivery, ObservedDeliveries
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.secrets import Secret
from elastane.store import LogEvents, Store, Transaction, credentials, log_deliveries, log_rows, replication_groups
from elastane.store.log_events import LogRows
from tests.kit import groups

OWN_ADDRESS = "127.88.48.4"
BEGINNING = groups.CREATED_AT
SLOW = LogDelivery(
    log_type="slow-log", destination_type="cloudwatch-logs", destination="slow", log_format="json", since=BEGINNING
)
ENGINE = LogDelivery(
    log_type="engine-log", destination_type="cloudwatch-logs", destination="engine", log_format="text", since=BEGINNING
)


def to_stream(delivery: LogDelivery, name: str) -> LogDelivery:
    return replace(delivery, destination_type="kinesis-firehose", destination=name)


class FakeSlowLogs:
    """Slow logs in memory, by node address; who has none refuses."""

    def __init__(self, count_max: int = 1_000_000) -> None:
        self.logs: dict[str, SlowLog] = {}
        self.forgotten: list[str] = []
        self.asked_counts: list[int] = []
        self._count_max = count_max

    def boot(self, address: str, run_id: str) -> None:
        self.logs[address] = SlowLog(run_id=run_id, entries=())

    def add(self, address: str, *commands: str, client: str = "127.0.0.1:5", at: datetime = BEGINNING) -> None:
        """One entry each; the oldest go where there is no room for them."""
        known = self.logs[address]
        first = known.entries[-1].id + 1 if known.entries else 0
        fresh = [
            SlowLogEntry(
                id=number,
                at_seconds=int(at.timestamp()),
                duration_microseconds=20_000,
                command=command,
                argument_count=0,
                client_address=client,
                client_name="",
            )
            for number, command in enumerate(commands, first)
        ]
        self.logs[address] = replace(known, entries=(*known.entries, *fresh)[-self._count_max :])

    async def read_slow_log(self, at: NodeAddress, timeout_seconds: float, count_max: int) -> SlowLog:
        self.asked_counts.append(count_max)
        if at.address not in self.logs:
            raise NothingListens(f"Nothing listens at {at}.")
        known = self.logs[at.address]
        return replace(known, entries=known.entries[-count_max:])

    def forget(self, at: NodeAddress) -> None:
        self.forgotten.append(at.address)


class FilesOfEngines:
    """Logs of engines as files below one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.is_ended = False
        self.failure: str | None = None

    def append(self, node_key: str, *lines: str) -> None:
        path = self.root / node_key / "log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    async def read_log(self, node_key: str, place: LogPlace | None, bytes_max: int) -> LogPiece:
        if self.failure is not None:
            raise HostError(node_key, self.failure)
        return read_log(self.root / node_key, place, bytes_max, is_ended=self.is_ended)


class DeliveryWorld:
    def __init__(self, directory: Path, store: Store, log_events: LogEvents) -> None:
        self.store = store
        self.log_events = log_events
        self.slow_logs = FakeSlowLogs()
        self.engine_logs = FilesOfEngines(directory / "nodes")
        self.log_events_directory = directory
        self.directory = directory / "log-deliveries"
        self.output = bytearray()
        self.moment = BEGINNING + timedelta(hours=1)
        self.deliveries = self.new_deliveries()

    def new_deliveries(self, log_events: LogEvents | None = None) -> LogDeliveries:
        """As a control plane that was started anew."""
        self.deliveries = LogDeliveries(
            self.store,
            log_events or self.log_events,
            self.engine_logs,
            self.slow_logs,
            lambda: self.moment,
            directory=self.directory,
            own_address=OWN_ADDRESS,
            write_output=self.output.extend,
        )
        return self.deliveries

    async def save(self, group: ReplicationGroup) -> None:
        def save(tx: Transaction) -> None:
            stored = replication_groups.find_replication_group(tx, group.key)
            if stored is None:
                credentials.remove_control_secret(tx, group.credential_id)
                credentials.save_control_secret(tx, group.credential_id, Secret("secret"))
            replication_groups.save_replication_group(tx, group, revision=0 if stored is None else stored.revision)

        await self.store.write(save)

    async def make_log_group(self, name: str, region: Region = groups.REGION) -> None:
        await self.log_events.write(lambda rows: log_rows.create_group(rows, region, name, at_milliseconds=1))

    async def events(self, name: str) -> tuple[LogEvent, ...]:
        def look(rows: LogRows) -> tuple[LogEvent, ...]:
            group = log_rows.find_group(rows, groups.REGION, name)
            assert group is not None
            return log_rows.read_group(
                rows, group, None, beside=None, start=None, end=None, is_forward=True, limit=100_000
            )

        return await self.log_events.read(look)

    async def messages(self, name: str) -> list[str]:
        return [event.message for event in await self.events(name)]

    async def observed(self, group: ReplicationGroup) -> ObservedDeliveries:
        return await self.store.read(lambda tx: log_deliveries.get_deliveries(tx, group.key))

    async def failures(self, group: ReplicationGroup) -> dict[str, str | None]:
        return {one.delivery.log_type: one.failure for one in (await self.observed(group)).deliveries}


@contextmanager
def delivery_world(directory: Path) -> Iterator[DeliveryWorld]:
    store, log_events = Store.open(directory), LogEvents.open(directory)
    try:
        yield DeliveryWorld(directory, store, log_events)
    finally:
        log_events.close()
        store.close()
