"""What callers are answered when we refuse: one class per fault, with AWS's code and status.

    Fault
    ├── the protocol's own      MissingAuthenticationToken, InvalidAction, MissingParameter, …
    ├── ElastiCache's           ReplicationGroupNotFound, InvalidParameterValue, …
    ├── EC2's                   InvalidGroupNotFound, DependencyViolation, … (its model declares none)
    ├── SNS's                   InvalidParameter, NotFound, …
    ├── CloudWatch's            LimitExceeded, InvalidFormat, …
    └── CloudTrail's            InvalidLookupAttributes, InvalidNextToken, …

`tests/unit/model/test_faults.py` compares every service's fault with the published service
model: codes and statuses are irregular (``CacheSubnetGroupNotFoundFault`` is a 400, some codes
end in ``Fault`` and some do not), so they are spelled here and checked there.
"""


class Fault(Exception):
    """A refusal with a code the SDKs match on, an HTTP status and a sentence for a person."""

    code: str = "InternalFailure"
    status: int = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


# --- the protocol's own, common to all AWS Query services ----------------------------------------


class MissingAuthenticationToken(Fault):
    code, status = "MissingAuthenticationToken", 403


class IncompleteSignature(Fault):
    code, status = "IncompleteSignature", 400


class InvalidClientTokenId(Fault):
    code, status = "InvalidClientTokenId", 403


class SignatureDoesNotMatch(Fault):
    code, status = "SignatureDoesNotMatch", 403


class AccessDenied(Fault):
    """The caller is who it says, and its policy does not let it. Of the Query services."""

    code, status = "AccessDenied", 403


class AccessDeniedException(Fault):
    """The same of the services that speak JSON."""

    code, status = "AccessDeniedException", 400


class UnauthorizedOperation(Fault):
    """The same of EC2."""

    code, status = "UnauthorizedOperation", 403


class RequestExpired(Fault):
    code, status = "RequestExpired", 400


class RequestEntityTooLarge(Fault):
    code, status = "RequestEntityTooLarge", 413


class IncompleteBody(Fault):
    code, status = "IncompleteBody", 400


class RequestTimeout(Fault):
    code, status = "RequestTimeout", 408


class MalformedQueryString(Fault):
    code, status = "MalformedQueryString", 404


class InvalidAction(Fault):
    code, status = "InvalidAction", 400


class MissingAction(Fault):
    code, status = "MissingAction", 400


class MissingParameter(Fault):
    code, status = "MissingParameter", 400


class MalformedInput(Fault):
    """What was sent does not have the shape or the type the published model gives it."""

    code, status = "MalformedInput", 400


class ValidationError(Fault):
    code, status = "ValidationError", 400


class NotImplementedByThisVersion(Fault):
    """The action is in the published model and not built yet. 501 is not retried by botocore's standard mode."""

    code, status = "NotImplemented", 501


class Throttling(Fault):
    code, status = "Throttling", 400


class ServiceUnavailable(Fault):
    code, status = "ServiceUnavailable", 503


# --- EC2's, from the page "Error codes for the Amazon EC2 API" -----------------------------------


class DryRunOperation(Fault):
    """Not a refusal: the call would have been done, had it not been a dry run."""

    code, status = "DryRunOperation", 412


class UnsupportedOperation(Fault):
    code, status = "UnsupportedOperation", 400


class DependencyViolation(Fault):
    code, status = "DependencyViolation", 400


class CannotDelete(Fault):
    code, status = "CannotDelete", 400


class InvalidGroupNotFound(Fault):
    code, status = "InvalidGroup.NotFound", 400


class InvalidGroupDuplicate(Fault):
    code, status = "InvalidGroup.Duplicate", 400


class InvalidGroupIdMalformed(Fault):
    code, status = "InvalidGroupId.Malformed", 400


class InvalidPermissionDuplicate(Fault):
    code, status = "InvalidPermission.Duplicate", 400


