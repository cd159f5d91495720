"""A Memcached node's command line, parameter by parameter, and what it shall then say of itself."""

from pathlib import Path
from typing import Any

import pytest

from elastane.catalog import families
from elastane.catalog.families import AppliedBy
from elastane.catalog.memcached_parameters import FAMILY
from elastane.catalog.node_types import get_node_type
from elastane.engines.memcached import NodeConfig, certificate_files, command_line, wanted_settings
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.engines.valkey import NodeCertificate
from elastane.model.secrets import Secret
from tests.kit.fake_memcached_settings import settings_of

MICRO = get_node_type("cache.t4g.micro")
LARGE = get_node_type("cache.m6g.large")
BINARY = Path("/engines/memcached")


def config(
    parameters: dict[str, str] | None = None,
    *,
    is_encrypted: bool = False,
    version: str = "1.6.38",
    connections_max: int = 100_000,
) -> NodeConfig:
    return NodeConfig(
        at=MemcachedAddress(address="127.88.1.1", port=11211, is_encrypted=is_encrypted),
        node_type=MICRO,
        parameters=parameters or {},
        engine_version=version,
        connections_max=connections_max,
    )


def rendered(parameters: dict[str, str] | None = None, **changes: Any) -> str:
    return " ".join(command_line(BINARY, config(parameters, **changes)))


def test_a_node_is_started_with_all_that_its_family_and_node_type_say() -> None:
    assert rendered() == (
        "/engines/memcached -l 127.88.1.1 -p 11211 -U 0 -u root -m 412 -I 1048576 -c 65000 -t 2 -b 1024 -R 20 -B auto "
        "-n 48 -f 1.25 -o slab_chunk_max=512,hash_algorithm=jenkins,hashpower=16,idle_timeout=0,watcher_logbuf_size=256"
    )


@pytest.mark.parametrize(
    ("parameter", "value", "option", "setting"),
    [
        ("binding_protocol", "ascii", "-B ascii", ("binding_protocol", "ascii")),
        ("cas_disabled", "1", "-C", ("cas_enabled", "no")),
        ("chunk_size", "96", "-n 96", ("chunk_size", "96")),
        ("chunk_size_growth_factor", "1.5", "-f 1.5", ("growth_factor", "1.50")),
        ("disable_flush_all", "1", "-F", ("flush_enabled", "no")),
        ("error_on_memory_exhausted", "1", "-M", ("evictions", "off")),
        ("hash_algorithm", "murmur3", "hash_algorithm=murmur3", ("hash_algorithm", "murmur3")),
        ("idle_timeout", "60", "idle_timeout=60", ("idle_timeout", "60")),
        ("lru_crawler", "1", ",lru_crawler", ("lru_crawler", "yes")),
        ("lru_maintainer", "1", ",lru_maintainer", ("lru_maintainer_thread", "yes")),
        ("max_item_size", "2097152", "-I 2097152", ("item_size_max", "2097152")),
        ("maxconns_fast", "1", ",maxconns_fast", ("maxconns_fast", "yes")),
        ("memcached_connections_overhead", "12", "-m 500", ("maxbytes", str(500 * 1024 * 1024))),
        ("no_modern", "1", "-o no_modern,", ("slab_reassign", "no")),
        ("slab_automove", "2", "slab_automove=2", ("slab_automove", "2")),
        ("slab_chunk_max", "16384", "slab_chunk_max=16", ("slab_chunk_max", "16384")),
        ("slab_reassign", "1", ",slab_reassign", ("slab_reassign", "yes")),
        ("track_sizes", "1", ",track_sizes", ("track_sizes", "yes")),
        ("watcher_logbuf_size", "512", "watcher_logbuf_size=512", ("watcher_logbuf_size", "524288")),
    ],
)
def test_a_parameter_is_an_option_and_is_seen_as_a_setting(
    parameter: str, value: str, option: str, setting: tuple[str, str]
) -> None:
    wanted = wanted_settings({parameter: value}, MICRO, "1.6.38", 100_000)

    assert option in rendered({parameter: value})
    assert option not in rendered()
    assert setting in wanted.items()


