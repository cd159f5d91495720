"""Supply: how engines come into an engine store, from Debian's packages, beside those that are there.

Called by the command line and by the server, never by a pass. One file for each part of the way: `apt_sources`
reads which mirror the machine uses, `apt` asks it and fetches into private directories, `libraries` takes an engine
and what it needs out of the unpacked packages and makes it find them where they are, `proof` starts it, `shelf` is
the directory in which engines appear whole or not at all, `installing` is the way from the first to the last,
`installable` keeps what the mirror was last seen to have, and `background` does all this beside a control plane's work.
`packages` has the values that pass between them, and the seam at which a test brings packages of its own.

What the callers may rely on:

- Nothing of the system is touched and nothing needs root: lists, cache, sources and unpacked files are below the
  engine store, and gone at the end.
- Nothing is used that apt did not verify against the keys that the machine trusts for that mirror.
- An engine is in the store when it was started and answered there, and not before. Whoever is killed on the way
  leaves a directory that nobody looks into and that the next one removes.

What this room never does: decide which version a cache runs, change an engine that is there.
"""

# SupplyError               an engine could not be brought; the message is a sentence
# ├── NoPackages            this machine has no apt, or its apt knows no Debian archive
# ├── NotOffered            no suite that is looked in has that version
# ├── FetchFailed           apt could not get or verify what it was to get, quoted
# ├── BrokenEngine          what was fetched does not run, lacks a library, or has no TLS
# └── ShelfBusy             another install holds the store


class SupplyError(Exception):
    """An engine could not be brought. The message is one sentence for a person."""


class NoPackages(SupplyError):
    """This machine has no apt, or its apt knows no Debian archive."""


class NotOffered(SupplyError):
    """No suite that is looked in has that version."""


class FetchFailed(SupplyError):
    """apt could not get, or not verify, what it was to get; its words are quoted."""


class BrokenEngine(SupplyError):
    """What was fetched does not run, lacks a library, or has no TLS."""


class ShelfBusy(SupplyError):
    """Another install holds the engine store, and did not end within the deadline."""
