"""docs/parity.toml against the code, the published models and the tests it names: nothing without a test says `done`.

Our own service has entries as AWS's have; that there is nothing of AWS's behind them is their sentence.
"""

import tomllib
from collections.abc import Mapping
from typing import TypedDict

import pytest
from botocore.loaders import Loader

from elastane.api import SERVICES
from elastane.wire import models
from tests.repository import ROOT, list_tests

BUILT = ("done", "partial")
STATUSES = (*BUILT, "refused")


class Entry(TypedDict, total=False):
    """One action's row."""

    status: str
    sentence: str
    tests: list[str]


PARITY: Mapping[str, Mapping[str, Entry]] = tomllib.loads((ROOT / "docs" / "parity.toml").read_text())
ENTRIES = [(f"{service}:{action}", entry) for service, actions in PARITY.items() for action, entry in actions.items()]
each_entry = pytest.mark.parametrize(("action", "entry"), ENTRIES, ids=[name for name, _ in ENTRIES])


def test_every_published_action_of_elasticache_has_an_entry_in_alphabetical_order() -> None:
    published = Loader().load_service_model("elasticache", "service-2")["operations"]

    assert list(PARITY["elasticache"]) == sorted(published)


@pytest.mark.parametrize("service", SERVICES)
def test_what_the_table_of_actions_holds_is_done_or_partial_and_the_rest_is_refused(service: models.Service) -> None:
    built = {action for action, entry in PARITY[service].items() if entry["status"] in BUILT}

    assert built == set(SERVICES[service])


def test_our_own_actions_have_entries_that_say_so_and_aws_has_none_of_their_names() -> None:
    own, published = PARITY["elastane"], Loader().load_service_model("elasticache", "service-2")["operations"]

    assert set(own) == set(models.action_names(models.ELASTANE))
    assert {entry["sentence"] for entry in own.values()} == {"Ours: AWS has no such action."}
    assert own.keys().isdisjoint(published)


def test_no_service_has_entries_that_is_not_answered_for() -> None:
    assert set(PARITY) == {str(service) for service in SERVICES}


@each_entry
def test_an_entry_has_a_status_and_what_is_not_whole_has_a_sentence(action: str, entry: Entry) -> None:
    assert entry["status"] in STATUSES
    assert entry["status"] == "done" or entry.get("sentence"), f"{action} does not say why it is {entry['status']}"
    assert entry.get("sentence", ".").endswith(".")


@each_entry
def test_what_is_built_names_tests_and_what_is_refused_none(action: str, entry: Entry) -> None:
    assert bool(entry.get("tests")) == (entry["status"] in BUILT), action


@each_entry
def test_the_tests_that_an_entry_names_are_there(action: str, entry: Entry) -> None:
    named = entry.get("tests", [])

    missing = [test for test in named if test not in list_tests(test.partition("::")[0])]
    assert not missing, f"{action} names tests that are not there"
    assert len(set(named)) == len(named)
