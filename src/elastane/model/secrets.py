"""A text that must not be seen: access keys' secrets, passwords, AUTH tokens.

Anyone may hold a `Secret`; only the line that needs the text says `.reveal()`, which makes every
place a secret can leak from easy to find. It is not a `msgspec.Struct`, on purpose: a document that
holds one cannot be written by accident, because the encoder refuses it until someone spells out how.
"""

import hmac
from typing import Any, Final, NewType, NoReturn, final

AccessKeyId = NewType("AccessKeyId", str)
"""The public half of an access key: it names the caller and is written in every signed request."""

Sealed = NewType("Sealed", str)
"""A secret as documents hold it: encrypted with a key that is not in the store. Fit to be seen by anybody."""

_STARS: Final = "********"


@final
class Secret:
    """Prints as stars of one length, whatever it holds; compares in constant time; never changes."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_STARS})"

    def __str__(self) -> str:
        return _STARS

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_octets(self._text), _octets(other._text))

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Secret does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Secret does not change")

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
