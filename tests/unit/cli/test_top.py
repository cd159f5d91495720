"""`elastane top` as a command: what it says when there is less to see, and where there is no terminal."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from elastane.cli import app
from elastane.cli.installation import Installation
from elastane.cli.top import Advice, Look, next_sort, notes
from elastane.cli.top_rows import NOTHING_MEASURED, Measured, Sort
from elastane.store import Store
from tests.kit import groups
from tests.unit.cli.installations import installation, seen_group
from tests.unit.cli.test_top_rows import measured, report, sample

ADVICE = Advice(command="elastane", data_dir_option=" --data-dir /x")


def told(found: Installation, what: Measured = NOTHING_MEASURED) -> str:
    return "\n".join(notes(Look(installation=found, report=report(found, what)), ADVICE))


def test_who_has_no_cache_yet_is_told_how_to_make_one() -> None:
    said = told(installation())

    assert said.startswith("There is no cache yet. To create the first one:")
    assert "aws elasticache create-replication-group" in said


def test_a_directory_that_was_never_used_is_said_to_be_and_how_to_use_it() -> None:
    said = told(installation(control_plane=None, is_used=False))

    assert said.startswith("No control plane has ever used the data directory /srv/elastane.")
    assert "elastane serve --data-dir /x" in said


def test_without_a_control_plane_it_says_that_nothing_is_measured_and_how_to_start_one() -> None:
    found = installation(seen_group(groups.group("orders")), control_plane=None)

    said = told(found, measured(sample("orders-001", ended_seconds_ago=timedelta(hours=1).total_seconds())))

    assert said == (
        "No control plane runs on /srv/elastane, so nothing is measured. To start it: elastane serve --data-dir /x"
    )


def test_before_the_first_sample_it_says_what_it_waits_for() -> None:
    said = told(installation(seen_group(groups.group("orders"))))

    assert said.startswith("Nothing has been measured yet.")
    assert said.endswith("elastane explain orders --data-dir /x")


def test_while_all_is_well_it_says_nothing() -> None:
    assert told(installation(seen_group(groups.group("orders"))), measured(sample("orders-001"))) == ""


def test_the_key_s_goes_round_all_orders() -> None:
    assert [next_sort(Sort.NAME, count) for count in range(len(Sort) + 1)] == [*Sort, Sort.NAME]


def test_where_there_is_no_terminal_it_shows_everything_once(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["top", "--data-dir", str(tmp_path)])

    assert result.exit_code == 0
    assert result.stdout.startswith("elastane is not running  0 caches, 0 nodes")
    assert f"No control plane has ever used the data directory {tmp_path}." in result.stdout.replace("\n", "")
    assert list(tmp_path.iterdir()) == []


def test_the_json_has_the_same_facts(tmp_path: Path) -> None:
    Store.open(tmp_path).close()

    result = CliRunner().invoke(app, ["top", "--json", "--sort", "cpu", "--data-dir", str(tmp_path)])

    facts = msgspec.json.decode(result.stdout)
    assert (facts["is_running"], facts["sort"], facts["nodes"]) == (False, "cpu", [])
    assert facts["totals"]["operations_per_second"] is None


@pytest.mark.parametrize("option", ["--once", "--json"])
def test_a_cache_that_there_is_not_is_refused_with_a_sentence(tmp_path: Path, option: str) -> None:
    Store.open(tmp_path).close()

    result = CliRunner().invoke(app, ["top", "orders", option, "--data-dir", str(tmp_path)])

    assert result.exit_code == 2
    assert result.stderr == "elastane: There is no cache orders; there are: none.\n"
