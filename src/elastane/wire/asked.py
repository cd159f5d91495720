"""What a request asks for, in whatever protocol it is written."""

from collections.abc import Callable

import msgspec


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which action a request asks for, and its parameters, which are only read when somebody wants them: an action
    that is not built is refused before its parameters are judged."""

    action: str
    parameters: Callable[[], dict[str, object]]
    """Raises what the protocol's module lists."""
