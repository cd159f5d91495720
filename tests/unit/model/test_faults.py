"""Every fault's code and status, compared with the published service model."""

import inspect

import pytest
from botocore.loaders import Loader

from elastane.model import cloudwatch_faults, faults, sns_faults
from elastane.model.faults import Fault

SECTION = "# --- ElastiCache's ---"
CLOUDTRAIL_SECTION = "# --- CloudTrail's ---"


def classes_in(text: str) -> list[type[Fault]]:
    ours = (each for each in Fault.__subclasses__() if each.__module__ == faults.__name__)
    return [each for each in ours if f"\nclass {each.__name__}(Fault)" in text]


def published_faults(service: str = "elasticache") -> dict[str, tuple[str, int]]:
    """Code and status by the fault's shape, without the shape's irregular ending."""
    shapes = Loader().load_service_model(service, "service-2")["shapes"]
    return {
        name.removesuffix("Exception").removesuffix("Fault"): (
            shape.get("error", {}).get("code", name),
            # Services that speak JSON declare no status; it is 400.
            shape.get("error", {}).get("httpStatusCode", 400),
        )
        for name, shape in shapes.items()
        if shape.get("exception")
    }


PROTOCOL_TEXT, _, SERVICES_TEXT = inspect.getsource(faults).partition(SECTION)
ELASTICACHE_TEXT, _, CLOUDTRAIL_TEXT = SERVICES_TEXT.partition(CLOUDTRAIL_SECTION)
PROTOCOL_FAULTS = classes_in(PROTOCOL_TEXT)
ELASTICACHE_FAULTS = classes_in(ELASTICACHE_TEXT)
CLOUDTRAIL_FAULTS = classes_in(CLOUDTRAIL_TEXT)
PUBLISHED = published_faults()


def name_of(fault: type[Fault]) -> str:
    return fault.__name__


def test_both_sections_of_the_file_are_found() -> None:
    assert faults.InvalidAction in PROTOCOL_FAULTS
    assert faults.CacheClusterNotFound in ELASTICACHE_FAULTS
    assert not set(PROTOCOL_FAULTS) & set(ELASTICACHE_FAULTS)


@pytest.mark.parametrize("fault", ELASTICACHE_FAULTS, ids=name_of)
def test_a_fault_has_the_code_and_the_status_of_the_published_model(fault: type[Fault]) -> None:
    assert (fault.code, fault.status) == PUBLISHED[fault.__name__]


@pytest.mark.parametrize("fault", CLOUDTRAIL_FAULTS, ids=name_of)
def test_cloudtrail_s_faults_have_the_code_of_its_published_model(fault: type[Fault]) -> None:
    assert (fault.code, fault.status) == published_faults("cloudtrail")[fault.__name__]


@pytest.mark.parametrize("fault", PROTOCOL_FAULTS, ids=name_of)
def test_a_fault_of_the_protocol_is_not_in_the_published_model(fault: type[Fault]) -> None:
    assert fault.__name__ not in PUBLISHED
    assert fault.code not in {code for code, _ in PUBLISHED.values()}


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        # The suffix stays on some codes and goes from others, and one "not found" is a 400.
        (faults.CacheClusterNotFound, "CacheClusterNotFound", 404),
        (faults.ReplicationGroupNotFound, "ReplicationGroupNotFoundFault", 404),
        (faults.CacheSubnetGroupNotFound, "CacheSubnetGroupNotFoundFault", 400),
        (faults.CacheSubnetQuotaExceeded, "CacheSubnetQuotaExceededFault", 400),
        (faults.CacheSubnetGroupQuotaExceeded, "CacheSubnetGroupQuotaExceeded", 400),
        (faults.InvalidARN, "InvalidARN", 400),
        (faults.APICallRateForCustomerExceeded, "APICallRateForCustomerExceeded", 400),
        (faults.TestFailoverNotAvailable, "TestFailoverNotAvailableFault", 400),
        (faults.TagNotFound, "TagNotFound", 404),
        (faults.NoOperation, "NoOperationFault", 400),
        (faults.InvalidParameterValue, "InvalidParameterValue", 400),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_irregular_codes_are_spelled_as_clients_match_them(fault: type[Fault], code: str, status: int) -> None:
    assert (fault.code, fault.status) == (code, status)


def test_no_two_faults_share_a_code() -> None:
    codes = [fault.code for fault in PROTOCOL_FAULTS + ELASTICACHE_FAULTS + CLOUDTRAIL_FAULTS]

    assert len(codes) == len(set(codes))


def test_a_fault_carries_its_sentence() -> None:
    fault = faults.CacheClusterNotFound("CacheCluster not found: orders")

    assert fault.message == str(fault) == "CacheCluster not found: orders"


@pytest.mark.parametrize(
    ("fault", "shape"),
    [
        (sns_faults.ResourceNotFound, "ResourceNotFound"),
        (cloudwatch_faults.ResourceNotFoundException, "ResourceNotFoundException"),
        (cloudwatch_faults.LimitExceeded, "LimitExceededFault"),
        (cloudwatch_faults.InvalidFormat, "InvalidFormatFault"),
        (cloudwatch_faults.InvalidPageToken, "InvalidNextToken"),
    ],
)
def test_cloudwatch_s_faults_have_the_codes_of_its_published_model(fault: type[Fault], shape: str) -> None:
    error = Loader().load_service_model("cloudwatch", "service-2")["shapes"][shape]["error"]

    assert (fault.code, fault.status) == (error["code"], error["httpStatusCode"])
