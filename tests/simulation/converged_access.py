"""What must be true of who may connect, and how, once a story has converged: encryption, certificates and users."""

from elastane.catalog import encryption
from elastane.model.access import TransitEncryption
from elastane.model.acls import WantedUsers, current_revision
from elastane.model.ids import AccountId
from elastane.model.replication_groups import ReplicationGroup
from elastane.reconcile.certificate_names import certificate_names
from tests.kit.fake_engines import FakeNode
from tests.simulation.invariants import InvariantBroken
from tests.simulation.machine import Machine

ACCOUNT_ID = AccountId("000000000000")


def check(group: ReplicationGroup, machine: Machine, users: WantedUsers) -> None:
    mode = group.access.transit_encryption
    for node in machine.nodes():
        name = machine.key_of(node.at.address).rpartition("/")[2]
        listening = encryption.current_listeners(node.parameters, group.software.port)
        _must(listening is mode, f"{name} offers {mode}, and not {listening}")
        is_linked_by_tls = encryption.is_linked_by_tls(node.parameters)
        _must(is_linked_by_tls is group.access.is_encrypted, f"{name} talks to others as the group shall")
        _must(current_revision(node.user_names, users.acl) == users.revision, f"{name} knows the users of the group")
        if mode is not TransitEncryption.DISABLED:
            _check_certificate(group, machine, name, node)


def _check_certificate(group: ReplicationGroup, machine: Machine, name: str, node: FakeNode) -> None:
    served, pki = node.certificate, machine.pki
    wanted = {member: names for member, names in certificate_names(group, ACCOUNT_ID).items() if member == name}
    if served is None:
        raise InvariantBroken(f"converged, and it is not so: {name} has a certificate")
    _must(served.names >= wanted[next(iter(wanted))], f"{name} is named as it is reached")
    _must(served.issuer == pki.issuer, f"{name} has a certificate of {pki.issuer}, and not of {served.issuer}")
    _must(served.not_after > machine.clock.now(), f"the certificate of {name} is good")
    _must(pki.issuer in node.trusted, f"{name} trusts who issues")


def _must(is_so: bool, sentence: str) -> None:
    if not is_so:
        raise InvariantBroken(f"converged, and it is not so: {sentence}")
