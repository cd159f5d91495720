"""How engines say a parameter's value: CONFIG GET's spelling of what they were given in another one. Pure.

Called where values are compared with what engines say (`reconcile/orders`).
"""

_EVENT_CLASSES = "g$lshzxetd"
"""What the engines call A, all together, in the order in which they name them."""

_MORE_EVENT_CLASSES = "nKEm"
"""Those outside A, in the same order. An engine that has A does not say whether it has n."""


def as_said(name: str, value: str) -> str:
    """The value as CONFIG GET will say it. Allowed values only; most are said as they were given."""
    return _events(value) if name == "notify-keyspace-events" else value


def _events(value: str) -> str:
    given = set(value)
    has_all = "A" in given or given >= set(_EVENT_CLASSES)
    named = "A" if has_all else "".join(each for each in _EVENT_CLASSES if each in given)
    return named + "".join(each for each in _MORE_EVENT_CLASSES if each in given)
