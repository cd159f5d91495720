"""Which mirror the machine uses, read from apt's own files in both formats."""

from pathlib import Path

import pytest

from elastane.engines.supply.apt_sources import (
    Archive,
    find_archive,
    parse_deb822,
    parse_one_line_style,
    read_archives,
    render_sources,
)

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

DEB822 = f"""\
# Debian
Types: deb deb-src
URIs: http://mirror.example/debian http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
# the machine's keys
Signed-By: {KEYRING}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: {KEYRING}
"""

MAIN = Archive(
    uris=("http://mirror.example/debian", "http://second.example/debian"),
    suites=("bookworm", "bookworm-updates"),
    components=("main", "contrib"),
    signed_by=KEYRING,
)
SECURITY = Archive(
    uris=("http://mirror.example/debian-security",),
    suites=("bookworm-security",),
    components=("main",),
    signed_by=KEYRING,
)


def test_stanzas_are_read_with_their_keys_and_without_their_comments() -> None:
    assert parse_deb822(DEB822) == (MAIN, SECURITY)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("Types: deb deb-src", "Types: deb-src"), "sources are no packages"),
        (("Types: deb deb-src", "Types: deb\nEnabled: no"), "disabled"),
        (("Types: deb deb-src", "Types: deb\nEnabled: False"), "disabled"),
        (("URIs: http://mirror.example/debian http://second.example/debian\n", ""), "no mirror"),
        (("Suites: bookworm bookworm-updates\n", ""), "no suite"),
    ],
)
def test_a_stanza_that_brings_nothing_is_passed_over(change: tuple[str, str], why: str) -> None:
    assert parse_deb822(DEB822.replace(*change)) == (SECURITY,), why


def test_a_key_that_stands_in_the_stanza_is_kept_line_by_line() -> None:
    key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS\n"
    text = DEB822.partition("\n\n")[0].replace(f" {KEYRING}", key)

    (archive,) = parse_deb822(text)

    assert archive.signed_by.splitlines()[1] == " -----BEGIN PGP PUBLIC KEY BLOCK-----"
    assert parse_deb822(render_sources(archive, "trixie"))[0].signed_by == archive.signed_by


@pytest.mark.parametrize(
    ("line", "archive"),
    [
        (
            "deb http://mirror.example/debian bookworm main contrib",
            Archive(uris=("http://mirror.example/debian",), suites=("bookworm",), components=("main", "contrib")),
        ),
        (
            f"deb [ arch=amd64 signed-by={KEYRING},/k.gpg ]  http://mirror.example/debian/  bookworm  main # mine",
            Archive(
                uris=("http://mirror.example/debian/",),
                suites=("bookworm",),
                components=("main",),
                signed_by=f"{KEYRING} /k.gpg",
            ),
        ),
        (
            "deb mirror+file:/etc/apt/mirrors/debian.list bookworm main",
            Archive(uris=("mirror+file:/etc/apt/mirrors/debian.list",), suites=("bookworm",), components=("main",)),
        ),
        (
            "deb http://mirror.example/flat ./",
            Archive(uris=("http://mirror.example/flat",), suites=("./",), components=()),
        ),
        ("deb-src http://mirror.example/debian bookworm main", None),
        ("# deb http://mirror.example/debian bookworm main", None),
        ("deb http://mirror.example/debian", None),
        ("", None),
    ],
)
def test_lines_are_read_with_their_options(line: str, archive: Archive | None) -> None:
    assert parse_one_line_style(f"{line}\n") == (() if archive is None else (archive,))


def test_that_a_mirror_is_trusted_without_a_signature_is_not_taken_over() -> None:
    (archive,) = parse_one_line_style("deb [trusted=yes allow-insecure=yes] http://mirror.example/debian bookworm main")

    assert "rusted" not in render_sources(archive, "trixie")
    assert "nsecure" not in render_sources(archive, "trixie")


@pytest.mark.parametrize(
    ("suite", "archive"),
    [("trixie", MAIN), ("bookworm-backports", MAIN), ("sid", MAIN), ("trixie-security", SECURITY)],
)
def test_another_suite_is_looked_for_where_the_machine_has_its_own(suite: str, archive: Archive) -> None:
    assert find_archive((SECURITY, MAIN), suite) == archive


def test_archives_of_others_that_have_a_bookworm_too_are_not_debians() -> None:
    others = (
        Archive(uris=("https://packages.example/php",), suites=("bookworm",), components=("main",), signed_by="/k.gpg"),
        Archive(uris=("https://docker.example/linux/debian",), suites=("bookworm",), components=("stable",)),
        Archive(uris=("cdrom:[Debian 12]/debian",), suites=("bookworm",), components=("main",), signed_by=KEYRING),
    )

    assert find_archive((*others, MAIN, SECURITY), "trixie") == MAIN
    assert find_archive((*others, MAIN, SECURITY), "trixie-security") == SECURITY
    assert find_archive(others[1:], "trixie") is None


def test_another_distributions_archive_is_of_no_use() -> None:
    jammy = Archive(uris=("http://mirror.example/ubuntu",), suites=("jammy", "jammy-updates"), components=("main",))

    assert find_archive((jammy,), "bookworm") is None


def test_the_files_are_read_in_both_formats_and_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://old.example/debian bookworm main\n")
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    (tmp_path / "sources.list.d" / "debian.sources.bak").write_text(DEB822)

    found = read_archives(tmp_path)

    assert [archive.uris[0].split("/")[2] for archive in found] == ["old.example", "mirror.example", "mirror.example"]


def test_a_machine_without_apt_has_none(tmp_path: Path) -> None:
    assert read_archives(tmp_path / "missing") == ()
