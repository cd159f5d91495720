"""AWS's own two files, ~/.aws/config and ~/.aws/credentials: one profile changed, every other byte as it was.

The files belong to a person who writes comments into them and orders them by hand, so they are edited
as lines and never parsed and written anew (configparser would drop the comments).
"""

import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from elastane.cli.refusals import CommandError
from elastane.store.root_access_key import AccessKey

_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]*\Z")
_HEADER = re.compile(r"\[\s*(?P<name>[^\]]*?)\s*\]")
_SETTING = re.compile(r"(?P<name>[^\s#;\[=:][^=:]*?)\s*[=:]\s*(?P<value>.*?)\s*$")

_OWNER_ONLY = 0o600


class AwsFiles(msgspec.Struct, frozen=True, kw_only=True):
    config: Path
    credentials: Path


class ProfileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the profile shall say."""

    name: str
    url: str
    region: str
    key: AccessKey
    ca_bundle: Path | None = None
    """Whom to trust, for a URL by HTTPS."""


def find_files(environment: Mapping[str, str]) -> AwsFiles:
    """Where AWS's tools look, by their own two variables."""
    folder = Path(environment.get("HOME") or Path.home()) / ".aws"
    return AwsFiles(
        config=Path(environment.get("AWS_CONFIG_FILE") or folder / "config").expanduser(),
        credentials=Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or folder / "credentials").expanduser(),
    )


def save_profile(files: AwsFiles, entry: ProfileEntry) -> tuple[Path, ...]:
    """Adds the profile or brings it up to date. The files that hold it. Raises CommandError; then nothing is written.

    A profile that has keys and no endpoint is one for AWS itself: its keys are shown only once, so they
    are never overwritten.
    """
    if not _PROFILE_NAME.match(entry.name):
        raise CommandError(f"A profile's name has letters, digits and _ . @ + - in it; got {entry.name!r}.")
    section = entry.name if entry.name == "default" else f"profile {entry.name}"
    config, credentials = _read(files.config), _read(files.credentials)
    has_keys = find_setting(credentials, entry.name, "aws_access_key_id") not in (None, entry.key.id)
    if has_keys and find_setting(config, section, "endpoint_url") is None:
        raise CommandError(
            f"The profile {entry.name} in {files.credentials} has keys for AWS itself, which would be lost. "
            "Choose another name with --profile."
        )
    trust = {} if entry.ca_bundle is None else {"ca_bundle": str(entry.ca_bundle)}
    at = {"region": entry.region, "endpoint_url": entry.url, **trust}
    keys = {"aws_access_key_id": entry.key.id, "aws_secret_access_key": entry.key.secret.reveal()}
    # The endpoint first: at no moment does a profile send our keys to AWS.
    _write(files.config, with_settings(config, section, at), mode=None)
    _write(files.credentials, with_settings(credentials, entry.name, keys), mode=_OWNER_ONLY)
    return files.config, files.credentials


# --- the text: pure -------------------------------------------------------------------------------


def find_setting(text: str, section: str, name: str) -> str | None:
    """A setting's value in a section."""
    for line in _section_lines(text, section):
        setting = _SETTING.match(line)
        if setting is not None and setting["name"].lower() == name:
            return setting["value"]
    return None


def with_settings(text: str, section: str, settings: Mapping[str, str]) -> str:
    """The text with these settings in that section: changed in their places, else added at its end, else with it."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    open_end = text.splitlines()[-1] if text and not text.endswith(("\n", "\r")) else ""
    lines = (text + line_end if open_end else text).splitlines(keepends=True)
    bounds = _bounds(lines, section)
    if bounds is None:
        separator = [line_end] if lines and lines[-1].strip() else []
        added = (f"{name} = {value}{line_end}" for name, value in settings.items())
        return "".join([*lines, *separator, f"[{section}]{line_end}", *added])
    first, last = bounds
    changed = "".join([*lines[:first], *_changed(lines[first:last], settings, line_end), *lines[last:]])
    is_last_line_theirs = open_end and changed.endswith(open_end + line_end)
    return changed.removesuffix(line_end) if is_last_line_theirs else changed


def _changed(body: list[str], settings: Mapping[str, str], line_end: str) -> Iterator[str]:
    """A section's lines. What is indented below a changed setting belonged to its old value and goes with it."""
    missing = dict(settings)
    is_below_changed = False
    kept: list[str] = []
    for line in body:
        if is_below_changed and line[:1] in (" ", "\t") and line.strip():
            continue
        setting = _SETTING.match(line)
        name = setting["name"].lower() if setting is not None else ""
        is_below_changed = name in settings
        kept.append(f"{name} = {missing.pop(name)}{line_end}" if name in missing else line)
    # Behind the last setting: a comment below it usually speaks of the next section.
    is_said = (number for number, line in enumerate(kept, start=1) if line.strip() and line[0] not in "#;")
    end = max(is_said, default=0)
    yield from kept[:end]
    yield from (f"{name} = {value}{line_end}" for name, value in missing.items())
    yield from kept[end:]


def _section_lines(text: str, section: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    bounds = _bounds(lines, section)
    return [] if bounds is None else lines[bounds[0] : bounds[1]]


def _bounds(lines: list[str], section: str) -> tuple[int, int] | None:
    """From behind the section's header to in front of the next one."""
    headers = [(number, match["name"]) for number, line in enumerate(lines) if (match := _HEADER.match(line))]
    for index, (number, name) in enumerate(headers):
        if name.replace('"', "").split() == section.split():
            return number + 1, headers[index + 1][0] if index + 1 < len(headers) else len(lines)
    return None


# --- the files ------------------------------------------------------------------------------------


def _read(path: Path) -> str:
    """Empty when there is no file. Bytes that are no UTF-8 are carried through as they are."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""


def _write(path: Path, text: str, *, mode: int | None) -> None:
    """Beside it and renamed: a reader finds the old file or the new one. A link stays a link.

    Without a mode the file keeps its own; a new one is for its owner only.
    """
    real = path.resolve()
    real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = stat.S_IMODE(real.stat().st_mode) if real.exists() else _OWNER_ONLY
    descriptor, beside = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, before if mode is None else mode)
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(descriptor)
        Path(beside).replace(real)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
