"""The faults of CloudWatch Logs, by the names of its published model. Several services have faults of these names, with
codes and statuses of their own, so they are not among the others in `faults`."""

from elastane.model.faults import Fault


class InvalidParameter(Fault):
    code, status = "InvalidParameterException", 400


class ResourceNotFound(Fault):
    code, status = "ResourceNotFoundException", 400


class ResourceAlreadyExists(Fault):
    code, status = "ResourceAlreadyExistsException", 400


class LimitExceeded(Fault):
    code, status = "LimitExceededException", 400


class TooManyTags(Fault):
    code, status = "TooManyTagsException", 400
