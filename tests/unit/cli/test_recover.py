"""What `elastane recover` shows and writes. That a control plane takes it up is shown live."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.cli.recover import recovery_text, save_confirmation
from elastane.cli.refusals import CommandError
from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.reconcile.recovery import CONFIRMATION_FILE, Recovery
from tests.kit import groups
from tests.unit.cli.installations import cluster, installation, seen_group

NOW = groups.CREATED_AT + timedelta(hours=5)
ORDERS = groups.group("orders")
RECOVERY = Recovery(
    rebuilt_at=NOW - timedelta(seconds=60),
    documents={str(ORDERS.key): groups.CREATED_AT, "us-east-1/replication-group/deleted": None},
    losses=("orders-003 has no directory any more: it is built anew",),
)


def test_a_rebuilt_group_is_a_row_with_its_primary_and_the_age_of_its_document() -> None:
    shown = recovery_text(installation(seen_group(ORDERS)), RECOVERY, NOW, columns=200)

    row = next(line for line in shown.splitlines() if line.startswith("us-east-1 "))
    assert [cell.strip() for cell in row.split("   ") if cell.strip()] == [
        "us-east-1", "orders", "replication group", "valkey 9.1", "2 of 2 run", "orders-001",
        "2026-11-23 12:00:00 UTC (5 h ago)",
    ]  # fmt: skip
    assert "rebuilt from the nodes' own files at 2026-11-23 16:59:00 UTC (60 s ago)." in shown


def test_what_is_missing_and_what_to_do_next_are_said() -> None:
    shown = recovery_text(installation(seen_group(ORDERS)), RECOVERY, NOW, columns=200)

    assert "  - orders-003 has no directory any more: it is built anew\n" in shown
    assert "  - tags, the history of events" in shown
    assert shown.endswith("\n\n  elastane recover --confirm")


def test_a_group_that_nobody_has_looked_at_yet_has_no_primary_seen() -> None:
    shown = recovery_text(installation(seen_group(ORDERS, NOTHING_OBSERVED)), RECOVERY, NOW, columns=200)

    assert "none seen" in shown


@pytest.mark.parametrize(
    ("shard_count", "words"), [(2, "carts-0001-001, none seen"), (4, "3 of 4 seen")], ids=["few", "many"]
)
def test_the_primaries_of_a_few_node_groups_are_named_and_of_many_counted(shard_count: int, words: str) -> None:
    seen = cluster([f"{number}" for number in range(shard_count)])
    lost = seen.desired.node_groups[-1].target_primary
    nodes = tuple(last for last in seen.observed.nodes if last.id != lost)
    recovery = Recovery(rebuilt_at=NOW, documents={str(seen.desired.key): None}, losses=())

    shown = recovery_text(
        installation(replace(seen, observed=replace(seen.observed, nodes=nodes))), recovery, NOW, columns=200
    )

    assert f" {words} " in shown


def test_groups_made_later_are_not_among_what_was_rebuilt() -> None:
    later = seen_group(groups.group("later"))

    shown = recovery_text(installation(later), RECOVERY, NOW, columns=200)

    assert "later" not in shown
    assert "None of those caches is left." in shown


def test_a_confirmed_recovery_asks_for_nothing_more() -> None:
    confirmed = Recovery(rebuilt_at=NOW, documents={}, losses=(), confirmed_at=NOW)

    shown = recovery_text(installation(), confirmed, NOW, columns=200)

    assert "That was confirmed at 2026-11-23 17:00:00 UTC" in shown
    assert "No cache could be rebuilt." in shown and "Every node's directory was understood." in shown
    assert "--confirm" not in shown


def test_the_confirmation_names_the_recovery_it_is_about(tmp_path: Path) -> None:
    save_confirmation(tmp_path, RECOVERY)

    assert (tmp_path / CONFIRMATION_FILE).read_text() == f"{RECOVERY.mark}\n"
    assert [path.name for path in tmp_path.iterdir()] == [CONFIRMATION_FILE]


def test_a_confirmation_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"recovery-confirmed cannot be written: No such file or directory\."):
        save_confirmation(tmp_path / "gone", RECOVERY)
