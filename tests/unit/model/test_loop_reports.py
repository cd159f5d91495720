"""The sentences of DescribeLoops."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model import loop_reports
from elastane.model.enforcement import Enforcement
from elastane.model.engine_names import EngineName
from elastane.model.engine_supply import Installable, InstallerState
from elastane.model.logs import DeliveryStatus, LogDelivery, ShownDelivery
from elastane.model.loop_reports import Backlog, MetricsState
from elastane.model.observed_replication_groups import Failure
from elastane.model.service_updates import ServiceUpdate, Severity
from tests.kit import groups
from tests.kit.groups import CREATED_AT, REGION

NOW = CREATED_AT + timedelta(minutes=5)
DELIVERY = LogDelivery(log_type="slow-log", destination_type="cloudwatch-logs", destination="caches", log_format="json")


def test_more_caches_than_a_sentence_holds_are_counted() -> None:
    caches = [(groups.group(f"cache-{number}"), groups.observed(groups.group())) for number in range(7)]

    told = loop_reports.of_passes(REGION, caches)

    assert told.sentence == (
        "7 caches in us-east-1: 7 not looked at yet (cache-0, cache-1, cache-2, cache-3, cache-4 and 2 more)."
    )


def test_a_cache_whose_step_failed_is_named() -> None:
    desired = groups.group("orders")
    failed = groups.observed(desired, failure=Failure(sentence="no", generation=1, at=NOW))

    told = loop_reports.of_passes(REGION, [(desired, failed)])

    assert told.sentence.endswith("A step that failed is tried again, or has been given up, for orders.")
    assert told.is_troubled


@pytest.mark.parametrize(
    ("state", "sentence", "is_troubled"),
    [
        (None, "Off: the operator wants no metrics.", False),
        (
            MetricsState(round_seconds=None, measured_at=None, node_count=0),
            "No round has been finished yet.",
            False,
        ),
        (
            MetricsState(round_seconds=0.125, measured_at=NOW, node_count=6),
            "6 of 6 nodes in us-east-1 answered in the last round, which took 0.12 s for all regions.",
            False,
        ),
        (
            MetricsState(round_seconds=2.0, measured_at=NOW, node_count=5),
            "5 of 6 nodes in us-east-1 answered in the last round, which took 2.00 s for all regions.",
            True,
        ),
        (
            MetricsState(round_seconds=0.1, measured_at=NOW - timedelta(seconds=16), node_count=6),
            "6 of 6 nodes in us-east-1 answered in the last round, which took 0.10 s for all regions. "
            "No node has answered for longer than three rounds.",
            True,
        ),
    ],
)
def test_metrics_tell_who_answered_and_how_long_ago(
    state: MetricsState | None, sentence: str, is_troubled: bool
) -> None:
    told = loop_reports.of_metrics(REGION, state, 6, NOW)

    assert (told.sentence, told.is_troubled) == (sentence, is_troubled)
    assert told.since == (None if state is None else state.measured_at)


def test_security_groups_that_are_not_enforced_are_trouble_where_they_shall_be() -> None:
    found = Enforcement(is_enforced=False, sentence="Not enforced: no right to.", since=NOW)

    assert loop_reports.of_security_groups(REGION, found, is_wanted=True).is_troubled
    assert not loop_reports.of_security_groups(REGION, found, is_wanted=False).is_troubled


def test_caches_with_unknown_security_groups_are_named_in_their_region_alone() -> None:
    names = ("us-east-1/replication-group/orders", "eu-west-1/replication-group/carts")
    found = Enforcement(is_enforced=True, sentence="Enforced.", since=NOW, with_unknown_groups=names)

    closed = loop_reports.of_security_groups(REGION, found, is_wanted=True)
    opened = loop_reports.of_security_groups(REGION, replace(found, is_unknown_open=True), is_wanted=True)

    assert closed.sentence == "Enforced. In us-east-1, a group that is not known here lets nobody in to: orders."
    assert opened.sentence == "Enforced. In us-east-1, a group that is not known here leaves open to all: orders."


def test_a_log_that_cannot_be_delivered_says_why() -> None:
    active = ShownDelivery(delivery=DELIVERY, status=DeliveryStatus.ACTIVE)
    failed = ShownDelivery(delivery=DELIVERY, status=DeliveryStatus.ERROR, message="there is no log group caches")

    told = loop_reports.of_logs(REGION, [("orders", active), ("carts", failed)])

    assert told.sentence == (
        "2 deliveries of logs in us-east-1: 1 active, 1 error. The slow-log of carts: There is no log group caches."
    )
    assert told.is_troubled


def test_messages_that_wait_are_trouble_once_they_were_tried() -> None:
    fresh = loop_reports.of_notifications(REGION, Backlog(count=1, tried_count=0, oldest_at=NOW))
    tried = loop_reports.of_notifications(REGION, Backlog(count=3, tried_count=2, oldest_at=NOW))

    assert (fresh.sentence, fresh.is_troubled) == ("1 delivery of messages waiting in us-east-1.", False)
    assert tried.sentence == "3 deliveries of messages waiting in us-east-1, 2 of them after a try in vain."
    assert (tried.is_troubled, tried.since) == (True, NOW)


def test_an_engine_on_its_way_is_told_with_how_far_it_is() -> None:
    state = InstallerState(
        ordered={"valkey-9.1": "40 % of 9 MB"},
        failures={"redis-7.2": Installable(failure_count=1, failed_at=NOW, reason="the mirror is away")},
        installable_count=4,
        refreshed_at=NOW,
    )

    told = loop_reports.of_installer(state)

    assert told.sentence == (
        "valkey-9.1 is being installed: 40 % of 9 MB. redis-7.2 could not be installed: the mirror is away. "
        "4 engines could be fetched."
    )
    assert told.is_troubled
    assert loop_reports.of_installer(None).sentence == "Off: the operator allows no fetching of engines."


def test_a_newer_patch_is_told_with_who_is_behind_it() -> None:
    update = ServiceUpdate(
        engine=EngineName.VALKEY, version="9.1", patch="9.1.3", severity=Severity.MEDIUM, released_at=NOW
    )
    desired = groups.group("orders")
    seen = groups.observed(desired, software=desired.software)

    told = loop_reports.of_service_updates(REGION, [update], [(desired, seen)])

    assert told.sentence == "1 service update known. In us-east-1, newer patches are there for orders."
    assert not told.is_troubled
