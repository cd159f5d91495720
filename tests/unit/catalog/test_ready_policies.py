"""What the policies that need no document allow, against every action that is answered."""

import json

import pytest

from elastane.api import SERVICES
from elastane.catalog.ready_policies import ReadyPolicy, policy_document
from elastane.model.policy_patterns import matches_action
from elastane.service.audit_trail import is_reading

ACTIONS = [f"{service}:{action}" for service, actions in SERVICES.items() for action in actions if service != "sts"]


def allows(name: ReadyPolicy, action: str) -> bool:
    (statement,) = json.loads(policy_document(name))["Statement"]
    return any(matches_action(pattern, action) for pattern in statement["Action"])


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_only_read_may_read_everything_and_change_nothing(action: str) -> None:
    assert allows(ReadyPolicy.READ_ONLY, action) == is_reading(action.partition(":")[2])


@pytest.mark.parametrize("action", ACTIONS)
def test_full_access_is_to_everything(action: str) -> None:
    assert allows(ReadyPolicy.FULL_ACCESS, action)
