"""Reads an engine's slow log: the reply of SLOWLOG GET. Bytes in, values out.

Called by `client`. Of a command only its name goes on from here; keys and values are the customers'. The engines keep
no more than 32 words of one anyway, the last of them saying how many more there were. (A customer's own word may look
like that, in a command with fewer.)
"""

import re

from elastane.engines.info import parse_fields
from elastane.model.log_lines import SlowLog, SlowLogEntry

_MORE = re.compile(rb"\.\.\. \((\d+) more arguments\)\Z")
_WORD_COUNT_MAX = 32
_COMMAND_LENGTH_MAX = 64


def parse_slow_log(info: object, reply: object) -> SlowLog:
    """Raises ValueError for what is no slow log."""
    run_id = parse_fields(info).get("run_id") if isinstance(info, bytes) else None
    if run_id is None or not isinstance(reply, list):
        raise ValueError("The engine answers no slow log.")
    entries = [_entry(item) for item in reply]
    return SlowLog(run_id=run_id, entries=tuple(sorted(entries, key=lambda entry: entry.id)))


def _entry(item: object) -> SlowLogEntry:
    if not isinstance(item, list) or len(item) < 4 or not isinstance(item[3], list):
        raise ValueError("An entry of the engine's slow log has another form.")
    number, at_seconds, duration_microseconds, words, *client = item
    return SlowLogEntry(
        id=int(number),
        at_seconds=int(at_seconds),
        duration_microseconds=int(duration_microseconds),
        command=_text(words[0])[:_COMMAND_LENGTH_MAX] if words else "",
        argument_count=_argument_count(words),
        client_address=_text(client[0]) if client else "",
        client_name=_text(client[1]) if len(client) > 1 else "",
    )


def _argument_count(words: list[object]) -> int:
    last = words[-1] if len(words) == _WORD_COUNT_MAX else b""
    more = _MORE.match(last) if isinstance(last, bytes) else None
    return len(words) - 2 + int(more[1]) if more is not None else max(0, len(words) - 1)


def _text(value: object) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
