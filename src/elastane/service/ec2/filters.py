"""The filters of EC2's Describe actions, and the page of what they leave.

A resource passes when, for each filter, one of its values matches one of the filter's; ``*`` and ``?`` stand for any
characters and for any one, and a backslash takes that from them (EC2 User Guide, "Filter using the CLI").
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TypeVar

from elastane.model import faults, paging
from elastane.model.paging import Limits, Page
from elastane.service.parameters import Parameters

Item = TypeVar("Item")
Filters = Mapping[str, Callable[[Item], Iterable[str]]]
"""The values of a resource by the name of the filter that asks for them."""

RESULTS = Limits(records_min=5, records_max=1000, records_default=1000)


def filtered(
    parameters: Parameters, items: Iterable[Item], known: Filters[Item], tags_of: Callable[[Item], Mapping[str, str]]
) -> tuple[Item, ...]:
    """What passes all of them. Raises InvalidParameterValue for one that is not known."""
    found = tuple(items)
    for asked in parameters.structures("Filters") or ():
        name, wanted = asked.text("Name") or "", asked.texts("Values") or ()
        values_of = _values_of(name, known, tags_of)
        found = tuple(item for item in found if _matches(values_of(item), wanted))
    return found


def named_items(
    known: Mapping[str, Item], wanted: Iterable[str] | None, not_found: Callable[[str], faults.Fault]
) -> tuple[Item, ...]:
    """Those that a call names by id, in the order in which they are known; all where it names none.

    Raises `not_found` of the first that is not there.
    """
    names = tuple(wanted or ())
    for name in names:
        if name not in known:
            raise not_found(name)
    return tuple(item for name, item in known.items() if not names or name in names)


def requested_results(parameters: Parameters, items: Iterable[Item], key: Callable[[Item], str]) -> Page[Item]:
    """The page that MaxResults and NextToken ask for."""
    return paging.page(
        items,
        marker=parameters.text("NextToken"),
        max_records=parameters.integer("MaxResults"),
        limits=RESULTS,
        key=key,
        marker_name="NextToken",
    )


def _values_of(
    name: str, known: Filters[Item], tags_of: Callable[[Item], Mapping[str, str]]
) -> Callable[[Item], Iterable[str]]:
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda item: (value for found, value in tags_of(item).items() if found == key)
    if name == "tag-key":
        return tags_of
    if name not in known:
        raise faults.InvalidParameterValue(f"The filter '{name}' is invalid")
    return known[name]


def _matches(values: Iterable[str], wanted: Iterable[str]) -> bool:
    patterns = [_pattern(text) for text in wanted]
    return any(pattern.fullmatch(value) for value in values for pattern in patterns)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    pieces = re.findall(r"\\.|.", text, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(piece, re.escape(piece[-1])) for piece in pieces), re.DOTALL)