class InvalidPermissionNotFound(Fault):
    code, status = "InvalidPermission.NotFound", 400


class InvalidSecurityGroupRuleIdNotFound(Fault):
    code, status = "InvalidSecurityGroupRuleId.NotFound", 400


class SecurityGroupLimitExceeded(Fault):
    code, status = "SecurityGroupLimitExceeded", 400


class RulesPerSecurityGroupLimitExceeded(Fault):
    code, status = "RulesPerSecurityGroupLimitExceeded", 400


class InvalidVpcRange(Fault):
    code, status = "InvalidVpcRange", 400


class InvalidVpcConflict(Fault):
    """AWS knows no such fault: there VPCs may have the same addresses, here they share one machine's."""

    code, status = "InvalidVpc.Conflict", 400


class VpcLimitExceeded(Fault):
    code, status = "VpcLimitExceeded", 400


class InvalidVpcIdNotFound(Fault):
    code, status = "InvalidVpcID.NotFound", 400


class InvalidSubnetIdNotFound(Fault):
    code, status = "InvalidSubnetID.NotFound", 400


class InvalidSubnetRange(Fault):
    code, status = "InvalidSubnet.Range", 400


class InvalidSubnetConflict(Fault):
    code, status = "InvalidSubnet.Conflict", 400


class InvalidNetworkInterfaceIdNotFound(Fault):
    code, status = "InvalidNetworkInterfaceID.NotFound", 400


class InvalidRouteTableIdNotFound(Fault):
    code, status = "InvalidRouteTableID.NotFound", 400


class InvalidId(Fault):
    code, status = "InvalidID", 400


class TagLimitExceeded(Fault):
    code, status = "TagLimitExceeded", 400


# --- ElastiCache's -------------------------------------------------------------------------------


class InvalidParameterValue(Fault):
    code, status = "InvalidParameterValue", 400


class InvalidParameterCombination(Fault):
    code, status = "InvalidParameterCombination", 400


class CacheClusterNotFound(Fault):
    code, status = "CacheClusterNotFound", 404


class CacheClusterAlreadyExists(Fault):
    code, status = "CacheClusterAlreadyExists", 400


class InvalidCacheClusterState(Fault):
    code, status = "InvalidCacheClusterState", 400


class ReplicationGroupNotFound(Fault):
    code, status = "ReplicationGroupNotFoundFault", 404


class ReplicationGroupAlreadyExists(Fault):
    code, status = "ReplicationGroupAlreadyExists", 400


class InvalidReplicationGroupState(Fault):
    code, status = "InvalidReplicationGroupState", 400


class ClusterQuotaForCustomerExceeded(Fault):
    code, status = "ClusterQuotaForCustomerExceeded", 400


class NodeQuotaForClusterExceeded(Fault):
    code, status = "NodeQuotaForClusterExceeded", 400


class NodeQuotaForCustomerExceeded(Fault):
    code, status = "NodeQuotaForCustomerExceeded", 400


class NodeGroupsPerReplicationGroupQuotaExceeded(Fault):
    code, status = "NodeGroupsPerReplicationGroupQuotaExceeded", 400


class NodeGroupNotFound(Fault):
    code, status = "NodeGroupNotFoundFault", 404


class NoOperation(Fault):
    code, status = "NoOperationFault", 400


class InsufficientCacheClusterCapacity(Fault):
    code, status = "InsufficientCacheClusterCapacity", 400


class CacheParameterGroupNotFound(Fault):
    code, status = "CacheParameterGroupNotFound", 404


class CacheParameterGroupAlreadyExists(Fault):
    code, status = "CacheParameterGroupAlreadyExists", 400


class CacheParameterGroupQuotaExceeded(Fault):
    code, status = "CacheParameterGroupQuotaExceeded", 400


class InvalidCacheParameterGroupState(Fault):
    code, status = "InvalidCacheParameterGroupState", 400


