"""The page that a Describe call asks for: Marker and MaxRecords, which they all spell alike."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from elastane.model import paging
from elastane.model.paging import Page
from elastane.service.parameters import Parameters

Item = TypeVar("Item")


def requested_page(parameters: Parameters, items: Iterable[Item], *, key: Callable[[Item], str]) -> Page[Item]:
    """As `paging.page` cuts it, within AWS's usual limits. Raises InvalidParameterValue."""
    return paging.page(
        items,
        marker=parameters.text("Marker"),
        max_records=parameters.integer("MaxRecords"),
        limits=paging.STANDARD,
        key=key,
    )