def test_what_is_not_an_option_is_nobody_s_and_the_rest_is_in_the_table_above() -> None:
    by = {one.name: one.applied_by for one in families.parameters(FAMILY)}

    assert {name for name, who in by.items() if who is AppliedBy.NOBODY} == {
        "config_max",
        "config_size_max",
        "inline_ascii_resp",
    }
    assert {name for name, who in by.items() if who is AppliedBy.COMPOSED} == {
        "max_cache_memory",
        "memcached_connections_overhead",
    }
    assert rendered({"inline_ascii_resp": "1"}) == rendered()


@pytest.mark.parametrize("version", ["1.6.6", "1.6.38", "1.6.39"])
def test_an_engine_that_would_take_it_for_slab_sizes_is_not_told_the_workers_log_size(version: str) -> None:
    wanted = wanted_settings({"worker_logbuf_size": "128"}, MICRO, version, 100_000)

    assert "worker_logbuf_size" not in rendered({"worker_logbuf_size": "128"}, version=version)
    assert wanted["worker_logbuf_size"] == "65536"


def test_a_later_engine_is_told_it() -> None:
    wanted = wanted_settings({"worker_logbuf_size": "128"}, MICRO, "1.6.40", 100_000)

    assert "worker_logbuf_size=128" in rendered({"worker_logbuf_size": "128"}, version="1.6.40")
    assert wanted["worker_logbuf_size"] == "131072"


def test_what_is_modern_is_on_unless_it_is_taken_away_and_then_what_is_asked_for_is_on() -> None:
    names = ("lru_crawler", "lru_maintainer_thread", "maxconns_fast", "slab_reassign", "slab_automove")

    def wanted(**parameters: str) -> tuple[str, ...]:
        found = wanted_settings(parameters, MICRO, "1.6.38", 100_000)
        return tuple(found[name] for name in names)

    assert wanted() == ("yes", "yes", "yes", "yes", "1")
    assert wanted(no_modern="1") == ("no", "no", "no", "no", "0")
    assert wanted(no_modern="1", lru_crawler="1", slab_automove="1") == ("yes", "no", "no", "no", "1")


def test_memory_and_threads_are_the_node_type_s() -> None:
    small, large = (wanted_settings({}, node_type, "1.6.38", 100_000) for node_type in (MICRO, LARGE))

    assert (small["maxbytes"], small["num_threads"]) == (str(412 * 1024 * 1024), "2")
    assert large["maxbytes"] > small["maxbytes"]


def test_no_more_connections_are_asked_for_than_files_may_be_open() -> None:
    assert "-c 4096 " in rendered(connections_max=4096)
    assert wanted_settings({}, MICRO, "1.6.38", 4096)["maxconns"] == "4096"


def test_item_sizes_are_known_before_sizes_are_tracked() -> None:
    line = rendered({"track_sizes": "1", "max_item_size": "2097152"})

    assert line.index("-I 2097152") < line.index("track_sizes")


def test_an_encrypted_node_finds_its_certificate_by_name_and_nothing_secret_is_on_its_command_line() -> None:
    line = rendered(is_encrypted=True)
    files = certificate_files(NodeCertificate(node_pem=Secret("certificate and key"), bundle_pem="authorities"))

    assert " -Z " in line
    assert line.endswith("ssl_chain_cert=node.pem,ssl_key=node.pem")
    assert files == {"node.pem": "certificate and key"}


@pytest.mark.parametrize("parameters", [{}, {"no_modern": "1"}, {"max_item_size": "1500000"}, {"track_sizes": "1"}])
def test_the_fake_reads_of_the_command_line_what_is_wanted(parameters: dict[str, str]) -> None:
    said = settings_of(command_line(BINARY, config(parameters)))

    wanted = wanted_settings(parameters, MICRO, "1.6.38", 100_000)
    assert {name: said[name] for name in wanted} == wanted
