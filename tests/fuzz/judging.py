"""What no request may ever cause. A finding is raised with the request, so that it can be sent again."""

import json
import logging
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cbor2

from elastane.store.audit_trail import verify_from_outside
from tests.fuzz.values import MARK

STATUSES = {200, 400, 403, 404, 408, 413, 501}
"""Documented in docs/reference/faults.md. 501 says that an action is not built; 500 and 503 never come of a request."""


class Finding(AssertionError):
    """The API did what it must not."""


class LogLines(logging.Handler):
    """Whatever is logged from a warning on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def judge_answer(status: int, headers: dict[bytes, bytes], body: bytes, *, is_head: bool = False) -> None:
    """Raises Finding for an answer that is none of the documented ones, not whole, or not in its protocol."""
    if status not in STATUSES:
        raise Finding(f"the status {status}: {body[:300]!r}")
    if is_head or (status == 200 and headers.get(b"content-type") == b"text/plain"):
        return  # whether it lives
    if status != 200 and MARK.encode() in body:
        raise Finding(f"a refusal repeats a secret: {body[:300]!r}")
    if not headers.get(b"x-amzn-requestid"):
        raise Finding("an answer without the id of its request")
    try:
        code = _code_of(headers.get(b"content-type", b""), body, status)
    except (ElementTree.ParseError, ValueError, AttributeError, KeyError, cbor2.CBORDecodeError) as error:
        raise Finding(f"an answer that cannot be read: {error}: {body[:300]!r}") from None
    if (code == "NotImplemented") != (status == 501):
        raise Finding(f"{code} with the status {status}")


def judge_trail(directory: Path) -> None:
    """Raises Finding for an audit trail that holds a secret, or is not whole. To be called when it is closed."""
    for path in directory.glob("audit.db*"):
        if MARK.encode() in path.read_bytes():
            raise Finding(f"{path.name} holds a secret")
    verified = verify_from_outside(directory)
    if verified is None or any(chain.broken_at is not None for chain in verified):
        raise Finding(f"the audit trail is not whole: {verified}")


def _code_of(kind: bytes, body: bytes, status: int) -> str:
    """Empty for a success."""
    if kind in (b"application/x-amz-json-1.1", b"application/x-amz-json-1.0"):
        content = json.loads(body)
        return "" if status == 200 else str(content["__type"])
    if kind == b"application/cbor" or (not kind and not body and status == 200):
        content = cbor2.loads(body) if body else {}
        return "" if status == 200 else str(content["__type"])
    if kind != b"text/xml":
        raise ValueError(f"the content type {kind!r}")
    document = ElementTree.fromstring(body)
    if status == 200:
        return ""
    namespace = document.tag[1:].partition("}")[0] if document.tag.startswith("{") else ""
    way = "Error/Code" if namespace else "Errors/Error/Code"  # EC2's document of a fault has no namespace
    code = document.findtext(way, namespaces={"": namespace})
    if not code:
        raise ValueError("a refusal without a code")
    return code


def resident_bytes(pid: int | str = "self") -> int:
    """Of a process, as the kernel counts it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("every process has memory")
