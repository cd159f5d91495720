"""`elastane ca` prints whom to trust, and no key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from elastane.cli import app
from elastane.pki.authorities import open_pki

RUNNER = CliRunner()


def test_the_bundle_is_printed_as_it_is_and_holds_no_key(tmp_path: Path) -> None:
    pki = open_pki(tmp_path, lambda: datetime.now(UTC), timedelta(days=90))

    printed = RUNNER.invoke(app, ["ca", "--data-dir", str(tmp_path)])

    assert (printed.exit_code, printed.stdout) == (0, pki.bundle())
    assert "PRIVATE" not in printed.stdout


def test_where_no_control_plane_ever_was_it_is_said_what_to_do(tmp_path: Path) -> None:
    printed = RUNNER.invoke(app, ["ca", "--data-dir", str(tmp_path)])

    assert printed.exit_code != 0
    assert "elastane serve" in printed.output
