"""Paging: nothing is lost, nothing comes twice, and a marker means what it says or is refused."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastane.model import faults, paging
from elastane.model.paging import Limits

SMALL = Limits(records_min=1, records_max=5, records_default=3)

many_examples = settings(max_examples=200, deadline=None, database=None)


def itself(text: str) -> str:
    return text


def test_a_short_list_is_one_page_without_a_marker() -> None:
    found = paging.page(["b", "a"], marker=None, max_records=None, limits=SMALL, key=itself)

    assert found == paging.Page(items=("a", "b"), marker=None)


def test_no_items_are_one_empty_page() -> None:
    found: paging.Page[str] = paging.page([], marker=None, max_records=None, limits=SMALL, key=itself)

    assert found == paging.Page(items=(), marker=None)


def test_a_page_that_ends_with_the_list_has_no_marker() -> None:
    found = paging.page("abc", marker=None, max_records=3, limits=SMALL, key=itself)

    assert found.items == ("a", "b", "c")
    assert found.marker is None


def test_an_empty_marker_is_no_marker() -> None:
    found = paging.page("ab", marker="", max_records=None, limits=SMALL, key=itself)

    assert found.items == ("a", "b")


@many_examples
@given(keys=st.sets(st.text(max_size=4), max_size=30), max_records=st.integers(1, 5))
def test_the_pages_together_are_the_whole_list_in_order(keys: set[str], max_records: int) -> None:
    seen: list[str] = []
    marker: str | None = None

    for _ in range(len(keys) + 1):
        found = paging.page(keys, marker=marker, max_records=max_records, limits=SMALL, key=itself)
        seen += found.items
        marker = found.marker
        if marker is None:
            break

    assert marker is None
    assert seen == sorted(keys)


@many_examples
@given(
    keys=st.sets(st.text(max_size=3), min_size=4, max_size=20),
    added=st.sets(st.text(max_size=3), max_size=5),
    data=st.data(),
)
def test_what_stays_is_seen_once_although_others_come_and_go(
    keys: set[str], added: set[str], data: st.DataObject
) -> None:
    removed = data.draw(st.sets(st.sampled_from(sorted(keys))))
    first = paging.page(keys, marker=None, max_records=3, limits=SMALL, key=itself)
    seen = list(first.items)
    marker = first.marker

    while marker is not None:
        found = paging.page((keys | added) - removed, marker=marker, max_records=3, limits=SMALL, key=itself)
        seen += found.items
        marker = found.marker

    assert keys - removed <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("limits", "max_records", "said"),
    [
        (paging.STANDARD, 19, "Invalid value 19 for MaxRecords. Must be between 20 and 100."),
        (paging.STANDARD, 101, "Invalid value 101 for MaxRecords. Must be between 20 and 100."),
        (paging.SNAPSHOTS, 51, "Invalid value 51 for MaxRecords. Must be between 20 and 50."),
        (paging.STANDARD, 0, "Invalid value 0 for MaxRecords. Must be between 20 and 100."),
    ],
)
def test_a_page_size_outside_aws_limits_is_refused(limits: Limits, max_records: int, said: str) -> None:
    with pytest.raises(faults.InvalidParameterValue) as refusal:
        paging.page([], marker=None, max_records=max_records, limits=limits, key=itself)

    assert refusal.value.message == said


@pytest.mark.parametrize(("limits", "item_count"), [(paging.STANDARD, 100), (paging.SNAPSHOTS, 50)])
def test_a_page_has_aws_default_size(limits: Limits, item_count: int) -> None:
    found = paging.page(map(str, range(1000)), marker=None, max_records=None, limits=limits, key=itself)

    assert len(found.items) == item_count


def test_two_items_of_one_key_are_our_bug() -> None:
    with pytest.raises(AssertionError):
        paging.page(["a", "a"], marker=None, max_records=None, limits=SMALL, key=itself)


@many_examples
@given(last_key=st.text(), position=st.integers(0, 10_000), character=st.sampled_from("Aa0-_=+é\x00"))
def test_a_marker_is_read_whole_or_refused(last_key: str, position: int, character: str) -> None:
    marker = paging.render_marker(last_key)
    place = position % len(marker)
    changed = marker[:place] + character + marker[place + 1 :]

    assert paging.parse_marker(marker) == last_key
    if changed != marker:
        with pytest.raises(faults.InvalidParameterValue):
            paging.parse_marker(changed)


@pytest.mark.parametrize(
    "marker",
    ["x", "a-key", "====", "é", base64.urlsafe_b64encode(b"2\0\0\0\0abc").decode(), paging.render_marker("a")[:-4]],
)
def test_a_marker_we_did_not_write_is_refused(marker: str) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="Marker"):
        paging.page("abc", marker=marker, max_records=None, limits=SMALL, key=itself)


def test_another_spelling_of_the_same_octets_is_refused() -> None:
    marker = paging.render_marker("abc")
    respelled = marker.replace("=", "").removesuffix(marker[-2]) + chr(ord(marker[-2]) + 1) + "="

    assert base64.urlsafe_b64decode(respelled) == base64.urlsafe_b64decode(marker)
    with pytest.raises(faults.InvalidParameterValue):
        paging.parse_marker(respelled)
