"""What `elastane status` says, as text and as JSON."""

from pathlib import Path

import msgspec
from msgspec.structs import replace
from typer.testing import CliRunner

from elastane.cli import app
from elastane.cli.installation import Installation
from elastane.cli.status import first_steps, status_text
from elastane.cli.status_rows import report
from elastane.engines.discovery import EngineBinary
from elastane.model.enforcement import Enforcement
from elastane.model.ids import Region
from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.model.replication_groups import Network
from elastane.store import Store
from tests.kit import groups
from tests.unit.cli.installations import installation, seen_group

VALKEY = EngineBinary(engine="valkey", version="9.1.2", path=Path("/x/valkey-server"), source="wheel", has_tls=False)


def text(found: Installation) -> str:
    return status_text(found, (VALKEY,), columns=200)


def row(shown: str, name: str) -> list[str]:
    """The cells of the first row that begins with this name."""
    line = next(line for line in shown.splitlines() if line.startswith(name + " "))
    return [cell.strip() for cell in line.split("   ") if cell.strip()]


def test_a_group_and_its_nodes_are_rows() -> None:
    network = Network(subnet_group_name="default", primary_endpoint_address="127.88.48.10")
    primary = groups.node("orders-001", address="127.88.0.10")

    shown = text(installation(seen_group(groups.group("orders", primary, network=network))))

    assert row(shown, "orders") == ["orders", "replication group", "available", "valkey 9.1.2", "127.88.48.10", "-"]
    assert row(shown, "orders-001") == [
        "orders-001", "primary", "us-east-1a", "127.88.0.10:6379", "pid 100", "ready: answers",
    ]  # fmt: skip


def test_the_control_plane_and_the_engines_come_first() -> None:
    shown = text(installation())

    assert shown.startswith(
        "The control plane runs at http://127.0.0.1:7379 (pid 4711) on /srv/elastane.\nEngines: valkey 9.1.2 (wheel)."
    )


def test_whether_security_groups_are_enforced_is_said_and_by_what() -> None:
    enforcement = Enforcement(
        is_enforced=True,
        sentence="Enforced by the kernel: table inet elastane_1.",
        since=groups.CREATED_AT,
        with_unknown_groups=("us-east-1/replication-group/orders",),
    )
    found = replace(installation(), enforcement=enforcement)

    shown, told = text(found), report(found, ())

    assert "Security groups: Enforced by the kernel: table inet elastane_1.\n" in shown
    assert "A security group that is not known here lets nobody in: us-east-1/replication-group/orders." in shown
    assert (told.are_security_groups_enforced, told.security_groups) == (True, enforcement.sentence)
    assert told.caches_with_unknown_security_groups == enforcement.with_unknown_groups
    assert "when the control plane last looked" in text(replace(found, control_plane=None))


def test_what_was_seen_before_the_control_plane_ended_is_not_said_as_if_it_were_so_now() -> None:
    shown = text(installation(seen_group(groups.group("orders")), control_plane=None))

    assert "No control plane runs on /srv/elastane. Roles and health are as last seen" in shown
    assert "was available" in row(shown, "orders")
    assert {"was primary", "was ready: answers"} <= set(row(shown, "orders-001"))


def test_a_node_not_looked_at_yet_says_so() -> None:
    shown = text(installation(seen_group(groups.group("orders"), NOTHING_OBSERVED)))

    assert "creating" in row(shown, "orders")
    assert {"-", "unknown: has not been looked at yet"} <= set(row(shown, "orders-001"))


def test_the_region_is_shown_when_there_are_several() -> None:
    here, there = groups.group("orders"), groups.group("carts", region=Region("eu-west-1"))

    one, both = text(installation(seen_group(here))), text(installation(seen_group(here), seen_group(there)))

    assert "Region" not in one
    assert row(both, "eu-west-1")[:2] == ["eu-west-1", "carts"]


def test_ids_are_in_one_piece_however_narrow_the_terminal_is() -> None:
    found = installation(seen_group(groups.group("a-rather-long-name-for-a-replication-gro")))

    shown = status_text(found, (), columns=40)

    assert "a-rather-long-name-for-a-replication-gro-002" in shown


def test_who_has_no_cache_yet_is_told_how_to_make_one() -> None:
    shown = first_steps(installation(), command="elastane", data_dir_option=" --data-dir /x")

    assert shown.startswith("There is no cache yet. To create the first one:\n\n")
    assert '\n  eval "$(elastane env --data-dir /x)"\n' in shown
    assert "aws elasticache create-replication-group" in shown


def test_who_has_no_control_plane_either_is_told_to_start_one_first() -> None:
    shown = first_steps(installation(control_plane=None), command="elastane", data_dir_option="")

    assert "\n  elastane serve  " in shown


def test_the_json_has_the_same_facts() -> None:
    facts = msgspec.to_builtins(report(installation(seen_group(groups.group("orders"))), (VALKEY,)))

    assert (facts["is_running"], facts["url"], facts["pid"]) == (True, "http://127.0.0.1:7379", 4711)
    assert facts["engines"][0]["version"] == "9.1.2"
    assert facts["groups"][0]["status"] == "available"
    assert facts["groups"][0]["nodes"][1]["role"] == "replica"


def test_the_command_works_on_a_directory_that_was_never_used_and_makes_nothing_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["status", "--data-dir", str(tmp_path)])

    assert result.exit_code == 0
    assert f"No control plane has ever used the data directory {tmp_path}." in result.stdout
    assert "There is no cache yet." in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_command_reads_the_store_of_a_control_plane_that_is_away(tmp_path: Path) -> None:
    Store.open(tmp_path).close()

    result = CliRunner().invoke(app, ["status", "--json", "--data-dir", str(tmp_path)])

    assert result.exit_code == 0
    assert msgspec.json.decode(result.stdout)["groups"] == []
