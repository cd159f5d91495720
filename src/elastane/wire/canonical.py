"""Signature version 4's canonical forms: one spelling for every request that means the same.

Pure text functions that `sigv4` puts together. The rules are AWS's ("Create a signed AWS API request",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). S3's
exceptions, which neither normalise the path nor encode it twice, are not here: we are not S3.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote_to_bytes

from elastane.model.signing_keys import ALGORITHM, octets


def canonical_request(
    *, method: str, path: str, query: str, headers: str, signed_headers: Iterable[str], payload_hash: str
) -> str:
    """Put together from parts that the functions below have already made canonical."""
    return "\n".join((method, path, query, headers, ";".join(signed_headers), payload_hash))


def canonical_path(path: str) -> str:
    """Without dot segments and repeated slashes, and encoded once more than it was sent."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    trailing = "/" if kept and path.endswith("/") else ""
    return quote(octets("/" + "/".join(kept) + trailing), safe="/~")


def query_pairs(query: str) -> list[tuple[bytes, bytes]]:
    """The decoded names and values, in the order sent.

    A plus is a blank, as it is to whoever reads the parameters: were it signed as a plus, then `%2B` in a
    signed request could be turned into a blank without breaking its signature.
    """
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def canonical_query(pairs: Iterable[tuple[bytes, bytes]]) -> str:
    """Encoded first and sorted then: the order is of what is written, by name and then by value."""
    encoded = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


_BLANKS = re.compile(r"[ \t\r\n]+")


def canonical_headers(headers: Sequence[tuple[str, str]], signed: Sequence[str]) -> str:
    """A line for each signed header; what was sent several times is joined by commas, in the order sent."""
    lines = []
    for name in signed:
        values = (_BLANKS.sub(" ", value).strip(" ") for sent, value in headers if sent.lower() == name)
        lines.append(f"{name}:{','.join(values)}\n")
    return "".join(lines)


def string_to_sign(*, signed_at_text: str, scope: str, request: str) -> str:
    return "\n".join((ALGORITHM, signed_at_text, scope, hashlib.sha256(octets(request)).hexdigest()))


def _decoded(text: str) -> bytes:
    return unquote_to_bytes(octets(text).replace(b"+", b" "))
