"""The engines, in the wire's spelling."""

from enum import StrEnum


class EngineName(StrEnum):
    VALKEY = "valkey"
    REDIS = "redis"
    MEMCACHED = "memcached"


WITH_ROLES = (EngineName.VALKEY, EngineName.REDIS)
"""Those of replication groups: they have primaries, replicas, users and slots."""
