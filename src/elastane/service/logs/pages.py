"""Lists a page at a time: a token names the last item seen, and belongs to the request that it was given for."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from elastane.model import faults, log_faults, paging

Item = TypeVar("Item")

ITEM_COUNT_MAX = 50


def page(
    items: Sequence[Item],
    key: Callable[[Item], str],
    token: str | None,
    limit: int | None,
    *,
    is_descending: bool = False,
) -> tuple[list[Item], str | None]:
    """The items that follow the token in the order of their keys, and the next token. Raises InvalidParameter."""
    last_key = None if token is None else parse_token(token)
    keyed = sorted(((key(item), item) for item in items), key=lambda pair: pair[0], reverse=is_descending)
    following = [
        (name, item)
        for name, item in keyed
        if last_key is None or (name < last_key if is_descending else name > last_key)
    ]
    here = following[: limit or ITEM_COUNT_MAX]
    has_more = len(following) > len(here)
    return [item for _, item in here], paging.render_marker(here[-1][0]) if has_more else None


def parse_token(token: str) -> str:
    """Raises InvalidParameter for what is no token of ours."""
    try:
        return paging.parse_marker(token)
    except faults.InvalidParameterValue:
        raise log_faults.InvalidParameter("The specified nextToken is invalid.") from None
