"""Node types: the rows are AWS's, and what follows from them."""

import pytest

from elastane.catalog import node_types
from elastane.catalog.node_types import Generation, NodeType


def node_type(name: str) -> NodeType:
    found = node_types.find_node_type(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "cpu_count", "maxmemory_bytes", "buffer_bytes"),
    [
        ("cache.t4g.micro", 2, 536870912, 53687091),
        ("cache.m5.large", 2, 6854542746, 685454275),
        ("cache.m6g.8xlarge", 32, 111325552312, 11132555231),
        ("cache.r3.large", 2, 14470348800, 1468006400),
        ("cache.r6gd.16xlarge", 64, 450000750456, 45000075046),
        ("cache.r8g.16xlarge", 64, 541725818880, 54172581888),
        ("cache.c7gn.large", 2, 3317862236, 331786223),
    ],
)
def test_a_row_is_as_published(name: str, cpu_count: int, maxmemory_bytes: int, buffer_bytes: int) -> None:
    found = node_type(name)

    assert (found.cpu_count, found.maxmemory_bytes, found.replica_buffer_limit_bytes) == (
        cpu_count,
        maxmemory_bytes,
        buffer_bytes,
    )


def test_a_name_that_is_no_node_type_is_not_found() -> None:
    assert node_types.find_node_type("cache.t4g.enormous") is None
    assert node_types.find_node_type("db.t4g.micro") is None


def test_there_is_every_published_type_once() -> None:
    names = [found.name for found in node_types.all_node_types()]

    assert len(names) == len(set(names)) == 112


def test_the_seventh_generation_has_the_memory_of_the_sixth_to_the_byte() -> None:
    for size in ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"):
        for letter in ("m", "r"):
            sixth, seventh = node_type(f"cache.{letter}6g.{size}"), node_type(f"cache.{letter}7g.{size}")

            assert seventh.maxmemory_bytes == sixth.maxmemory_bytes
            assert seventh.replica_buffer_limit_bytes == sixth.replica_buffer_limit_bytes


def test_a_replicas_buffer_is_about_a_tenth_of_the_memory() -> None:
    for found in node_types.all_node_types():
        assert 0.095 < found.replica_buffer_limit_bytes / found.maxmemory_bytes < 0.105, found.name


def test_memory_grows_with_the_size_within_a_family() -> None:
    by_family: dict[str, list[int]] = {}
    for found in node_types.all_node_types():
        by_family.setdefault(found.family.name, []).append(found.maxmemory_bytes)

    assert all(memory == sorted(memory) for memory in by_family.values())


def test_only_previous_generations_cannot_be_created() -> None:
    refused = {found.family.name for found in node_types.all_node_types() if not found.is_creatable}

    assert refused == {"t1", "m1", "m2", "m3", "c1", "r3"}
    assert node_type("cache.m3.medium").family.generation is Generation.PREVIOUS


def test_the_eighth_generation_runs_valkey_and_memcached_but_never_redis() -> None:
    eighth = node_type("cache.m8g.large")

    assert node_types.runs_engine(eighth, "valkey", "7.2")
    assert node_types.runs_engine(eighth, "memcached", "1.6.22")
    assert not node_types.runs_engine(eighth, "redis", "7.1")


def test_data_tiering_needs_redis_6_2_and_never_runs_memcached() -> None:
    tiered = node_type("cache.r6gd.xlarge")

    assert node_types.runs_engine(tiered, "redis", "6.2")
    assert not node_types.runs_engine(tiered, "redis", "6.0")
    assert not node_types.runs_engine(tiered, "memcached", "1.6.22")
    assert tiered.memcached is None


def test_graviton_needs_redis_5_0_6() -> None:
    graviton = node_type("cache.t4g.micro")

    assert node_types.runs_engine(graviton, "redis", "5.0.6")
    assert not node_types.runs_engine(graviton, "redis", "5.0.5")


def test_a_node_scales_up_to_more_memory_and_down_to_less() -> None:
    here = node_type("cache.m6g.large")

    up, down = node_types.allowed_modifications(here, "valkey", "9.1")

    assert up == tuple(sorted(up))
    assert all(node_type(name).maxmemory_bytes >= here.maxmemory_bytes for name in up)
    assert all(node_type(name).maxmemory_bytes < here.maxmemory_bytes for name in down)
    assert "cache.r8g.large" in up
    assert "cache.t4g.micro" in down


def test_a_node_may_move_to_a_newer_generation_of_the_same_memory() -> None:
    targets = node_types.allowed_modifications(node_type("cache.m6g.large"), "valkey", "8.1")

    assert "cache.m7g.large" in targets.scale_up
    assert "cache.m6g.large" not in targets.scale_up + targets.scale_down


def test_scaling_offers_neither_previous_generations_nor_what_the_engine_cannot_run() -> None:
    up, down = node_types.allowed_modifications(node_type("cache.m3.medium"), "redis", "7.1")

    families = {name.split(".")[1] for name in up + down}
    assert families.isdisjoint({"t1", "m1", "m2", "m3", "c1", "r3", "m8g", "r8g", "c8gn", "r6gd"})
    assert "m6g" in families


def test_data_tiering_scales_only_within_its_family() -> None:
    up, down = node_types.allowed_modifications(node_type("cache.r6gd.2xlarge"), "valkey", "8.0")

    assert up == ("cache.r6gd.12xlarge", "cache.r6gd.16xlarge", "cache.r6gd.4xlarge", "cache.r6gd.8xlarge")
    assert down == ("cache.r6gd.xlarge",)


def test_a_quarter_of_the_memory_is_reserved_unless_told_otherwise() -> None:
    micro = node_type("cache.t4g.micro")

    assert node_types.maxmemory_bytes(micro) == 402653184
    assert node_types.maxmemory_bytes(micro, 0) == 536870912
    assert node_types.maxmemory_bytes(micro, 50) == 268435456


def test_reserved_bytes_count_instead_of_the_percentage() -> None:
    micro = node_type("cache.t4g.micro")

    assert node_types.maxmemory_bytes(micro, 25, 36870912) == 500000000


@pytest.mark.parametrize(("percent", "reserved_bytes"), [(100, 0), (25, 536870912), (-1, 0)])
def test_a_reservation_that_leaves_nothing_is_refused_since_zero_means_no_limit(
    percent: int, reserved_bytes: int
) -> None:
    with pytest.raises(ValueError, match="leaves no memory"):
        node_types.maxmemory_bytes(node_type("cache.t4g.micro"), percent, reserved_bytes)
