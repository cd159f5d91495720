"""What a person is told of what is not as it was, each as a sentence. Pure."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from elastane.catalog import families
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.subnet_groups import DEFAULT_SUBNET_GROUP_NAME
from elastane.reconcile.recovery import documents
from elastane.reconcile.recovery.documents import Taken
from elastane.reconcile.recovery.remains import Document, Remains, Unreadable


def changes(document: Document, kept: Document, directories: set[str], taken: Taken) -> Iterator[str]:
    """In what a rebuilt cache is not what its document says."""
    for member in documents.members(document):
        owner = documents.find_owner(member, taken)
        if owner is not None:
            yield f"{member.id} was left out of {document.key}: {owner} has it, or its address, by now"
    if isinstance(document, MemcachedCluster) and kept != replace(document, nodes=kept.nodes):
        yield f"what waits for the maintenance window of {kept.key} is lost: addresses of it are others' by now"
    for member in documents.members(kept):
        if member.key not in directories:
            yield f"{member.id} of {kept.key} has no directory any more: it is built anew"
    if kept.network.subnet_group_name != DEFAULT_SUBNET_GROUP_NAME:
        name = kept.network.subnet_group_name
        yield f"the subnet group {name} of {kept.key} is lost: make it again before nodes are added"


def parameter_losses(rebuilt: Iterable[Document], own: Iterable[ParameterGroup]) -> Iterator[str]:
    for group in own:
        yield (
            f"the parameter group {group.region}/{group.name} is as it was when a node that uses it was last started: "
            "look at its values"
        )
    known = {(group.region, group.name) for group in own}
    for document in rebuilt:
        name = document.software.parameter_group_name
        is_own = families.find_default_parameter_group(name) is None
        if is_own and (document.region, name) not in known:
            yield f"the parameter group {name} of {document.key} is lost: its nodes get the family's defaults"


def left_alone(left: Remains | Unreadable, taken: Taken) -> Iterator[str]:
    match left:
        case Unreadable(node_key=node_key, reason=reason):
            yield f"the directory of {node_key} says nothing: {reason}"
        case Remains(node_key=node_key, document=document) if node_key not in taken:
            yield f"the directory of {node_key} is left alone: it was a node of {document.key}, and is of no group now"
