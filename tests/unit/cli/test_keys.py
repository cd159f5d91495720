"""`elastane keys`: what is made, shown and revoked, and what is refused before anything is written."""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from elastane.cli import app
from elastane.cli.keys import add_key, keys_text
from elastane.cli.refusals import CommandError
from elastane.model.ids import AccountId, Region
from elastane.model.secrets import AccessKeyId, Secret
from elastane.store import Store, access_keys
from elastane.store.access_keys import AccessKeyUse
from elastane.store.root_access_key import AccessKey, draw_access_key

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
READING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "elasticache:Describe*", "Resource": "*"},
}


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A data directory that a control plane has begun to use."""
    Store.open(tmp_path).close()
    return tmp_path


def run(
    data_dir: Path, *arguments: str, given: str | None = None, environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, output, errors."""
    command, *rest = arguments
    result = CliRunner().invoke(
        app, ["keys", command, "--data-dir", str(data_dir), *rest], input=given, env=dict(environment or {})
    )
    return result.exit_code, result.stdout, result.stderr


def names_of(data_dir: Path) -> list[str]:
    return [key.name for key in Store.read_from_outside(data_dir, access_keys.list_access_keys) or ()]


def policy_file(data_dir: Path, document: object = READING) -> str:
    path = data_dir / "policy.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


def printed_values(output: str) -> dict[str, str]:
    lines = (line.removeprefix("export ") for line in output.splitlines() if line.startswith("export "))
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


async def test_a_key_is_printed_for_a_shell_and_opens_what_is_sealed(used: Path) -> None:
    code, output, errors = run(used, "create", "ci", "--policy", policy_file(used))

    values = printed_values(output)
    with closing(Store.open(used)) as store:
        (caller,) = await store.read(lambda tx: access_keys.list_callers(tx, AccountId("000000000000")))
    assert (code, errors, output[0]) == (0, "", "#")
    assert values["AWS_ACCESS_KEY_ID"] == caller.access_key_id
    assert values["AWS_SECRET_ACCESS_KEY"] == caller.secret.reveal()
    assert values["AWS_ENDPOINT_URL"] == "http://127.0.0.1:7379"


def test_no_two_keys_are_alike(used: Path) -> None:
    outputs = [run(used, "create", name, "--policy-name", "read-only")[1] for name in ("ci", "cd")]

    values = [printed_values(output) for output in outputs]
    assert len({value["AWS_ACCESS_KEY_ID"] for value in values}) == 2
    assert len({value["AWS_SECRET_ACCESS_KEY"] for value in values}) == 2


def test_a_policy_may_come_from_the_input(used: Path) -> None:
    code, _, _ = run(used, "create", "ci", "--policy", "-", given=json.dumps(READING))

    assert code == 0
    assert json.loads(run(used, "show", "ci")[1]) == READING


@pytest.mark.parametrize("name", ["read-only", "full-access"])
def test_a_ready_made_policy_is_shown_as_a_document(used: Path, name: str) -> None:
    run(used, "create", "ci", "--policy-name", name)

    shown = json.loads(run(used, "show", "CI")[1])
    assert shown["Statement"][0]["Effect"] == "Allow"
    assert f" {name} " in run(used, "list")[1]


def test_a_key_can_be_written_into_aws_s_files_instead(used: Path) -> None:
    environment = {
        "AWS_CONFIG_FILE": str(used / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(used / "credentials"),
    }

    code, output, _ = run(
        used, "create", "ci", "--policy-name", "read-only", "--profile", "ci-job", environment=environment
    )

    assert code == 0
    assert "SECRET" not in output
    assert "[profile ci-job]" in (used / "config").read_text()
    assert "aws_secret_access_key" in (used / "credentials").read_text()


def test_a_key_whose_profile_cannot_be_written_is_not_left_behind(used: Path) -> None:
    (used / "credentials").write_text("[ci-job]\naws_access_key_id = AKIAOFAWSITSELF\n")
    environment = {
        "AWS_CONFIG_FILE": str(used / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(used / "credentials"),
    }

    code, _, errors = run(
        used, "create", "ci", "--policy-name", "read-only", "--profile", "ci-job", environment=environment
    )

    assert (code, names_of(used)) == (2, [])
    assert "has keys for AWS itself" in errors


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ((), "--policy FILE or --policy-name read-only|full-access"),
        (("--policy", "p.json", "--policy-name", "read-only"), "in one of two ways"),
        (("--policy", "/nowhere/policy.json"), "cannot be read"),
    ],
)
def test_a_key_without_one_policy_is_refused(used: Path, options: tuple[str, ...], complaint: str) -> None:
    code, output, errors = run(used, "create", "ci", *options)

    assert (code, output, names_of(used)) == (2, "", [])
    assert complaint in errors


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("nonsense", "The policy is no JSON"),
        ({"Version": "2012-10-17"}, "must have a Statement"),
        (
            {"Statement": {"Effect": "Allow", "Action": "elasticache:DescribeReplicationGroup", "Resource": "*"}},
            "ElastiCache has no such action",
        ),
    ],
)
def test_a_policy_that_is_not_understood_is_refused_and_no_key_is_made(
    used: Path, document: object, complaint: str
) -> None:
    code, output, errors = run(used, "create", "ci", "--policy", policy_file(used, document))

    assert (code, output, names_of(used)) == (2, "", [])
    assert complaint in errors


