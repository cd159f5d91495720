"""AWS's own files: one profile changed, every other byte as it was."""

import configparser
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from elastane.cli import app
from elastane.cli.aws_files import AwsFiles, ProfileEntry, find_files, find_setting, save_profile, with_settings
from elastane.cli.refusals import CommandError
from elastane.model.secrets import AccessKeyId, Secret
from elastane.store.root_access_key import AccessKey, load_root_access_key

CONFIG = """\
# mine, do not touch
[default]
region = eu-west-1   ; near

[profile work]
region=us-west-2
s3 =
    max_concurrent_requests = 20
"""


def entry(name: str = "elastane", key_id: str = "AKIAEXAMPLE") -> ProfileEntry:
    key = AccessKey(id=AccessKeyId(key_id), secret=Secret("secret-text"))
    return ProfileEntry(name=name, url="http://127.0.0.1:7379", region="us-east-1", key=key)


def files_below(directory: Path) -> AwsFiles:
    return AwsFiles(config=directory / "aws" / "config", credentials=directory / "aws" / "credentials")


def test_a_new_section_is_added_behind_everything_that_was_there() -> None:
    text = with_settings(CONFIG, "profile elastane", {"region": "us-east-1"})

    assert text == CONFIG + "\n[profile elastane]\nregion = us-east-1\n"


def test_an_empty_file_gets_the_section_alone() -> None:
    assert with_settings("", "elastane", {"region": "us-east-1"}) == "[elastane]\nregion = us-east-1\n"


def test_a_last_line_without_an_end_gets_one() -> None:
    assert with_settings("[a]\nb = c", "d", {"e": "f"}) == "[a]\nb = c\n\n[d]\ne = f\n"


def test_settings_are_changed_in_their_places_and_missing_ones_added_at_the_sections_end() -> None:
    before = "[profile elastane]\n# why\nREGION=old\noutput = json\n\n[default]\nregion = eu-west-1\n"

    after = with_settings(before, "profile elastane", {"region": "new", "endpoint_url": "http://x"})

    assert after == (
        "[profile elastane]\n# why\nregion = new\noutput = json\nendpoint_url = http://x\n\n"
        "[default]\nregion = eu-west-1\n"
    )


def test_what_is_indented_below_an_old_value_goes_with_it_and_nested_settings_of_others_stay() -> None:
    before = "[a]\nregion =\n    old\ns3 =\n    region = nested\n"

    after = with_settings(before, "a", {"region": "new"})

    assert after == "[a]\nregion = new\ns3 =\n    region = nested\n"


def test_the_files_own_line_ends_are_kept() -> None:
    assert with_settings("[a]\r\nb = c\r\n", "a", {"d": "e"}) == "[a]\r\nb = c\r\nd = e\r\n"


def test_a_profile_whose_name_is_quoted_is_recognised() -> None:
    assert with_settings('[profile "work"]\n', "profile work", {"a": "b"}) == '[profile "work"]\na = b\n'


_lines = st.lists(
    st.sampled_from(["[elastane]", "[default]", "# note", "", "region = x", "key=y", "s3 =", "  nested = 1"]),
    max_size=12,
)


@given(lines=_lines, has_last_line_end=st.booleans())
def test_whatever_the_file_the_settings_are_then_there_and_a_second_time_changes_nothing(
    lines: list[str], has_last_line_end: bool
) -> None:
    before = "\n".join(lines) + ("\n" if has_last_line_end else "")
    settings = {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:7379"}

    after = with_settings(before, "elastane", settings)

    assert {name: find_setting(after, "elastane", name) for name in settings} == settings
    assert with_settings(after, "elastane", settings) == after
    assert [line for line in lines if line in ("[default]", "# note", "key=y")] == [
        line for line in after.split("\n") if line in ("[default]", "# note", "key=y")
    ]


def test_both_files_are_made_for_their_owner_only(tmp_path: Path) -> None:
    files = files_below(tmp_path)

    save_profile(files, entry())

    for path in (files.config, files.credentials):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = configparser.RawConfigParser()
    read.read([files.config, files.credentials])
    assert dict(read["profile elastane"]) == {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:7379"}
    assert dict(read["elastane"]) == {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "secret-text"}


def test_the_configs_mode_is_kept_and_the_credentials_are_closed_to_others(tmp_path: Path) -> None:
    files = files_below(tmp_path)
    files.config.parent.mkdir()
    for path in (files.config, files.credentials):
        path.touch()
        path.chmod(0o644)

    save_profile(files, entry())

    assert stat.S_IMODE(files.config.stat().st_mode) == 0o644
    assert stat.S_IMODE(files.credentials.stat().st_mode) == 0o600


def test_a_link_into_somebodys_dotfiles_stays_a_link(tmp_path: Path) -> None:
    files = files_below(tmp_path)
    files.config.parent.mkdir()
    (tmp_path / "dotfiles").write_text(CONFIG)
    files.config.symlink_to(tmp_path / "dotfiles")

    save_profile(files, entry())

    assert files.config.is_symlink()
    assert (tmp_path / "dotfiles").read_text().startswith(CONFIG)


def test_bytes_that_are_no_utf_8_are_carried_through(tmp_path: Path) -> None:
    files = files_below(tmp_path)
    files.config.parent.mkdir()
    files.config.write_bytes(b"# caf\xe9\n")

    save_profile(files, entry())

    assert files.config.read_bytes().startswith(b"# caf\xe9\n\n[profile elastane]\n")


def test_keys_for_aws_itself_are_never_overwritten(tmp_path: Path) -> None:
    files = files_below(tmp_path)
    files.credentials.parent.mkdir()
    files.credentials.write_text("[default]\naws_access_key_id = AKIAREAL\naws_secret_access_key = s\n")

    with pytest.raises(CommandError, match="has keys for AWS itself, which would be lost"):
        save_profile(files, entry("default"))

    assert "AKIAREAL" in files.credentials.read_text()
    assert not files.config.exists()


def test_a_profile_of_an_elastane_before_gets_the_new_keys(tmp_path: Path) -> None:
    files = files_below(tmp_path)
    save_profile(files, entry(key_id="AKIAOLD"))

    save_profile(files, entry(key_id="AKIANEW"))

    assert find_setting(files.credentials.read_text(), "elastane", "aws_access_key_id") == "AKIANEW"


def test_a_name_that_would_break_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="A profile's name"):
        save_profile(files_below(tmp_path), entry("a]\nb"))


def test_awss_own_variables_say_where_the_files_are() -> None:
    found = find_files({"HOME": "/home/ada", "AWS_CONFIG_FILE": "/etc/aws"})

    assert found == AwsFiles(config=Path("/etc/aws"), credentials=Path("/home/ada/.aws/credentials"))


def test_the_command_says_what_it_wrote_and_how_to_use_it_and_no_secret(tmp_path: Path) -> None:
    key = load_root_access_key(tmp_path, {})
    environment = {"AWS_CONFIG_FILE": str(tmp_path / "c"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "k")}

    result = CliRunner().invoke(app, ["configure", "--data-dir", str(tmp_path), "--profile", "mine"], env=environment)

    assert result.exit_code == 0
    assert f"Wrote the profile mine into {tmp_path / 'c'}.\n" in result.stdout
    assert "aws --profile mine elasticache" in result.stdout
    assert key.secret.reveal() not in result.output
    assert find_setting((tmp_path / "k").read_text(), "mine", "aws_secret_access_key") == key.secret.reveal()