class CacheSubnetGroupNotFound(Fault):
    code, status = "CacheSubnetGroupNotFoundFault", 400


class CacheSubnetGroupAlreadyExists(Fault):
    code, status = "CacheSubnetGroupAlreadyExists", 400


class CacheSubnetGroupQuotaExceeded(Fault):
    code, status = "CacheSubnetGroupQuotaExceeded", 400


class CacheSubnetGroupInUse(Fault):
    code, status = "CacheSubnetGroupInUse", 400


class CacheSubnetQuotaExceeded(Fault):
    code, status = "CacheSubnetQuotaExceededFault", 400


class SubnetInUse(Fault):
    code, status = "SubnetInUse", 400


class InvalidSubnet(Fault):
    code, status = "InvalidSubnet", 400


class SubnetNotAllowed(Fault):
    code, status = "SubnetNotAllowedFault", 400


class InvalidVPCNetworkState(Fault):
    code, status = "InvalidVPCNetworkStateFault", 400


class TagQuotaPerResourceExceeded(Fault):
    code, status = "TagQuotaPerResourceExceeded", 400


class InvalidARN(Fault):
    code, status = "InvalidARN", 400


class TagNotFound(Fault):
    code, status = "TagNotFound", 404


class SnapshotFeatureNotSupported(Fault):
    code, status = "SnapshotFeatureNotSupportedFault", 400


class SnapshotNotFound(Fault):
    code, status = "SnapshotNotFoundFault", 404


class UserNotFound(Fault):
    code, status = "UserNotFound", 404


class UserGroupNotFound(Fault):
    code, status = "UserGroupNotFound", 404


class UserAlreadyExists(Fault):
    code, status = "UserAlreadyExists", 400


class UserQuotaExceeded(Fault):
    code, status = "UserQuotaExceeded", 400


class DuplicateUserName(Fault):
    code, status = "DuplicateUserName", 400


class InvalidUserState(Fault):
    code, status = "InvalidUserState", 400


class DefaultUserAssociatedToUserGroup(Fault):
    code, status = "DefaultUserAssociatedToUserGroup", 400


class DefaultUserRequired(Fault):
    code, status = "DefaultUserRequired", 400


class UserGroupAlreadyExists(Fault):
    code, status = "UserGroupAlreadyExists", 400


class UserGroupQuotaExceeded(Fault):
    code, status = "UserGroupQuotaExceeded", 400


class InvalidUserGroupState(Fault):
    code, status = "InvalidUserGroupState", 400


class CacheSecurityGroupNotFound(Fault):
    code, status = "CacheSecurityGroupNotFound", 404


class InvalidKMSKey(Fault):
    code, status = "InvalidKMSKeyFault", 400


class TestFailoverNotAvailable(Fault):
    code, status = "TestFailoverNotAvailableFault", 400


class APICallRateForCustomerExceeded(Fault):
    """Declared by TestFailover alone, whose calls are counted by the day."""

    code, status = "APICallRateForCustomerExceeded", 400


class ReservedCacheNodeNotFound(Fault):
    code, status = "ReservedCacheNodeNotFound", 404


class ServerlessCacheNotFound(Fault):
    code, status = "ServerlessCacheNotFoundFault", 404


class ServerlessCacheSnapshotNotFound(Fault):
    code, status = "ServerlessCacheSnapshotNotFoundFault", 404


class GlobalReplicationGroupNotFound(Fault):
    code, status = "GlobalReplicationGroupNotFoundFault", 404


class ServiceUpdateNotFound(Fault):
    code, status = "ServiceUpdateNotFoundFault", 404


# --- CloudTrail's --------------------------------------------------------------------------------


class InvalidLookupAttributes(Fault):
    code, status = "InvalidLookupAttributesException", 400


class InvalidTimeRange(Fault):
    code, status = "InvalidTimeRangeException", 400


class InvalidNextToken(Fault):
    code, status = "InvalidNextTokenException", 400
