"""What `elastane env` prints for a shell, and when it prints nothing."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from elastane.cli import app
from elastane.cli.access import Access, Shell, environment_lines, find_access
from elastane.cli.refusals import CommandError
from elastane.model.secrets import AccessKeyId, Secret
from elastane.store import data_directory
from elastane.store.data_directory import ControlPlane
from elastane.store.root_access_key import AccessKey, load_root_access_key

ODD_SECRET = 'it\'s $HOME \\ `x` "y"'
NAMES = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION")


def access(secret: str = ODD_SECRET, *, url: str = "http://127.0.0.1:7379", ca_bundle: Path | None = None) -> Access:
    key = AccessKey(id=AccessKeyId("AKIAEXAMPLE"), secret=Secret(secret))
    return Access(url=url, key=key, region="eu-west-1", is_running=True, ca_bundle=ca_bundle)


def test_a_shell_reads_the_same_values_whatever_signs_are_in_them() -> None:
    lines = "\n".join(environment_lines(access(), Shell.SH, {}))
    script = f"{lines}\nprintf '%s\\n' " + " ".join(f'"${name}"' for name in NAMES)

    printed = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True, env={}).stdout

    assert printed.splitlines() == ["http://127.0.0.1:7379", "AKIAEXAMPLE", ODD_SECRET, "eu-west-1", "eu-west-1"]


def test_what_would_lead_elsewhere_is_unset_if_it_is_set() -> None:
    environment = {"AWS_SESSION_TOKEN": "t", "AWS_ENDPOINT_URL_ELASTICACHE": "https://aws.example"}

    lines = list(environment_lines(access(), Shell.SH, environment))

    assert lines[:2] == ["unset AWS_ENDPOINT_URL_ELASTICACHE", "unset AWS_SESSION_TOKEN"]
    assert not any(line.startswith("unset") for line in lines[2:])


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("http://127.0.0.1:7379", {"ELASTANE_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"}),
        ("https://127.0.0.1:7379", {"ELASTANE_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE"}),
    ],
)
def test_whom_to_trust_is_told_to_clients_of_caches_and_by_https_to_aws_s_tools(url: str, names: set[str]) -> None:
    lines = environment_lines(access(url=url, ca_bundle=Path("/data/pki/ca.pem")), Shell.SH, {})

    trusting = [line for line in lines if line.endswith("=/data/pki/ca.pem")]
    assert {line.removeprefix("export ").partition("=")[0] for line in trusting} == names


def test_fish_gets_its_own_spelling() -> None:
    lines = list(environment_lines(access("it's \\"), Shell.FISH, {"AWS_SESSION_TOKEN": "t"}))

    assert lines[0] == "set -e AWS_SESSION_TOKEN"
    assert "set -gx AWS_SECRET_ACCESS_KEY 'it\\'s \\\\'" in lines


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({}, "us-east-1"),
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-central-1"}, "eu-central-1"),
    ],
)
def test_the_region_is_the_callers_own_or_the_first_one(
    tmp_path: Path, environment: Mapping[str, str], region: str
) -> None:
    load_root_access_key(tmp_path, {})

    found = find_access(tmp_path, environment)

    assert found.region == region


def test_while_a_control_plane_runs_its_own_url_is_given(tmp_path: Path) -> None:
    key = load_root_access_key(tmp_path, {})

    with data_directory.hold(tmp_path):
        data_directory.write_record(tmp_path, ControlPlane(pid=1, url="http://127.0.0.1:7555"))
        found = find_access(tmp_path, {})

    assert (found.url, found.is_running, found.key) == ("http://127.0.0.1:7555", True, key)


def test_a_directory_never_used_is_refused_and_no_key_is_made_for_it(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["env", "--data-dir", str(tmp_path)])

    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"No control plane has ever used the data directory {tmp_path}." in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_key_given_to_the_control_plane_in_its_environment_must_be_given_again(tmp_path: Path) -> None:
    with data_directory.hold(tmp_path):
        data_directory.write_record(tmp_path, ControlPlane(pid=1, url="http://127.0.0.1:7555"))

        with pytest.raises(CommandError, match="was given its root access key in ELASTANE_ROOT_ACCESS_KEY_ID"):
            find_access(tmp_path, {})


def test_while_none_runs_the_lines_are_printed_all_the_same_and_the_warning_beside_them(tmp_path: Path) -> None:
    key = load_root_access_key(tmp_path, {})

    result = CliRunner().invoke(app, ["env"], env={"ELASTANE_DATA_DIR": str(tmp_path)})

    assert result.exit_code == 0
    assert f"export AWS_ACCESS_KEY_ID={key.id}\n" in result.stdout
    assert "elastane: no control plane runs on" in result.stderr
    assert key.secret.reveal() not in result.stderr
