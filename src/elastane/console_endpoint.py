"""``GET /console/…``: the files of the web console, and what a browser may do with them. Handed to `api` by the server.

The console is a program that runs in the browser and calls the AWS endpoint beside this, signed with whoever's key was
typed into it. So there is nothing to protect here, and nothing here knows who asks: everybody gets the same files. They
are built at installation (`console/build.py`); where they are not, a page says so.
"""

import asyncio
import gzip
from collections.abc import Mapping
from pathlib import Path

import msgspec

from elastane.service.unsigned import AnswerUnsigned, UnsignedAnswer, UnsignedRequest

PATH = "/console/"
PAGE = "index.html"
ASSETS = "assets/"
"""Below it every file's name holds a digest of what is in it."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Whoever reads these pages types a secret into them: they talk to where they came from, and to nobody else. (Trusted
types are not required: AWS's SDK reads XML with the browser's own parser, which they forbid.)"""

HEADERS = (
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
COMPRESSED_ALREADY = frozenset({".woff2"})

NOT_BUILT = """<!doctype html>
<html lang="en"><title>Elastane</title>
<h1>The console is not part of this installation</h1>
<p>It is built when Elastane is installed, which takes Node.js 20.19 or newer, or a way to PyPI and the npm registry.
In a clone of the repository, <code>make console</code> tries again and says what is missing.</p>
<p>The API answers without it: the AWS CLI, boto3 and Terraform do all that the console does.</p>
</html>
"""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    content_type: str
    plain: bytes
    gzipped: bytes | None
    """None of what is compressed already."""


def answer_console(directory: Path) -> AnswerUnsigned:
    """`directory` is where the built files are; it need not exist. Each is read once, when it is first asked for."""
    kept: dict[str, _File] = {}

    async def answer(request: UnsignedRequest) -> UnsignedAnswer | None:
        if (elsewhere := _redirection(request)) is not None:
            return elsewhere
        if not request.path.startswith(PATH):
            return None
        name = request.path.removeprefix(PATH)
        if not name.startswith(ASSETS):
            name = PAGE  # the address of a page: the program reads it in the browser
        if name not in kept:
            found = await asyncio.to_thread(_find_file, directory, name)
            if found is None:
                return _missing(name)
            kept[name] = found
        return _answer_file(kept[name], name, request.headers)

    return answer


def _redirection(request: UnsignedRequest) -> UnsignedAnswer | None:
    """From what a person types: the bare endpoint, or the console's address without its last character."""
    is_person = request.path == "/" and not request.parameters and "text/html" in request.headers.get("accept", "")
    if not is_person and request.path != PATH.rstrip("/"):
        return None
    return UnsignedAnswer(status=307, content_type="text/plain", body=b"", headers=(("location", PATH), *HEADERS))


def _find_file(directory: Path, name: str) -> _File | None:
    """Only what was built is found: names are compared with those that are there, and never made into a path."""
    path = {str(path.relative_to(directory)): path for path in directory.rglob("*") if path.is_file()}.get(name)
    if path is None or (content_type := CONTENT_TYPES.get(path.suffix)) is None:
        return None
    plain = path.read_bytes()
    gzipped = None if path.suffix in COMPRESSED_ALREADY else gzip.compress(plain, mtime=0)
    return _File(content_type=content_type, plain=plain, gzipped=gzipped)


def _missing(name: str) -> UnsignedAnswer:
    if name == PAGE:
        return UnsignedAnswer(
            status=404, content_type=CONTENT_TYPES[".html"], body=NOT_BUILT.encode(), headers=_headers(name)
        )
    return UnsignedAnswer(
        status=404, content_type="text/plain", body=b"There is no such file.\n", headers=_headers(PAGE)
    )


def _answer_file(file: _File, name: str, asked: Mapping[str, str]) -> UnsignedAnswer:
    is_gzipped = file.gzipped is not None and "gzip" in asked.get("accept-encoding", "")
    body = file.gzipped if file.gzipped is not None and is_gzipped else file.plain
    encoding = (("content-encoding", "gzip"),) if is_gzipped else ()
    return UnsignedAnswer(content_type=file.content_type, body=body, headers=(*encoding, *_headers(name)))


def _headers(name: str) -> tuple[tuple[str, str], ...]:
    kept_for = "public, max-age=31536000, immutable" if name.startswith(ASSETS) else "no-cache"
    return (("cache-control", kept_for), ("vary", "accept-encoding"), *HEADERS)
