"""Long lists a page at a time: the one mechanism behind every Marker and MaxRecords.

Services call `page` with everything they found; it sorts, cuts and says where to go on. A marker
names the last item seen and not a position: items added or removed between two pages neither repeat
nor hide the others.
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import msgspec

from elastane.model import faults

Item = TypeVar("Item")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many items a caller may ask for in one page, and how many come unasked."""

    records_min: int
    records_max: int
    records_default: int


STANDARD = Limits(records_min=20, records_max=100, records_default=100)
SNAPSHOTS = Limits(records_min=20, records_max=50, records_default=50)


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """Some items, in the order of their keys, and the marker of the next page; None on the last one."""

    items: tuple[Item, ...]
    marker: str | None


def page(
    items: Iterable[Item],
    *,
    marker: str | None,
    max_records: int | None,
    limits: Limits,
    key: Callable[[Item], str],
    marker_name: str = "Marker",
) -> Page[Item]:
    """The items that follow `marker`, sorted by `key`, which must differ for every item.

    An empty marker is no marker: some callers send back the empty one of AWS's own samples.
    """
    record_count = limits.records_default if max_records is None else max_records
    if not limits.records_min <= record_count <= limits.records_max:
        raise faults.InvalidParameterValue(
            f"Invalid value {record_count} for MaxRecords. "
            f"Must be between {limits.records_min} and {limits.records_max}."
        )

    last_key = parse_marker(marker, marker_name) if marker else None
    found = tuple(items)
    keyed = {key(item): item for item in found}
    assert len(keyed) == len(found), "two items with one key: a page could end between them and lose the second"
    following = sorted(name for name in keyed if last_key is None or name > last_key)

    here = following[:record_count]
    has_more = len(following) > len(here)
    return Page(items=tuple(keyed[name] for name in here), marker=render_marker(here[-1]) if has_more else None)


# --- markers -------------------------------------------------------------------------------------

# Grows when the meaning of what is inside changes, so that an old marker is refused and not misread.
_VERSION = b"1"
_CHECKSUM_BYTES = 4


def render_marker(last_key: str) -> str:
    """An opaque text. Its checksum notices damage; it is no secret and grants nothing, so it is not signed."""
    content = last_key.encode("utf-8")
    return base64.urlsafe_b64encode(_VERSION + _checksum(content) + content).decode("ascii")


def parse_marker(marker: str, name: str = "Marker") -> str:
    refusal = faults.InvalidParameterValue(f"Invalid value for {name}. Use the one of the page before, unchanged.")
    try:
        octets = base64.b64decode(marker.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise refusal from None
    content = octets[len(_VERSION) + _CHECKSUM_BYTES :]
    if octets != _VERSION + _checksum(content) + content:
        raise refusal
    try:
        last_key = content.decode("utf-8")
    except UnicodeDecodeError:
        raise refusal from None
    # Base64 has several spellings for one content; only the one we wrote is ours.
    if render_marker(last_key) != marker:
        raise refusal
    return last_key


def _checksum(content: bytes) -> bytes:
    return zlib.crc32(_VERSION + content).to_bytes(_CHECKSUM_BYTES, "big")
