"""Work that takes long is done in a thread, one piece after the other."""

import asyncio
import threading

import pytest

from elastane.logs.aside import COUNT_MIN, Aside


@pytest.mark.parametrize(("count", "is_aside"), [(0, False), (COUNT_MIN - 1, False), (COUNT_MIN, True)])
async def test_much_is_done_in_a_thread_of_its_own(count: int, is_aside: bool) -> None:
    thread = await Aside().do(count, threading.get_ident)

    assert (thread != threading.get_ident()) is is_aside


async def test_one_piece_waits_for_the_other() -> None:
    aside = Aside()
    at_work = 0

    def work() -> int:
        nonlocal at_work
        at_work += 1
        seen = at_work
        threading.Event().wait(0.01)
        at_work -= 1
        return seen

    assert await asyncio.gather(*(aside.do(COUNT_MIN, work) for _ in range(5))) == [1] * 5
