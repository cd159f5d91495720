"""What apt says, as text; and that our configuration loosens nothing. apt itself runs in the live tests."""

from pathlib import Path

import pytest

from elastane.engines.supply.apt import (
    parse_candidate,
    parse_ratio,
    parse_total_bytes,
    quoted_error,
    render_configuration,
)
from elastane.engines.supply.packages import engine_version

POLICY = """\
valkey-tools:
  Installed: (none)
  Candidate: 8.1.1+dfsg1-3+deb13u3
  Version table:
     8.1.1+dfsg1-3+deb13u3 500
        500 http://mirror.example/debian trixie/main amd64 Packages
"""

URIS = """\
Need to get 2 MB of archives.
'http://mirror.example/pool/libc6_2.43-7_amd64.deb' libc6_2.43-7_amd64.deb 1866392 MD5Sum:1dc6
'http://mirror.example/pool/zlib1g_1.3_amd64.deb' zlib1g_1%3a1.3_amd64.deb 90912 SHA256:67b9
"""


@pytest.mark.parametrize(
    ("said", "candidate"),
    [(POLICY, "8.1.1+dfsg1-3+deb13u3"), (POLICY.replace("8.1.1+dfsg1-3+deb13u3\n", "(none)\n", 1), None), ("", None)],
)
def test_the_candidate_is_read_from_apts_policy(said: str, candidate: str | None) -> None:
    assert parse_candidate(said) == candidate


def test_what_is_to_be_fetched_is_counted_in_bytes() -> None:
    assert parse_total_bytes(URIS) == 1866392 + 90912


@pytest.mark.parametrize(
    ("line", "ratio"),
    [("dlstatus:3:41.5000:Retrieving file 3 of 20\n", 0.415), ("Get:1 http://mirror.example\n", None), ("\n", None)],
)
def test_progress_is_read_from_the_status_lines(line: str, ratio: float | None) -> None:
    assert parse_ratio(line) == ratio


@pytest.mark.parametrize(
    ("package_version", "version"),
    [
        ("9.1.2-1", "9.1.2"),
        ("8.1.1+dfsg1-3+deb13u3", "8.1.1"),
        ("8.0.1+dfsg1-1~bpo12+1", "8.0.1"),
        ("5:7.0.15-1~deb12u10", "7.0.15"),
        ("1.6.38-1", "1.6.38"),
        ("9.2.0~rc1-1", "9.2.0"),
    ],
)
def test_the_engines_version_is_in_the_packages(package_version: str, version: str) -> None:
    assert engine_version(package_version) == version


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (
            "W: GPG error: http://m forky InRelease: The following signatures couldn't be verified because the public "
            "key is not available: NO_PUBKEY 6ED0E7B82643E131\nE: The repository is not signed.\n",
            "do not have 6ED0E7B82643E131",
        ),
        ("W: Target configured twice\nE: Unable to locate package nothing\n", "E: Unable to locate package nothing"),
        ("W: Failed to fetch http://m\n", "W: Failed to fetch http://m"),
        ("", "it did not say why"),
    ],
)
def test_a_failure_is_told_in_apts_words(errors: str, words: str) -> None:
    assert words in quoted_error(errors)


@pytest.mark.parametrize(
    "line",
    [
        'APT::Get::AllowUnauthenticated "false";',
        'Acquire::AllowInsecureRepositories "false";',
        'Acquire::AllowWeakRepositories "false";',
        "#clear APT::Update;",
        "#clear DPkg;",
        'Dir::Etc::sourceparts "/dev/null";',
    ],
)
def test_what_the_machine_may_have_loosened_is_tight_here(line: str) -> None:
    assert line in render_configuration(Path("/private"), "amd64").splitlines()


def test_every_directory_that_apt_writes_to_is_private() -> None:
    lines = render_configuration(Path("/private"), "amd64").splitlines()

    directories = [line for line in lines if line.startswith(("Dir::State", "Dir::Cache", "Dir::Log"))]
    assert len(directories) == 7
    assert all(' "/private' in line for line in directories)
