"""Our own certificate authority: who the engines prove themselves by, and what customers trust to check it.

Each installation has one of its own, made at its first start: `authorities` keeps it below the data directory, and
`certificates` makes what a node serves. Nothing here knows an engine, a port or a group: names and addresses in,
text out. Called by the server, which opens it, by the reconciler, which asks for a node's certificate whenever it
starts a node or renews one, and by `elastane ca`.

What callers may rely on:

- A node's private key is made with its certificate, is in that node's directory alone, and is never asked for again.
- An authority is trusted before it issues: a new one is in the bundle for `authorities.KNOWN_BEFORE` before the first
  certificate of it is served, and the old one stays in it until it expires. So who fetches the bundle twice a year
  never meets a certificate that it does not trust.
- Whoever may read the authority's key may be any node of any group. It is readable for the owner only.
"""
