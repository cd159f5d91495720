"""By which ports nodes reach one another, while some talk by TLS already and others not yet."""

import pytest

from elastane.engines import NOWHERE_PORT
from elastane.model.access import TransitEncryption
from elastane.reconcile.peers import find_peer_port, followed_port, peer_ports, talk_alike
from tests.kit import groups
from tests.kit.encryption import BESIDE, OFF, PORT, PREFERRED, REQUIRED, encrypted, talking
from tests.kit.situations import dead, hung, primary, replica, situation

FIRST, SECOND, THIRD = encrypted(OFF).nodes

PLAIN, BOTH, ALONE = talking(OFF), talking(PREFERRED), talking(REQUIRED)
BOTH_PLAINLY = talking(PREFERRED, by_tls=False)


@pytest.mark.parametrize(("parameters", "port"), [(PLAIN, PORT), (BOTH_PLAINLY, PORT), (BOTH, BESIDE), (ALONE, PORT)])
def test_others_reach_a_node_as_it_talks_itself(parameters: dict[str, str], port: int) -> None:
    assert find_peer_port(primary(FIRST, parameters=parameters)) == port


def test_of_a_node_that_did_not_answer_it_is_not_known() -> None:
    assert find_peer_port(hung(FIRST)) is None


@pytest.mark.parametrize(
    ("follower", "followed", "port"),
    [
        (PLAIN, PLAIN, PORT),
        (PLAIN, BOTH, PORT),
        (BOTH, BOTH_PLAINLY, BESIDE),
        (BOTH, ALONE, PORT),
        (ALONE, BOTH, BESIDE),
        (ALONE, ALONE, PORT),
        # Its primary offers nothing of the kind yet, or no more: the cache's own port, until it does.
        (BOTH, PLAIN, PORT),
        (PLAIN, ALONE, PORT),
    ],
)
def test_a_replica_follows_as_it_talks_to_where_its_primary_listens_so(
    follower: dict[str, str], followed: dict[str, str], port: int
) -> None:
    seen = replica(SECOND, FIRST, parameters=follower)

    assert followed_port(seen, primary(FIRST, parameters=followed), PORT) == port


def test_nobody_knows_where_to_follow_a_silent_primary_but_at_the_port_of_the_cache() -> None:
    assert followed_port(replica(SECOND, FIRST, parameters=BOTH), hung(FIRST), PORT) == PORT


@pytest.mark.parametrize(
    ("asked", "before", "ports"),
    [
        (OFF, OFF, {PORT}),
        (PREFERRED, OFF, {PORT, BESIDE}),
        (OFF, PREFERRED, {PORT, BESIDE}),
        (REQUIRED, REQUIRED, {PORT, BESIDE}),
    ],
)
def test_replicas_may_follow_by_either_port_as_long_as_any_may_be_in_use(
    asked: TransitEncryption, before: TransitEncryption, ports: set[int]
) -> None:
    group = encrypted(asked)
    seen = situation(group, *map(dead, group.nodes), before=groups.observed(group, transit_encryption=before))

    assert peer_ports(seen) == ports
    assert NOWHERE_PORT not in peer_ports(seen)


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [(PLAIN, BOTH_PLAINLY, True), (BOTH, ALONE, True), (BOTH, BOTH_PLAINLY, False), (PLAIN, ALONE, False)],
)
def test_two_talk_alike_by_tls_or_plainly_wherever_they_listen(
    one: dict[str, str], other: dict[str, str], is_alike: bool
) -> None:
    seen = primary(FIRST, parameters=one), replica(SECOND, FIRST, parameters=other)

    assert talk_alike(*seen) is is_alike