def test_a_name_is_taken_whatever_its_case(used: Path) -> None:
    run(used, "create", "ci", "--policy-name", "read-only")

    code, output, errors = run(used, "create", "CI", "--policy-name", "full-access")

    assert (code, output, names_of(used)) == (2, "", ["ci"])
    assert "There is an access key CI already" in errors


def test_of_many_who_ask_for_one_name_at_the_same_moment_one_gets_it(used: Path) -> None:
    all_ready = threading.Barrier(6)

    def ask(_: int) -> bool:
        all_ready.wait(timeout=5)
        try:
            add_key(used, {}, "ci", draw_access_key(), json.dumps(READING), policy_name=None, now=NOON)
        except CommandError:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        gotten = list(threads.map(ask, range(6)))

    assert (gotten.count(True), names_of(used)) == (1, ["ci"])


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "a" * 65, "${aws:username}"])
def test_a_name_that_no_iam_user_could_have_is_refused(used: Path, name: str) -> None:
    key = AccessKey(id=AccessKeyId("AKIA"), secret=Secret("swordfish"))

    with pytest.raises(CommandError, match="A name has 1 to 64 letters"):
        add_key(used, {}, name, key, json.dumps(READING), policy_name=None, now=NOON)


def test_nothing_is_made_where_no_control_plane_has_been(tmp_path: Path) -> None:
    code, output, errors = run(tmp_path, "create", "ci", "--policy-name", "read-only")

    assert (code, output) == (2, "")
    assert "start a control plane on it once" in errors


def test_the_key_of_the_store_is_looked_for_where_the_environment_says(tmp_path: Path) -> None:
    data, key_file = tmp_path / "data", tmp_path / "elsewhere.key"
    data.mkdir()
    Store.open(data, key_file=key_file).close()

    without = run(data, "create", "ci", "--policy-name", "read-only")
    with_it = run(
        data, "create", "ci", "--policy-name", "read-only", environment={"ELASTANE_STORE_KEY_FILE": str(key_file)}
    )

    assert (without[0], with_it[0]) == (2, 0)
    assert "ELASTANE_STORE_KEY_FILE" in without[2]


# --- shown and revoked ---------------------------------------------------------------------------


def test_a_key_is_revoked_by_its_name_or_its_id_and_then_nobody_s(used: Path) -> None:
    first = printed_values(run(used, "create", "ci", "--policy-name", "read-only")[1])["AWS_ACCESS_KEY_ID"]
    run(used, "create", "cd", "--policy-name", "read-only")

    by_id = run(used, "revoke", first)
    by_name = run(used, "revoke", "Cd")
    again = run(used, "revoke", "ci")

    assert (by_id[0], by_name[0], again[0]) == (0, 0, 2)
    assert f"Revoked ci ({first})" in by_id[1]
    assert "There is no access key ci." in again[2]
    assert names_of(used) == []


def test_a_name_is_free_again_once_its_key_is_revoked(used: Path) -> None:
    run(used, "create", "ci", "--policy-name", "read-only")
    run(used, "revoke", "ci")

    assert run(used, "create", "ci", "--policy-name", "full-access")[0] == 0


def test_what_is_not_there_is_not_shown(used: Path, tmp_path: Path) -> None:
    assert run(used, "show", "ci")[0] == 2
    assert run(tmp_path / "nowhere", "show", "ci")[0] == 2


def test_without_keys_the_list_says_how_one_is_made(used: Path, tmp_path: Path) -> None:
    for directory in (used, tmp_path / "nowhere"):
        code, output, _ = run(directory, "list")

        assert code == 0
        assert "elastane keys create ci --policy-name read-only" in output


def test_the_list_tells_names_ids_and_last_uses_and_no_secret(used: Path) -> None:
    secret = printed_values(run(used, "create", "ci", "--policy", policy_file(used))[1])["AWS_SECRET_ACCESS_KEY"]
    (key,) = Store.read_from_outside(used, access_keys.list_access_keys) or ()
    use = AccessKeyUse(at=key.created_at + timedelta(minutes=1), region=Region("eu-west-1"), service="elasticache")

    never, once = (keys_text([(key, each)], key.created_at + timedelta(minutes=2), columns=200) for each in (None, use))

    assert never.splitlines()[0].split() == ["Name", "Access", "key", "id", "Policy", "Created", "Last", "used"]
    assert never.splitlines()[-1].split()[:4] == ["ci", key.id, "its", "own"]
    assert never.endswith("never")
    assert "(elasticache, eu-west-1)" in once
    assert secret not in never + once + run(used, "list")[1] + run(used, "show", "ci")[1]
