"""The machine's own apt sources, read in both their formats: which mirror has Debian's archive, and whose keys count.

Parsing is pure; `read_archives` reads the files. Only where packages come from is taken over (URIs, components, keys):
never an option that relaxes verification, such as ``trusted=yes``.

Sources: sources.list(5), deb822-style and one-line-style format.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

ETC_APT = Path("/etc/apt")

_SUITES = re.compile(
    r"(oldoldstable|oldstable|stable|testing|unstable|sid|experimental|rc-buggy"
    r"|buster|bullseye|bookworm|trixie|forky|duke)"
    r"(-updates|-proposed-updates|-backports|-backports-sloppy|-security|/updates)?\Z"
)
"""Debian's names of suites. Another distribution has none of them, and its archive is of no use here."""

_SECURITY_ENDINGS = ("-security", "/updates")


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the sources: a mirror and what is taken from it."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""
    """Key files, fingerprints or a key itself, as it is written there; empty for the keys that apt trusts at large."""

    @property
    def is_security(self) -> bool:
        return any(suite.endswith(_SECURITY_ENDINGS) for suite in self.suites)


def read_archives(etc_apt: Path = ETC_APT) -> tuple[Archive, ...]:
    """All entries of this machine, in apt's own order of files. A file that may not be read is as if it were not there:
    apt itself, run by the same user, cannot read it either."""
    found: list[Archive] = []
    for file in (etc_apt / "sources.list", *sorted((etc_apt / "sources.list.d").glob("*"))):
        parse = {".list": parse_one_line_style, ".sources": parse_deb822}.get(file.suffix)
        if parse is None:
            continue
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found.extend(parse(text))
    return tuple(found)


def find_archive(archives: Iterable[Archive], suite: str) -> Archive | None:
    """The mirror that should have `suite`, by the entry for another suite of Debian's; None when there is none.

    Many other archives have a suite called bookworm, too. Debian's own is told by its keys, then by its path,
    then by naming the very suite that is wanted.
    """
    is_security = suite.endswith(_SECURITY_ENDINGS)
    fitting = [one for one in archives if _is_debian(one) and one.is_security is is_security]
    return max(fitting, key=lambda one: _rank(one, suite), default=None)


def render_sources(archive: Archive, suite: str) -> str:
    """A deb822 stanza for one suite of that mirror: packages' lists only, of the component main."""
    lines = ["Types: deb", f"URIs: {' '.join(archive.uris)}", f"Suites: {suite}", "Components: main"]
    lines.append("Targets: Packages")
    if archive.signed_by:
        lines.append(f"Signed-By: {archive.signed_by}")
    return "\n".join(lines) + "\n"


def parse_deb822(text: str) -> tuple[Archive, ...]:
    """The enabled ``deb`` stanzas. What is no stanza of sources is passed over, as apt does with a warning."""
    return tuple(archive for stanza in _stanzas(text) if (archive := _archive_of(stanza)) is not None)


def parse_one_line_style(text: str) -> tuple[Archive, ...]:
    """The ``deb`` lines: ``deb [option=value …] uri suite component …``."""
    return tuple(archive for line in text.splitlines() if (archive := _archive_of_line(line)) is not None)


# --- below ---------------------------------------------------------------------------------------


def _is_debian(archive: Archive) -> bool:
    """That a CD-ROM may be asked for is of no use to who has nobody to ask."""
    is_reachable = not any(uri.startswith("cdrom:") for uri in archive.uris)
    return is_reachable and "main" in archive.components and any(map(_SUITES.match, archive.suites))


def _rank(archive: Archive, suite: str) -> tuple[bool, bool, bool]:
    has_debians_keys = "debian-archive" in archive.signed_by
    paths = tuple(uri.rstrip("/").rpartition("/")[2] for uri in archive.uris)
    return has_debians_keys, any(path in ("debian", "debian-security") for path in paths), suite in archive.suites


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Fields by their lower-case names; a value of several lines keeps them, since a key may stand there."""
    stanza: dict[str, str] = {}
    field = ""
    for line in (*text.splitlines(), ""):
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza, field = {}, ""
        elif line[0].isspace():
            if field:
                stanza[field] += f"\n{line}"
        else:
            name, _, value = line.partition(":")
            field = name.strip().lower()
            stanza[field] = value.strip()


def _archive_of(stanza: dict[str, str]) -> Archive | None:
    is_enabled = stanza.get("enabled", "yes").lower() not in ("no", "false", "0", "off", "without", "disable")
    if not is_enabled or "deb" not in stanza.get("types", "").split():
        return None
    uris, suites = tuple(stanza.get("uris", "").split()), tuple(stanza.get("suites", "").split())
    if not uris or not suites:
        return None
    components = tuple(stanza.get("components", "").split())
    return Archive(uris=uris, suites=suites, components=components, signed_by=stanza.get("signed-by", ""))


_LINE = re.compile(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*\Z")


def _archive_of_line(line: str) -> Archive | None:
    found = _LINE.match(line.partition("#")[0].strip())
    if found is None:
        return None
    options = dict(option.partition("=")[::2] for option in (found[1] or "").split())
    signed_by = " ".join(options.get("signed-by", "").split(","))
    return Archive(uris=(found[2],), suites=(found[3],), components=tuple(found[4].split()), signed_by=signed_by)
