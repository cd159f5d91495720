"""What a call means by CacheId: a replication group, or what AWS calls a cache cluster: one on its own, a node of a
group, or a Memcached cluster.

Asked by ExplainCache, and before it by `authorization`, which has to know whose permission the call takes.
"""

import msgspec

from elastane.model.ids import NodeId, Region, ReplicationGroupId
from elastane.model.replication_groups import Form, GroupKey
from elastane.service.parameters import Parameters
from elastane.store import Transaction, claims, replication_groups


class NamedCache(msgspec.Struct, frozen=True, kw_only=True):
    key: GroupKey
    node_id: NodeId | None
    """None for the whole."""

    @property
    def is_replication_group(self) -> bool:
        return self.node_id is None and self.key.form is Form.REPLICATION_GROUP


def find_named_cache(tx: Transaction, region: Region, parameters: Parameters) -> NamedCache | None:
    """By ``CacheId``, whatever its case, and ``Form`` where two have the same id."""
    asked, form = parameters.required_text("CacheId").lower(), parameters.text("Form")
    key = GroupKey(region, Form.REPLICATION_GROUP, ReplicationGroupId(asked))
    if form in (None, Form.REPLICATION_GROUP) and replication_groups.find_replication_group(tx, key) is not None:
        return NamedCache(key=key, node_id=None)
    owner = None if form == Form.REPLICATION_GROUP else claims.find_key_of_node(tx, region, NodeId(asked))
    if owner is None or (form == Form.MEMCACHED_CLUSTER and owner.form is not Form.MEMCACHED_CLUSTER):
        return None
    return NamedCache(key=owner, node_id=NodeId(asked) if owner.form is Form.REPLICATION_GROUP else None)
