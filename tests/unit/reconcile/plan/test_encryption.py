"""In which order running engines come to offer another encryption, in each state in which they may be found."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from elastane.model.access import Access, TransitEncryption
from elastane.reconcile.plan import RULES, encryption
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import MeetMembers, RenewCertificates, SetParameters, SideBySide, Step
from tests.kit import groups
from tests.kit.encryption import BESIDE, OFF, PORT, PREFERRED, REQUIRED, WITHOUT_TLS, encrypted, talking
from tests.kit.situations import cluster_situation, dead, hung, knowing, primary, replica, situation

FIRST, SECOND, THIRD = encrypted(OFF).nodes

PLAIN = talking(OFF)
BOTH = talking(PREFERRED)
BOTH_PLAINLY = talking(PREFERRED, by_tls=False)
ALONE = talking(REQUIRED)


def at(
    mode: TransitEncryption, first: dict[str, str], second: dict[str, str], third: dict[str, str] | None = None
) -> Situation:
    """Shall offer `mode`; its nodes answered so. The third one is dead unless it is told of."""
    return situation(
        encrypted(mode),
        primary(FIRST, parameters=first),
        replica(SECOND, FIRST, parameters=second),
        dead(THIRD) if third is None else replica(THIRD, FIRST, parameters=third),
    )


def flat(steps: Iterable[Step]) -> list[Step]:
    return [
        one
        for step in steps
        for one in (flat(part for track in step.tracks for part in track) if isinstance(step, SideBySide) else [step])
    ]


def orders(verdict: Verdict) -> dict[str, list[str]]:
    """To whom what is said, shortly: `certificate`, and the ports and links that are set."""
    assert isinstance(verdict, Act), verdict
    told: dict[str, list[str]] = {}
    for step in flat(verdict.steps):
        match step:
            case RenewCertificates(node_ids=node_ids):
                for node_id in node_ids:
                    told.setdefault(node_id, []).append("certificate")
            case SetParameters(node_id=node_id, parameters=parameters, cuts_clients=cuts):
                said = [f"{name} {parameters[name]}" for name in _SHOWN if name in parameters]
                told.setdefault(node_id, []).append(", ".join(said) + (", clients cut" if cuts else ""))
            case _:
                raise AssertionError(step)
    return told


_SHOWN = ("port", "tls-port", "tls-replication", "tls-cluster")

LISTEN_FOR_BOTH = ["certificate", f"tls-port {BESIDE}, tls-replication no"]
LISTEN_FOR_BOTH_AFTER_TLS = [f"tls-port {BESIDE}, tls-replication yes", f"port {PORT}"]
LISTEN_FOR_TLS = [f"port 0, tls-port {PORT}, tls-replication yes, clients cut"]
LISTEN_PLAINLY = ["tls-port 0, tls-replication no"]
TALK_BY_TLS = ["tls-replication yes"]
TALK_PLAINLY = ["tls-replication no"]


@pytest.mark.parametrize(
    ("mode", "parameters", "said"),
    [
        (PREFERRED, PLAIN, LISTEN_FOR_BOTH),
        (PREFERRED, BOTH_PLAINLY, TALK_BY_TLS),
        (PREFERRED, ALONE, LISTEN_FOR_BOTH_AFTER_TLS),
        (REQUIRED, PLAIN, LISTEN_FOR_BOTH),
        (REQUIRED, BOTH_PLAINLY, TALK_BY_TLS),
        (REQUIRED, BOTH, LISTEN_FOR_TLS),
        (OFF, BOTH, TALK_PLAINLY),
        (OFF, BOTH_PLAINLY, LISTEN_PLAINLY),
        (OFF, ALONE, LISTEN_FOR_BOTH_AFTER_TLS),
    ],
)
def test_all_nodes_go_from_stage_to_stage(mode: TransitEncryption, parameters: dict[str, str], said: list[str]) -> None:
    verdict = encryption.rule(at(mode, parameters, parameters))

    assert orders(verdict) == {FIRST.id: said, SECOND.id: said}


@pytest.mark.parametrize(("mode", "parameters"), [(OFF, PLAIN), (PREFERRED, BOTH), (REQUIRED, ALONE)])
def test_who_offers_and_talks_as_it_shall_is_left_alone(mode: TransitEncryption, parameters: dict[str, str]) -> None:
    assert encryption.rule(at(mode, parameters, parameters, parameters)) == SATISFIED


@pytest.mark.parametrize(
    ("mode", "ahead", "behind", "said"),
    [
        # Nobody talks by TLS before all listen so, and nobody stops to listen plainly before all talk by TLS.
        (REQUIRED, BOTH_PLAINLY, PLAIN, LISTEN_FOR_BOTH),
        (REQUIRED, BOTH, BOTH_PLAINLY, TALK_BY_TLS),
        (REQUIRED, ALONE, PLAIN, LISTEN_FOR_BOTH),
        (REQUIRED, ALONE, BOTH_PLAINLY, TALK_BY_TLS),
        (REQUIRED, ALONE, BOTH, LISTEN_FOR_TLS),
        (PREFERRED, BOTH, PLAIN, LISTEN_FOR_BOTH),
        (PREFERRED, BOTH, ALONE, LISTEN_FOR_BOTH_AFTER_TLS),
        # And the other way round; who started anew is at the end already.
        (OFF, PLAIN, BOTH, TALK_PLAINLY),
        (OFF, PLAIN, BOTH_PLAINLY, LISTEN_PLAINLY),
        (OFF, BOTH_PLAINLY, ALONE, LISTEN_FOR_BOTH_AFTER_TLS),
    ],
)
def test_the_one_that_is_behind_is_waited_for_by_those_that_are_ahead(
    mode: TransitEncryption, ahead: dict[str, str], behind: dict[str, str], said: list[str]
) -> None:
    for verdict in (encryption.rule(at(mode, ahead, behind)), encryption.rule(at(mode, behind, ahead))):
        assert list(orders(verdict).values()) == [said]


def test_who_does_not_answer_is_not_waited_for() -> None:
    waiting = situation(
        encrypted(PREFERRED),
        primary(FIRST, parameters=BOTH),
        replica(SECOND, FIRST, parameters=BOTH),
        hung(THIRD),
    )

    assert encryption.rule(waiting) == SATISFIED


def test_who_reads_a_copy_is_told_when_it_has_read_it() -> None:
    reading = situation(
        encrypted(PREFERRED),
        primary(FIRST, parameters=BOTH),
        replica(SECOND, FIRST, parameters=PLAIN, is_loading=True),
        replica(THIRD, FIRST, parameters=BOTH),
    )

    assert encryption.rule(reading) == SATISFIED


@pytest.mark.parametrize(("port", "beside"), [(6379, 6380), (65535, 65534)])
def test_the_port_beside_is_the_next_one_and_the_one_before_the_last(port: int, beside: int) -> None:
    group = encrypted(PREFERRED)
    group = replace(group, software=replace(group.software, port=port))
    plain = {**PLAIN, "port": str(port), "replica-announce-port": str(port)}

    verdict = encryption.rule(situation(group, primary(FIRST, parameters=plain), dead(SECOND), dead(THIRD)))

    assert orders(verdict) == {FIRST.id: ["certificate", f"tls-port {beside}, tls-replication no"]}


# --- engines without TLS -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [PREFERRED, REQUIRED])
def test_nobody_begins_while_an_engine_was_built_without_tls_and_that_is_said_when_all_else_is_done(
    mode: TransitEncryption,
) -> None:
    seen = at(mode, PLAIN, WITHOUT_TLS)

    waiting = encryption.refuse_engines_without_tls(seen)

    assert encryption.rule(seen) == SATISFIED
    assert isinstance(waiting, Wait)
    assert waiting.is_told
    assert "orders-002 was built without TLS" in waiting.reason


def test_without_encryption_an_engine_without_tls_is_as_good_as_any() -> None:
    seen = at(OFF, PLAIN, WITHOUT_TLS)

    assert encryption.rule(seen) == SATISFIED
    assert encryption.refuse_engines_without_tls(seen) == SATISFIED


def test_what_gives_a_node_another_engine_comes_before_the_wait_for_one() -> None:
    order = [name for name, _ in RULES]

    assert order.index("tls") > max(map(order.index, ("nodes", "reboots", "rollout")))


# --- in cluster mode -----------------------------------------------------------------------------

CLUSTER = groups.cluster(shards=2, replicas=1, access=Access(transit_encryption=REQUIRED))
A1, A2, B1, B2 = CLUSTER.nodes


def clustered(mode: TransitEncryption, parameters: dict[str, str]) -> Situation:
    seen = cluster_situation(replace(CLUSTER, access=Access(transit_encryption=mode)))
    nodes = tuple(
        replace(one, engine=replace(one.answer, parameters=parameters)) for one in seen.nodes if one.answer is not None
    )
    return replace(seen, nodes=nodes)


@pytest.mark.parametrize(
    ("mode", "listens", "by_tls", "said"),
    [
        (REQUIRED, PREFERRED, False, ["tls-replication yes, tls-cluster yes"]),
        (REQUIRED, PREFERRED, True, [f"port 0, tls-port {PORT}, tls-replication yes, tls-cluster yes, clients cut"]),
        (OFF, PREFERRED, True, ["tls-replication no, tls-cluster no"]),
    ],
)
def test_the_bus_of_a_cluster_changes_along_with_the_replicas(
    mode: TransitEncryption, listens: TransitEncryption, by_tls: bool, said: list[str]
) -> None:
    verdict = encryption.rule(clustered(mode, talking(listens, by_tls=by_tls, is_cluster=True)))

    assert orders(verdict) == dict.fromkeys((A1.id, A2.id, B1.id, B2.id), said)


def test_who_sends_clients_to_a_port_of_before_meets_those_it_does_that_for() -> None:
    done = clustered(PREFERRED, talking(PREFERRED, is_cluster=True))
    misled = knowing(knowing(done, A1, B1, port=PORT + 7), A1, B2, port=PORT)

    verdict = encryption.rule(misled)

    assert encryption.rule(done) == SATISFIED
    assert verdict == Act(
        steps=(MeetMembers(node_id=A1.id, other_ids=(B1.id,)),),
        why=f"{A1.id} must hear by which port others are reached",
    )
    assert encryption.are_ports_known(done)
    assert not encryption.are_ports_known(misled)


# --- what is recorded ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "offered"),
    [
        (PLAIN, OFF),
        (BOTH, PREFERRED),
        (ALONE, REQUIRED),
        (BOTH_PLAINLY, None),
        ({**BOTH, "port": "7000"}, None),
        (WITHOUT_TLS, OFF),
    ],
)
def test_a_node_offers_what_it_listens_for_once_it_talks_so_too(
    parameters: dict[str, str], offered: TransitEncryption | None
) -> None:
    seen = at(PREFERRED, parameters, parameters)

    assert encryption.current(seen.nodes[0], seen) is offered
    assert encryption.current(seen.nodes[2], seen) is None
