"""What the control plane writes for a configuration endpoint, as the endpoint reads it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from elastane.configuration_endpoint import configuration
from elastane.configuration_endpoint.configuration import FILE, Configuration, Files
from elastane.model.discovery import Discovery
from tests.kit.configuration_endpoints import configuration as told
from tests.kit.configuration_endpoints import members_of, write

TWO = told("127.0.0.1", "127.0.0.9", ("127.0.0.2", "127.0.0.3"))


@given(some.booleans(), some.booleans(), some.integers(0, 2**31), some.integers(0, 60))
def test_what_is_written_is_read_as_it_was(
    is_encrypted: bool, is_binary_spoken: bool, version: int, node_count: int
) -> None:
    written = Configuration(
        address="127.0.0.1",
        port=11211,
        source_address="127.0.0.9",
        is_encrypted=is_encrypted,
        is_binary_spoken=is_binary_spoken,
        connections_max=65_000,
        discovery=Discovery(version, members_of([f"127.0.1.{number}" for number in range(node_count)])),
        node_ids=tuple(f"{number:04}" for number in range(node_count)),
    )

    assert configuration.parse(configuration.render(written)) == written


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "1", "{}", '{"discovery": 1}', configuration.render(TWO._replace(node_ids=("0001",)))],
)
def test_what_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        configuration.parse(text)


def test_a_file_is_read_again_when_it_is_another_one(tmp_path: Path) -> None:
    write(tmp_path, FILE, configuration.render(TWO))
    files = Files(str(tmp_path))
    assert (files.configuration(), files.change_count) == (TWO, 1)

    write(tmp_path, FILE, configuration.render(TWO._replace(connections_max=5)))
    assert files.configuration().connections_max == 5
    assert files.change_count == 1, "customers are told the same"

    later = TWO._replace(discovery=TWO.discovery._replace(version=8))
    write(tmp_path, FILE, configuration.render(later))
    assert (files.configuration(), files.change_count) == (later, 2)


def test_one_that_cannot_be_read_leaves_the_former_and_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, FILE, configuration.render(TWO))
    files = Files(str(tmp_path))

    write(tmp_path, FILE, "{")

    assert [files.configuration(), files.configuration()] == [TWO, TWO]
    assert capsys.readouterr().err.count("The former configuration holds") == 1
    (tmp_path / FILE).unlink()
    assert files.configuration() == TWO


def test_without_a_configuration_nothing_is_served(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Files(str(tmp_path))
