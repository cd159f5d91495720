"""The store's errors.

StoreError
├── Conflict          somebody else saved the document first: read again, decide again
├── StoreUnusable     the disk is full, the directory cannot be written, the file is damaged
└── TooManyMetrics    more of a customer's own metrics than are kept: no new ones
"""


class StoreError(Exception):
    """The store could not do what it was asked."""


class Conflict(StoreError):
    """The document's revision is not the one the decision was made from."""


class StoreUnusable(StoreError):
    """Nothing can be kept at the moment. The message is a sentence for the operator."""


class TooManyMetrics(StoreError):
    """A new metric of a customer's beyond the bound; nothing was kept. The message is a sentence for the customer."""
