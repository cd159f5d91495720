"""Whose turn it is: nobody waits for who hangs, and nobody gets more than a few at a time."""

from elastane.notifications.turns import (
    PER_SERVER_MAX,
    UNDER_WAY_MAX,
    UNPROVEN_UNDER_WAY_MAX,
    Candidate,
    Turns,
)


def candidate(number: int, server: str, *, is_posted: bool = True) -> Candidate:
    return Candidate(number=number, server=server, is_posted=is_posted)


def begin_all(turns: Turns, waiting: list[Candidate]) -> list[Candidate]:
    chosen = list(turns.choose(waiting))
    for each in chosen:
        turns.begin(each)
    return chosen


def test_a_server_gets_one_message_until_it_has_taken_one_and_then_a_few() -> None:
    turns = Turns()
    waiting = [candidate(number, "a") for number in range(9)]

    (first,) = begin_all(turns, waiting)
    turns.end(first, is_taken=True)
    several = begin_all(turns, waiting[1:])
    for each in several:
        turns.end(each, is_taken=False)

    assert [each.number for each in several] == [1, 2, 3, 4][:PER_SERVER_MAX]
    assert len(turns.choose(waiting[5:])) == 1


def test_servers_that_hang_leave_half_of_the_room_to_those_that_do_not() -> None:
    turns = Turns()
    good = candidate(0, "good")
    turns.begin(good)
    turns.end(good, is_taken=True)
    hanging = [candidate(number, f"hanging {number}") for number in range(1, 100)]

    begun = begin_all(turns, hanging)
    others = begin_all(turns, [candidate(number, "good") for number in range(100, 110)])

    assert len(begun) == UNPROVEN_UNDER_WAY_MAX < UNDER_WAY_MAX
    assert len(others) == PER_SERVER_MAX


def test_of_servers_that_were_never_heard_each_has_its_turn_however_old_the_others_messages_are() -> None:
    turns = Turns()
    backlog = [candidate(10 * server + number, f"hanging {server}") for server in range(20) for number in range(4)]
    newcomer = candidate(1000, "new")

    first = begin_all(turns, [*backlog, newcomer])
    for each in first:
        turns.end(each, is_taken=False)
    second = begin_all(turns, [*(each for each in backlog if each not in first), newcomer])

    assert newcomer not in first
    assert newcomer in second


def test_files_take_one_line_at_a_time_in_order_and_room_that_hanging_servers_cannot_take() -> None:
    turns = Turns()
    begin_all(turns, [candidate(number, f"hanging {number}") for number in range(99)])

    chosen = begin_all(turns, [candidate(number, "file:a", is_posted=False) for number in (201, 200)])

    assert [each.number for each in chosen] == [200]


def test_nothing_is_remembered_of_servers_for_whom_nothing_waits() -> None:
    turns = Turns()
    first = candidate(1, "a")
    turns.begin(first)
    turns.end(first, is_taken=True)

    turns.forget()

    assert len(turns.choose([candidate(number, "a") for number in range(2, 9)])) == 1
