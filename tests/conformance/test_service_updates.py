"""Service updates and update actions where no newer patch was found: what is refused, and how.

With one that was found they are tried live, since that takes two patches of one version.
"""

from typing import Any

import pytest

from tests.conformance.caches import Caches, refused
from tests.kit.elastane import RunningElastane

UNKNOWN = "valkey-9-1-99"
BATCHES = ("batch_apply_update_action", "batch_stop_update_action")


def test_where_nothing_newer_was_found_there_are_no_updates_and_no_actions(client: Any, standing_group: Caches) -> None:
    updates = client.get_paginator("describe_service_updates").paginate().build_full_result()
    actions = client.get_paginator("describe_update_actions").paginate(
        ReplicationGroupIds=[standing_group.name("standing"), "nobody"],
        ServiceUpdateStatus=["available", "cancelled", "expired"],
        ShowNodeLevelUpdateStatus=True,
    )

    assert updates["ServiceUpdates"] == []
    assert actions.build_full_result()["UpdateActions"] == []


def test_an_update_that_nobody_found_is_not_there(client: Any) -> None:
    with refused("ServiceUpdateNotFoundFault", 404):
        client.describe_service_updates(ServiceUpdateName=UNKNOWN)


@pytest.mark.parametrize("batch", BATCHES)
def test_nobody_can_apply_or_stop_what_is_not_there(client: Any, standing_group: Caches, batch: str) -> None:
    with refused("ServiceUpdateNotFoundFault", 404):
        getattr(client, batch)(ServiceUpdateName=UNKNOWN, ReplicationGroupIds=[standing_group.name("standing")])


@pytest.mark.parametrize("batch", BATCHES)
def test_more_ids_than_a_list_may_have_are_refused(client: Any, batch: str) -> None:
    with refused("ValidationError", 400):
        getattr(client, batch)(ServiceUpdateName=UNKNOWN, ReplicationGroupIds=[f"g{number}" for number in range(21)])


def test_a_status_that_there_is_not_is_refused(client: Any) -> None:
    with refused("ValidationError", 400):
        client.describe_service_updates(ServiceUpdateStatus=["gone"])


def test_the_aws_cli_shows_none_and_reads_a_refusal(elastane: RunningElastane) -> None:
    listed = elastane.run_aws("elasticache", "describe-service-updates", "--service-update-status", "available")
    missing = elastane.run_aws(
        "elasticache", "batch-stop-update-action", "--service-update-name", UNKNOWN, "--cache-cluster-ids", "nobody"
    )

    assert (listed.returncode, '"ServiceUpdates": []' in listed.stdout) == (0, True), listed.stderr
    assert missing.returncode != 0
    assert f"Service update {UNKNOWN} not found." in missing.stderr
