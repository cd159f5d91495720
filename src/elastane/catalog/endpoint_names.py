"""The DNS names of endpoints and nodes, in the forms ElastiCache gives them.

Called by `service` (what a Describe shows) and by `server` (which names the DNS server knows).
Pure text: nothing here knows an address or asks a resolver.

The suffix is ours, not AWS's ``cache.amazonaws.com``: a machine that also talks to real caches
must never be answered by us for one of them. It ends in ``.test``, which RFC 6761 keeps out of the
public DNS, so that a forgotten resolver setting fails instead of reaching a stranger; and its last
label has one to six letters, which AWS's Memcached discovery clients insist on (``.internal`` and
``.localhost`` fail their check).
"""

import hashlib

import msgspec

from elastane.model.ids import AccountId, CacheNodeId, NodeId, Region, ReplicationGroupId

DEFAULT_SUFFIX = "cache.elastane.test"

_HASH_LENGTH = 6
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SHORT_DIRECTIONS = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """What all names of an account in a region share."""

    account_id: AccountId
    region: Region
    suffix: str = DEFAULT_SUFFIX


def primary_name(naming: Naming, group: ReplicationGroupId, *, has_tls: bool = False) -> str:
    """The primary endpoint; a group whose cluster mode is `enabled` has none."""
    if has_tls:
        return f"master.{group}.{_tail(naming)}"  # the wire's own word
    return f"{group}.{account_hash(naming)}.ng.0001.{_region_tail(naming)}"


def reader_name(naming: Naming, group: ReplicationGroupId, *, has_tls: bool = False) -> str:
    """The reader endpoint: all replicas, in turn; a group whose cluster mode is `enabled` has none."""
    if has_tls:
        return f"replica.{group}.{_tail(naming)}"
    return f"{group}-ro.{account_hash(naming)}.ng.0001.{_region_tail(naming)}"


def configuration_name(naming: Naming, group: ReplicationGroupId, *, has_tls: bool = False) -> str:
    """The configuration endpoint of a group in cluster mode: all its nodes, in turn."""
    if has_tls:
        return f"clustercfg.{group}.{_tail(naming)}"
    return f"{group}.{account_hash(naming)}.clustercfg.{_region_tail(naming)}"


def node_name(naming: Naming, node: NodeId, *, group: ReplicationGroupId | None = None, has_tls: bool = False) -> str:
    """One node. With TLS, AWS puts the group's id between the node's and the hash; a node on its own has none."""
    if has_tls and group is not None:
        return f"{node}.{group}.{_tail(naming)}"
    return f"{node}.{account_hash(naming)}.0001.{_region_tail(naming)}"


def cache_node_name(naming: Naming, cluster_id: ReplicationGroupId, cache_node_id: CacheNodeId) -> str:
    """One node of a Memcached cluster: numbered, where that of another cache is always 0001. The same with TLS."""
    return f"{cluster_id}.{account_hash(naming)}.{cache_node_id}.{_region_tail(naming)}"


def memcached_configuration_name(naming: Naming, cluster_id: ReplicationGroupId) -> str:
    """The configuration endpoint of a Memcached cluster. By the ``.cfg.`` clients know that they may ask it for nodes.

    It is there with TLS as well, where names of other engines have another form.
    """
    return f"{cluster_id}.{account_hash(naming)}.cfg.{_region_tail(naming)}"


def account_hash(naming: Naming) -> str:
    """Six base-36 characters, one value per account and region."""
    number = int.from_bytes(hashlib.sha256(f"{naming.account_id}/{naming.region}".encode()).digest())
    characters = []
    for _ in range(_HASH_LENGTH):
        number, remainder = divmod(number, len(_DIGITS))
        characters.append(_DIGITS[remainder])
    return "".join(characters)


def short_region(region: Region) -> str:
    """AWS's short code: ``us-east-1`` is ``use1``, ``ap-northeast-1`` is ``apne1``, ``us-gov-west-1`` is ``usgw1``."""
    area, *directions, number = region.split("-")
    return area + "".join(_SHORT_DIRECTIONS.get(word, word[0]) for word in directions) + number


def _tail(naming: Naming) -> str:
    return f"{account_hash(naming)}.{_region_tail(naming)}"


def _region_tail(naming: Naming) -> str:
    return f"{short_region(naming.region)}.{naming.suffix}"
