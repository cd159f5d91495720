"""Documents, their revisions, and pages over them, compared with a model in plain Python."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.store import Conflict, Transaction
from elastane.store.documents import NEW, Kind
from elastane.store.migrations import migrate
from elastane.store.sealing import Sealing, draw_key


class Note(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    count: int = 0


NOTES = Kind("note", Note)
OTHERS = Kind("other", Note)


@contextmanager
def a_transaction() -> Iterator[Transaction]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        yield Transaction(connection, Sealing(draw_key()))


@pytest.fixture
def tx() -> Iterator[Transaction]:
    with a_transaction() as opened:
        yield opened


def test_a_document_comes_back_as_it_was_saved_with_its_revision(tx: Transaction) -> None:
    revision = NOTES.save(tx, "a", Note(text="grüße", count=3), revision=NEW)

    found = NOTES.find(tx, "a")

    assert found is not None
    assert found.body == Note(text="grüße", count=3)
    assert found.revision == revision == 1


def test_each_save_answers_the_revision_the_next_one_must_name(tx: Transaction) -> None:
    revision = NEW
    for count in range(5):
        revision = NOTES.save(tx, "a", Note(text="again", count=count), revision=revision)

    found = NOTES.find(tx, "a")

    assert found is not None
    assert (found.revision, found.body.count) == (5, 4)


def test_an_old_revision_is_a_conflict_and_changes_nothing(tx: Transaction) -> None:
    first = NOTES.save(tx, "a", Note(text="mine"), revision=NEW)
    NOTES.save(tx, "a", Note(text="somebody else's"), revision=first)

    with pytest.raises(Conflict, match="note a was changed by somebody else"):
        NOTES.save(tx, "a", Note(text="mine again"), revision=first)

    found = NOTES.find(tx, "a")
    assert found is not None
    assert found.body.text == "somebody else's"


def test_a_document_cannot_be_new_twice(tx: Transaction) -> None:
    NOTES.save(tx, "a", Note(text="first"), revision=NEW)

    with pytest.raises(Conflict):
        NOTES.save(tx, "a", Note(text="second"), revision=NEW)


def test_a_removed_document_cannot_be_saved_over(tx: Transaction) -> None:
    revision = NOTES.save(tx, "a", Note(text="first"), revision=NEW)
    NOTES.remove(tx, "a")

    with pytest.raises(Conflict):
        NOTES.save(tx, "a", Note(text="second"), revision=revision)


def test_removing_what_is_not_there_is_fine(tx: Transaction) -> None:
    NOTES.remove(tx, "a")

    assert NOTES.find(tx, "a") is None


def test_two_kinds_never_meet_under_one_key(tx: Transaction) -> None:
    NOTES.save(tx, "a", Note(text="a note"), revision=NEW)

    assert OTHERS.find(tx, "a") is None
    OTHERS.save(tx, "a", Note(text="another thing"), revision=NEW)
    OTHERS.remove(tx, "a")
    assert NOTES.find(tx, "a") is not None


def test_a_prefix_ends_at_its_separator(tx: Transaction) -> None:
    for key in ("us-east-1/a", "us-east-10/b", "us-east-2/c", "us-east-1/d"):
        NOTES.save(tx, key, Note(text=key), revision=NEW)

    found = [stored.body.text for stored in NOTES.list_all(tx, key_prefix="us-east-1/")]

    assert found == ["us-east-1/a", "us-east-1/d"]


# --- pages, against a model ----------------------------------------------------------------------

KEYS = st.text(alphabet="ab/-1é\U0001f600", min_size=1, max_size=6)
PREFIXES = st.text(alphabet="ab/-1é", max_size=3)


@given(keys=st.sets(KEYS, max_size=20), prefix=PREFIXES, after=st.one_of(st.just(""), KEYS), limit=st.integers(-1, 8))
def test_a_page_is_what_a_sorted_list_would_give(keys: set[str], prefix: str, after: str, limit: int) -> None:
    expected = [key for key in sorted(keys) if key.startswith(prefix) and key > after]

    with a_transaction() as tx:
        for key in keys:
            NOTES.save(tx, key, Note(text=key), revision=NEW)
            OTHERS.save(tx, key + "x", Note(text="in the way"), revision=NEW)
        page = [stored.body.text for stored in NOTES.list_from(tx, key_prefix=prefix, after_key=after, limit=limit)]

    assert page == (expected if limit < 0 else expected[:limit])


@given(keys=st.sets(KEYS, max_size=20), prefix=PREFIXES, limit=st.integers(1, 6))
def test_page_after_page_gives_everything_once_and_in_order(keys: set[str], prefix: str, limit: int) -> None:
    seen: list[str] = []

    with a_transaction() as tx:
        for key in keys:
            NOTES.save(tx, key, Note(text=key), revision=NEW)
        after = ""
        while page := [s.body.text for s in NOTES.list_from(tx, key_prefix=prefix, after_key=after, limit=limit)]:
            seen += page
            after = page[-1]

    assert seen == sorted(key for key in keys if key.startswith(prefix))
