"""SEARCH: which metrics a text such as ``{AWS/ElastiCache,CacheClusterId} MetricName="CacheHits" NOT orders`` means.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html

Without quotes a term is matched by its words: ``count`` finds CustomCount1, ``Count1`` does, ``count1`` does not. A
schema with dimensions means the metrics that have these and no others; AWS does not say so, and does so.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from elastane.model.metric_math.syntax import DEPTH_MAX, MathError
from elastane.model.metrics import Metric

LENGTH_MAX = 1024

Matcher = Callable[[Metric], bool]


class Search(msgspec.Struct, frozen=True):
    """A search that was read. `namespace` and `dimension_names` are the schema's, which narrows what is looked at."""

    namespace: str | None
    dimension_names: frozenset[str]
    is_meant: Matcher

    def matches(self, metric: Metric) -> bool:
        subject = metric.subject
        if self.namespace is not None and subject.namespace != self.namespace:
            return False
        if self.dimension_names and self.dimension_names != {name for name, _ in subject.dimensions}:
            return False
        return self.is_meant(metric)


def parse_search(text: str) -> Search:
    """Raises MathError."""
    if len(text) > LENGTH_MAX:
        raise MathError(f"The search is longer than {LENGTH_MAX} characters.")
    schema, rest = _split_schema(text.strip())
    reader = _Reader(_words(rest))
    if not schema and reader.peek() is None:
        raise MathError("A search needs a metric schema, a search term, or both.")
    is_meant = _parse_any(reader, None, 0) if reader.peek() is not None else _everything
    if reader.peek() is not None:
        raise MathError(f"Unexpected {reader.peek()!r} in the search.")
    return Search(schema[0] if schema else None, frozenset(schema[1:]), is_meant)


# --- reading -------------------------------------------------------------------------------------

_QUOTED = r'"(?:\\.|[^"\\])*"'
_WORD = re.compile(rf"{_QUOTED}|[()=]|[^\s()=\"]+")
_SCHEMA_NAME = re.compile(rf"\s*({_QUOTED}|[^,{{}}\"]+?)\s*(,|$)")
_OPERATORS = ("AND", "OR", "NOT")


class _Reader:
    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words
        self._index = 0

    def peek(self) -> str | None:
        return self._words[self._index] if self._index < len(self._words) else None

    def next(self) -> str:
        word = self.peek()
        if word is None:
            raise MathError("The search ends too early.")
        self._index += 1
        return word

    def takes(self, word: str) -> bool:
        if self.peek() == word:
            self._index += 1
            return True
        return False


def _split_schema(text: str) -> tuple[tuple[str, ...], str]:
    if not text.startswith("{"):
        return (), text
    inner, closed, rest = text[1:].partition("}")
    if not closed:
        raise MathError("The metric schema of the search has no closing brace.")
    names: list[str] = []
    position = 0
    while position < len(inner) or not names:
        matched = _SCHEMA_NAME.match(inner, position)
        if matched is None or matched.end() == position:
            raise MathError("The metric schema of the search is a namespace, and names of dimensions behind commas.")
        names.append(_unquoted(matched[1]))
        position = matched.end()
    # AWS's own examples have a comma behind the schema at times.
    return tuple(names), rest.strip().removeprefix(",")


def _words(text: str) -> tuple[str, ...]:
    words = tuple(_WORD.findall(text))
    if sum(map(len, words)) != len("".join(_outside_spaces(text))):
        raise MathError("A quotation mark of the search is not closed.")
    return words


def _outside_spaces(text: str) -> Iterator[str]:
    """What a search is without the spaces between its words."""
    for matched in re.finditer(rf"{_QUOTED}|\S", text):
        yield matched[0]


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word


def _parse_any(reader: _Reader, designator: str | None, depth: int) -> Matcher:
    if depth > DEPTH_MAX:
        raise MathError(f"The search is nested more than {DEPTH_MAX} deep.")
    choices = [_parse_all(reader, designator, depth)]
    while reader.takes("OR"):
        choices.append(_parse_all(reader, designator, depth))
    return choices[0] if len(choices) == 1 else lambda metric: any(choice(metric) for choice in choices)


def _parse_all(reader: _Reader, designator: str | None, depth: int) -> Matcher:
    """Terms beside one another are meant together, with and without AND."""
    terms = [_parse_term(reader, designator, depth)]
    while reader.peek() not in (None, "OR", ")"):
        reader.takes("AND")
        terms.append(_parse_term(reader, designator, depth))
    return terms[0] if len(terms) == 1 else lambda metric: all(term(metric) for term in terms)


def _parse_term(reader: _Reader, designator: str | None, depth: int) -> Matcher:
    if reader.takes("NOT"):
        if depth > DEPTH_MAX:
            raise MathError(f"The search is nested more than {DEPTH_MAX} deep.")
        refused = _parse_term(reader, designator, depth + 1)
        return lambda metric: not refused(metric)
    if reader.takes("("):
        inner = _parse_any(reader, designator, depth + 1)
        if not reader.takes(")"):
            raise MathError("A parenthesis of the search is not closed.")
        return inner
    word = reader.next()
    if word in (")", "=", *_OPERATORS):
        raise MathError(f"Unexpected {word!r} in the search.")
    if reader.takes("="):
        if depth > DEPTH_MAX:
            raise MathError(f"The search is nested more than {DEPTH_MAX} deep.")
        return _parse_term(reader, _unquoted(word), depth + 1)
    if word.startswith('"'):
        exact = _unquoted(word)
        return lambda metric: exact in _texts(metric, designator)
    sought = _sought(word)
    return lambda metric: any(_has_words(text, sought) for text in _texts(metric, designator))


# --- matching ------------------------------------------------------------------------------------

_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_CHUNK = re.compile(r"[A-Za-z0-9]+")


def _everything(metric: Metric) -> bool:
    return True


def _texts(metric: Metric, designator: str | None) -> Iterator[str]:
    """What a term may be found in: everything of the metric, or the one thing that is named."""
    subject = metric.subject
    if designator in (None, "MetricName"):
        yield metric.name
    if designator in (None, "Namespace"):
        yield subject.namespace
    for name, value in subject.dimensions:
        if designator is None:
            yield name
        if designator in (None, name):
            yield value


class _Sought(msgspec.Struct, frozen=True):
    """Words that must follow each other. Where capitals and digits alone divide them, capitals count."""

    pieces: tuple[tuple[str, bool], ...]
    whole: str


def _sought(word: str) -> _Sought:
    pieces: list[tuple[str, bool]] = []
    for chunk in _CHUNK.findall(word):
        parts = _PIECE.findall(chunk)
        pieces.extend((part, len(parts) > 1) for part in parts)
    return _Sought(tuple(pieces), "".join(_CHUNK.findall(word)).lower())


def _has_words(text: str, sought: _Sought) -> bool:
    if not sought.pieces:
        return False
    pieces = [piece for chunk in _CHUNK.findall(text) for piece in _PIECE.findall(chunk)]
    # A text as a whole is a word as well; one that is divided only by capitals is not found in lower case by parts.
    if len(sought.pieces) == 1 and sought.whole == "".join(pieces).lower():
        return True
    width = len(sought.pieces)
    return any(
        all(
            piece == wanted if has_capitals else piece.lower() == wanted.lower()
            for piece, (wanted, has_capitals) in zip(pieces[start : start + width], sought.pieces, strict=True)
        )
        for start in range(len(pieces) - width + 1)
    )
