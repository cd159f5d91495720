"""What an expression needs from the outside before it can be worked out."""

from collections.abc import Iterator

import msgspec

from elastane.model.metric_math.syntax import Call, Expression, MathError, Name, Number, Text, parts

_GAP_FILLERS = frozenset({"FILL", "TIME_SERIES", "MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH"})


class SearchCall(msgspec.Struct, frozen=True):
    """The three arguments of SEARCH; without a period, that of the query is meant."""

    query: str
    statistic: str
    period_seconds: int | None


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    names: frozenset[str]
    """Ids of other queries of the request."""
    has_metrics_call: bool
    fills_gaps: bool
    """Whether it makes points where there are none: as many as there are periods."""
    searches: tuple[SearchCall, ...]
    part_count: int
    """Of how many operands, operators and calls it is made."""


def names_in(expression: Expression) -> Needs:
    """Raises MathError for a SEARCH with other arguments."""
    names: set[str] = set()
    searches: dict[SearchCall, None] = {}
    functions: set[str] = set()
    part_count = 0
    for each in _walk(expression):
        part_count += 1
        match each:
            case Name(text) if not is_word(text):
                names.add(text)
            case Call("SEARCH"):
                searches[search_call(each)] = None
            case Call(function):
                functions.add(function)
    return Needs(
        names=frozenset(names),
        has_metrics_call="METRICS" in functions,
        fills_gaps=bool(functions & _GAP_FILLERS),
        searches=tuple(searches),
        part_count=part_count,
    )


def is_word(text: str) -> bool:
    """REPEAT, DESC, AVG and the like: ids begin with a lowercase letter, words for functions do not."""
    return text[:1].isupper()


def search_call(call: Call) -> SearchCall:
    match call.arguments:
        case (Text(query), Text(statistic)):
            return SearchCall(query, statistic, None)
        case (Text(query), Text(statistic), Number(seconds)) if seconds.is_integer() and seconds > 0:
            return SearchCall(query, statistic, int(seconds))
    raise MathError("SEARCH takes a search and a statistic, both in quotes, and a period in seconds.")


def _walk(expression: Expression) -> Iterator[Expression]:
    """Without recursion: a long sum is a deep tree."""
    waiting = [expression]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(parts(here))
