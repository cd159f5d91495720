"""Where a cache's logs are to be delivered: values, in the wire's words."""

import msgspec


class LogDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One for each type of log."""

    log_type: str
    """``slow-log`` or ``engine-log``."""
    destination_type: str
    """``cloudwatch-logs`` or ``kinesis-firehose``."""
    destination: str
    """The log group's name, or the delivery stream's."""
    log_format: str
    """``json`` or ``text``."""
