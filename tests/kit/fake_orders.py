"""What an order changes of one fake node, where nothing else has a part in it."""

from collections.abc import Mapping, Sequence

from elastane.engines import Refused
from elastane.model.acls import TOKENS_MARK_PREFIX
from tests.kit.fake_replication import FakeNode


def refuse_in_cluster_mode(node: FakeNode) -> None:
    if node.view is not None:
        raise Refused(f"The engine at {node.at} refused.", reply="ERR REPLICAOF not allowed in cluster mode.")


def set_parameters(node: FakeNode, parameters: Mapping[str, str], *, cuts_clients: bool) -> None:
    node.parameters.update(parameters)
    if "tls-cert-file" in parameters:
        read_certificate(node)
    if cuts_clients:
        cut_clients(node)


def read_certificate(node: FakeNode) -> None:
    node.certificate, node.trusted = node.certificate_file, node.trusted_file


def set_users(node: FakeNode, names: tuple[str, ...]) -> None:
    node.user_names = names
    node.token_digests = {}


def set_tokens(node: FakeNode, digests: Mapping[str, Sequence[str]], mark: str) -> None:
    node.token_digests = {name: frozenset(wanted) for name, wanted in digests.items()}
    node.user_names = (*(name for name in node.user_names if not name.startswith(TOKENS_MARK_PREFIX)), mark)


def cut_clients(node: FakeNode) -> None:
    node.cut_count += 1


def count_acknowledgement(node: FakeNode) -> None:
    node.acknowledgement_count += 1


def stop_script(node: FakeNode) -> None:
    if node.has_script and not node.is_script_killable:
        reply = "UNKILLABLE Sorry the script already executed write commands against the dataset."
        raise Refused(f"The engine at {node.at} refused SCRIPT KILL.", reply=reply)
    node.has_script = False
