"""From a desired Memcached cluster to what a host is given, and to what its processes shall run with. Pure.

What clients are told is a file of the configuration endpoint: telling is writing it, and it is read anew by itself.
"""

from collections.abc import Mapping

import msgspec

from elastane import configuration_endpoint
from elastane.catalog import families, node_types
from elastane.catalog.memcached_parameters import all_values
from elastane.configuration_endpoint import configuration
from elastane.configuration_endpoint.configuration import Configuration
from elastane.engines import memcached
from elastane.engines.discovery import EngineBinary
from elastane.engines.memcached import NodeConfig
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.engines.valkey import NodeCertificate
from elastane.hosts import NodeOrder
from elastane.model.discovery import Discovery, Member
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.parameter_groups import ParameterGroup
from elastane.reconcile.recovery import remains

OWN_FILES_MAX = 64
"""Of a configuration endpoint's process, beside two for each connection: the customer's, and the one to a node."""


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What every order of a cluster is made from besides the cluster."""

    parameter_group: ParameterGroup | None
    """The customer's own, if it uses one."""
    open_files_max: int
    """By one process on this machine."""

    @property
    def parameters(self) -> Mapping[str, str]:
        return families.NO_VALUES if self.parameter_group is None else self.parameter_group.values


def node_at(cluster: MemcachedCluster, node: CacheNode) -> MemcachedAddress:
    return _at(cluster, node.address)


def endpoint_at(cluster: MemcachedCluster) -> MemcachedAddress:
    return _at(cluster, cluster.endpoint_address)


def wanted_settings(node: CacheNode, engine_version: str, means: Means) -> Mapping[str, str]:
    """What `stats settings` shall say on this node."""
    node_type = node_types.get_node_type(node.node_type)
    return memcached.wanted_settings(means.parameters, node_type, engine_version, means.open_files_max)


def node_order(
    cluster: MemcachedCluster,
    node: CacheNode,
    *,
    binary: EngineBinary,
    means: Means,
    certificate: NodeCertificate | None = None,
) -> NodeOrder:
    """The order that starts this node, with the node type that it is desired to have."""
    config = NodeConfig(
        at=node_at(cluster, node),
        node_type=node_types.get_node_type(node.node_type),
        parameters=means.parameters,
        engine_version=binary.version,
        connections_max=means.open_files_max,
    )
    own = {"node": node.id, "zone": node.zone, "address": node.address}
    return NodeOrder(
        node_key=cluster.node_key(node),
        argv=memcached.command_line(binary.path, config),
        files={} if certificate is None else memcached.certificate_files(certificate),
        identity={**_identity(cluster, means), **own},
    )


def endpoint_order(
    cluster: MemcachedCluster, *, source_address: str, means: Means, certificate: NodeCertificate | None = None
) -> NodeOrder:
    """The order that starts the configuration endpoint. It is in no zone: what is lost with one is a node."""
    certificates = {} if certificate is None else endpoint_certificate_files(certificate)
    return NodeOrder(
        node_key=cluster.endpoint_key,
        argv=configuration_endpoint.command_line(),
        files={**endpoint_files(cluster, source_address=source_address, means=means), **certificates},
        identity={**_identity(cluster, means), "address": cluster.endpoint_address},
    )


def endpoint_files(cluster: MemcachedCluster, *, source_address: str, means: Means) -> dict[str, str]:
    """What clients are told, and beside it the document, for a store that was lost."""
    return {
        configuration.FILE: configuration.render(_configuration(cluster, source_address, means)),
        remains.DOCUMENT_FILE: remains.render_file(cluster, means.parameter_group),
    }


def endpoint_certificate_files(certificate: NodeCertificate) -> dict[str, str]:
    """Besides its own it has whom to believe that it is a node."""
    return {
        configuration.CERTIFICATE_FILE: certificate.node_pem.reveal(),
        configuration.BUNDLE_FILE: certificate.bundle_pem,
    }


def _configuration(cluster: MemcachedCluster, source_address: str, means: Means) -> Configuration:
    """A node that is published and not in the document any more is told to nobody."""
    published = [node for node in cluster.nodes if node.id in cluster.publication.node_ids]
    values = all_values(means.parameters, node_types.get_node_type(cluster.software.node_type))
    members = tuple(Member(node.address, node.address, cluster.software.port) for node in published)
    return Configuration(
        address=cluster.endpoint_address,
        port=cluster.software.port,
        source_address=source_address,
        is_encrypted=cluster.is_encrypted,
        is_binary_spoken=values["binding_protocol"] != "ascii",
        connections_max=min(int(values["max_simultaneous_connections"]), (means.open_files_max - OWN_FILES_MAX) // 2),
        discovery=Discovery(cluster.publication.version, members),
        node_ids=tuple(node.id for node in published),
    )


def _at(cluster: MemcachedCluster, address: str) -> MemcachedAddress:
    return MemcachedAddress(address=address, port=cluster.software.port, is_encrypted=cluster.is_encrypted)


def _identity(cluster: MemcachedCluster, means: Means) -> dict[str, str]:
    """Whose process it is, for a person and for a store that was lost."""
    return {
        **remains.document_parts(cluster, means.parameter_group),
        "region": cluster.region,
        remains.FORM: cluster.key.form,
        "group": cluster.id,
    }
