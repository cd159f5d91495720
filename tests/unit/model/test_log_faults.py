"""The faults of CloudWatch Logs, compared with the published service model."""

import pytest
from botocore.loaders import Loader

from elastane.model import log_faults
from elastane.model.faults import Fault

FAULTS = [one for one in Fault.__subclasses__() if one.__module__ == log_faults.__name__]


def test_all_of_them_are_found() -> None:
    assert log_faults.ResourceNotFound in FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_has_the_code_of_the_published_model(fault: type[Fault]) -> None:
    shapes = Loader().load_service_model("logs", "service-2")["shapes"]

    assert shapes[f"{fault.__name__}Exception"]["exception"] is True
    assert (fault.code, fault.status) == (f"{fault.__name__}Exception", 400)
