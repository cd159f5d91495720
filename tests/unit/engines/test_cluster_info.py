"""What is read of replies that real engines in cluster mode gave: see `tests/live/engines/record_cluster.py`."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.engines.cluster_info import find_nowheres, parse_view
from elastane.model.cluster_views import ClusterView, Member, MoveState, OpenSlot
from elastane.model.ids import MemberId
from elastane.model.slots import NO_SLOTS, SLOT_COUNT, format_slots, from_numbers, parse_slots

GOLDEN = Path(__file__).parents[2] / "golden" / "engines"
ENGINES = sorted(path.name for path in GOLDEN.iterdir())
SHARDS = [parse_slots(text) for text in ("0-5460", "5461-10922", "10923-16383")]
OWN_ID = MemberId("a" * 40)


def golden(engine: str, name: str) -> bytes:
    return (GOLDEN / engine / name).read_bytes()


def view(engine: str, situation: str) -> ClusterView:
    return parse_view(golden(engine, f"cluster_{situation}.txt"), b"cluster_state:ok\r\n")


def owners(seen: ClusterView) -> list[Member]:
    return sorted(
        (member for member in (seen.own, *seen.others) if member.slots), key=lambda member: member.slots
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_a_primary_tells_of_three_shards_and_of_who_follows_whom(engine: str) -> None:
    seen = view(engine, "formed")

    primaries = owners(seen)
    replicas = [member for member in seen.others if not member.is_primary]
    assert [member.slots for member in primaries] == SHARDS
    assert seen.own == primaries[0]
    assert (seen.own.is_primary, seen.own.primary_id, seen.own.is_linked) == (True, None, True)
    assert {member.primary_id for member in replicas} == {member.id for member in primaries}
    assert all(member.address.startswith("127.77.") for member in (seen.own, *seen.others))
    assert all(member.is_linked and not member.is_handshaking and not member.is_held_dead for member in seen.others)
    assert seen.config_epoch >= 1
    assert (seen.leaving_slots, seen.arriving_slots) == ((), ())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_replica_owns_nothing_and_names_its_primary(engine: str) -> None:
    seen = view(engine, "replica")

    primary = seen.find(seen.own.primary_id or OWN_ID)
    assert (seen.own.is_primary, seen.own.slots) == (False, NO_SLOTS)
    assert primary is not None
    assert (primary.is_primary, primary.slots) == (True, SHARDS[0])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_booted_node_follows_a_nowhere_that_it_is_being_introduced_to(engine: str) -> None:
    text = golden(engine, "cluster_booted.txt")

    seen = parse_view(text, b"")

    nowhere = seen.find(seen.own.primary_id or OWN_ID)
    assert nowhere is not None
    assert (nowhere.is_handshaking, nowhere.is_primary, nowhere.slots) == (True, True, SHARDS[0])
    assert nowhere.address == seen.own.address
    assert find_nowheres(text) == (nowhere.id,)
    assert find_nowheres(golden(engine, "cluster_formed.txt")) == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_open_slots_are_told_by_both_sides_and_are_the_givers_own(engine: str) -> None:
    giving, taking = view(engine, "gives"), view(engine, "takes")

    assert giving.leaving_slots == (OpenSlot(7, taking.own.id), OpenSlot(11, taking.own.id))
    assert taking.arriving_slots == (OpenSlot(7, giving.own.id), OpenSlot(11, giving.own.id))
    assert (giving.arriving_slots, taking.leaving_slots) == ((), ())
    assert format_slots(giving.own.slots).startswith("0-")
    assert giving.own.slots == owners(taking)[0].slots


@pytest.mark.parametrize("engine", ENGINES)
def test_a_node_that_does_not_answer_its_fellows_is_held_dead(engine: str) -> None:
    seen = view(engine, "lost")

    (dead,) = (member for member in seen.others if member.is_held_dead)
    assert (dead.is_linked, dead.is_primary, dead.slots) == (False, True, SHARDS[2])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("state", "is_serving"), [("ok", True), ("fail", False)])
def test_a_node_serves_when_it_says_that_its_cluster_does(engine: str, state: str, is_serving: bool) -> None:
    nodes, said = golden(engine, "cluster_formed.txt"), golden(engine, f"cluster_state_{state}.txt")

    assert parse_view(nodes, said).is_serving is is_serving


@pytest.mark.parametrize("engine", ENGINES)
def test_a_node_says_the_highest_epoch_that_it_has_heard_of(engine: str) -> None:
    nodes, said = golden(engine, "cluster_formed.txt"), golden(engine, "cluster_state_ok.txt")

    assert parse_view(nodes, said).current_epoch == 3
    assert parse_view(nodes, b"").current_epoch == 0


def test_moves_are_told_newest_first_with_their_ends() -> None:
    (engine,) = (name for name in ENGINES if name.startswith("valkey"))
    replies = [
        [item.encode() if isinstance(item, str) else item for item in reply]
        for reply in json.loads(golden(engine, "slot_moves.json"))
    ]

    moves = parse_view(golden(engine, "cluster_formed.txt"), b"", replies).moves

    assert [move.state for move in moves] == [
        MoveState.RUNNING,
        MoveState.FAILED,
        MoveState.CANCELLED,
        MoveState.SUCCEEDED,
    ]
    assert [format_slots(move.slots) for move in moves] == ["1000-1999", "1000-1999", "1000-1999", "100-199"]
    assert all(move.is_export and move.source_id != move.target_id and len(move.id) == 40 for move in moves)
    assert moves[1].message == "Target node did not respond to AUTH command"
    assert moves[0].message == ""
    assert moves[-1].began_at_seconds <= moves[0].began_at_seconds


def test_a_move_that_a_replica_only_knows_of_is_left_to_its_primary() -> None:
    text = f"{OWN_ID} 127.0.0.1:6379@16379 myself,slave - 0 0 0 connected".encode()
    tracked = [b"name", b"b" * 40, b"operation", b"IMPORT", b"slot_ranges", b"0-1", b"state", b"occurring-on-primary"]

    assert parse_view(text, b"", [tracked]).moves == ()


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("127.88.16.11:6379@16379", "127.88.16.11"),
        ("127.88.16.11:6379@16379,", "127.88.16.11"),
        ("127.88.16.11:6379@16379,node-1.example,shard-id=" + "c" * 40, "127.88.16.11"),
        ("fd00::11:6379@16379", "fd00::11"),
        (":0@0", ""),
    ],
)
def test_an_address_is_read_whatever_is_appended(place: str, address: str) -> None:
    line = f"{OWN_ID} {place} myself,master - 0 0 7 connected 5 7-9".encode()

    seen = parse_view(line, b"")

    assert seen.own.address == address
    assert (seen.config_epoch, format_slots(seen.own.slots)) == (7, "5,7-9")


@given(st.sets(st.integers(0, SLOT_COUNT - 1), max_size=50))
def test_slots_are_read_as_engines_write_them(wanted: set[int]) -> None:
    slots = from_numbers(wanted)
    written = format_slots(slots).replace(",", " ")

    seen = parse_view(f"{OWN_ID} h:1@2 myself,master - 0 0 1 connected {written}".rstrip().encode(), b"")

    assert seen.own.slots == slots


@pytest.mark.parametrize("text", [b"", b"no such reply", f"{OWN_ID} h:1@2 master - 0 0 1 connected".encode()])
def test_what_is_no_such_reply_or_names_no_speaker_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse_view(text, b"")
