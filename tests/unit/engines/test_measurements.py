"""What is read from what real engines count; `tests/live/engines/record_measurements.py` records it."""

import json
from pathlib import Path
from typing import Any

import pytest

from elastane.engines.connection import Reply
from elastane.engines.measurements import (
    KEYSPACE_NUMBERS,
    NUMBERS,
    find_run_id,
    parse_histograms,
    parse_kinds,
    parse_measurements,
    parse_place,
)
from elastane.metrics.definitions import DEFINITIONS
from elastane.model.engine_names import EngineName
from elastane.model.measurements import LatencyHistogram
from elastane.model.observations import Role

GOLDEN = Path(__file__).parents[2] / "golden" / "engines"
RECORDED = sorted(path.name for path in GOLDEN.iterdir())
VALKEY, REDIS = "valkey-9.1.2", "redis-7.0.15"


def golden(engine: str, name: str) -> bytes:
    return (GOLDEN / engine / name).read_bytes()


def reply(engine: str, name: str) -> Any:
    """As the connection reads it: texts are bytes."""

    def as_read(part: Any) -> Any:
        if isinstance(part, list):
            return [as_read(each) for each in part]
        return part.encode() if isinstance(part, str) else part

    return as_read(json.loads(golden(engine, name)))


@pytest.mark.parametrize("engine", RECORDED)
def test_a_primary_says_who_it_is_and_who_follows(engine: str) -> None:
    seen = parse_measurements(golden(engine, "measured.txt"), {})

    assert (seen.engine, seen.engine_version) == (EngineName(engine.split("-")[0]), engine.split("-")[1])
    assert seen.role is Role.PRIMARY
    assert len(seen.run_id) == len(seen.replication_id) == 40
    assert seen.run_id == find_run_id(golden(engine, "measured.txt"))
    assert [address.startswith("127.") for address in seen.replica_offsets] == [True]
    assert parse_place(golden(engine, "measured.txt")) == (Role.PRIMARY, seen.offset_bytes)


@pytest.mark.parametrize("engine", RECORDED)
def test_a_replica_shares_its_primarys_stream(engine: str) -> None:
    primary = parse_measurements(golden(engine, "measured.txt"), {})

    seen = parse_measurements(golden(engine, "measured_replica.txt"), {})

    assert (seen.role, seen.is_link_up, seen.replica_offsets) == (Role.REPLICA, True, {})
    assert seen.replication_id == primary.replication_id
    assert seen.run_id != primary.run_id


@pytest.mark.parametrize("engine", RECORDED)
def test_keys_are_counted_over_all_databases(engine: str) -> None:
    seen = parse_measurements(golden(engine, "measured.txt"), {})

    assert (seen.numbers["keys"], seen.numbers["expires"]) == (4, 1)
    assert seen.numbers["maxmemory"] == 536870912
    assert seen.numbers["used_memory"] > 500_000


def test_what_an_engine_does_not_say_is_absent_and_not_zero() -> None:
    newer, older = (parse_measurements(golden(engine, "measured.txt"), {}) for engine in (VALKEY, REDIS))

    missing = newer.numbers.keys() - older.numbers.keys()

    assert missing == {
        "acl_access_denied_auth",
        "acl_access_denied_channel",
        "acl_access_denied_cmd",
        "acl_access_denied_db",
        "acl_access_denied_key",
        "expired_fields",
        "keys_with_volatile_items",
    }


def test_an_empty_engine_has_no_keys_and_no_average_of_them() -> None:
    text = golden(VALKEY, "measured.txt").partition(b"# Keyspace")[0]

    seen = parse_measurements(text, {})

    assert (seen.numbers["keys"], seen.numbers["keys_with_volatile_items"]) == (0, 0)
    assert "db0_avg_ttl" not in seen.numbers


@pytest.mark.parametrize("engine", RECORDED)
def test_commands_are_counted_by_their_full_names(engine: str) -> None:
    seen = parse_measurements(golden(engine, "measured.txt"), {})

    assert seen.commands["mset"].calls == 1
    assert seen.commands["config|get"].calls > 0
    assert seen.commands["set"].microseconds > 0


@pytest.mark.parametrize("engine", RECORDED)
def test_an_engine_says_what_its_commands_are(engine: str) -> None:
    kinds = parse_kinds(reply(engine, "commands.json"))

    assert (kinds["get"].is_read, kinds["get"].is_write, kinds["get"].is_keyed) == (True, False, True)
    assert (kinds["set"].is_read, kinds["set"].is_write) == (False, True)
    assert not kinds["dbsize"].is_keyed
    assert "scripting" in kinds["eval"].categories
    assert kinds["eval"].is_keyed
    assert "config|resetstat" in kinds
    # Channels of shards stand where keys do.
    assert not kinds["ssubscribe"].is_keyed


@pytest.mark.parametrize("engine", RECORDED)
def test_histograms_are_cumulative_and_ascend(engine: str) -> None:
    histograms = parse_histograms(reply(engine, "histograms.json"))

    assert histograms["mset"].buckets[-1][1] == 1
    assert len(histograms) > 5
    for histogram in histograms.values():
        assert sorted(histogram.buckets) == list(histogram.buckets)
        assert sorted(count for _, count in histogram.buckets) == [count for _, count in histogram.buckets]


def test_a_histogram_is_read_in_its_steps() -> None:
    told: list[Reply] = [b"get", [b"calls", 3, b"histogram_usec", [1, 2, 4, 3]]]

    assert parse_histograms(told) == {"get": LatencyHistogram(((1, 2), (4, 3)))}


@pytest.mark.parametrize("text", [b"", b"no INFO", b"# Server\r\nrun_id:abc\r\n"])
def test_what_is_no_info_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="INFO has no field"):
        parse_measurements(text, {})


def test_every_number_that_is_read_is_a_definitions() -> None:
    defined = {field for definition in DEFINITIONS for field in definition.fields}

    assert (NUMBERS | set(KEYSPACE_NUMBERS)) - defined == {"master_link_down_since_seconds"}
