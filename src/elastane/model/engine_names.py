"""The engines, in the wire's spelling."""

from enum import StrEnum


class EngineName(StrEnum):
    VALKEY = "valkey"
    REDIS = "redis"
