"""Worse rules, of the kind of `mutations`, that matter where encryption and users are changed."""

from msgspec.structs import replace

from elastane.catalog import encryption
from elastane.reconcile.plan import RULES
from elastane.reconcile.plan.users import USERS
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import RenewCertificates, SetParameters, SideBySide, Step
from tests.simulation.worse_rules import RULE, Mutation, acting, seeing, with_rule, without_rule


def _without_certificates(situation: Situation, step: Step) -> tuple[Step, ...]:
    """An engine is told to take connections by TLS, and has nothing to prove itself with."""
    if isinstance(step, SideBySide):
        tracks = tuple(
            tuple(new for one in track for new in _without_certificates(situation, one)) for track in step.tracks
        )
        return (SideBySide(tracks=tracks),)
    return () if isinstance(step, RenewCertificates) else (step,)


def _listeners_alone(situation: Situation, step: Step) -> tuple[Step, ...]:
    """Customers are offered another kind of connection, and nodes talk to one another as before."""
    if isinstance(step, SideBySide):
        tracks = tuple(tuple(new for one in track for new in _listeners_alone(situation, one)) for track in step.tracks)
        return (SideBySide(tracks=tracks),)
    if not isinstance(step, SetParameters):
        return (step,)
    kept = {
        name: value
        for name, value in step.parameters.items()
        if name not in (encryption.REPLICATION, encryption.BUS, encryption.REPLICA_PORT)
    }
    return (replace(step, parameters=kept),)


def _primaries(situation: Situation) -> Situation:
    """Replicas have users from their primary, somebody thinks."""
    return replace(situation, nodes=tuple(seen for seen in situation.nodes if seen.is_primary))


def _in_sync(situation: Situation) -> Situation:
    """Nobody is troubled who is not in sync: but what keeps a replica from it may be how it talks."""
    return replace(
        situation, nodes=tuple(seen for seen in situation.nodes if seen.answer is not None and seen.answer.is_link_up)
    )


def _any_issuer(situation: Situation) -> Situation:
    """A certificate is good as long as it is good."""
    issuers = {served.issuer for seen in situation.nodes if seen.answer for served in seen.answer.certificates}
    return replace(situation, certificate_issuer=min(issuers, default=situation.certificate_issuer))


ACCESS_MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        what="offer TLS without a certificate",
        rules=with_rule("encryption", acting(RULE["encryption"], _without_certificates)),
        seed=7,
        is_secured=True,
    ),
    Mutation(
        what="change what customers are offered and not how nodes talk",
        rules=with_rule("encryption", acting(RULE["encryption"], _listeners_alone)),
        seed=3,
        is_secured=True,
    ),
    Mutation(
        what="change the encryption of nodes in sync alone",
        rules=with_rule("encryption", seeing(RULE["encryption"], _in_sync)),
        seed=197,
        is_secured=True,
    ),
    Mutation(
        what="leave certificates of an authority that issues no more",
        rules=with_rule("certificates", seeing(RULE["certificates"], _any_issuer)),
        seed=1,
        is_secured=True,
    ),
    Mutation(what="never renew a certificate", rules=without_rule("certificates"), seed=1, is_secured=True),
    Mutation(
        what="tell users to primaries alone",
        rules=tuple((name, seeing(rule, _primaries) if name == USERS else rule) for name, rule in RULES),
        seed=1,
        is_secured=True,
    ),
)
