"""What is read from replies that real engines gave; `tests/live/engines/record.py` records them."""

from pathlib import Path

import pytest

from elastane.engines.info import is_replica_online, parse_answering, parse_fields, parse_pairs
from elastane.engines.valkey import NOWHERE_PORT
from elastane.model.observations import Role

GOLDEN = Path(__file__).parents[2] / "golden" / "engines"
RECORDED = sorted(path.name for path in GOLDEN.iterdir())
PAIRS = [b"bind", b"127.77.0.1 127.77.0.9", b"maxmemory-policy", b"volatile-lru"]


def golden(engine: str, situation: str) -> bytes:
    return (GOLDEN / engine / f"{situation}.txt").read_bytes()


def test_both_engines_were_recorded() -> None:
    assert [name.split("-")[0] for name in RECORDED] == ["redis", "valkey"]


@pytest.mark.parametrize("engine", RECORDED)
def test_a_primary_leads_and_its_keys_are_counted_over_all_databases(engine: str) -> None:
    seen = parse_answering(golden(engine, "primary"), PAIRS)

    assert (seen.role, seen.primary_address, seen.primary_port) == (Role.PRIMARY, None, None)
    assert (seen.is_link_up, seen.is_loading, seen.sync_progress_ratio) == (True, False, None)
    assert seen.key_count == 4
    assert len(seen.replication_id) == 40
    assert seen.used_memory_bytes > 500_000


@pytest.mark.parametrize("engine", RECORDED)
def test_the_version_is_the_engines_own_and_not_the_one_it_is_compatible_with(engine: str) -> None:
    seen = parse_answering(golden(engine, "primary"), PAIRS)

    assert seen.engine_version == engine.split("-")[1]


@pytest.mark.parametrize("engine", RECORDED)
def test_a_replica_shares_its_primarys_lineage_and_offset(engine: str) -> None:
    primary = parse_answering(golden(engine, "primary"), PAIRS)

    seen = parse_answering(golden(engine, "replica"), PAIRS)

    assert seen.role is Role.REPLICA
    assert seen.is_link_up
    assert (seen.replication_id, seen.key_count) == (primary.replication_id, primary.key_count)
    assert seen.primary_address is not None
    assert seen.primary_address.startswith("127.")
    assert seen.primary_port == 6379


@pytest.mark.parametrize("engine", RECORDED)
def test_a_replica_of_nowhere_has_nothing_and_no_offset(engine: str) -> None:
    seen = parse_answering(golden(engine, "replica_of_nowhere"), PAIRS)

    assert (seen.role, seen.primary_port) == (Role.REPLICA, NOWHERE_PORT)
    assert (seen.key_count, seen.offset_bytes, seen.is_link_up) == (0, 0, False)
    assert (seen.is_syncing, seen.sync_progress_ratio) == (False, None)


@pytest.mark.parametrize("engine", RECORDED)
def test_a_replica_of_the_dead_keeps_keys_and_lineage_without_a_link(engine: str) -> None:
    primary = parse_answering(golden(engine, "primary"), PAIRS)

    seen = parse_answering(golden(engine, "replica_of_the_dead"), PAIRS)

    assert (seen.role, seen.is_link_up, seen.key_count) == (Role.REPLICA, False, 4)
    assert seen.replication_id == primary.replication_id


@pytest.mark.parametrize("engine", RECORDED)
def test_a_replica_says_how_long_its_primary_has_been_silent_as_long_as_there_is_a_link(engine: str) -> None:
    silent = golden(engine, "replica").replace(b"last_io_seconds_ago:0", b"last_io_seconds_ago:7", 1)

    texts = silent, *(golden(engine, name) for name in ("replica_of_the_dead", "replica_of_nowhere", "primary"))
    assert [parse_answering(text, PAIRS).link_silent_seconds for text in texts] == [7, None, None, None]


@pytest.mark.parametrize("engine", RECORDED)
def test_a_history_that_went_on_from_another_names_that(engine: str) -> None:
    text = golden(engine, "replica_in_sync")  # it was promoted before
    shifted = parse_answering(text, PAIRS)
    later = parse_answering(text.replace(b"second_repl_offset:1\r", b"second_repl_offset:701\r"), PAIRS)
    newborn = parse_answering(golden(engine, "replica_of_nowhere"), PAIRS)

    assert len(shifted.previous_replication_id) == 40
    assert shifted.previous_replication_id != shifted.replication_id
    assert later.previous_offset_bytes == 700
    assert shifted.previous_offset_bytes == 0  # it was empty then
    assert (newborn.previous_replication_id, newborn.previous_offset_bytes) == ("", 0)


