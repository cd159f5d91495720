"""The faults of CloudWatch, by its published model; those that ElastiCache has as well are in `faults`."""

from elastane.model.faults import Fault


class ResourceNotFoundException(Fault):
    """What is asked for tags is not there. Alarms by name are not there in other words: ResourceNotFound, SNS's too."""

    code, status = "ResourceNotFoundException", 404


class LimitExceeded(Fault):
    code, status = "LimitExceeded", 400


class InvalidFormat(Fault):
    """What should be JSON is not."""

    code, status = "InvalidFormat", 400


class InvalidPageToken(Fault):
    """CloudTrail has another code for it."""

    code, status = "InvalidNextToken", 400
