"""What a node is called inside the engines' cluster."""

import re
from datetime import timedelta

from msgspec.structs import replace

from elastane.model.ids import Region
from elastane.model.member_ids import member_id, nowhere_id
from tests.kit.groups import REGION, node

FIRST = node("orders-0001-001")


def test_a_name_has_forty_hexadecimal_digits_as_engines_want_it() -> None:
    for name in (member_id(REGION, FIRST), nowhere_id(REGION, FIRST)):
        assert re.fullmatch(r"[0-9a-f]{40}", name)


def test_a_name_stays_whatever_else_is_changed_of_the_node() -> None:
    moved = replace(FIRST, address="127.88.9.9", is_leaving=True)

    assert member_id(REGION, moved) == member_id(REGION, FIRST)


def test_no_two_nodes_share_a_name_nor_does_one_made_later_under_the_same_id() -> None:
    later = replace(FIRST, created_at=FIRST.created_at + timedelta(seconds=1))
    names = {
        member_id(REGION, FIRST),
        nowhere_id(REGION, FIRST),
        member_id(REGION, later),
        member_id(REGION, node("orders-0001-002")),
        member_id(Region("eu-west-1"), FIRST),
    }

    assert len(names) == 5