@pytest.mark.parametrize("engine", RECORDED)
def test_a_replicas_priority_is_its_own_and_a_primary_has_the_usual_one(engine: str) -> None:
    unwanted = golden(engine, "replica").replace(b"slave_priority:100", b"slave_priority:0")

    assert parse_answering(unwanted, PAIRS).priority == 0
    assert parse_answering(golden(engine, "primary"), PAIRS).priority == 100


def test_rights_that_are_missing_are_passed_on() -> None:
    seen = parse_answering(golden(RECORDED[0], "primary"), PAIRS, missing_rights=("failover",))

    assert seen.missing_rights == ("failover",)


@pytest.mark.parametrize("engine", RECORDED)
def test_a_sync_to_a_file_is_measured_by_what_arrived(engine: str) -> None:
    seen = parse_answering(golden(engine, "replica_in_sync"), PAIRS)

    assert (seen.is_link_up, seen.is_syncing, seen.sync_progress_ratio) == (False, True, 0.4)


@pytest.mark.parametrize("engine", RECORDED)
def test_a_sync_into_memory_is_measured_by_what_is_loaded(engine: str) -> None:
    text = golden(engine, "replica_in_sync")
    text = text.replace(b"loading:0\r\n", b"loading:1\r\nloading_loaded_perc:12.50\r\n", 1)

    seen = parse_answering(text, PAIRS)

    assert (seen.is_loading, seen.sync_progress_ratio) == (True, 0.125)


@pytest.mark.parametrize("engine", RECORDED)
def test_a_sync_of_unknown_length_has_no_progress(engine: str) -> None:
    text = golden(engine, "replica_in_sync").replace(b"sync_total_bytes:1000", b"sync_total_bytes:-1")

    seen = parse_answering(text, PAIRS)

    assert (seen.is_syncing, seen.sync_progress_ratio) == (True, None)


@pytest.mark.parametrize("engine", RECORDED)
def test_a_primary_names_its_replicas_and_how_they_are(engine: str) -> None:
    replica_address = "127.1.2.3"
    waiting = b"slave0:ip=127.1.2.3,port=6379,state=wait_bgsave,offset=0,lag=0\r\n"
    online = b"slave0:ip=127.1.2.3,port=6379,state=online,offset=14,lag=0\r\n"

    assert is_replica_online(parse_fields(online), replica_address, 6379)
    assert not is_replica_online(parse_fields(online), replica_address, 6380)
    assert not is_replica_online(parse_fields(waiting), replica_address, 6379)
    assert not is_replica_online(parse_fields(golden(engine, "replica")), replica_address, 6379)


@pytest.mark.parametrize("engine", RECORDED)
def test_a_primary_counts_only_those_replicas_in_that_it_calls_online(engine: str) -> None:
    waiting = b"slave0:ip=127.1.2.3,port=6379,state=wait_bgsave,offset=0,lag=0\r\n"
    online = b"slave1:ip=127.1.2.4,port=6379,state=online,offset=14,lag=0\r\n"

    seen = parse_answering(golden(engine, "primary") + waiting + online, PAIRS)

    assert seen.online_replicas == ("127.1.2.4",)
    assert parse_answering(golden(engine, "replica"), PAIRS).online_replicas == ()


def test_addresses_and_parameters_come_from_the_configuration() -> None:
    seen = parse_answering(golden(RECORDED[0], "primary"), PAIRS)

    assert seen.bound_addresses == ("127.77.0.1", "127.77.0.9")
    assert seen.parameters == {"maxmemory-policy": "volatile-lru"}


def test_a_value_that_is_no_text_is_kept_readable() -> None:
    assert parse_pairs([b"requirepass", b"\xff"]) == {"requirepass": "\\xff"}


def test_the_old_name_of_replicas_in_buffer_limits_is_translated() -> None:
    pairs = [b"client-output-buffer-limit", b"normal 0 0 0 slave 1 2 60 pubsub 3 4 60"]

    assert parse_pairs(pairs) == {"client-output-buffer-limit": "normal 0 0 0 replica 1 2 60 pubsub 3 4 60"}


@pytest.mark.parametrize("text", [b"", b"role:master\r\n", b"# Replication\r\nnonsense\r\n"])
def test_a_reply_without_the_fields_that_matter_is_an_error_and_no_guess(text: bytes) -> None:
    with pytest.raises(ValueError, match="INFO has no field"):
        parse_answering(text, PAIRS)
