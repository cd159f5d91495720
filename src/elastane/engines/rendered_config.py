"""Reading back what `valkey.render_config` wrote: the control user's secret, where the store that held it is lost.

Called when a lost store is rebuilt from its nodes' directories (`reconcile/lost_store`). Pure: it is given the text. It
reads nothing but that one value, and no file that anybody else has written.
"""

import re

from elastane.model.secrets import Secret

_SECRET_LINE = re.compile(r'^masterauth "((?:[^"\\]|\\.)*)"$', re.MULTILINE)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|(.))")


def read_secret(text: str) -> Secret | None:
    """The secret in a node's configuration; None for a text in which none was rendered."""
    found = _SECRET_LINE.search(text)
    if found is None:
        return None
    try:
        return Secret(_unquoted(found[1]))
    except UnicodeError:
        return None  # no text of ours: what we quote is UTF-8, written in ASCII


def _unquoted(quoted: str) -> str:
    r"""The word that `valkey.quote` put between double quotes: \xHH is a byte, any other escaped character itself."""
    return _ESCAPE.sub(_byte, quoted.encode("ascii")).decode()


def _byte(escape: re.Match[bytes]) -> bytes:
    return escape[2] if escape[1] is None else bytes.fromhex(escape[1].decode())
