"""Actions of our own service, as the API calls them; every answer is one that the model can hold."""

from typing import Any

import msgspec

from elastane.service.context import Context
from elastane.service.elastane import ACTIONS
from elastane.service.parameters import Parameters
from elastane.wire import json, models


async def ask(ctx: Context, action: str, **parameters: Any) -> dict[str, Any]:
    """As a caller reads it: moments are seconds since 1970, and what is absent is not there."""
    result = await ACTIONS[action](ctx, Parameters(parameters))
    read: dict[str, Any] = msgspec.json.decode(json.encode_result(models.ELASTANE, action, result, "request"))
    return read
