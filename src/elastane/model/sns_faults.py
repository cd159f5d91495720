"""The faults of SNS, by the names of its published model."""

from elastane.model.faults import Fault


class InvalidParameter(Fault):
    code, status = "InvalidParameter", 400


class NotFound(Fault):
    code, status = "NotFound", 404


class ResourceNotFound(Fault):
    """What is asked for tags is not there."""

    code, status = "ResourceNotFound", 404


class AuthorizationError(Fault):
    """The caller is who it says, and its policy does not let it. SNS's word."""

    code, status = "AuthorizationError", 403


class TopicLimitExceeded(Fault):
    code, status = "TopicLimitExceeded", 403


class SubscriptionLimitExceeded(Fault):
    code, status = "SubscriptionLimitExceeded", 403


class EmptyBatchRequest(Fault):
    code, status = "EmptyBatchRequest", 400


class TooManyEntriesInBatchRequest(Fault):
    code, status = "TooManyEntriesInBatchRequest", 400


class BatchEntryIdsNotDistinct(Fault):
    code, status = "BatchEntryIdsNotDistinct", 400


class BatchRequestTooLong(Fault):
    code, status = "BatchRequestTooLong", 400


class InvalidBatchEntryId(Fault):
    code, status = "InvalidBatchEntryId", 400
